// How much a PostgreSQL database takes on, and how long it waits.

/// The bounds of a PostgreSQL database: connections, what waits, and how long anything may take.
///
/// Counts below one count as one; lengths of time are held between one millisecond and one day.
public struct PostgresLimits: Sendable, Hashable {
    /// The most connections, each with a thread of its own.
    public var connections: Int
    /// The most closures that wait for a connection; the next is refused with `limit`.
    public var queueLength: Int
    /// How long a closure waits for a connection before it is refused with `timeout`, or with `unavailable` when the server
    /// cannot be reached.
    public var queueTime: Duration
    /// How often a closure runs again after a deadlock, a lost race or a lock that did not come; zero for never.
    public var retries: Int
    /// How long one statement may run.
    public var statementTime: Duration
    /// How long a statement waits for a lock.
    public var lockTime: Duration
    /// How long a closure may keep the server waiting between two statements.
    public var idleTime: Duration
    /// How long a connection may take to come up, for each address, unless the connection string says; in whole seconds.
    public var connectTime: Duration
    /// The most prepared statements that a connection keeps.
    public var statements: Int
    /// The most messages kept for a listener that does not keep up; older ones are dropped.
    public var listenerBuffer: Int
    /// The most characters of a server's message or of a statement that an error quotes.
    public var errorText: Int

    /// Makes the bounds; the defaults suit a server beside its database.
    public init(
        connections: Int = 8, queueLength: Int = 8192, queueTime: Duration = .seconds(5), retries: Int = 5,
        statementTime: Duration = .seconds(30), lockTime: Duration = .seconds(2), idleTime: Duration = .seconds(10),
        connectTime: Duration = .seconds(5), statements: Int = 256, listenerBuffer: Int = 256, errorText: Int = 300
    ) {
        self.connections = connections
        self.queueLength = queueLength
        self.queueTime = queueTime
        self.retries = retries
        self.statementTime = statementTime
        self.lockTime = lockTime
        self.idleTime = idleTime
        self.connectTime = connectTime
        self.statements = statements
        self.listenerBuffer = listenerBuffer
        self.errorText = errorText
    }

    /// The same bounds, each within its range.
    var clamped: PostgresLimits {
        let shortest = Duration.milliseconds(1)
        let longest = Duration.seconds(86_400)
        func held(_ time: Duration) -> Duration { min(max(time, shortest), longest) }
        return PostgresLimits(
            connections: max(1, connections), queueLength: max(1, queueLength), queueTime: held(queueTime),
            retries: max(0, retries), statementTime: held(statementTime), lockTime: held(lockTime),
            idleTime: held(idleTime), connectTime: held(connectTime), statements: max(1, statements),
            listenerBuffer: max(1, listenerBuffer), errorText: max(1, errorText))
    }
}
