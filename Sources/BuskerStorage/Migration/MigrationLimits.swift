// The limits of moves.

/// The limits of moves; every one is named here.
public struct MigrationLimits: Sendable, Hashable {
    /// For how many seconds a move that somebody took up is kept from others; a copy that takes longer may be made twice.
    public var leaseSeconds: Int64 = 600
    /// For how many seconds the source stays at least after the commit, for readers that are in the middle of it.
    public var readerSeconds: Int64 = 900
    /// For how many days after its beginning uses that go on can keep the source of a move; links keep it for their time.
    public var waitDaysMax: Int64 = 8
    /// After a failure the next attempt waits for this many seconds, then twice as many, and so on.
    public var retrySeconds: Int64 = 5
    /// The longest wait between attempts, in seconds.
    public var retrySecondsMax: Int64 = 3600
    /// Moves that one call of `resume` takes up at most.
    public var batchMax = 100

    /// The limits as documented.
    public init() {}

    /// How long to wait after so many failures, in seconds.
    func wait(after failures: Int) -> Int64 {
        var wait = max(1, retrySeconds)
        for _ in 1..<max(2, min(failures, 40)) where wait < retrySecondsMax {
            wait = min(retrySecondsMax, wait * 2)
        }
        return failures <= 1 ? min(max(1, retrySeconds), retrySecondsMax) : wait
    }
}
