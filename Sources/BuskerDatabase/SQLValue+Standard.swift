// The standard types that a column can hold.

public import BuskerCore

extension SQLValue {
    /// The kind of the value, for messages.
    var kind: String {
        switch self {
        case .null: "nothing"
        case .integer: "a whole number"
        case .real: "a fraction"
        case .text: "text"
        case .bytes: "bytes"
        }
    }

    func mismatch(_ wanted: String) -> DatabaseError {
        DatabaseError(.typeMismatch, "The column holds \(kind); \(wanted) was asked for.")
    }
}

extension SQLValue: SQLEncodable, SQLDecodable {
    /// The value itself.
    public var sqlValue: SQLValue { self }
    /// The value itself.
    public init(sqlValue: SQLValue) { self = sqlValue }
}

extension Int64: SQLEncodable, SQLDecodable {
    /// A whole number.
    public var sqlValue: SQLValue { .integer(self) }
    /// Reads a whole number.
    public init(sqlValue: SQLValue) throws(DatabaseError) {
        guard case .integer(let value) = sqlValue else { throw sqlValue.mismatch("a whole number") }
        self = value
    }
}

extension Int: SQLEncodable, SQLDecodable {
    /// A whole number.
    public var sqlValue: SQLValue { .integer(Int64(self)) }
    /// Reads a whole number.
    public init(sqlValue: SQLValue) throws(DatabaseError) { self = Int(try Int64(sqlValue: sqlValue)) }
}

extension Bool: SQLEncodable, SQLDecodable {
    /// One for true, zero for false.
    public var sqlValue: SQLValue { .integer(self ? 1 : 0) }
    /// Reads one or zero.
    public init(sqlValue: SQLValue) throws(DatabaseError) {
        switch try Int64(sqlValue: sqlValue) {
        case 0: self = false
        case 1: self = true
        default: throw sqlValue.mismatch("one or zero")
        }
    }
}

extension Double: SQLEncodable, SQLDecodable {
    /// A number with a fraction.
    public var sqlValue: SQLValue { .real(self) }
    /// Reads a number with a fraction.
    public init(sqlValue: SQLValue) throws(DatabaseError) {
        guard case .real(let value) = sqlValue else { throw sqlValue.mismatch("a fraction") }
        self = value
    }
}

extension String: SQLEncodable, SQLDecodable {
    /// Text.
    public var sqlValue: SQLValue { .text(self) }
    /// Reads text.
    public init(sqlValue: SQLValue) throws(DatabaseError) {
        guard case .text(let value) = sqlValue else { throw sqlValue.mismatch("text") }
        self = value
    }
}

extension [UInt8]: SQLEncodable, SQLDecodable {
    /// Bytes.
    public var sqlValue: SQLValue { .bytes(self) }
    /// Reads bytes.
    public init(sqlValue: SQLValue) throws(DatabaseError) {
        guard case .bytes(let value) = sqlValue else { throw sqlValue.mismatch("bytes") }
        self = value
    }
}

extension Timestamp: SQLEncodable, SQLDecodable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public var sqlValue: SQLValue { .integer(microseconds) }
    /// Reads microseconds since 1970-01-01T00:00:00Z.
    public init(sqlValue: SQLValue) throws(DatabaseError) { self.init(microseconds: try Int64(sqlValue: sqlValue)) }
}

extension Optional: SQLDecodable where Wrapped: SQLDecodable {
    /// Reads a value that may be missing.
    public init(sqlValue: SQLValue) throws(DatabaseError) {
        if case .null = sqlValue { self = nil } else { self = try Wrapped(sqlValue: sqlValue) }
    }
}
