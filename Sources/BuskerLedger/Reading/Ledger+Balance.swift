// Balances now: of one account, of many, in a transaction of one's own.

import BuskerCore
public import BuskerDatabase

extension Ledger {
    /// What an account has now; callers that ask at the same time share one snapshot.
    ///
    /// The answer knows of everything that was committed before the call.
    ///
    /// - Throws: ``LedgerError`` with `unknownAccount`, `databaseFailed` or `cancelled`.
    public func balance(of account: AccountName) async throws(LedgerError) -> Balance {
        guard let balance = try await readers.balance(of: account, from: self) else { throw .noAccount(account) }
        return balance
    }

    /// What accounts have now, all at the same moment, in the order of the names; nothing for one that does not exist.
    ///
    /// - Throws: ``LedgerError`` with `limit` for more than ``LedgerLimits/pageRowsMax`` names, `databaseFailed` or `cancelled`.
    public func balances(of accounts: [AccountName]) async throws(LedgerError) -> [Balance?] {
        try checkCount(accounts)
        let reader = BalanceReader(limits: limits, wall: clock.now)
        return try await reading { tx in try reader.balances(of: accounts, in: tx) }
    }

    /// What an account has now, as the transaction sees it.
    ///
    /// - Throws: ``LedgerError`` with `unknownAccount` or `databaseFailed`.
    public func balance(of account: AccountName, in tx: ReadTransaction) throws(LedgerError) -> Balance {
        guard let balance = try balances(of: [account], in: tx)[0] else { throw .noAccount(account) }
        return balance
    }

    /// What accounts have now, as the transaction sees them; nothing for one that does not exist.
    ///
    /// - Throws: ``LedgerError`` with `limit` for more than ``LedgerLimits/pageRowsMax`` names, or `databaseFailed`.
    public func balances(of accounts: [AccountName], in tx: ReadTransaction) throws(LedgerError) -> [Balance?] {
        try checkCount(accounts)
        let reader = BalanceReader(limits: limits, wall: clock.now)
        return try ReadFailure.guarded { try reader.balances(of: accounts, in: tx) }
    }

    private func checkCount(_ accounts: [AccountName]) throws(LedgerError) {
        guard accounts.count <= limits.pageRowsMax else {
            throw LedgerError(.limit, "At most \(limits.pageRowsMax) balances are read at once; ask in parts.")
        }
    }
}

extension LedgerError {
    static func noAccount(_ name: AccountName) -> LedgerError {
        LedgerError(.unknownAccount, "There is no account \(name): open it first.")
    }
}

extension LedgerLimits {
    /// ``expiringSoonSeconds`` in microseconds, held at the end of the range.
    var expiringSoonMicroseconds: Int64 {
        let (product, overflow) = expiringSoonSeconds.multipliedReportingOverflow(by: 1_000_000)
        return overflow ? .max : product
    }
}
