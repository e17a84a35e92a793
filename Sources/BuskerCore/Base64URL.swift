// Base 64 for URLs, without padding and one way only.

/// Bytes as letters, digits, `-` and `_` (RFC 4648, section 5).
package enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xFF, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    package static func encode(_ bytes: [UInt8]) -> String {
        var characters: [UInt8] = []
        characters.reserveCapacity((bytes.count * 4 + 2) / 3)
        var bits = 0
        var pending = 0
        for byte in bytes {
            bits = (bits & 0x3F) << 8 | Int(byte)
            pending += 8
            while pending >= 6 {
                pending -= 6
                characters.append(alphabet[bits >> pending & 63])
            }
        }
        if pending > 0 { characters.append(alphabet[bits << (6 - pending) & 63]) }
        return String(decoding: characters, as: UTF8.self)
    }

    /// The bytes, or nothing when the text is not exactly what ``encode(_:)`` gives for them.
    package static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits = 0
        var pending = 0
        for character in text.utf8 {
            let value = values[Int(character)]
            guard value < 64 else { return nil }
            bits = (bits & 0x3F) << 6 | Int(value)
            pending += 6
            if pending >= 8 {
                pending -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> pending))
            }
        }
        guard pending < 6, bits & (1 << pending - 1) == 0 else { return nil }
        return bytes
    }
}
