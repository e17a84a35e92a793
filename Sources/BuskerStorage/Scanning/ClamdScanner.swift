// Looks for viruses with the daemon of ClamAV.

public import BuskerHTTP

/// Hands contents to `clamd` over its Unix socket, by the command `INSTREAM`.
///
/// Everything but a clear `OK` is no `clean`: no daemon, a broken answer, a content beyond the daemon's `StreamMaxLength`, a wait
/// that was too long. Each look has a thread of its own, because sockets block.
public struct ClamdScanner: VirusScanner {
    /// The socket's path, such as `/run/clamav/clamd.ctl`.
    public let path: String
    /// How long one read or write may take.
    public let patience: Duration
    /// More bytes are not sent, and not clean; keep it at the daemon's `StreamMaxLength`.
    public let streamMax: Int64

    /// Names a daemon.
    ///
    /// - Parameters:
    ///   - path: the socket.
    ///   - patience: how long one read or write may take.
    ///   - streamMax: the daemon's `StreamMaxLength`, 100 MiB by default.
    public init(path: String, patience: Duration = .seconds(60), streamMax: Int64 = 100 << 20) {
        self.path = path
        self.patience = patience
        self.streamMax = streamMax
    }

    /// Looks at a content.
    public func scan(_ content: HTTPBody, size: Int64) async -> ScanResult {
        guard size <= streamMax else { return .failed("the content is larger than the daemon takes") }
        let line = SocketLine()
        defer { line.hangUp() }
        do {
            try await line.open(path, patience: patience)
            var sent: Int64 = 0
            do {
                try await line.write(Array("zINSTREAM\0".utf8))
                for try await piece in content.asPieces where !piece.isEmpty {
                    sent += Int64(piece.count)
                    guard sent <= size else { return .failed("the content grew while it was read") }
                    try await line.write(Self.framed(piece))
                }
                guard sent == size else { return .failed("the content ended before its end") }
                try await line.write([0, 0, 0, 0])
            } catch let failure as SocketFailure {
                // A daemon that had enough says so before it hangs up.
                return try await Self.refusal(line, or: failure)
            }
            return Self.result(try await line.readLine(most: 4096))
        } catch let failure as SocketFailure {
            return .failed(failure.detail)
        } catch {
            return .failed("the content could not be read")
        }
    }

    private static func refusal(_ line: SocketLine, or failure: SocketFailure) async throws -> ScanResult {
        guard case .failed(let words) = result(try await line.readLine(most: 4096)) else {
            return .failed(failure.detail)
        }
        return .failed(words)
    }

    /// A chunk: its length in four bytes, the most significant first, and its bytes.
    private static func framed(_ piece: [UInt8]) -> [UInt8] {
        var framed: [UInt8] = []
        framed.reserveCapacity(piece.count + 8)
        for start in stride(from: 0, to: piece.count, by: 1 << 20) {
            let part = piece[start..<min(start + 1 << 20, piece.count)]
            let length = UInt32(truncatingIfNeeded: part.count)
            framed += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
            framed += part
        }
        return framed
    }

    /// The answer: `stream: OK`, `stream: NAME FOUND`, or anything else.
    static func result(_ answer: [UInt8]) -> ScanResult {
        let text = String(decoding: answer, as: UTF8.self)
        if text == "stream: OK" { return .clean }
        if text.hasPrefix("stream: "), text.hasSuffix(" FOUND") {
            return .infected(String(text.dropFirst("stream: ".count).dropLast(" FOUND".count)))
        }
        return .failed(text.isEmpty ? "the daemon hung up" : text)
    }
}
