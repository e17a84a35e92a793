// Bytes as lower-case hexadecimal digits.

/// Two digits for each byte.
enum Hexadecimal {
    private static let digits = Array("0123456789abcdef".utf8)

    static func bytes(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(64)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return text
    }

    static func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: self.bytes(bytes), as: UTF8.self) }

    /// The bytes that digits of either case stand for; nothing when there are others, or an odd number of them.
    static func bytes(hex text: String) -> [UInt8]? {
        let digits = text.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
        guard digits.count == text.utf8.count, digits.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
