// A bell that a waiting thread hears.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A pipe whose reading end can be waited for.
struct WakePipe: ~Copyable, Sendable {
    let reader: Int32
    private let writer: Int32

    /// - Throws: ``ProcessError`` with `notStarted` when the process has too many open files.
    init() throws(ProcessError) {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else {
            throw ProcessError(.notStarted, "The system gave no pipe; the host has too many open files.")
        }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (reader, writer) = (ends[0], ends[1])
    }

    deinit {
        close(reader)
        close(writer)
    }

    /// Rings; it may be rung often.
    func ring() {
        let byte: [UInt8] = [1]
        _ = unsafe write(writer, byte, 1)
    }
}
