// Messages that come without being asked for.

import CPostgres

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

extension Link {
    /// The messages that have arrived, each with its channel.
    func notifications() throws(Failure) -> [(channel: String, message: String)] {
        guard unsafe PQconsumeInput(connection) == 1 else { throw lost() }
        var found: [(channel: String, message: String)] = []
        while let notice = unsafe PQnotifies(connection) {
            defer { unsafe PQfreemem(notice) }
            guard let channel = unsafe notice.pointee.relname, let message = unsafe notice.pointee.extra else {
                continue
            }
            unsafe found.append((String(cString: channel), String(cString: message)))
        }
        return found
    }

    /// Waits until something arrives from the server or from `pipe`.
    func waitForInput(or pipe: Pipe) {
        var entries = [
            pollfd(fd: unsafe PQsocket(connection), events: Int16(POLLIN), revents: 0),
            pollfd(fd: pipe.reading, events: Int16(POLLIN), revents: 0),
        ]
        _ = unsafe poll(&entries, 2, -1)
    }
}

/// Two ends of a pipe by which one thread wakes another that waits for a socket.
final class Pipe: Sendable {
    let reading: Int32
    private let writing: Int32

    /// Makes a pipe; nothing when the process has no files left.
    init?() {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { return nil }
        (reading, writing) = (ends[0], ends[1])
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
    }

    deinit {
        close(reading)
        close(writing)
    }

    /// Wakes whoever waits.
    func wake() {
        var byte: UInt8 = 1
        _ = unsafe write(writing, &byte, 1)
    }

    /// Forgets that it was woken.
    func clear() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while unsafe read(reading, &bytes, bytes.count) > 0 {}
    }

    /// Waits to be woken, at most so many milliseconds; for ever when negative.
    func wait(_ milliseconds: Int32) {
        var entry = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
        _ = unsafe poll(&entry, 1, milliseconds)
    }
}
