// One transaction on the server, from its first statement to its end.

import BuskerDatabase

/// One transaction on a connection; lent to a closure and of no use afterwards.
///
/// What needs no answer (BEGIN, savepoints, notifications) waits and travels with the next statement, so that it costs no
/// round trip of its own.
final class OpenTransaction: DatabaseConnection {
    /// What a transaction is for.
    enum Mode: String {
        case read = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
        case write = "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE"
    }

    let dialect = Dialect.postgres
    /// Why the transaction cannot go on, if it cannot.
    private(set) var failure: Failure?
    /// Whether the server has answered anything in this transaction.
    private(set) var hasAnswered = false

    private let mode: Mode
    private var link: Link?
    private var pending: [Step]
    private var savepoints = 0
    private var cursors = 0

    init(on link: Link, _ mode: Mode) {
        self.link = link
        self.mode = mode
        pending = [.command(mode.rawValue)]
    }

    // MARK: What a closure asks for

    func rows(_ sql: SQL) throws(DatabaseError) -> [Row] { try send(gather([.execute(sql)]).steps).last?.rows ?? [] }

    /// Sends the statement and COMMIT together; the server carries the second out only where the first succeeded.
    func rows(last sql: SQL) throws(DatabaseError) -> [Row] {
        guard savepoints == 0 else { return try rows(sql) }
        let steps = try gather([.execute(sql)]).steps
        guard let link, !steps.isEmpty else { return [] }
        let first = takePending()
        do throws(Failure) {
            let answers = try link.exchange(first + steps + [.command("COMMIT")])
            hasAnswered = true
            guard answers.last?.tag == "COMMIT" else { throw Self.rolledBack }
            self.link = nil
            return answers[first.count + steps.count - 1].rows
        } catch {
            hasAnswered = hasAnswered || !error.isUnsent
            let isUnknown = error.isLost && !error.isUnsent
            failure = isUnknown ? Self.unknown : error
            throw isUnknown ? Self.unknown.error : error.error
        }
    }

    func rows(ofAll statements: [SQL]) throws(DatabaseError) -> [[Row]] {
        let (steps, ends) = try gather(statements.map { .execute($0) })
        let answers = try send(steps)
        return ends.map { answers[$0].rows }
    }

    func execute(_ sql: SQL) throws(DatabaseError) -> Int { try send(gather([.execute(sql)]).steps).last?.changed ?? 0 }

    func insert(_ insert: BulkInsert, rows: [[SQLValue]]) throws(DatabaseError) {
        try perform([.insert(insert, rows: rows)])
    }

    func perform(_ changes: [Change]) throws(DatabaseError) { _ = try send(gather(changes).steps) }

    /// Fetches the rows in pieces of about a megabyte, so that the closure may run other statements between them and may stop
    /// where it likes.
    func stream(_ sql: SQL, _ body: (Row) throws -> Void) throws {
        guard StatementText(sql.text).onlyLooks else {
            for row in try rows(sql) { try body(row) }
            return
        }
        try check(sql)
        cursors += 1
        let name = "busker_\(cursors)"
        var count = 32
        var rows = try send([
            .query("DECLARE \(name) NO SCROLL CURSOR FOR " + sql.text, sql.values),
            .query("FETCH \(count) FROM \(name)", []),
        ])[1].rows
        defer { if failure == nil { pending.append(.command("CLOSE \(name)")) } }
        while !rows.isEmpty {
            let isLast = rows.count < count
            let bytes = rows.reduce(0) { $0 + $1.weight }
            for row in rows { try body(row) }
            if isLast { return }
            count = min(1024, max(1, count * (1 << 20) / max(1, bytes)))
            rows = try send([.query("FETCH \(count) FROM \(name)", [])])[0].rows
        }
    }

    func notify(_ channel: String, _ message: String) throws(DatabaseError) {
        try Channel.check(channel)
        try SQLValue.text(message).checkForServer("the message")
        guard message.utf8.count < 8000 else {
            throw DatabaseError(.limit, "A message to listeners holds up to 7999 bytes: send a key and let them look.")
        }
        let sql = SQL(text: "SELECT pg_notify($1, $2)", values: [.text(channel), .text(message)])
        pending += try gather([.execute(sql)]).steps
    }

    // MARK: Savepoints

    func beginSavepoint() throws(DatabaseError) {
        try goOn()
        savepoints += 1
        pending.append(.command("SAVEPOINT busker_\(savepoints)"))
    }

    func releaseSavepoint() throws(DatabaseError) {
        try goOn()
        pending.append(.command("RELEASE SAVEPOINT busker_\(savepoints)"))
        savepoints -= 1
    }

    func rollBackSavepoint() throws(DatabaseError) {
        if let failure, failure.isLost { throw failure.error }
        failure = nil
        pending.append(.command("ROLLBACK TO SAVEPOINT busker_\(savepoints)"))
        pending.append(.command("RELEASE SAVEPOINT busker_\(savepoints)"))
        savepoints -= 1
    }

    // MARK: The end

