// The commands that are needed now and then, by their names.

public import BuskerCore
public import BuskerDatabase

extension Ledger {
    /// Takes back what a payment granted, in proportion to what has been reversed of the payment so far, all told; a smaller
    /// figure than before reinstates.
    @discardableResult
    public func clawback(payment: String, reversed: Money, key: IdempotencyKey) async throws(LedgerError) -> Receipt {
        try await perform(LedgerCommand(.clawback(payment: payment, reversed: reversed), key: key))
    }

    /// Takes back what a payment granted as part of the host's transaction.
    @discardableResult
    public func clawback(payment: String, reversed: Money, key: IdempotencyKey, in tx: Transaction)
        throws(LedgerError) -> Receipt
    {
        try perform(LedgerCommand(.clawback(payment: payment, reversed: reversed), key: key), in: tx)
    }

    /// Corrects a balance by hand, up or down; the reason is kept.
    @discardableResult
    public func adjust(
        _ account: AccountName, by amount: Amount, reason: String, key: IdempotencyKey
    ) async throws(LedgerError) -> Receipt {
        try await perform(LedgerCommand(.adjust(account, amount, reason: reason), key: key))
    }

    /// Corrects a balance as part of the host's transaction.
    @discardableResult
    public func adjust(
        _ account: AccountName, by amount: Amount, reason: String, key: IdempotencyKey, in tx: Transaction
    ) throws(LedgerError) -> Receipt {
        try perform(LedgerCommand(.adjust(account, amount, reason: reason), key: key), in: tx)
    }

    /// Moves credit to another account in the same unit; each slice keeps its terms.
    @discardableResult
    public func transfer(
        _ amount: Amount, from: AccountName, to: AccountName, key: IdempotencyKey
    ) async throws(LedgerError) -> Receipt {
        try await perform(LedgerCommand(.transfer(from: from, to: to, amount), key: key))
    }

    /// Moves credit as part of the host's transaction.
    @discardableResult
    public func transfer(
        _ amount: Amount, from: AccountName, to: AccountName, key: IdempotencyKey, in tx: Transaction
    ) throws(LedgerError) -> Receipt {
        try perform(LedgerCommand(.transfer(from: from, to: to, amount), key: key), in: tx)
    }

    /// Closes an account that has, holds and owes nothing.
    @discardableResult
    public func close(_ account: AccountName, key: IdempotencyKey) async throws(LedgerError) -> Receipt {
        try await perform(LedgerCommand(.close(account), key: key))
    }

    /// Closes an account as part of the host's transaction.
    @discardableResult
    public func close(_ account: AccountName, key: IdempotencyKey, in tx: Transaction) throws(LedgerError) -> Receipt {
        try perform(LedgerCommand(.close(account), key: key), in: tx)
    }
}
