// One connection to the server, in the hands of one thread.

import BuskerDatabase
import CPostgres

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// One connection to the server; used by one thread at a time.
///
/// It stays in libpq's pipeline mode and never blocks inside libpq: what is sent together costs one round trip, and while
/// we send, we also read, so that two full buffers cannot wait for each other.
@safe final class Link {
    let errors: ServerErrors
    var cache: StatementCache
    /// How many round trips were made.
    private(set) var roundTrips = 0

    let connection: OpaquePointer
    /// How many steps were sent in each of the exchanges whose answers nobody has read yet.
    var unread: [Int] = []
    /// How long the server may say nothing, in milliseconds.
    let patience: Int32
    private var buffer = ParameterBuffer()

    /// Connects, sets the session up and checks the server; blocks until that is done.
    ///
    /// - Throws: `DatabaseError` with `unavailable` or `unsafeSettings`.
    init(to server: ConnectionString, limits: PostgresLimits) throws(DatabaseError) {
        errors = ServerErrors(limit: limits.errorText, secret: server.secret)
        cache = StatementCache(capacity: limits.statements)
        let wait = limits.statementTime.components.seconds + 10
        patience = Int32(clamping: wait * 1000)
        let words = server.keywords(connectTime: limits.connectTime)
        guard let connection = unsafe Self.connect(words) else {
            throw DatabaseError(.unavailable, "There is no memory for a connection to PostgreSQL.")
        }
        unsafe self.connection = connection
        guard unsafe PQstatus(connection) == CONNECTION_OK else { throw refusal }
        unsafe PQsetNoticeReceiver(connection, { _, _ in }, nil)
        guard unsafe PQsetnonblocking(connection, 1) == 0, unsafe PQenterPipelineMode(connection) == 1 else {
            throw refusal
        }
        let settings = SessionSettings(limits: limits)
        let version = Int(unsafe PQserverVersion(connection))
        if version < SessionSettings.oldest { try settings.check(nil, version: version) }
        let answers: [Answer]
        do throws(Failure) { answers = try exchange([.query(settings.statement, [])]) } catch { throw error.error }
        try settings.check(answers.first?.rows.first, version: version)
    }

    deinit { unsafe PQfinish(connection) }

    private static func connect(_ words: [(String, String)]) -> OpaquePointer? {
        let keys = unsafe words.map { unsafe strdup($0.0) }
        let values = unsafe words.map { unsafe strdup($0.1) }
        defer {
            for at in words.indices {
                unsafe free(keys[at])
                unsafe free(values[at])
            }
        }
        let (names, texts) = unsafe (
            keys.map { unsafe UnsafePointer($0) } + [nil], values.map { unsafe UnsafePointer($0) } + [nil]
        )
        return unsafe PQconnectdbParams(names, texts, 1)
    }

    private var refusal: DatabaseError {
        let reason = errors.quoted(unsafe String(cString: PQerrorMessage(connection)))
        let advice =
            unsafe PQconnectionNeedsPassword(connection) == 1
            ? "Give a password in the connection string, in PGPASSWORD or in a password file."
            : "Check that the server runs, and the address, database, user and password."
        return DatabaseError(.unavailable, "PostgreSQL cannot be reached: \(reason). \(advice)")
    }

    // MARK: Exchange

    /// Sends steps together and waits for their answers, one for each.
    ///
    /// The steps after one that failed are not carried out.
    func exchange(_ steps: [Step]) throws(Failure) -> [Answer] {
        try send(steps)
        roundTrips += 1
        do throws(Failure) {
            try readForgotten()
            return try read(steps)
        } catch {
            cache.removeUnprepared()
            throw error
        }
    }

    /// Sends steps whose answers nobody waits for; they are read before the next ones.
    func sendAndForget(_ steps: [Step]) throws(Failure) {
        try send(steps)
        unread.append(steps.count)
    }

    private func send(_ steps: [Step]) throws(Failure) {
        guard unsafe PQstatus(connection) == CONNECTION_OK else {
            var failure = lost()
            failure.isUnsent = true
            throw failure
        }
        var sent = 0
        for step in steps {
            guard enqueue(step) == 1 else { throw lost() }
            sent += buffer.bytes.count
            buffer.removeAll()
            if sent > 1 << 18 {
                try flush()
                sent = 0
            }
        }
        guard unsafe PQpipelineSync(connection) == 1 else { throw lost() }
        try flush()
    }

    private func flush() throws(Failure) {
        while true {
            let left = unsafe PQflush(connection)
            if left == 0 { return }
            guard left == 1 else { throw lost() }
            if try wait(POLLIN | POLLOUT) & POLLIN != 0, unsafe PQconsumeInput(connection) == 0 { throw lost() }
        }
    }

    private func enqueue(_ step: Step) -> Int32 {
        switch step {
        case .command(let text): return unsafe PQsendQueryParams(connection, text, 0, nil, nil, nil, nil, 1)
        case .query(let text, let values):
            for value in values { buffer.append(value) }
            return unsafe withParameters { pointers, types in
                unsafe PQsendQueryParams(
                    connection, text, Int32(buffer.count), types, pointers, buffer.lengths, formats, 1)
            }
        case .prepare(let statement, let text):
            let types = statement.parameters
            return unsafe PQsendPrepare(connection, statement.name, text, Int32(types.count), types)
        case .run(let statement, let values):
            for value in values { buffer.append(value) }
            return run(statement)
        case .insert(let statement, let rows, let columns):
            for (column, kind) in columns { buffer.append(column: column, of: rows, kind: kind) }
            return run(statement)
        }
    }

    private func run(_ statement: PreparedStatement) -> Int32 {
        unsafe withParameters { pointers, _ in
            unsafe PQsendQueryPrepared(
                connection, statement.name, Int32(buffer.count), pointers, buffer.lengths, formats, 1)
        }
    }

    private var formats: [Int32] { [Int32](repeating: 1, count: buffer.count) }

    private func withParameters(
        _ body: (_ pointers: [UnsafePointer<CChar>?], _ types: [UInt32]) -> Int32
    ) -> Int32 {
        unsafe buffer.bytes.withUnsafeBufferPointer { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
                var empty: CChar = 0
                return unsafe withUnsafePointer(to: &empty) { nothing in
                    let pointers = unsafe (0..<buffer.count).map { at -> UnsafePointer<CChar>? in
                        if buffer.isNull(at) { return nil }
                        return unsafe buffer.lengths[at] == 0
                            ? nothing : characters.baseAddress.map { unsafe $0 + buffer.starts[at] }
                    }
                    return unsafe body(pointers, buffer.types)
                }
            }
        }
    }
}