    /// Ends the transaction and makes it durable; one that sent nothing has nothing to end.
    ///
    /// - Throws: ``Failure``; with `unknownOutcome` when the server went away after COMMIT was sent.
    func commit() throws(Failure) {
        if let failure { throw failure }
        guard let link, hasAnswered || pending.count > 1 else { return }
        let steps = takePending() + [.command("COMMIT")]
        if mode == .read { return try link.sendAndForget(steps) }
        do throws(Failure) {
            let tag = try link.exchange(steps).last?.tag
            guard tag == "COMMIT" else { throw Self.rolledBack }
        } catch {
            failure = error
            guard error.isLost, !error.isUnsent else { throw error }
            throw Self.unknown
        }
    }

    private static let unknown = Failure(
        error: DatabaseError(
            .unknownOutcome,
            "PostgreSQL went away during the commit, which may or may not have happened: repeat the operation under the same key."
        ),
        isLost: true)

    private static let rolledBack = Failure(
        error: DatabaseError(
            .failed, "PostgreSQL rolled the transaction back instead of committing it; nothing was changed."))

    /// Undoes what remains of the transaction, and takes the connection away from the closure.
    func end() {
        defer { link = nil }
        guard let link, failure?.isLost != true, link.isInTransaction, link.unread.isEmpty else { return }
        try? link.sendAndForget([.command("ROLLBACK")])
    }

    // MARK: Steps

    private func goOn() throws(DatabaseError) {
        guard link != nil else {
            throw DatabaseError(.closed, "The transaction is over: use it only inside its closure.")
        }
        guard let failure else { return }
        throw DatabaseError(
            failure.error.code,
            "The transaction failed before: \(failure.error.detail) To go on after an error, run the statement in a savepoint.",
            constraint: failure.error.constraint)
    }

    private func send(_ steps: [Step]) throws(DatabaseError) -> [Answer] {
        try goOn()
        guard let link, !steps.isEmpty else { return [] }
        let first = takePending()
        do throws(Failure) {
            let answers = try link.exchange(first + steps)
            hasAnswered = true
            guard link.isInTransaction else {
                throw Failure(
                    error: DatabaseError(.badStatement, "A statement ended the transaction; the closure alone does."),
                    isLost: true)
            }
            return Array(answers.dropFirst(first.count))
        } catch {
            if !error.isLost { hasAnswered = true }
            if !error.isHarmless { failure = error }
            throw error.error
        }
    }

    /// What waited for the next statement; statements that the cache dropped are forgotten on the way.
    private func takePending() -> [Step] {
        defer { pending = [] }
        guard !hasAnswered, let link else { return pending }
        return pending + link.cache.takeDropped().map { .command("DEALLOCATE \($0.name)") }
    }

    /// The steps of several changes, and where the answer to each is found.
    private func gather(_ changes: [Change]) throws(DatabaseError) -> (steps: [Step], ends: [Int]) {
        try goOn()
        var steps: [Step] = []
        var ends: [Int] = []
        do throws(DatabaseError) {
            for change in changes {
                switch change {
                case .execute(let sql): steps += try self.steps(for: sql)
                case .insert(let insert, let rows): steps += try self.steps(for: insert, rows)
                }
                ends.append(steps.count - 1)
            }
        } catch {
            link?.cache.removeUnprepared()
            throw error
        }
        return (steps, ends)
    }

    private func check(_ sql: SQL) throws(DatabaseError) {
        guard sql.values.count <= ParameterBuffer.most else {
            throw DatabaseError(
                .limit, "A statement takes up to \(ParameterBuffer.most) values; this one has \(sql.values.count).")
        }
        guard !sql.text.utf8.contains(0) else {
            throw DatabaseError(.badStatement, "The statement holds a NUL character.")
        }
        for (at, value) in sql.values.enumerated() { try value.checkForServer("$\(at + 1)") }
    }

    private func steps(for sql: SQL) throws(DatabaseError) -> [Step] {
        try check(sql)
        guard let link else { return [] }
        if !link.cache.knows(sql.text) {
            let text = StatementText(sql.text)
            guard !text.isReserved else {
                throw link.errors.badStatement(
                    "Transactions begin and end with the closure, and settings belong to the room: \(text.verb) is not possible.",
                    sql.text)
            }
            guard text.isPlanned else { return [.query(sql.text, sql.values)] }
        }
        let (statement, isNew) = link.cache.statement(sql.text, parameters: sql.values.map { ParameterKind($0).oid })
        let run = Step.run(statement, sql.values)
        return isNew ? [.prepare(statement, sql.text), run] : [run]
    }

    private func steps(for insert: BulkInsert, _ rows: [[SQLValue]]) throws(DatabaseError) -> [Step] {
        let bulk = try BulkRows(insert, rows)
        guard let link else { return [] }
        let (statement, isNew) = link.cache.statement(bulk.text, parameters: bulk.parameters)
        let runs = bulk.pieces.map { Step.insert(statement, rows: $0, columns: bulk.columns) }
        return isNew ? [.prepare(statement, bulk.text)] + runs : runs
    }
}

extension Row {
    /// About how many bytes the row occupies.
    fileprivate var weight: Int {
        values.reduce(32) { sum, value in
            switch value {
            case .text(let text): sum + 16 + text.utf8.count
            case .bytes(let bytes): sum + 32 + bytes.count
            case .null, .integer, .real: sum + 16
            }
        }
    }
}
