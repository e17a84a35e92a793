// One writer for one file.

import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A lock of the kernel on `<database>.lock`, held until the object goes or the process dies.
///
/// The file stays when the lock is let go; what it says, the number of the process, is for messages only.
final class FileLock: Sendable {
    private let file: Mutex<Int32>

    /// Takes the lock, or says who has it.
    ///
    /// - Throws: ``DatabaseError`` with `inUse` or `storage`.
    init(for path: String) throws(DatabaseError) {
        let name = path + ".lock"
        let file = unsafe open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard file >= 0 else {
            throw DatabaseError(
                .storage, "The lock \(name) cannot be made (\(Self.reason())): check that the folder may be written.")
        }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            let holder = Self.holder(file)
            close(file)
            guard reason == EWOULDBLOCK else {
                throw DatabaseError(.storage, "The lock \(name) cannot be taken (error \(reason)): use a local disk.")
            }
            let who = holder == getpid() ? "this process" : holder.map { "process \($0)" } ?? "another process"
            throw DatabaseError(
                .inUse, "The database \(path) is in use by \(who): one writer at a time. Close it there first.")
        }
        ftruncate(file, 0)
        let text = Array("\(getpid())\n".utf8)
        _ = unsafe text.withUnsafeBytes { unsafe pwrite(file, $0.baseAddress, $0.count, 0) }
        self.file = Mutex(file)
    }

    deinit { release() }

    /// Lets go of the lock.
    func release() {
        file.withLock { file in
            if file >= 0 { close(file) }
            file = -1
        }
    }

    private static func holder(_ file: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe pread(file, $0.baseAddress, $0.count, 0) }
        return Int32(String(decoding: bytes.prefix(max(0, count)).prefix { $0 != 10 }, as: UTF8.self))
    }

    /// What the last call of the system complained about.
    static func reason() -> String { unsafe String(cString: strerror(errno)) }
}
