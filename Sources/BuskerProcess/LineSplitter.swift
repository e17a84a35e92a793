// Lines out of pieces of bytes.

/// Puts pieces together to lines; a carriage return ends a line too, as progress bars write them.
struct LineSplitter: Sendable {
    private let bytesMax: Int
    private var line: [UInt8] = []

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// The lines that a piece ends, without their ends; bytes that are no UTF-8 are replaced, blank lines left out.
    mutating func take(_ piece: some Sequence<UInt8>) -> [String] {
        var lines: [String] = []
        for byte in piece {
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                if let line = finish() { lines.append(line) }
            } else if line.count < bytesMax {
                line.append(byte)
            }
        }
        return lines
    }

    /// The line that has no end yet.
    mutating func finish() -> String? {
        guard !line.isEmpty else { return nil }
        defer { line.removeAll(keepingCapacity: true) }
        return String(decoding: line, as: UTF8.self)
    }
}

/// The last bytes of what was written.
struct Tail: Sendable {
    private let bytesMax: Int
    private var bytes: [UInt8] = []

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    mutating func take(_ piece: some Collection<UInt8>) {
        bytes += piece
        if bytes.count > 2 * bytesMax { bytes.removeFirst(bytes.count - bytesMax) }
    }

    var text: String { String(decoding: bytes.suffix(bytesMax), as: UTF8.self) }
}
