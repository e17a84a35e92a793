// The ledger's own accounts and the sums of all.

public import BuskerDatabase

extension Ledger {
    /// What stands on the ledger's own accounts: what was issued, earned, lost by expiry, taken back, is owed and was corrected.
    ///
    /// - Throws: ``LedgerError`` with `databaseFailed` or `cancelled`.
    public func houseBalances() async throws(LedgerError) -> [HouseBalance] {
        try await reading { tx in try HouseReader.balances(in: tx) }
    }

    /// What stands on the ledger's own accounts, as the transaction sees it.
    ///
    /// - Throws: ``LedgerError`` with `databaseFailed`.
    public func houseBalances(in tx: ReadTransaction) throws(LedgerError) -> [HouseBalance] {
        try ReadFailure.guarded { try HouseReader.balances(in: tx) }
    }

    /// The sums of all accounts, one for each unit; reads every account once.
    ///
    /// - Throws: ``LedgerError`` with `overflow`, `databaseFailed` or `cancelled`.
    public func trialBalances() async throws(LedgerError) -> [TrialBalance] {
        try await reading { tx in try HouseReader.trialBalances(in: tx) }
    }

    /// The sums of all accounts, as the transaction sees them.
    ///
    /// - Throws: ``LedgerError`` with `overflow` or `databaseFailed`.
    public func trialBalances(in tx: ReadTransaction) throws(LedgerError) -> [TrialBalance] {
        try ReadFailure.guarded { try HouseReader.trialBalances(in: tx) }
    }
}
