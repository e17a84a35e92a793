// Bytes that can be read at any place: a file or an array.

#if canImport(Glibc)
import Glibc
#endif

/// The bytes of one source, with its length; read-only, and closed when nobody holds it any more.
final class ByteStore {
    private let descriptor: Int32
    private let memory: [UInt8]
    private let origin: Int
    /// How many bytes there are.
    let count: Int
    /// Whether the system failed to read bytes that should be there.
    private(set) var failed = false

    private init(descriptor: Int32, memory: [UInt8], origin: Int, count: Int) {
        self.descriptor = descriptor
        self.memory = memory
        self.origin = origin
        self.count = count
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Opens a source; throws where it is not there, empty or larger than the limits.
    static func open(_ source: AudioSource, limits: AudioLimits) throws(AudioError) -> ByteStore {
        let store: ByteStore
        switch source {
        case .bytes(let bytes):
            store = ByteStore(descriptor: -1, memory: bytes, origin: 0, count: bytes.count)
        case .file(let path):
            store = try openFile(path, limits: limits)
        case .descriptor(let number):
            let copy = fcntl(number, F_DUPFD_CLOEXEC, 3)
            guard copy >= 0 else { throw AudioError(.fileUnreadable, "The input is not open.") }
            store = try adopt(copy, limits: limits)
        }
        guard store.count > 0 else {
            throw AudioError(.emptyFile, "The file is empty: it has no bytes. Please upload it again.")
        }
        guard store.count <= limits.bytesMax else { throw tooLarge(limits.bytesMax) }
        return store
    }

    private static func openFile(_ path: String, limits: AudioLimits) throws(AudioError) -> ByteStore {
        guard !path.isEmpty, !path.utf8.contains(0) else { throw AudioError(.fileNotFound, "The file has no name.") }
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            switch errno {
            case ENOENT, ENOTDIR: throw AudioError(.fileNotFound, "There is no file '\(path)'.")
            case EACCES, EPERM: throw AudioError(.fileUnreadable, "The file '\(path)' may not be read.")
            default: throw AudioError(.fileUnreadable, "The file '\(path)' cannot be opened: \(systemText(errno)).")
            }
        }
        return try adopt(descriptor, limits: limits)
    }

    /// Takes over an open descriptor, spooling it when it cannot be read at any place.
    private static func adopt(_ descriptor: Int32, limits: AudioLimits) throws(AudioError) -> ByteStore {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            close(descriptor)
            throw AudioError(.fileUnreadable, "The input cannot be examined: \(systemText(errno)).")
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG:
            let position = lseek(descriptor, 0, SEEK_CUR)
            let origin = max(0, Int(position))
            return ByteStore(
                descriptor: descriptor, memory: [], origin: origin, count: max(0, Int(status.st_size) - origin))
        case S_IFDIR:
            close(descriptor)
            throw AudioError(.fileUnreadable, "This is a folder, not a file.")
        default:
            defer { close(descriptor) }
            let (spool, count) = try Spool.fill(from: descriptor, bytesMax: min(limits.spoolBytesMax, limits.bytesMax))
            return ByteStore(descriptor: spool, memory: [], origin: 0, count: count)
        }
    }

    static func tooLarge(_ bytes: Int) -> AudioError {
        AudioError(.tooLarge, "The file has more than \(bytes) bytes, which is the limit. Please send a shorter one.")
    }

    /// Copies up to `length` bytes from `offset` on; returns how many there were.
    func read(_ target: UnsafeMutableRawPointer, _ length: Int, at offset: Int) -> Int {
        guard offset >= 0, offset < count, length > 0 else { return 0 }
        let wanted = min(length, count - offset)
        guard descriptor >= 0 else {
            unsafe memory.withUnsafeBytes { bytes in
                guard let base = bytes.baseAddress else { return }
                unsafe target.copyMemory(from: base + offset, byteCount: wanted)
            }
            return wanted
        }
        var done = 0
        while done < wanted {
            let got = unsafe pread(descriptor, target + done, wanted - done, off_t(origin + offset + done))
            if got > 0 {
                done += got
            } else if got < 0, errno == EINTR {
                continue
            } else {
                if got < 0 { failed = true }
                break
            }
        }
        return done
    }

    /// Up to `length` bytes from `offset` on, fewer where the source ends.
    func bytes(at offset: Int, _ length: Int) -> [UInt8] {
        guard length > 0, offset >= 0, offset < count else { return [] }
        return unsafe [UInt8](unsafeUninitializedCapacity: min(length, count - offset)) { buffer, filled in
            guard let base = buffer.baseAddress else { return }
            unsafe filled = read(UnsafeMutableRawPointer(base), buffer.count, at: offset)
        }
    }
}

/// The system's words for an error number.
func systemText(_ number: Int32) -> String {
    unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
}
