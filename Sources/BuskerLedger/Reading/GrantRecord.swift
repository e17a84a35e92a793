// A grant as a reader sees it.

public import BuskerCore

/// Credit that was given at once, on the same terms, and what is left of it.
public struct GrantRecord: Sendable, Hashable {
    /// Its number in the ledger.
    public let number: Int64
    /// The transaction that made it.
    public let transaction: TransactionID
    /// On which terms it was given; ``GrantTerms/effectiveAt`` is always said.
    public let terms: GrantTerms
    /// How much was given; what went to debt at once is not part of it.
    public let amount: Amount
    /// How much is left, held or not.
    public let remaining: Amount
    /// How much of that holds have set aside.
    public let held: Amount
}

/// A hold as a reader sees it.
public struct HoldRecord: Sendable, Hashable {
    /// Where a hold stands.
    public enum State: Int64, Sendable, Hashable, CaseIterable {
        /// It sets credit aside.
        case active = 1
        /// It was spent, all or part.
        case captured = 2
        /// It was freed.
        case released = 3
        /// Its time was over, whether or not it has been swept.
        case expired = 4
    }

    /// Its name; the bytes are those of the transaction that made it.
    public let id: HoldID
    /// Whose credit it sets aside.
    public let account: AccountName
    /// How much was set aside.
    public let amount: Amount
    /// How much of that was spent.
    public let captured: Amount
    /// Where it stands.
    public let state: State
    /// The instant from which it can no longer be captured.
    public let expiresAt: Timestamp
    /// The transaction that closed it.
    public let closedBy: TransactionID?
    /// What it is to be spent on.
    public let scope: String?
    /// The host's name of the job it is for.
    public let job: String?
    /// When it was made.
    public let createdAt: Timestamp
}
