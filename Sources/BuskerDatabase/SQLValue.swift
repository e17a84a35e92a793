// What a column can hold and a statement can bind.

/// A value in a database: the five kinds that both databases share.
public enum SQLValue: Sendable, Hashable {
    /// Nothing.
    case null
    /// A whole number.
    case integer(Int64)
    /// A number with a fraction; never used for money.
    case real(Double)
    /// Text in UTF-8.
    case text(String)
    /// Bytes.
    case bytes([UInt8])
}

/// A type whose values can be bound to a statement.
public protocol SQLEncodable: Sendable {
    /// The value as the database stores it.
    var sqlValue: SQLValue { get }
}

/// A type whose values can be read from a column.
public protocol SQLDecodable: Sendable {
    /// Reads the value.
    ///
    /// - Throws: ``DatabaseError`` with `typeMismatch` when the column holds another kind of value.
    init(sqlValue: SQLValue) throws(DatabaseError)
}
