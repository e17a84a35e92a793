// How answers come back.

import BuskerDatabase
import CPostgres

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

extension Link {
    /// Reads the answers to steps that were sent together.
    ///
    /// Everything up to the end of the exchange is read even when a step failed, so that the connection can go on.
    func read(_ steps: [Step]) throws(Failure) -> [Answer] {
        var answers: [Answer] = []
        answers.reserveCapacity(steps.count)
        var first: Failure?
        for step in steps {
            var answer = Answer()
            while let result = unsafe try next() {
                defer { unsafe PQclear(result) }
                do throws(Failure) {
                    try unsafe take(result, of: step, into: &answer)
                } catch {
                    if error.isLost { throw error }
                    if first == nil { first = error }
                }
            }
            answers.append(answer)
        }
        try readEnd()
        if let first { throw first }
        return answers
    }

    /// Reads the answers that nobody waited for.
    func readForgotten() throws(Failure) {
        while let count = unread.first {
            for _ in 0..<count {
                while let result = unsafe try next() { unsafe PQclear(result) }
            }
            try readEnd()
            unread.removeFirst()
        }
    }

    private func readEnd() throws(Failure) {
        guard let result = unsafe try next() else { throw lost() }
        defer { unsafe PQclear(result) }
        guard unsafe PQresultStatus(result) == PGRES_PIPELINE_SYNC else { throw lost() }
    }

    /// The next answer of libpq; nothing at the end of a step.
    private func next() throws(Failure) -> OpaquePointer? {
        while unsafe PQisBusy(connection) == 1 {
            let ready = try wait(POLLIN)
            if ready & POLLIN != 0 || ready & (POLLHUP | POLLERR) != 0, unsafe PQconsumeInput(connection) == 0 {
                throw lost()
            }
        }
        guard let result = unsafe PQgetResult(connection) else {
            guard unsafe PQstatus(connection) == CONNECTION_OK else { throw lost() }
            return nil
        }
        return unsafe result
    }

    private func take(_ result: OpaquePointer, of step: Step, into answer: inout Answer) throws(Failure) {
        switch unsafe PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK: break
        case PGRES_PIPELINE_ABORTED: return
        case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE:
            var failure = unsafe errors.failure(result, statement: step.text)
            if unsafe PQstatus(connection) != CONNECTION_OK { failure.isLost = true }
            throw failure
        case PGRES_EMPTY_QUERY:
            throw Failure(error: DatabaseError(.badStatement, "The statement is empty."))
        default:
            throw Failure(
                error: errors.badStatement("This kind of statement is not possible here.", step.text ?? ""),
                isLost: true)
        }
        switch step {
        case .prepare(let statement, _): statement.isPrepared = true
        case .command: answer.tag = unsafe String(cString: PQcmdStatus(result))
        case .query: try unsafe take(result, nil, into: &answer)
        case .run(let statement, _), .insert(let statement, _, _): try unsafe take(result, statement, into: &answer)
        }
    }

    private func take(
        _ result: OpaquePointer, _ statement: PreparedStatement?, into answer: inout Answer
    ) throws(Failure) {
        guard unsafe PQnfields(result) > 0 else {
            answer.changed = unsafe Self.number(PQcmdTuples(result))
            return
        }
        let (names, types) = unsafe columns(of: result, statement)
        let count = unsafe PQntuples(result)
        answer.rows.reserveCapacity(Int(count))
        do throws(DatabaseError) {
            for row in 0..<count {
                answer.rows.append(Row(values: try unsafe values(of: result, row, types), columns: names))
            }
        } catch {
            throw Failure(error: error, isHarmless: true)
        }
        answer.changed = unsafe PQcmdStatus(result)[0] == 83 ? 0 : Self.number(PQcmdTuples(result))
    }

    /// The names and types of an answer's columns; those of a prepared statement never change.
    private func columns(of result: OpaquePointer, _ statement: PreparedStatement?) -> (ColumnNames, [UInt32]) {
        if let statement, let names = statement.columns { return (names, statement.types) }
        let range = 0..<(unsafe PQnfields(result))
        let names = ColumnNames(range.map { unsafe PQfname(result, $0).map { unsafe String(cString: $0) } ?? "" })
        let types = range.map { unsafe UInt32(PQftype(result, $0)) }
        statement?.columns = names
        statement?.types = types
        return (names, types)
    }

    private func values(of result: OpaquePointer, _ row: Int32, _ types: [UInt32]) throws(DatabaseError) -> [SQLValue] {
        var values: [SQLValue] = []
        values.reserveCapacity(types.count)
        for (at, type) in types.enumerated() {
            let column = Int32(truncatingIfNeeded: at)
            guard unsafe PQgetisnull(result, row, column) == 0, let start = unsafe PQgetvalue(result, row, column)
            else {
                values.append(.null)
                continue
            }
            let count = Int(unsafe PQgetlength(result, row, column))
            let bytes = unsafe UnsafeRawBufferPointer(start: start, count: count)
            values.append(try unsafe ResultValue.read(bytes.bindMemory(to: UInt8.self), type: type))
        }
        return values
    }

    private static func number(_ digits: UnsafePointer<CChar>?) -> Int {
        guard let digits = unsafe digits else { return 0 }
        return Int(unsafe String(cString: digits)) ?? 0
    }

    // MARK: State

    /// Whether the server still is there, as far as one can tell without asking it.
    func isAlive() -> Bool {
        for _ in 0..<3 {
            guard unsafe PQstatus(connection) == CONNECTION_OK else { return false }
            guard ready(POLLIN, 0) != 0 else { return true }
            guard unsafe PQconsumeInput(connection) == 1 else { return false }
            while !unread.isEmpty, unsafe PQisBusy(connection) == 0 {
                do throws(Failure) { try readForgotten() } catch { return false }
            }
        }
        return !unread.isEmpty
    }

    /// Whether a transaction is open on the server; only between exchanges.
    var isInTransaction: Bool {
        let status = unsafe PQtransactionStatus(connection)
        return status == PQTRANS_INTRANS || status == PQTRANS_INERROR
    }

    /// The failure of a connection that is gone, in libpq's words.
    func lost() -> Failure { errors.lost(unsafe String(cString: PQerrorMessage(connection))) }

    /// Waits until the socket can be read or written; never longer than the server may be silent.
    func wait(_ events: Int32) throws(Failure) -> Int32 {
        let found = ready(events, patience)
        guard found == 0 else { return found }
        throw Failure(
            error: DatabaseError(
                .unavailable, "The server was silent for \(patience / 1000) seconds; the connection was given up."),
            isLost: true)
    }

    private func ready(_ events: Int32, _ milliseconds: Int32) -> Int32 {
        let socket = unsafe PQsocket(connection)
        guard socket >= 0 else { return POLLERR }
        var entry = pollfd(fd: socket, events: Int16(truncatingIfNeeded: events), revents: 0)
        while true {
            let count = unsafe poll(&entry, 1, milliseconds)
            if count > 0 { return Int32(entry.revents) }
            if count == 0 { return 0 }
            guard errno == EINTR else { return POLLERR }
        }
    }
}

extension Step {
    /// The statement, for messages.
    fileprivate var text: String? {
        switch self {
        case .command(let text), .query(let text, _), .prepare(_, let text): text
        case .run, .insert: nil
        }
    }
}
