// Bytes that are written at any place, and appear only when all is well.

import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// A file that grows in secret: a temporary file beside its place, a spool, or an array.
final class ByteSink {
    private var descriptor: Int32 = -1
    private var memory: [UInt8] = []
    private let destination: AudioDestination
    private var temporary: String?
    private var isOpen = true
    /// The position of the next write by a library.
    private(set) var position = 0
    /// How many bytes there are.
    private(set) var count = 0
    /// Why a write failed, where one did.
    private(set) var failure: AudioError?

    init(_ destination: AudioDestination) throws(AudioError) {
        self.destination = destination
        switch destination {
        case .memory: break
        case .descriptor: descriptor = try Spool.create()
        case .file(let path): try openBeside(path)
        }
    }

    deinit { discard() }

    private func openBeside(_ path: String) throws(AudioError) {
        guard !path.isEmpty, !path.utf8.contains(0) else { throw AudioError(.cannotWrite, "The file has no name.") }
        var status = stat()
        if unsafe stat(path, &status) == 0 {
            guard status.st_mode & S_IFMT != S_IFDIR else { throw AudioError(.cannotWrite, "'\(path)' is a folder.") }
            if status.st_mode & S_IFMT != S_IFREG {
                // A device or a pipe is written to: a file put in its place would take it from everybody.
                descriptor = try Spool.create()
                return
            }
        }
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { path[...$0] } ?? ""
        for _ in 0..<1000 {
            let number = Self.counter.add(1, ordering: .relaxed).newValue
            let name = "\(folder).busker-\(getpid())-\(number)"
            descriptor = unsafe open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
            if descriptor >= 0 {
                temporary = name
                return
            }
            guard errno == EEXIST else { break }
        }
        throw AudioError(.cannotWrite, "The file '\(path)' cannot be written: \(systemText(errno)).")
    }

    /// Makes the names of temporary files differ within the process.
    private static let counter = Atomic<Int>(0)

    /// The pointer that stands for this object in a C library; the library must not outlive it.
    var handle: UnsafeMutableRawPointer { unsafe Unmanaged.passUnretained(self).toOpaque() }

    static func from(_ handle: UnsafeMutableRawPointer?) -> ByteSink? {
        unsafe handle.map { unsafe Unmanaged<ByteSink>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Writes at the position; returns how many bytes were taken, 0 after a failure.
    func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard isOpen, failure == nil else { return 0 }
        guard unsafe put(bytes, at: position) else { return 0 }
        position += bytes.count
        return bytes.count
    }

    /// Appends or overwrites an array of bytes at a place.
    func write(_ bytes: [UInt8], at offset: Int) throws(AudioError) {
        _ = unsafe bytes.withUnsafeBytes { unsafe put($0, at: offset) }
        if let failure { throw failure }
    }

    private func put(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
        let end = offset + bytes.count
        if descriptor >= 0 {
            guard unsafe Spool.writeAll(descriptor, bytes, at: offset) else {
                failure = AudioError(.cannotWrite, "Writing failed: \(systemText(errno)).")
                return false
            }
        } else {
            if end > memory.count { memory.append(contentsOf: repeatElement(0, count: end - memory.count)) }
            unsafe memory.withUnsafeMutableBytes { target in
                guard let base = target.baseAddress, let from = bytes.baseAddress else { return }
                unsafe (base + offset).copyMemory(from: from, byteCount: bytes.count)
            }
        }
        count = max(count, end)
        return true
    }

    /// Reads back what was written.
    func read(_ target: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
        let wanted = min(target.count, count - offset)
        guard offset >= 0, wanted > 0, let place = target.baseAddress else { return 0 }
        if descriptor >= 0 { return max(0, unsafe pread(descriptor, place, wanted, off_t(offset))) }
        unsafe memory.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            unsafe place.copyMemory(from: base + offset, byteCount: wanted)
        }
        return wanted
    }

    func readOn(_ target: UnsafeMutableRawBufferPointer) -> Int {
        let got = unsafe read(target, at: position)
        position += got
        return got
    }

    func seek(_ offset: Int, whence: Int32) -> Int {
        let base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? position : count
        let (target, overflow) = base.addingReportingOverflow(offset)
        guard !overflow, target >= 0 else { return -1 }
        position = target
        return target
    }

    /// Puts the bytes in their place.
    func commit() throws(AudioError) -> [UInt8]? {
        if let failure { throw failure }
        switch destination {
        case .memory:
            return memory
        case .descriptor(let target):
            try send(to: target)
            return nil
        case .file(let path):
            if temporary == nil { try send(toDevice: path) } else { try rename(to: path) }
            return nil
        }
    }

    private func send(toDevice path: String) throws(AudioError) {
        let target = unsafe open(path, O_WRONLY | O_CLOEXEC)
        guard target >= 0 else {
            throw AudioError(.cannotWrite, "'\(path)' cannot be written: \(systemText(errno)).")
        }
        defer { close(target) }
        try send(to: target)
    }

    private func send(to target: Int32) throws(AudioError) {
        var block = [UInt8](repeating: 0, count: 1 << 16)
        var offset = 0
        while offset < count {
            let got = unsafe block.withUnsafeMutableBytes { unsafe read($0, at: offset) }
            guard got > 0 else { throw AudioError(.cannotWrite, "The temporary file cannot be read back.") }
            var done = 0
            while done < got {
                let put = unsafe block.withUnsafeBytes { bytes in
                    unsafe bytes.baseAddress.map { unsafe Glibc.write(target, $0 + done, got - done) } ?? -1
                }
                if put < 0, errno == EINTR { continue }
                guard put > 0 else { throw AudioError(.cannotWrite, "The output was not taken: \(systemText(errno)).") }
                done += put
            }
            offset += got
        }
    }

    private func rename(to path: String) throws(AudioError) {
        guard let from = temporary else { throw AudioError(.cannotWrite, "The temporary file is gone.") }
        guard fsync(descriptor) == 0, unsafe Glibc.rename(from, path) == 0 else {
            throw AudioError(.cannotWrite, "The file '\(path)' cannot be put in its place: \(systemText(errno)).")
        }
        temporary = nil
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let directory = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if directory >= 0 {
            fsync(directory)
            close(directory)
        }
    }

    /// Removes what was written and not committed.
    func discard() {
        isOpen = false
        if let temporary { unsafe unlink(temporary) }
        temporary = nil
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }
}
