// Everything that can be asked of the ledger, as values.

public import BuskerCore

/// What a command does.
public enum LedgerAction: Sendable, Hashable {
    /// Opens an account in a unit; an account that is open in the same unit stays as it is.
    case open(AccountName, unit: Amount.Unit)
    /// Gives credit; debt is paid from it first.
    case grant(AccountName, Amount, GrantTerms)
    /// Spends credit now. `scope` says on what, for grants that are bound to it.
    case charge(AccountName, Amount, scope: String?)
    /// Sets credit aside for a time; it expires exactly then.
    case hold(AccountName, Amount, timeToLive: Duration, scope: String?)
    /// Spends what a hold set aside, all or part; what is not captured is free again. With `topUp`, more than was held is
    /// charged in the same transaction.
    case capture(HoldID, Amount, topUp: Bool)
    /// Frees what a hold set aside.
    case release(HoldID)
    /// Gives back a charge or capture, all that is left of it or a part, to the grants it came from.
    case reverse(TransactionID, Amount?)
    /// Takes back what a payment granted, in proportion to what has been reversed of the payment so far, all told; a smaller
    /// figure than before reinstates.
    case clawback(payment: String, reversed: Money)
    /// Corrects a balance by hand: up gives an `adjust` grant, down spends; the reason is kept.
    case adjust(AccountName, Amount, reason: String)
    /// Moves credit to another account in the same unit; each slice keeps its terms.
    case transfer(from: AccountName, to: AccountName, Amount)
    /// Closes an account that holds nothing.
    case close(AccountName)
}

/// One command: what to do, once, under a key.
public struct LedgerCommand: Sendable, Hashable {
    /// The key under which it happens once.
    public var key: IdempotencyKey
    /// What to do.
    public var action: LedgerAction
    /// The host's name of the job this is for.
    ///
    /// 1 to 200 bytes.
    public var job: String?
    /// The rate card version that priced it.
    ///
    /// 1 to 200 bytes.
    public var rate: String?
    /// The host's own notes: at most 50 pairs, 64 bytes a name, 500 bytes a value.
    public var notes: [String: String]

    /// Makes a command.
    public init(
        _ action: LedgerAction, key: IdempotencyKey, job: String? = nil, rate: String? = nil,
        notes: [String: String] = [:]
    ) {
        self.key = key
        self.action = action
        self.job = job
        self.rate = rate
        self.notes = notes
    }
}
