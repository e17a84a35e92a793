// Every command by its name.

public import BuskerCore
public import BuskerDatabase

extension Ledger {
    /// Opens an account in a unit; one that is open in the same unit answers with its first receipt.
    @discardableResult
    public func open(_ account: AccountName, unit: Amount.Unit, key: IdempotencyKey) async throws(LedgerError)
        -> Receipt
    {
        try await perform(LedgerCommand(.open(account, unit: unit), key: key))
    }

    /// Opens an account as part of the host's transaction.
    @discardableResult
    public func open(_ account: AccountName, unit: Amount.Unit, key: IdempotencyKey, in tx: Transaction)
        throws(LedgerError) -> Receipt
    {
        try perform(LedgerCommand(.open(account, unit: unit), key: key), in: tx)
    }

    /// Gives credit; debt is paid from it first.
    @discardableResult
    public func grant(
        _ amount: Amount, to account: AccountName, terms: GrantTerms = GrantTerms(), key: IdempotencyKey
    ) async throws(LedgerError) -> Receipt {
        try await perform(LedgerCommand(.grant(account, amount, terms), key: key))
    }

    /// Gives credit as part of the host's transaction.
    @discardableResult
    public func grant(
        _ amount: Amount, to account: AccountName, terms: GrantTerms = GrantTerms(), key: IdempotencyKey,
        in tx: Transaction
    ) throws(LedgerError) -> Receipt {
        try perform(LedgerCommand(.grant(account, amount, terms), key: key), in: tx)
    }

    /// Spends credit now; `scope` says on what, for grants that are bound to it.
    @discardableResult
    public func charge(
        _ amount: Amount, to account: AccountName, scope: String? = nil, job: String? = nil, key: IdempotencyKey
    ) async throws(LedgerError) -> Receipt {
        try await perform(LedgerCommand(.charge(account, amount, scope: scope), key: key, job: job))
    }

    /// Spends credit as part of the host's transaction.
    @discardableResult
    public func charge(
        _ amount: Amount, to account: AccountName, scope: String? = nil, job: String? = nil, key: IdempotencyKey,
        in tx: Transaction
    ) throws(LedgerError) -> Receipt {
        try perform(LedgerCommand(.charge(account, amount, scope: scope), key: key, job: job), in: tx)
    }

    /// Sets credit aside for a time, an hour where nothing is said; it expires exactly then.
    @discardableResult
    public func hold(
        _ amount: Amount, on account: AccountName, for time: Duration? = nil, scope: String? = nil, job: String? = nil,
        key: IdempotencyKey
    ) async throws(LedgerError) -> Receipt {
        try await perform(holding(amount, account, time, scope, job, key))
    }

    /// Sets credit aside as part of the host's transaction.
    @discardableResult
    public func hold(
        _ amount: Amount, on account: AccountName, for time: Duration? = nil, scope: String? = nil, job: String? = nil,
        key: IdempotencyKey, in tx: Transaction
    ) throws(LedgerError) -> Receipt {
        try perform(holding(amount, account, time, scope, job, key), in: tx)
    }

    /// Spends what a hold set aside, all or part; with `topUp` more than was held is charged in the same transaction.
    @discardableResult
    public func capture(
        _ amount: Amount, of hold: HoldID, topUp: Bool = false, job: String? = nil, key: IdempotencyKey
    ) async throws(LedgerError) -> Receipt {
        try await perform(LedgerCommand(.capture(hold, amount, topUp: topUp), key: key, job: job))
    }

    /// Spends what a hold set aside as part of the host's transaction.
    @discardableResult
    public func capture(
        _ amount: Amount, of hold: HoldID, topUp: Bool = false, job: String? = nil, key: IdempotencyKey,
        in tx: Transaction
    ) throws(LedgerError) -> Receipt {
        try perform(LedgerCommand(.capture(hold, amount, topUp: topUp), key: key, job: job), in: tx)
    }

    /// Frees what a hold set aside.
    @discardableResult
    public func release(_ hold: HoldID, job: String? = nil, key: IdempotencyKey) async throws(LedgerError) -> Receipt {
        try await perform(LedgerCommand(.release(hold), key: key, job: job))
    }

    /// Frees what a hold set aside as part of the host's transaction.
    @discardableResult
    public func release(_ hold: HoldID, job: String? = nil, key: IdempotencyKey, in tx: Transaction)
        throws(LedgerError) -> Receipt
    {
        try perform(LedgerCommand(.release(hold), key: key, job: job), in: tx)
    }

    /// Gives back a charge or capture, a part or all that is left of it, to the grants it came from.
    @discardableResult
    public func reverse(
        _ transaction: TransactionID, amount: Amount? = nil, key: IdempotencyKey
    ) async throws(LedgerError) -> Receipt {
        try await perform(LedgerCommand(.reverse(transaction, amount), key: key))
    }

    /// Gives back a charge or capture as part of the host's transaction.
    @discardableResult
    public func reverse(
        _ transaction: TransactionID, amount: Amount? = nil, key: IdempotencyKey, in tx: Transaction
    ) throws(LedgerError) -> Receipt {
        try perform(LedgerCommand(.reverse(transaction, amount), key: key), in: tx)
    }

    private func holding(
        _ amount: Amount, _ account: AccountName, _ time: Duration?, _ scope: String?, _ job: String?,
        _ key: IdempotencyKey
    ) -> LedgerCommand {
        let time = time ?? .seconds(limits.holdSecondsDefault)
        return LedgerCommand(.hold(account, amount, timeToLive: time, scope: scope), key: key, job: job)
    }
}
