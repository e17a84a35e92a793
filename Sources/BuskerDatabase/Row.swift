// One row of an answer.

/// One row of an answer; its columns are read by position or by name.
public struct Row: Sendable, Hashable {
    package let values: [SQLValue]
    package let columns: ColumnNames

    package init(values: [SQLValue], columns: ColumnNames) {
        self.values = values
        self.columns = columns
    }

    /// The number of columns.
    public var count: Int { values.count }

    /// The value in a column, counted from zero.
    ///
    /// - Throws: ``DatabaseError`` with `typeMismatch` when there is no such column or it holds another kind of value.
    public func get<Value: SQLDecodable>(_ column: Int, as type: Value.Type = Value.self) throws(DatabaseError) -> Value
    {
        guard values.indices.contains(column) else {
            throw DatabaseError(
                .typeMismatch, "The answer has \(values.count) columns; column \(column) was asked for.")
        }
        return try Value(sqlValue: values[column])
    }

    /// The value in a column, by its name.
    ///
    /// - Throws: ``DatabaseError`` with `typeMismatch` when there is no such column or it holds another kind of value.
    public func get<Value: SQLDecodable>(_ name: String, as type: Value.Type = Value.self) throws(DatabaseError)
        -> Value
    {
        guard let column = columns.position(of: name) else {
            throw DatabaseError(.typeMismatch, "The answer has no column named \(name).")
        }
        return try get(column)
    }
}

/// The names of an answer's columns, shared by its rows.
package final class ColumnNames: Sendable, Hashable {
    package let names: [String]

    package init(_ names: [String]) { self.names = names }

    package func position(of name: String) -> Int? { names.firstIndex(of: name) }

    package static func == (a: ColumnNames, b: ColumnNames) -> Bool { a.names == b.names }
    package func hash(into hasher: inout Hasher) { hasher.combine(names) }
}
