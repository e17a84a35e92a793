// The places at which a test may crash a ledger.

/// A place that a batch passes; a test lends a closure that ends the process there.
package enum LedgerPoint: String, Sendable, CaseIterable {
    /// The transaction has begun, nothing was read.
    case batchBegin = "batch.begin"
    /// Transactions and entries are written, balances are not.
    case batchAfterEntries = "batch.afterEntries"
    /// Everything is written, nothing is committed.
    case batchBeforeCommit = "batch.beforeCommit"
    /// The commit is durable, nobody has been answered.
    case batchAfterCommit = "batch.afterCommit"
    /// Some of what is due has been ended.
    case sweepMid = "sweep.mid"
}
