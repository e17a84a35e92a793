// One line of an account's history, and which lines are wanted.

public import BuskerCore

/// One transaction as an account saw it.
public struct HistoryEntry: Sendable, Hashable {
    /// The name of the transaction.
    public let transaction: TransactionID
    /// Its place in the one order of all transactions.
    public let sequence: Int64
    /// The account that saw it so.
    public let account: AccountName
    /// What it did.
    public let kind: TransactionKind
    /// The key it happened under; the ledger's own transactions have keys of the scope `~`.
    public let key: IdempotencyKey
    /// How much: granted, charged, held, captured, released, given back, taken back, corrected or moved.
    public let amount: Amount
    /// What it added to the posted balance; negative when it took away, zero for holds.
    public let change: Amount
    /// What was posted on the account after it.
    public let postedAfter: Amount
    /// What was held and owed after it as well; nothing where the account received a transfer.
    public let after: Standing?
    /// The other account of a transfer.
    public let counterparty: AccountName?
    /// The hold it made or closed.
    public let hold: HoldID?
    /// The transaction it gave back.
    public let reverses: TransactionID?
    /// The payment behind it.
    public let payment: String?
    /// The host's name of the job it was for.
    public let job: String?
    /// The rate card version that priced it.
    public let rate: String?
    /// Why a balance was corrected by hand.
    public let reason: String?
    /// The host's own notes.
    public let notes: [String: String]
    /// When it was written down, on the ledger's own clock.
    public let createdAt: Timestamp
    /// When it took effect: earlier than ``createdAt`` for an end that was swept late.
    public let effectiveAt: Timestamp
}

/// Which lines of a history are wanted; everything where nothing is said.
public struct HistoryFilter: Sendable, Hashable {
    /// Only transactions of these kinds.
    public var kinds: Set<TransactionKind>
    /// Only transactions for this job.
    public var job: String?
    /// Only transactions behind which this payment is.
    public var payment: String?
    /// Only what was created at this moment or later.
    public var from: Timestamp?
    /// Only what was created before this moment.
    public var to: Timestamp?

    /// Makes a filter.
    public init(
        kinds: Set<TransactionKind> = [], job: String? = nil, payment: String? = nil, from: Timestamp? = nil,
        to: Timestamp? = nil
    ) {
        self.kinds = kinds
        self.job = job
        self.payment = payment
        self.from = from
        self.to = to
    }
}
