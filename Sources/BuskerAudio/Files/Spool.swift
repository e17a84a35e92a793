// A nameless temporary file for what cannot be rewound.

#if canImport(Glibc)
import Glibc
#endif

/// Makes temporary files that have no name, so that nothing is left behind whatever happens.
enum Spool {
    /// Opens an empty nameless file in the folder for temporary files.
    static func create() throws(AudioError) -> Int32 {
        let folder = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        var template = Array("\(folder)/busker-XXXXXX".utf8CString)
        let named = unsafe template.withUnsafeMutableBufferPointer { buffer -> Int32 in
            guard let base = buffer.baseAddress else { return -1 }
            let descriptor = unsafe mkstemp(base)
            if descriptor >= 0 { unsafe unlink(base) }
            return descriptor
        }
        guard named >= 0, fcntl(named, F_SETFD, FD_CLOEXEC) == 0 else {
            throw AudioError(.cannotWrite, "No temporary file can be made in '\(folder)': \(systemText(errno)).")
        }
        return named
    }

    /// Copies a stream to its end into a new spool; returns the spool and its length.
    static func fill(from descriptor: Int32, bytesMax: Int) throws(AudioError) -> (Int32, Int) {
        let spool = try create()
        var total = 0
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let got = unsafe block.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else {
                let reason = systemText(errno)
                close(spool)
                throw AudioError(.fileUnreadable, "The input cannot be read: \(reason).")
            }
            guard got > 0 else { return (spool, total) }
            guard total + got <= bytesMax else {
                close(spool)
                throw ByteStore.tooLarge(bytesMax)
            }
            guard
                unsafe block.withUnsafeBytes({
                    unsafe writeAll(spool, UnsafeRawBufferPointer(rebasing: $0[..<got]), at: total)
                })
            else {
                let reason = systemText(errno)
                close(spool)
                throw AudioError(.cannotWrite, "The input cannot be kept in a temporary file: \(reason).")
            }
            total += got
        }
    }

    /// Writes all of `bytes` at a place; false, with `errno`, where the system refuses.
    static func writeAll(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
        var done = 0
        while done < bytes.count {
            guard let base = bytes.baseAddress else { return true }
            let put = unsafe pwrite(descriptor, base + done, bytes.count - done, off_t(offset + done))
            if put > 0 {
                done += put
            } else if put < 0, errno == EINTR {
                continue
            } else {
                return false
            }
        }
        return true
    }
}
