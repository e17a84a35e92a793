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
}
