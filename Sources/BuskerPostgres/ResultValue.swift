// Columns of an answer in the binary form of the protocol.

import BuskerDatabase

/// Reads one value of an answer.
enum ResultValue {
    /// Reads a value, or says that its type is none of those that both databases share.
    static func read(_ bytes: UnsafeBufferPointer<UInt8>, type: UInt32) throws(DatabaseError) -> SQLValue {
        switch type {
        case 20, 23, 21: return unsafe .integer(integer(bytes))
        case 26, 28: return unsafe .integer(integer(bytes) & 0xffff_ffff)
        case 16: return unsafe .integer(bytes.first == 0 ? 0 : 1)
        case 25, 1043, 1042, 19, 18, 705, 114: return unsafe .text(String(decoding: bytes, as: UTF8.self))
        case 17: return unsafe .bytes(Array(bytes))
        case 701: return unsafe .real(Double(bitPattern: UInt64(bitPattern: integer(bytes))))
        case 700: return unsafe .real(Double(Float(bitPattern: UInt32(truncatingIfNeeded: integer(bytes)))))
        case 1700: return .integer(try unsafe numeric(bytes))
        case 2278: return .null
        default: throw unknown(type)
        }
    }

    private static func integer(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64 {
        var number: Int64 = unsafe (bytes.first ?? 0) & 0x80 == 0 ? 0 : -1
        for at in bytes.indices { number = unsafe number << 8 | Int64(bytes[at]) }
        return number
    }

    /// A sum of whole numbers is `numeric`: read as a whole number when it is one of 64 bits without a fraction.
    ///
    /// The form is a count of digits to base 10,000, the weight of the first, the sign, the number of decimals, the digits.
    private static func numeric(_ bytes: UnsafeBufferPointer<UInt8>) throws(DatabaseError) -> Int64 {
        func word(_ at: Int) -> Int {
            unsafe 2 * at + 1 < bytes.count ? Int(bytes[2 * at]) << 8 | Int(bytes[2 * at + 1]) : 0
        }
        let weight = Int(Int16(truncatingIfNeeded: word(1)))
        guard word(2) == 0 || word(2) == 0x4000, word(3) == 0, weight <= 4 else { throw notWhole }
        var number: Int64 = 0
        for at in 0..<max(0, weight + 1) {
            let digit = Int64(at < word(0) ? word(4 + at) : 0)
            let (shifted, over) = number.multipliedReportingOverflow(by: 10_000)
            let (sum, beyond) =
                word(2) == 0
                ? shifted.addingReportingOverflow(digit) : shifted.subtractingReportingOverflow(digit)
            guard !over, !beyond else { throw notWhole }
            number = sum
        }
        return number
    }

    private static let notWhole = DatabaseError(
        .typeMismatch,
        "The column is numeric and not a whole number of 64 bits: cast it in the statement, as in CAST(x AS bigint).")

    private static func unknown(_ type: UInt32) -> DatabaseError {
        let names: [UInt32: String] = [
            1082: "date", 1083: "time", 1114: "timestamp", 1184: "timestamptz", 2950: "uuid", 3802: "jsonb",
            1016: "bigint[]", 1009: "text[]", 1186: "interval", 869: "inet", 1007: "integer[]",
        ]
        let name = names[type] ?? "type \(type)"
        return DatabaseError(
            .typeMismatch,
            "A column of the answer is of \(name), which not every database has: cast it in the statement, as in CAST(x AS text)."
        )
    }
}
