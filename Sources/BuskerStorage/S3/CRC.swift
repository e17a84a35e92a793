// Cyclic sums of 32 bits, eight bytes at a time.

/// A reflected CRC of 32 bits, by eight tables.
///
/// The method is "slicing by eight" of Kounavis and Berry, 2005.
struct CRC: Sendable {
    /// IEEE 802.3, as in zlib.
    static let zlib = CRC(polynomial: 0xEDB8_8320)
    /// Castagnoli, as in iSCSI.
    static let castagnoli = CRC(polynomial: 0x82F6_3B78)

    private let tables: [UInt32]

    private init(polynomial: UInt32) {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            tables[byte] = (0..<8).reduce(UInt32(byte)) { value, _ in
                value & 1 == 1 ? value >> 1 ^ polynomial : value >> 1
            }
        }
        for at in 256..<tables.count {
            let before = tables[at - 256]
            tables[at] = before >> 8 ^ tables[Int(before & 0xFF)]
        }
        self.tables = tables
    }

    /// The running value after more bytes; it begins as all ones and is inverted at the end.
    func adding(_ bytes: [UInt8], to start: UInt32) -> UInt32 {
        var value = start
        var at = 0
        let table = tables.span
        let bytes = bytes.span
        while at + 8 <= bytes.count {
            var low = UInt32(bytes[at]) | UInt32(bytes[at + 1]) << 8
            low |= UInt32(bytes[at + 2]) << 16 | UInt32(bytes[at + 3]) << 24
            low ^= value
            value = table[7 * 256 + Int(low & 0xFF)] ^ table[6 * 256 + Int(low >> 8 & 0xFF)]
            value ^= table[5 * 256 + Int(low >> 16 & 0xFF)] ^ table[4 * 256 + Int(low >> 24)]
            value ^= table[3 * 256 + Int(bytes[at + 4])] ^ table[2 * 256 + Int(bytes[at + 5])]
            value ^= table[256 + Int(bytes[at + 6])] ^ table[Int(bytes[at + 7])]
            at += 8
        }
        while at < bytes.count {
            value = value >> 8 ^ table[Int((value ^ UInt32(bytes[at])) & 0xFF)]
            at += 1
        }
        return value
    }
}
