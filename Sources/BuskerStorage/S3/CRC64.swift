// A cyclic sum of 64 bits, eight bytes at a time.

/// The CRC-64 of NVM Express, which S3 adds to objects by itself: reflected, by eight tables.
///
/// The method is "slicing by eight" of Kounavis and Berry, 2005; the polynomial is that of NVM Express, NVM Command Set 1.0, 5.2.1.3.4.
struct CRC64: Sendable {
    static let nvme = CRC64(polynomial: 0x9A6C_9329_AC4B_C9B5)

    private let tables: [UInt64]

    private init(polynomial: UInt64) {
        var tables = [UInt64](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            tables[byte] = (0..<8).reduce(UInt64(byte)) { value, _ in
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
    func adding(_ bytes: [UInt8], to start: UInt64) -> UInt64 {
        var value = start
        var at = 0
        let table = tables.span
        let bytes = bytes.span
        while at + 8 <= bytes.count {
            var next: UInt64 = 0
            for place in 0..<8 {
                let byte = UInt8(truncatingIfNeeded: value >> UInt64(8 * place)) ^ bytes[at + place]
                next ^= table[(7 - place) * 256 + Int(byte)]
            }
            value = next
            at += 8
        }
        while at < bytes.count {
            value = value >> 8 ^ table[Int((value ^ UInt64(bytes[at])) & 0xFF)]
            at += 1
        }
        return value
    }
}
