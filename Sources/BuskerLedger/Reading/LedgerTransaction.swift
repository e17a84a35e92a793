// A transaction with all its lines.

public import BuskerCore

/// A transaction with all its lines, which sum to zero.
public struct LedgerTransaction: Sendable, Hashable {
    /// One line: what one account gained or lost.
    public struct Line: Sendable, Hashable {
        /// The account; names that begin with `~` are the ledger's own.
        public let account: AccountName
        /// The number of the grant it came from or went to.
        public let grant: Int64?
        /// What the account gained; negative when it lost.
        public let amount: Amount
        /// What was posted on the account after the line.
        public let postedAfter: Amount
    }

    /// The transaction as its own account saw it.
    public let entry: HistoryEntry
    /// Its lines, in their order; none for what moves nothing, such as a hold.
    public let lines: [Line]
    /// The hash over the transaction, its lines and the hash before it: 32 bytes.
    public let hash: [UInt8]
}
