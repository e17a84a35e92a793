// Crockford's base 32, in lower case and one way only.

/// 128 bits as 26 characters: two leading zero bits, then five bits each, without `i`, `l`, `o` and `u`.
enum Base32 {
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xFF, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    static func encode(high: UInt64, low: UInt64) -> String {
        let bits = UInt128(high) << 64 | UInt128(low)
        let characters = stride(from: 125, through: 0, by: -5).map {
            alphabet[Int(truncatingIfNeeded: bits >> $0) & 31]
        }
        return String(decoding: characters, as: UTF8.self)
    }

    /// The bits, or nothing when a character is not in the alphabet or the number has more than 128 bits.
    static func decode(_ text: ArraySlice<UInt8>) -> (high: UInt64, low: UInt64)? {
        guard text.count == 26, let first = text.first, values[Int(first)] < 8 else { return nil }
        var bits: UInt128 = 0
        for character in text {
            let value = values[Int(character)]
            guard value < 32 else { return nil }
            bits = bits << 5 | UInt128(value)
        }
        return (UInt64(truncatingIfNeeded: bits >> 64), UInt64(truncatingIfNeeded: bits))
    }
}
