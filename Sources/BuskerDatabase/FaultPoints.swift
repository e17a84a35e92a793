// Points at which a test ends the process, to see that nothing promised is lost.

/// A place in the work that a test can wait for.
@_spi(Faults) public struct FaultPoint: RawRepresentable, Sendable, Hashable {
    /// The name by which tests ask for it, such as `batch.beforeCommit`.
    public let rawValue: String

    /// Names a point.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A batch of the ledger begins.
    public static let batchBegin = FaultPoint(rawValue: "batch.begin")
    /// The ledger has written a batch, but for the commit.
    public static let batchAfterEntries = FaultPoint(rawValue: "batch.afterEntries")
    /// A driver is about to commit.
    public static let batchBeforeCommit = FaultPoint(rawValue: "batch.beforeCommit")
    /// A driver has committed and answered nobody.
    public static let batchAfterCommit = FaultPoint(rawValue: "batch.afterCommit")
    /// The ledger has swept some of what is due.
    public static let sweepMid = FaultPoint(rawValue: "sweep.mid")
    /// SQLite is about to move its log into the file.
    public static let checkpointMid = FaultPoint(rawValue: "checkpoint.mid")
}

/// What is told of every point that is passed; a test lends one, a server none.
@_spi(Faults) public protocol FaultPoints: Sendable {
    /// Called on whatever thread passes the point.
    func passed(_ point: FaultPoint)
}
