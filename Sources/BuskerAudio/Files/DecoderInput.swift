// What a decoding library is allowed to see of a file.

#if canImport(Glibc)
import Glibc
#endif

/// A position in a store, with a start and with chunk names masked; decoders read through it.
final class DecoderInput {
    private let store: ByteStore
    private let header: FileHeader
    private(set) var position = 0

    init(_ store: ByteStore, _ header: FileHeader) {
        self.store = store
        self.header = header
    }

    var count: Int { store.count - header.start }

    /// Whether the system failed to read bytes that should be there.
    var failed: Bool { store.failed }

    /// The pointer that stands for this object in a C library; the library must not outlive it.
    var handle: UnsafeMutableRawPointer { unsafe Unmanaged.passUnretained(self).toOpaque() }

    static func from(_ handle: UnsafeMutableRawPointer?) -> DecoderInput? {
        unsafe handle.map { unsafe Unmanaged<DecoderInput>.fromOpaque($0).takeUnretainedValue() }
    }

    func read(_ target: UnsafeMutableRawPointer, _ length: Int) -> Int {
        let from = header.start + position
        let got = unsafe store.read(target, length, at: from)
        for mask in header.masks where mask.offset + 4 > from && mask.offset < from + got {
            for i in 0..<4 where (from..<from + got).contains(mask.offset + i) {
                unsafe target.storeBytes(of: mask.bytes[i], toByteOffset: mask.offset + i - from, as: UInt8.self)
            }
        }
        position += got
        return got
    }

    /// Moves the position; -1 where that is before the start or the numbers overflow.
    func seek(_ offset: Int, whence: Int32) -> Int {
        let base =
            switch whence {
            case SEEK_SET: 0
            case SEEK_CUR: position
            case SEEK_END: count
            default: -1
            }
        let (target, overflow) = base.addingReportingOverflow(offset)
        guard base >= 0, !overflow, target >= 0 else { return -1 }
        position = target
        return target
    }
}
