// What the ledger answers.

public import BuskerCore

/// What stands on an account after a transaction.
public struct Standing: Sendable, Hashable {
    /// All credit, held or not.
    public let posted: Amount
    /// What holds have set aside.
    public let held: Amount
    /// What the account owes.
    public let debt: Amount

    package init(posted: Amount, held: Amount, debt: Amount) {
        self.posted = posted
        self.held = held
        self.debt = debt
    }
}

/// Proof that a command happened; a repeated command gets the same one, marked as replayed.
public struct Receipt: Sendable, Hashable {
    /// The name of the transaction.
    public let transaction: TransactionID
    /// Its place in the one order of all transactions.
    public let sequence: Int64
    /// What it did.
    public let kind: TransactionKind
    /// The key it happened under.
    public let key: IdempotencyKey
    /// The account it happened on; of a transfer, the one that gave.
    public let account: AccountName
    /// How much: granted, charged, held, captured, released, given back, taken back, corrected or moved.
    public let amount: Amount
    /// The hold it made or closed.
    public let hold: HoldID?
    /// What stood on the account right after it.
    public let after: Standing
    /// When it happened, on the ledger's own clock, which never stands still or goes back.
    public let createdAt: Timestamp
    /// Whether the command had happened before and this is the receipt of then.
    public let replayed: Bool

    package init(
        transaction: TransactionID, sequence: Int64, kind: TransactionKind, key: IdempotencyKey, account: AccountName,
        amount: Amount, hold: HoldID?, after: Standing, createdAt: Timestamp, replayed: Bool
    ) {
        self.transaction = transaction
        self.sequence = sequence
        self.kind = kind
        self.key = key
        self.account = account
        self.amount = amount
        self.hold = hold
        self.after = after
        self.createdAt = createdAt
        self.replayed = replayed
    }
}
