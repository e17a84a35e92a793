// One connection to an SQLite file, inside a transaction.

import GRDBSQLite

/// One connection to an SQLite file; used by one thread at a time.
///
/// Statements go straight to SQLite: bound, stepped, read and reset, with nothing in between.
@safe final class SQLiteConnection: DatabaseConnection {
    let dialect = Dialect.sqlite
    let errors: SQLiteErrors
    /// Whether the closure that runs may change anything.
    var mayWrite: Bool

    private let handle: OpaquePointer
    private let gate: StatementGate
    private var cache: StatementCache
    private var control: [Control: SQLiteStatement] = [:]
    /// Why the transaction ended before its closure did.
    private var lost: DatabaseError?
    private var isInTransaction = false
    private let faults: (any FaultPoints)?
    private var commits = 0

    /// Takes over a handle that somebody else opened and will close.
    init(_ handle: OpaquePointer, mayWrite: Bool, limits: DatabaseLimits, faults: (any FaultPoints)? = nil) {
        unsafe self.handle = handle
        self.faults = faults
        self.mayWrite = mayWrite
        errors = SQLiteErrors(limit: limits.errorText)
        cache = StatementCache(capacity: limits.statements)
        gate = unsafe StatementGate(on: handle)
    }

    /// Lets go of every statement, so that the handle can be closed.
    func finalize() {
        cache.removeAll()
        control.removeAll()
        gate.remove()
    }

    // MARK: What a closure asks for

    func rows(_ sql: SQL) throws(DatabaseError) -> [Row] {
        let statement = try ready(sql)
        defer { statement.end() }
        var rows: [Row] = []
        guard try step(statement) else { return rows }
        statement.refreshColumns()
        repeat { rows.append(statement.row()) } while try step(statement)
        return rows
    }

    func rows(ofAll statements: [SQL]) throws(DatabaseError) -> [[Row]] {
        var answers: [[Row]] = []
        answers.reserveCapacity(statements.count)
        for sql in statements { answers.append(try rows(sql)) }
        return answers
    }

    func stream(_ sql: SQL, _ body: (Row) throws -> Void) throws {
        let statement = try ready(sql)
        defer { statement.end() }
        guard try step(statement) else { return }
        statement.refreshColumns()
        repeat { try body(statement.row()) } while try step(statement)
    }

    func execute(_ sql: SQL) throws(DatabaseError) -> Int {
        let statement = try ready(sql)
        defer { statement.end() }
        while try step(statement) {}
        return statement.changes
    }

    func insert(_ insert: BulkInsert, rows: [[SQLValue]]) throws(DatabaseError) {
        try check()
        let text = cache.text(of: insert)
        let statement = try unsafe cache.statement(text, on: handle, errors: errors)
        defer { statement.end() }
        for row in rows {
            try statement.begin(row, errors: errors)
            while try step(statement) {}
            statement.rewind()
        }
    }

    func perform(_ changes: [Change]) throws(DatabaseError) {
        for change in changes {
            switch change {
            case .execute(let sql): _ = try execute(sql)
            case .insert(let into, let rows): try insert(into, rows: rows)
            }
        }
    }

    func beginSavepoint() throws(DatabaseError) { try run(.savepoint) }
    func releaseSavepoint() throws(DatabaseError) { try run(.release) }

    func rollBackSavepoint() throws(DatabaseError) {
        try run(.rollBackTo)
        try run(.release)
    }

    /// Nobody listens: one process holds the file, and what it changed it knows.
    func notify(_ channel: String, _ message: String) throws(DatabaseError) { try check() }

    // MARK: What the rooms' own threads ask for

    /// The statements that a closure may not run itself.
    enum Control: String {
        case beginToRead = "BEGIN"
        case beginToWrite = "BEGIN IMMEDIATE"
        case commit = "COMMIT"
        case rollBack = "ROLLBACK"
        case savepoint = "SAVEPOINT busker"
        case release = "RELEASE busker"
        case rollBackTo = "ROLLBACK TO busker"
    }

    /// Begins a transaction.
    func begin(_ how: Control) throws(DatabaseError) {
        lost = nil
        try run(how)
        isInTransaction = true
    }

