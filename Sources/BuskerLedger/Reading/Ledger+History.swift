// What happened: histories, transactions, and what was paid or done for what.

public import BuskerCore
public import BuskerDatabase

extension Ledger {
    /// What happened on an account, the newest first.
    ///
    /// Pages follow one another without gap or repetition while new transactions arrive: those come before the first page.
    ///
    /// - Parameters:
    ///   - account: whose history.
    ///   - filter: which transactions; the time is that of their creation.
    ///   - page: which page; at most ``LedgerLimits/pageRowsMax`` rows.
    /// - Throws: ``LedgerError`` with `unknownAccount`, `badCursor`, `databaseFailed` or `cancelled`.
    public func history(
        of account: AccountName, _ filter: HistoryFilter = HistoryFilter(), page: PageRequest = PageRequest()
    ) async throws(LedgerError) -> Page<HistoryEntry> {
        let limits = limits
        return try await reading { tx in try HistoryReader.page(of: account, filter, page, limits, in: tx) }
    }

    /// What happened on an account, as the transaction sees it.
    ///
    /// - Throws: ``LedgerError`` with `unknownAccount`, `badCursor` or `databaseFailed`.
    public func history(
        of account: AccountName, _ filter: HistoryFilter = HistoryFilter(), page: PageRequest = PageRequest(),
        in tx: ReadTransaction
    ) throws(LedgerError) -> Page<HistoryEntry> {
        try ReadFailure.guarded { try HistoryReader.page(of: account, filter, page, limits, in: tx) }
    }

    /// A transaction with all its lines; nothing when there is none of that name.
    ///
    /// - Throws: ``LedgerError`` with `databaseFailed` or `cancelled`.
    public func transaction(_ id: TransactionID) async throws(LedgerError) -> LedgerTransaction? {
        try await reading { tx in try HistoryReader.transaction(id, in: tx) }
    }

    /// A transaction with all its lines, as the database transaction sees it.
    ///
    /// - Throws: ``LedgerError`` with `databaseFailed`.
    public func transaction(_ id: TransactionID, in tx: ReadTransaction) throws(LedgerError) -> LedgerTransaction? {
        try ReadFailure.guarded { try HistoryReader.transaction(id, in: tx) }
    }

    /// The transactions behind which a payment is, on whatever account, the newest first.
    ///
    /// - Throws: ``LedgerError`` with `badCursor`, `databaseFailed` or `cancelled`.
    public func find(
        payment: String, page: PageRequest = PageRequest()
    ) async throws(LedgerError) -> Page<HistoryEntry> {
        let limits = limits
        return try await reading { tx in
            try HistoryReader.page(where: "payment = \(payment)", page, limits, in: tx)
        }
    }

    /// The transactions behind which a payment is, as the transaction sees them.
    ///
    /// - Throws: ``LedgerError`` with `badCursor` or `databaseFailed`.
    public func find(
        payment: String, page: PageRequest = PageRequest(), in tx: ReadTransaction
    ) throws(LedgerError) -> Page<HistoryEntry> {
        try ReadFailure.guarded { try HistoryReader.page(where: "payment = \(payment)", page, limits, in: tx) }
    }

    /// The transactions that were made for a job, on whatever account, the newest first.
    ///
    /// - Throws: ``LedgerError`` with `badCursor`, `databaseFailed` or `cancelled`.
    public func find(job: String, page: PageRequest = PageRequest()) async throws(LedgerError) -> Page<HistoryEntry> {
        let limits = limits
        return try await reading { tx in try HistoryReader.page(where: "job = \(job)", page, limits, in: tx) }
    }

    /// The transactions that were made for a job, as the transaction sees them.
    ///
    /// - Throws: ``LedgerError`` with `badCursor` or `databaseFailed`.
    public func find(
        job: String, page: PageRequest = PageRequest(), in tx: ReadTransaction
    ) throws(LedgerError) -> Page<HistoryEntry> {
        try ReadFailure.guarded { try HistoryReader.page(where: "job = \(job)", page, limits, in: tx) }
    }
}
