// A Unix socket whose waits stay off Swift's own threads.

import Dispatch
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Why a socket did not do its part.
struct SocketFailure: Error {
    let detail: String
}

/// One connection to a Unix socket; its calls run one after another on a thread of its own.
final class SocketLine: Sendable {
    private let queue = DispatchQueue(label: "busker.socket")
    private let descriptor = Mutex<CInt>(-1)

    /// Connects; each later read or write may take so long.
    func open(_ path: String, patience: Duration) async throws(SocketFailure) {
        try await blocking { line throws(SocketFailure) in try line.connect(path, patience) }
    }

    /// Writes everything.
    func write(_ bytes: [UInt8]) async throws(SocketFailure) {
        try await blocking { line throws(SocketFailure) in try line.send(bytes) }
    }

    /// Reads up to a zero byte, or to the end.
    func readLine(most: Int) async throws(SocketFailure) -> [UInt8] {
        try await blocking { line throws(SocketFailure) in try line.receive(most) }
    }

    /// Ends the connection; what waits on it ends, too.
    func hangUp() {
        descriptor.withLock { descriptor in
            if descriptor >= 0 { _ = shutdown(descriptor, CInt(SHUT_RDWR)) }
        }
        queue.async { [self] in close() }
    }

    private func close() {
        descriptor.withLock { descriptor in
            #if canImport(Glibc)
            if descriptor >= 0 { _ = Glibc.close(descriptor) }
            #else
            if descriptor >= 0 { _ = Darwin.close(descriptor) }
            #endif
            descriptor = -1
        }
    }

    private func blocking<T: Sendable>(
        _ body: @escaping @Sendable (SocketLine) throws(SocketFailure) -> T
    ) async throws(SocketFailure) -> T {
        let result: Result<T, SocketFailure> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                queue.async { [self] in
                    do throws(SocketFailure) {
                        continuation.resume(returning: .success(try body(self)))
                    } catch {
                        continuation.resume(returning: .failure(error))
                    }
                }
            }
        } onCancel: {
            hangUp()
        }
        return try result.get()
    }

    private func connect(_ path: String, _ patience: Duration) throws(SocketFailure) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count < room else { throw SocketFailure(detail: "the path of the socket is too long") }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { field in
            for (at, byte) in path.utf8.enumerated() { unsafe field[at] = byte }
        }
        #if canImport(Glibc)
        let made = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        #else
        let made = socket(AF_UNIX, SOCK_STREAM, 0)
        #endif
        guard made >= 0 else { throw SocketFailure(detail: "no socket could be made") }
        descriptor.withLock { $0 = made }
        let (seconds, attoseconds) = patience.components
        var wait = timeval()
        wait.tv_sec = .init(clamping: seconds)
        wait.tv_usec = .init(clamping: attoseconds / 1_000_000_000_000)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            _ = unsafe setsockopt(made, SOL_SOCKET, option, &wait, socklen_t(MemoryLayout<timeval>.size))
        }
        let code = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                #if canImport(Glibc)
                unsafe Glibc.connect(made, pointer, socklen_t(MemoryLayout<sockaddr_un>.size))
                #else
                unsafe Darwin.connect(made, pointer, socklen_t(MemoryLayout<sockaddr_un>.size))
                #endif
            }
        }
        guard code == 0 else { throw SocketFailure(detail: "the daemon does not answer") }
    }

    private func send(_ bytes: [UInt8]) throws(SocketFailure) {
        let number = descriptor.withLock { $0 }
        var start = 0
        #if canImport(Glibc)
        let flags = CInt(MSG_NOSIGNAL)
        #else
        let flags: CInt = 0
        #endif
        while start < bytes.count {
            let sent = unsafe bytes.withUnsafeBytes { buffer in
                #if canImport(Glibc)
                unsafe Glibc.send(number, buffer.baseAddress?.advanced(by: start), buffer.count - start, flags)
                #else
                unsafe Darwin.send(number, buffer.baseAddress?.advanced(by: start), buffer.count - start, flags)
                #endif
            }
            if sent < 0, errno == EINTR { continue }
            guard sent > 0 else { throw SocketFailure(detail: "the daemon takes no more") }
            start += sent
        }
    }

    private func receive(_ most: Int) throws(SocketFailure) -> [UInt8] {
        let number = descriptor.withLock { $0 }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 512)
        while answer.count < most {
            let count = unsafe recv(number, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SocketFailure(detail: "the daemon gives no answer") }
            if count == 0 { return answer }
            for byte in buffer[..<count] {
                if byte == 0 { return answer }
                answer.append(byte)
            }
        }
        throw SocketFailure(detail: "the answer of the daemon does not end")
    }
}