    /// Ends the transaction and makes it durable.
    func commit() throws(DatabaseError) {
        defer { if unsafe sqlite3_get_autocommit(handle) != 0 { isInTransaction = false } }
        faults?.passed(.batchBeforeCommit)
        try run(.commit)
        if let faults { passCommit(faults) }
    }

    /// Tells a test of a commit, and gives it checkpoints to be killed in.
    private func passCommit(_ faults: any FaultPoints) {
        faults.passed(.batchAfterCommit)
        commits += 1
        guard commits.isMultiple(of: 8) else { return }
        faults.passed(.checkpointMid)
        _ = try? administer("PRAGMA wal_checkpoint(PASSIVE)")
    }

    /// Ends the transaction and undoes it; nothing to do when SQLite already has.
    func rollBack() {
        isInTransaction = false
        if unsafe sqlite3_get_autocommit(handle) == 0 { try? run(.rollBack) }
    }

    /// Ends a transaction that only read.
    func endReading() {
        do throws(DatabaseError) { try commit() } catch { rollBack() }
    }

    /// Gives the transaction up, because undoing a part of it failed.
    func abandon(_ error: any Error) {
        lost = error as? DatabaseError ?? DatabaseError(.failed, "A savepoint could not be undone.")
    }

    /// Looks for damage in the file and for references that lead nowhere.
    func findDamage() throws(DatabaseError) -> [String] {
        var found = try administer("PRAGMA integrity_check").compactMap { value -> String? in
            guard case .text(let text) = value, text != "ok" else { return nil }
            return text
        }
        for value in try administer("PRAGMA foreign_key_check") {
            guard case .text(let table) = value else { continue }
            found.append("a row of \(table) refers to another that is not there")
        }
        return found
    }

    /// Why the transaction that was begun is no more, if it is no more.
    var transactionLoss: DatabaseError? {
        if lost == nil, isInTransaction, unsafe sqlite3_get_autocommit(handle) != 0 {
            lost = DatabaseError(.failed, "The transaction was rolled back by the database; nothing was changed.")
        }
        return lost
    }

    /// Whether rows refer to others that are not there, which a commit would refuse.
    var hasBrokenReferences: Bool {
        var now: Int32 = 0
        var highest: Int32 = 0
        unsafe sqlite3_db_status(handle, SQLITE_DBSTATUS_DEFERRED_FKS, &now, &highest, 0)
        return now != 0
    }

    /// Runs what only the room may run, such as a setting, and returns the first column of its rows.
    func administer(_ text: String) throws(DatabaseError) -> [SQLValue] {
        gate.isOpen = true
        defer { gate.isOpen = false }
        let statement = try unsafe SQLiteStatement(text, on: handle, errors: errors)
        try statement.begin([], errors: errors)
        defer { statement.end() }
        var values: [SQLValue] = []
        while try statement.step(errors: errors) {
            statement.refreshColumns()
            if let first = statement.row().values.first { values.append(first) }
        }
        return values
    }

    private func run(_ what: Control) throws(DatabaseError) {
        if what != .rollBack { try check() }
        gate.isOpen = true
        defer { gate.isOpen = false }
        let statement: SQLiteStatement
        if let known = control[what] {
            statement = known
        } else {
            statement = try unsafe SQLiteStatement(what.rawValue, on: handle, errors: errors)
            control[what] = statement
        }
        defer { statement.end() }
        while try step(statement) {}
    }

    // MARK: Steps

    private func check() throws(DatabaseError) {
        if let lost { throw lost }
    }

    private func ready(_ sql: SQL) throws(DatabaseError) -> SQLiteStatement {
        try check()
        let statement = try unsafe cache.statement(sql.text, on: handle, errors: errors)
        guard mayWrite || statement.isReadOnly else {
            throw errors.badStatement("A read cannot change anything: use write.", sql.text)
        }
        try statement.begin(sql.values, errors: errors)
        return statement
    }

    @inline(__always)
    private func step(_ statement: SQLiteStatement) throws(DatabaseError) -> Bool {
        do throws(DatabaseError) {
            return try statement.step(errors: errors)
        } catch {
            if isInTransaction, unsafe sqlite3_get_autocommit(handle) != 0 { lost = error }
            throw error
        }
    }
}
