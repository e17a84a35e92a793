// The bytes of a cursor.

/// Version, name of the list, values, check sum: the form in which a cursor travels.
struct CursorPayload {
    private static let version: UInt8 = 1
    private static let number: UInt8 = 1
    private static let bytes: UInt8 = 2

    let list: [UInt8]
    let values: [Cursor.Value]

    init(list: [UInt8], values: [Cursor.Value]) {
        self.list = list
        self.values = values
    }

    /// The bytes, or nothing when the name or a value is longer than its length field can say.
    var bytes: [UInt8]? {
        guard let length = UInt8(exactly: list.count) else { return nil }
        var bytes = [Self.version, length] + list
        for value in values {
            switch value {
            case .number(let number):
                bytes.append(Self.number)
                bytes += Self.bigEndian(UInt64(bitPattern: number), count: 8)
            case .bytes(let value):
                guard let length = UInt16(exactly: value.count) else { return nil }
                bytes.append(Self.bytes)
                bytes += Self.bigEndian(UInt64(length), count: 2)
                bytes += value
            }
        }
        return bytes + Self.bigEndian(UInt64(CRC32.sum(bytes)), count: 4)
    }

    /// Reads bytes; nothing when they are not exactly what ``bytes`` gives.
    init?(bytes: [UInt8]) {
        var rest = bytes.dropLast(4)
        guard Self.unsigned(bytes.suffix(4)) == UInt64(CRC32.sum(rest)), rest.popFirst() == Self.version,
            let length = rest.popFirst(), let list = Self.take(Int(length), of: &rest)
        else { return nil }
        var values: [Cursor.Value] = []
        while let tag = rest.popFirst() {
            if tag == Self.number, let number = Self.take(8, of: &rest) {
                values.append(.number(Int64(bitPattern: Self.unsigned(number))))
            } else if tag == Self.bytes, let length = Self.take(2, of: &rest),
                let value = Self.take(Int(Self.unsigned(length)), of: &rest)
            {
                values.append(.bytes(Array(value)))
            } else {
                return nil
            }
        }
        self.list = Array(list)
        self.values = values
    }

    private static func bigEndian(_ value: UInt64, count: Int) -> [UInt8] {
        (1...count).map { UInt8(truncatingIfNeeded: value >> (8 * (count - $0))) }
    }

    private static func unsigned(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

    private static func take(_ count: Int, of rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }
}

/// The check sum of ISO 3309 (polynomial 0xEDB88320, reflected).
enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { sum, _ in sum >> 1 ^ (sum & 1 == 1 ? 0xEDB8_8320 : 0) }
    }

    static func sum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        ~bytes.reduce(UInt32.max) { sum, byte in sum >> 8 ^ table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] }
    }
}
