// How bytes travel in a mail: in short lines of ASCII.

import BuskerCore

/// Encodings of bodies (RFC 2045, section 6).
enum BodyText {
    private static let lineMax = 76
    private static let hex = Array("0123456789ABCDEF".utf8)

    /// Text in quoted-printable; every kind of line end becomes CR LF.
    static func quotedPrintable(_ text: String) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count + text.utf8.count / 8)
        let bytes = Array(text.utf8)
        var (line, start) = ([UInt8](), 0)
        while start <= bytes.count {
            let end = bytes[start...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.count
            line.removeAll(keepingCapacity: true)
            for at in start..<end { add(bytes[at], isLast: at + 1 == end, to: &line, &output) }
            output += line
            guard end < bytes.count else { break }
            output += [0x0D, 0x0A]
            let isPair = bytes[end] == 0x0D && end + 1 < bytes.count && bytes[end + 1] == 0x0A
            start = end + (isPair ? 2 : 1)
        }
        return output
    }

    private static func add(_ byte: UInt8, isLast: Bool, to line: inout [UInt8], _ output: inout [UInt8]) {
        let isBlank = byte == 0x20 || byte == 0x09
        let isPlain = (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "=") || isBlank && !isLast
        let piece = isPlain ? [byte] : [UInt8(ascii: "="), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
        if line.count + piece.count > lineMax - 1 {
            output += line + [UInt8(ascii: "="), 0x0D, 0x0A]
            line.removeAll(keepingCapacity: true)
        }
        line += piece
    }

    /// Bytes in base 64, in lines of 76 characters.
    static func base64(_ bytes: [UInt8]) -> [UInt8] {
        let text = Array(Base64.encode(bytes).utf8)
        var output: [UInt8] = []
        output.reserveCapacity(text.count + text.count / lineMax * 2 + 2)
        for start in stride(from: 0, to: text.count, by: lineMax) {
            if start > 0 { output += [0x0D, 0x0A] }
            output += text[start..<min(start + lineMax, text.count)]
        }
        return output
    }
}
