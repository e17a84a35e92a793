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
    /// The statement's failure after which the closure can only be undone, or go back to a savepoint.
    private var broken: DatabaseError?
    private var isInTransaction = false
    private let checkpointing: (@Sendable () -> Void)?
    private var commits = 0

    /// Takes over a handle that somebody else opened and will close.
    init(
        _ handle: OpaquePointer, mayWrite: Bool, limits: DatabaseLimits, checkpointing: (@Sendable () -> Void)? = nil
    ) {
        unsafe self.handle = handle
        self.checkpointing = checkpointing
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
        let statement = try ready(sql.text, sql.values)
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
        let statement = try ready(sql.text, sql.values)
        defer { statement.end() }
        guard try step(statement) else { return }
        statement.refreshColumns()
        repeat { try body(statement.row()) } while try step(statement)
    }

    func execute(_ sql: SQL) throws(DatabaseError) -> Int {
        let statement = try ready(sql.text, sql.values)
        defer { statement.end() }
        let before = unsafe sqlite3_total_changes(handle)
        while try step(statement) {}
        return unsafe sqlite3_total_changes(handle) == before ? 0 : Int(sqlite3_changes(handle))
    }

    func insert(_ insert: BulkInsert, rows: [[SQLValue]]) throws(DatabaseError) {
        guard let first = rows.first else { return }
        let statement = try ready(cache.text(of: insert), first)
        defer { statement.end() }
        while try step(statement) {}
        for row in rows.dropFirst() {
            statement.rewind()
            try guarded { () throws(DatabaseError) in try statement.begin(row, errors: errors) }
            while try step(statement) {}
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

    func beginSavepoint() throws(DatabaseError) {
        try check()
        try run(.savepoint)
    }

    func releaseSavepoint() throws(DatabaseError) {
        try check()
        try run(.release)
    }

    func rollBackSavepoint() throws(DatabaseError) {
        try run(.rollBackTo)
        try run(.release)
        broken = nil
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
        case beginClosure = "SAVEPOINT busker_closure"
        case keepClosure = "RELEASE busker_closure"
        case undoClosure = "ROLLBACK TO busker_closure"
        case savepoint = "SAVEPOINT busker"
        case release = "RELEASE busker"
        case rollBackTo = "ROLLBACK TO busker"
    }

    /// Begins what a closure of a group does.
    func beginClosure() throws(DatabaseError) { try run(.beginClosure) }

    /// Keeps what a closure of a group did.
    func keepClosure() throws(DatabaseError) { try run(.keepClosure) }

    /// Undoes what a closure of a group did.
    func undoClosure() throws(DatabaseError) {
        try run(.undoClosure)
        try run(.keepClosure)
        broken = nil
    }

    /// Begins a transaction.
    func begin(_ how: Control) throws(DatabaseError) {
        (lost, broken) = (nil, nil)
        try run(how)
        isInTransaction = true
    }

    /// Ends the transaction and makes it durable.
    func commit() throws(DatabaseError) {
        defer { if unsafe sqlite3_get_autocommit(handle) != 0 { isInTransaction = false } }
        try run(.commit)
        if let checkpointing { checkpoint(checkpointing) }
    }

    /// Gives a test checkpoints to be killed in.
    private func checkpoint(_ checkpointing: @Sendable () -> Void) {
        commits += 1
        guard commits.isMultiple(of: 8) else { return }
        checkpointing()
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

    /// The failure of a statement that the closure passed over; its transaction must not be kept.
    var unnoticedFailure: DatabaseError? { broken }

    /// Gives the transaction up, because undoing a part of it failed.
    func abandon(_ error: any Error) {
        lost = error as? DatabaseError ?? DatabaseError(.failed, "A savepoint could not be undone.")
    }

    /// Copies every page into another database, which is replaced.
    func copy(into target: OpaquePointer) throws(DatabaseError) {
        guard let copy = unsafe sqlite3_backup_init(target, "main", handle, "main") else {
            throw unsafe errors.make(sqlite3_errcode(target), on: target)
        }
        unsafe sqlite3_backup_step(copy, -1)
        let status = unsafe sqlite3_backup_finish(copy)
        guard status == SQLITE_OK else { throw unsafe errors.make(status, on: target) }
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

    /// Runs what only the room may run, and returns the texts in the first column of its rows.
    func administer(_ text: String) throws(DatabaseError) -> [String] {
        gate.isOpen = true
        defer { gate.isOpen = false }
        return try find(text, []).map { row in
            guard case .text(let text) = row.first else { return "" }
            return text
        }
    }

    private func run(_ what: Control) throws(DatabaseError) {
        if let lost, what != .rollBack { throw lost }
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
        if let broken {
            throw DatabaseError(
                .failed,
                "An earlier statement of this transaction failed, so it can only be undone; a savepoint lets it go on. "
                    + "The earlier failure: \(broken.detail)")
        }
    }

    private func ready(_ text: String, _ values: [SQLValue]) throws(DatabaseError) -> SQLiteStatement {
        try check()
        return try guarded { () throws(DatabaseError) in
            let statement = try unsafe cache.statement(text, on: handle, errors: errors)
            guard mayWrite || statement.isReadOnly else {
                throw DatabaseError(
                    .readOnly, "A read cannot change anything: use write. Statement: \(errors.quoted(text))")
            }
            try statement.begin(values, errors: errors)
            return statement
        }
    }

    @inline(__always)
    private func step(_ statement: SQLiteStatement) throws(DatabaseError) -> Bool {
        try guarded { () throws(DatabaseError) in try statement.step(errors: errors) }
    }

    /// Remembers that a statement failed, and whether SQLite gave up the whole transaction.
    @inline(__always)
    private func guarded<Answer>(_ body: () throws(DatabaseError) -> Answer) throws(DatabaseError) -> Answer {
        do throws(DatabaseError) {
            return try body()
        } catch {
            let error = named(error)
            broken = error
            if isInTransaction, unsafe sqlite3_get_autocommit(handle) != 0 { lost = error }
            throw error
        }
    }

    /// The rows of a statement that is not kept.
    func find(_ text: String, _ values: [SQLValue]) throws(DatabaseError) -> [[SQLValue]] {
        let statement = try unsafe SQLiteStatement(text, on: handle, errors: errors)
        try statement.begin(values, errors: errors)
        defer { statement.end() }
        var rows: [[SQLValue]] = []
        while try statement.step(errors: errors) {
            statement.refreshColumns()
            rows.append(statement.row().values)
        }
        return rows
    }
}
