// What an account's credit is made of: grants and holds.

public import BuskerCore
public import BuskerDatabase

extension Ledger {
    /// The grants of an account of which something is left, in the order in which they burn, those yet to take effect
    /// among them.
    ///
    /// Holds count as they were last swept.
    ///
    /// - Throws: ``LedgerError`` with `unknownAccount`, `badCursor`, `databaseFailed` or `cancelled`.
    public func grants(
        of account: AccountName, page: PageRequest = PageRequest()
    ) async throws(LedgerError) -> Page<GrantRecord> {
        let reader = creditReader(account, page)
        return try await reading { tx in try reader.grants(in: tx) }
    }

    /// The grants of an account of which something is left, as the transaction sees them.
    ///
    /// - Throws: ``LedgerError`` with `unknownAccount`, `badCursor` or `databaseFailed`.
    public func grants(
        of account: AccountName, page: PageRequest = PageRequest(), in tx: ReadTransaction
    ) throws(LedgerError) -> Page<GrantRecord> {
        let reader = creditReader(account, page)
        return try ReadFailure.guarded { try reader.grants(in: tx) }
    }

    /// The holds of an account that set credit aside now, the newest first; with `closedToo` all there ever were.
    ///
    /// - Throws: ``LedgerError`` with `unknownAccount`, `badCursor`, `databaseFailed` or `cancelled`.
    public func holds(
        of account: AccountName, closedToo: Bool = false, page: PageRequest = PageRequest()
    ) async throws(LedgerError) -> Page<HoldRecord> {
        let reader = creditReader(account, page)
        return try await reading { tx in try reader.holds(closedToo: closedToo, in: tx) }
    }

    /// The holds of an account, as the transaction sees them.
    ///
    /// - Throws: ``LedgerError`` with `unknownAccount`, `badCursor` or `databaseFailed`.
    public func holds(
        of account: AccountName, closedToo: Bool = false, page: PageRequest = PageRequest(), in tx: ReadTransaction
    ) throws(LedgerError) -> Page<HoldRecord> {
        let reader = creditReader(account, page)
        return try ReadFailure.guarded { try reader.holds(closedToo: closedToo, in: tx) }
    }

    /// A hold, open or closed; nothing when there is none of that name.
    ///
    /// - Throws: ``LedgerError`` with `databaseFailed` or `cancelled`.
    public func hold(_ id: HoldID) async throws(LedgerError) -> HoldRecord? {
        let heads = BalanceReader(limits: limits, wall: clock.now)
        return try await reading { tx in try CreditReader.hold(id, now: heads.head(in: tx).now, in: tx) }
    }

    /// A hold, as the transaction sees it.
    ///
    /// - Throws: ``LedgerError`` with `databaseFailed`.
    public func hold(_ id: HoldID, in tx: ReadTransaction) throws(LedgerError) -> HoldRecord? {
        let heads = BalanceReader(limits: limits, wall: clock.now)
        return try ReadFailure.guarded { try CreditReader.hold(id, now: heads.head(in: tx).now, in: tx) }
    }

    private func creditReader(_ account: AccountName, _ page: PageRequest) -> CreditReader {
        CreditReader(name: account, request: page, limits: limits, wall: clock.now)
    }
}
