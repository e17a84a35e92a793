// The database for many machines: PostgreSQL 14 and later.

public import BuskerCore
public import BuskerDatabase

/// A database on a PostgreSQL server, shared by many hosts and workers.
///
/// Each connection has a thread of its own, on which closures run one after another; no thread of the host ever waits for
/// the server. A `write` is one READ COMMITTED transaction, a `read` sees one snapshot. What lost a race, met a deadlock or
/// waited too long for a lock runs again a few times.
///
/// Unlike SQLite, PostgreSQL ends a transaction at its first error: a closure that wants to go on after one runs the
/// statement in `savepoint`.
public final class PostgresDatabase: Database {
    /// What PostgreSQL says differently.
    public let dialect = Dialect.postgres

    let limits: PostgresLimits
    let server: ConnectionString
    let luck: Luck
    private let pool: Pool
    private let listener: Listener

    /// Connects to a server.
    ///
    /// - Parameters:
    ///   - url: a connection string of libpq: `postgresql://user@host/database?sslmode=verify-full`, or words such as
    ///     `host=… dbname=… sslrootcert=…`. What it leaves out, libpq takes from its service and password files and from the
    ///     environment. It is never shown in an error.
    ///   - limits: the bounds of the database.
    ///   - random: spreads those who lost a race.
    /// - Throws: ``DatabaseError`` with `unavailable` when the server cannot be reached or does not let us in, with
    ///   `unsafeSettings` when it could lose what it acknowledges, is older than 14, or the database is not in UTF-8.
    public convenience init(
        url: String, limits: PostgresLimits = PostgresLimits(),
        random: some RandomNumberGenerator & Sendable = SystemRandom()
    ) async throws(DatabaseError) {
        try await self.init(to: ConnectionString(url), limits: limits.clamped, luck: Luck(random))
    }

    init(to server: ConnectionString, limits: PostgresLimits, luck: Luck) async throws(DatabaseError) {
        self.server = server
        self.limits = limits
        self.luck = luck
        pool = Pool(limits: limits) { closing in Session(to: server, limits: limits, luck: luck, closing: closing) }
        listener = try Listener(to: server, limits: limits)
        try await pool.open()
    }

    deinit {
        pool.beginToClose()
        listener.beginToClose()
    }

    /// Runs `body` on a snapshot that later writes do not touch; it never blocks a writer.
    public func read<T: Sendable>(_ body: @escaping @Sendable (ReadTransaction) throws -> T) async throws -> T {
        try await run { try $0.read(body) }
    }

    /// Runs `body` in a transaction and returns its value once that transaction is durable.
    @discardableResult
    public func write<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws -> T {
        try await run { try $0.write(body) }
    }

    /// Finishes what was asked for, refuses what comes, and lets go of the connections.
    public func close() async {
        await pool.close()
        await listener.close()
    }

    /// Runs `body` on the next connection that is free.
    func run<T: Sendable>(_ body: @escaping @Sendable (Session) throws -> T) async throws -> T {
        try await PendingCall(deadline: ContinuousClock.now + limits.queueTime, body).value(in: pool)
    }

    /// The messages on a channel, as `notify` sends them once a transaction is durable.
    ///
    /// A hint, never a promise: messages that come while the connection is down are lost, and of those that are not taken in
    /// time only the newest are kept. An empty message comes whenever listening begins, at first and after the connection was
    /// lost: look for yourself then.
    ///
    /// - Parameter channel: 1 to 63 bytes.
    /// - Throws: ``DatabaseError`` with `badStatement` when the name is none, or `closed`.
    public func listen(_ channel: String) throws(DatabaseError) -> AsyncStream<String> {
        try listener.listen(channel)
    }
}
