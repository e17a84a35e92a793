// Bound values in the binary form of the protocol.

import BuskerDatabase

/// The values of one statement, one after another in one buffer.
struct ParameterBuffer {
    /// The most parameters that the protocol counts.
    static let most = 65_535

    private(set) var bytes: [UInt8] = []
    private(set) var starts: [Int] = []
    private(set) var lengths: [Int32] = []
    private(set) var types: [UInt32] = []

    /// Whether a value is there, or NULL.
    func isNull(_ at: Int) -> Bool { lengths[at] < 0 }

    var count: Int { starts.count }

    /// Forgets the values and keeps the memory.
    mutating func removeAll() {
        if bytes.capacity > 1 << 20 {
            bytes = []
        } else {
            bytes.removeAll(keepingCapacity: true)
        }
        starts.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        types.removeAll(keepingCapacity: true)
    }

    /// Adds a value.
    mutating func append(_ value: SQLValue) {
        starts.append(bytes.count)
        types.append(ParameterKind(value).oid)
        Self.write(value, to: &bytes)
        lengths.append(value == .null ? -1 : Int32(truncatingIfNeeded: bytes.count - starts[starts.count - 1]))
    }

    /// Adds one column of many rows as an array.
    mutating func append(column: Int, of rows: ArraySlice<[SQLValue]>, kind: ParameterKind) {
        let start = bytes.count
        starts.append(start)
        types.append(kind.arrayOID)
        Self.write(Int32(1), to: &bytes)
        Self.write(Int32(1), to: &bytes)
        Self.write(Int32(bitPattern: kind.oid), to: &bytes)
        Self.write(Int32(truncatingIfNeeded: rows.count), to: &bytes)
        Self.write(Int32(1), to: &bytes)
        for row in rows {
            let at = bytes.count
            if row[column] == .null {
                Self.write(Int32(-1), to: &bytes)
                continue
            }
            Self.write(Int32(0), to: &bytes)
            Self.write(kind.conform(row[column]), to: &bytes)
            let length = UInt32(truncatingIfNeeded: bytes.count - at - 4)
            for digit in 0..<4 { bytes[at + digit] = UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * digit)) }
        }
        lengths.append(Int32(truncatingIfNeeded: bytes.count - start))
    }

    private static func write(_ value: SQLValue, to bytes: inout [UInt8]) {
        switch value {
        case .null: break
        case .integer(let number): write(number, to: &bytes)
        case .real(let number): write(Int64(bitPattern: number.bitPattern), to: &bytes)
        case .text(let text): bytes.append(contentsOf: text.utf8)
        case .bytes(let content): bytes.append(contentsOf: content)
        }
    }

    private static func write(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        var shift = number.bitWidth
        while shift > 0 {
            shift -= 8
            bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }
}

extension ParameterKind {
    /// A whole number for a column of fractions travels as a fraction.
    fileprivate func conform(_ value: SQLValue) -> SQLValue {
        if self == .real, case .integer(let number) = value { return .real(Double(number)) }
        return value
    }
}

extension SQLValue {
    /// Refuses what the server cannot take, before anything is sent.
    ///
    /// - Parameter place: the number of the placeholder or the name of the column, for the message.
    func checkForServer(_ place: @autoclosure () -> String) throws(DatabaseError) {
        switch self {
        case .null, .integer, .real: return
        case .text(let text):
            guard text.utf8.count <= Self.longest else { throw Self.tooLong(place()) }
            if text.utf8.contains(0) {
                throw DatabaseError(
                    .typeMismatch, "The text for \(place()) holds a NUL character, which cannot be stored: take it out."
                )
            }
        case .bytes(let bytes):
            guard bytes.count <= Self.longest else { throw Self.tooLong(place()) }
        }
    }

    /// The most bytes of one value; the server takes up to a gigabyte in a message.
    private static let longest = 256 << 20

    private static func tooLong(_ place: String) -> DatabaseError {
        DatabaseError(.limit, "The value for \(place) is longer than 256 MiB: keep it in a file.")
    }
}
