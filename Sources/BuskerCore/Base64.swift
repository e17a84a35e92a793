// Base 64 with the alphabet of mail, strictly read.

/// Bytes as letters, digits, `+` and `/` (RFC 4648, section 4).
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xFF, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    /// The text, padded to a multiple of four characters.
    package static func encode(_ bytes: [UInt8]) -> String {
        var characters: [UInt8] = []
        characters.reserveCapacity((bytes.count + 2) / 3 * 4)
        var at = 0
        while at < bytes.count {
            let rest = min(3, bytes.count - at)
            var group = UInt32(bytes[at]) << 16
            if rest > 1 { group |= UInt32(bytes[at + 1]) << 8 }
            if rest > 2 { group |= UInt32(bytes[at + 2]) }
            for place in 0..<4 {
                let index = Int(group >> UInt32(18 - 6 * place) & 63)
                characters.append(place <= rest ? alphabet[index] : UInt8(ascii: "="))
            }
            at += 3
        }
        return String(decoding: characters, as: UTF8.self)
    }

    /// The bytes, or nothing when the text is not exactly what ``encode(_:)`` gives for them.
    ///
    /// - Parameter paddingMayMiss: whether the `=` at the end may be left out.
    package static func decode(_ text: ArraySlice<UInt8>, paddingMayMiss: Bool = false) -> [UInt8]? {
        let padding = text.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
        let count = text.count - padding
        let isPadded = text.count.isMultiple(of: 4) && (count % 4 == 0 ? 0 : 4 - count % 4) == padding
        guard isPadded || (paddingMayMiss && padding == 0) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count / 4 * 3 + 2)
        var bits: UInt32 = 0
        var pending: UInt32 = 0
        for character in text.prefix(count) {
            let value = values[Int(character)]
            guard value < 64 else { return nil }
            bits = (bits & 0x3F) << 6 | UInt32(value)
            pending += 6
            if pending >= 8 {
                pending -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> pending))
            }
        }
        guard pending < 6, bits & (1 << pending - 1) == 0 else { return nil }
        return bytes
    }

    /// The bytes of a text, as ``decode(_:paddingMayMiss:)`` of its UTF-8.
    package static func decode(_ text: String.UTF8View) -> [UInt8]? { decode(Array(text)[...]) }
}
