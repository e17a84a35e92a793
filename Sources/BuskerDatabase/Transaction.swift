// What a closure may do while it holds a transaction.

/// A consistent view of the database while a closure runs; it must not be kept after the closure returns.
public class ReadTransaction {
    /// The fragments of SQL in which this database differs from others.
    public let dialect: Dialect
    package let connection: any DatabaseConnection

    package init(_ connection: any DatabaseConnection) {
        self.connection = connection
        dialect = connection.dialect
    }

    /// Calls `body` with each row of the answer as it comes; memory does not grow with their number.
    ///
    /// - Throws: ``DatabaseError``, or what `body` throws, which ends the reading.
    public func forEach(_ sql: SQL, _ body: (Row) throws -> Void) throws {
        try connection.stream(sql, body)
    }

    /// Every row of the answer.
    public func rows(_ sql: SQL) throws(DatabaseError) -> [Row] { try connection.rows(sql) }

    /// The first row of the answer, if there is one.
    public func first(_ sql: SQL) throws(DatabaseError) -> Row? { try connection.rows(sql).first }

    /// The first column of the first row, if there is one.
    public func value<Value: SQLDecodable>(
        _ sql: SQL, as type: Value.Type = Value.self
    ) throws(DatabaseError) -> Value? {
        guard let row = try first(sql) else { return nil }
        return try row.get(0)
    }

    /// The answers to several statements, asked for at once: one round trip where the database is a server.
    package func rows(ofAll statements: [SQL]) throws(DatabaseError) -> [[Row]] {
        try connection.rows(ofAll: statements)
    }
}

/// A transaction that writes; it must not be kept after the closure returns.
public final class Transaction: ReadTransaction {
    /// Runs a statement and returns the number of rows it changed.
    ///
    /// After a statement failed the transaction can only be undone, whether the closure catches the error or not; what may
    /// fail belongs into a ``savepoint(_:)``.
    @discardableResult
    public func execute(_ sql: SQL) throws(DatabaseError) -> Int { try connection.execute(sql) }

    /// Runs the last statement of the transaction, which commits with it: one round trip for both where the database is a server.
    ///
    /// Nothing may follow it. The closure must not throw when the statement changed something: it may be durable already.
    package func rows(last sql: SQL) throws(DatabaseError) -> [Row] { try connection.rows(last: sql) }

    /// Inserts rows, many at once; with `replacing`, a row whose key exists takes the new values instead.
    ///
    /// - Parameters:
    ///   - table: a name written in the program, never one that came from outside.
    ///   - columns: the columns, as written in the program.
    ///   - rows: the values, as many in each row as there are columns.
    ///   - key: the columns of the primary key or of a unique index; `nil` refuses a row that exists.
    package func insert(
        into table: String, columns: [String], rows: [[SQLValue]], replacing key: [String]? = nil
    ) throws(DatabaseError) {
        guard !rows.isEmpty else { return }
        try connection.insert(BulkInsert(table: table, columns: columns, key: key), rows: rows)
    }

    /// Runs several changes at once: one round trip where the database is a server.
    package func perform(_ changes: [Change]) throws(DatabaseError) { try connection.perform(changes) }

    /// Runs `body`; when it throws, what it changed is undone and the transaction goes on.
    @discardableResult
    public func savepoint<T>(_ body: () throws -> T) throws -> T {
        try connection.beginSavepoint()
        do {
            let value = try body()
            try connection.releaseSavepoint()
            return value
        } catch {
            try connection.rollBackSavepoint()
            throw error
        }
    }

    /// Wakes whoever listens to a channel once the transaction is durable; a hint that may be lost, never a promise.
    public func notify(_ channel: String, _ message: String = "") throws(DatabaseError) {
        try connection.notify(channel, message)
    }
}
