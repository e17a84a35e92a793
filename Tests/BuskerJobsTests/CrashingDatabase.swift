// A database whose transactions end after so many statements, as a process does that is killed.

import BuskerDatabase
import Synchronization
import TestSupport

/// Lends every statement to another database until their number is used up, and then fails for good.
final class CrashingDatabase: Database {
    /// The end of a process.
    struct Killed: Error {}

    private let base: any Database
    private let left: Mutex<Int>

    init(_ base: any Database, after statements: Int) {
        self.base = base
        left = Mutex(statements)
    }

    var dialect: Dialect { base.dialect }

    /// Counts a statement, or says that it does not happen any more.
    fileprivate func pass() throws(DatabaseError) {
        let isAlive = left.withLock { left in
            left -= 1
            return left >= 0
        }
        guard isAlive else { throw DatabaseError(.unavailable, "The process was killed.") }
    }

    func read<T: Sendable>(_ body: @escaping @Sendable (ReadTransaction) throws -> T) async throws -> T {
        try await base.read(body)
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws -> T {
        try await base.write { tx in
            try self.pass()
            let value = try body(Transaction(CrashingConnection(tx.connection, self)))
            try self.pass()
            return value
        }
    }

    func migrate(_ migrations: [Migration]) async throws { try await base.migrate(migrations) }
    func integrityCheck() async throws -> [String] { try await base.integrityCheck() }
    func close() async {}
}

private final class CrashingConnection: DatabaseConnection {
    private let base: any DatabaseConnection
    private let database: CrashingDatabase

    init(_ base: any DatabaseConnection, _ database: CrashingDatabase) {
        self.base = base
        self.database = database
    }

    var dialect: Dialect { base.dialect }

    func rows(_ sql: SQL) throws(DatabaseError) -> [Row] {
        try database.pass()
        return try base.rows(sql)
    }

    func rows(ofAll statements: [SQL]) throws(DatabaseError) -> [[Row]] {
        try database.pass()
        return try base.rows(ofAll: statements)
    }

    func stream(_ sql: SQL, _ body: (Row) throws -> Void) throws {
        try database.pass()
        try base.stream(sql, body)
    }

    func execute(_ sql: SQL) throws(DatabaseError) -> Int {
        try database.pass()
        return try base.execute(sql)
    }

    func insert(_ insert: BulkInsert, rows: [[SQLValue]]) throws(DatabaseError) {
        try database.pass()
        try base.insert(insert, rows: rows)
    }

    func perform(_ changes: [Change]) throws(DatabaseError) {
        try database.pass()
        try base.perform(changes)
    }

    func beginSavepoint() throws(DatabaseError) { try base.beginSavepoint() }
    func releaseSavepoint() throws(DatabaseError) { try base.releaseSavepoint() }
    func rollBackSavepoint() throws(DatabaseError) { try base.rollBackSavepoint() }

    func notify(_ channel: String, _ message: String) throws(DatabaseError) {
        try database.pass()
        try base.notify(channel, message)
    }
}
