// How much memory a process held at most.

#if canImport(Glibc)
import Glibc
#endif

/// The most memory that this process held since its program began, as its system tells.
enum PeakMemory {
    /// Bytes that were in memory at once, shared libraries among them; nothing where the system does not say.
    ///
    /// `VmHWM` of `/proc/self/status`, because `getrusage` also counts what the starting process held.
    static var bytes: Int64? {
        #if canImport(Glibc)
        let file = unsafe open("/proc/self/status", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var text = [UInt8](repeating: 0, count: 8_192)
        let count = unsafe text.withUnsafeMutableBytes { unsafe read(file, $0.baseAddress, $0.count) }
        let lines = text.prefix(max(0, count)).split(separator: UInt8(ascii: "\n"))
        guard let line = lines.first(where: { $0.starts(with: Array("VmHWM:".utf8)) }) else { return nil }
        let digits = line.filter { (48...57).contains($0) }
        return Int64(String(decoding: digits, as: UTF8.self)).map { $0 * 1024 }
        #else
        return nil
        #endif
    }
}
