// What a driver gives: one connection, used by one thread at a time.

/// One connection of a driver, inside a transaction; used by one thread at a time.
package protocol DatabaseConnection: AnyObject {
    var dialect: Dialect { get }

    func rows(_ sql: SQL) throws(DatabaseError) -> [Row]
    func rows(last sql: SQL) throws(DatabaseError) -> [Row]
    func rows(ofAll statements: [SQL]) throws(DatabaseError) -> [[Row]]
    func stream(_ sql: SQL, _ body: (Row) throws -> Void) throws
    func execute(_ sql: SQL) throws(DatabaseError) -> Int
    func insert(_ insert: BulkInsert, rows: [[SQLValue]]) throws(DatabaseError)
    func perform(_ changes: [Change]) throws(DatabaseError)
    func beginSavepoint() throws(DatabaseError)
    func releaseSavepoint() throws(DatabaseError)
    func rollBackSavepoint() throws(DatabaseError)
    func notify(_ channel: String, _ message: String) throws(DatabaseError)
}

extension DatabaseConnection {
    /// Where a commit is no round trip, the last statement is a statement like others.
    package func rows(last sql: SQL) throws(DatabaseError) -> [Row] { try rows(sql) }
}

/// Where rows go, and what happens to those that exist.
package struct BulkInsert: Sendable, Hashable {
    package let table: String
    package let columns: [String]
    package let key: [String]?

    package init(table: String, columns: [String], key: [String]? = nil) {
        self.table = table
        self.columns = columns
        self.key = key
    }
}

/// One of several changes that travel together.
package enum Change: Sendable {
    case execute(SQL)
    case insert(BulkInsert, rows: [[SQLValue]])
}
