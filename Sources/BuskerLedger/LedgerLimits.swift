// The limits of the ledger.

/// The limits of the ledger; every one is named here.
public struct LedgerLimits: Sendable, Hashable {
    /// The largest amount of one command, in steps: 2^53 − 1, so that every client can read it.
    public static let amountMax: Int64 = 9_007_199_254_740_991
    /// The largest balance, in steps: 2^62.
    public static let balanceMax: Int64 = 4_611_686_018_427_387_904
    /// Commands that share one commit.
    public var batchCommandsMax = 256
    /// Commands in one linked group.
    public var linkedCommandsMax = 64
    /// Commands that may wait; more are refused with `limit`.
    public var queueCommandsMax = 100_000
    /// How long a hold lasts at most: 7 days.
    public var holdSecondsMax: Int64 = 7 * 86_400
    /// How long a hold lasts where nothing is said: 1 hour.
    public var holdSecondsDefault: Int64 = 3_600
    /// How long a grant lasts that gives back what came from an expired one: 30 days.
    public var refundGrantSecondsDefault: Int64 = 30 * 86_400
    /// Slices that one charge, hold or transfer may be cut into.
    public var slicesMax = 1_000
    /// How far ahead an expiry counts as soon: 7 days.
    public var expiringSoonSeconds: Int64 = 7 * 86_400
    /// Instants that a balance lists of what expires soon.
    public var expiringRowsMax = 100
    /// Rows of a page of history.
    public var pageRowsMax = 1_000
    /// Accounts that a verification follows at a time, 24 bytes each; more take another pass over the transactions.
    public var verifyAccountsMax = 1_048_576
    /// Problems that a verification lists; all are counted.
    public var problemsMax = 100
    /// How long refusals are remembered at least: 24 hours.
    public var refusalSecondsMin: Int64 = 86_400

    /// The limits as documented.
    public init() {}
}
