// The checksum that PayPal signs instead of a body.

/// CRC-32 as in zlib and IEEE 802.3 (polynomial 0x04C11DB7, reflected).
package enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }

    /// The checksum; 0 of no bytes.
    package static func of(_ bytes: [UInt8]) -> UInt32 {
        let table = table
        var value: UInt32 = .max
        for byte in bytes { value = value >> 8 ^ table[Int((value ^ UInt32(byte)) & 0xFF)] }
        return ~value
    }
}
