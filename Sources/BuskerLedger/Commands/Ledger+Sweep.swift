// Ending what is due, and forgetting old refusals.

public import BuskerCore
public import BuskerDatabase

extension Ledger {
    /// Ends the grants and holds whose time is over on up to `limit` accounts, the longest due first.
    ///
    /// Every command does that for its own accounts, so a sweep only brings forward what readers already see: call it now
    /// and then, and again at once while the report says that there is more.
    ///
    /// An account whose rows are damaged stops only itself: it is counted and passed over, and the others are swept.
    ///
    /// - Throws: ``LedgerError`` with `databaseFailed` or `unknownOutcome`.
    @discardableResult
    public func sweep(limit: Int = 100) async throws(LedgerError) -> SweepReport {
        let limit = max(1, limit)
        do throws(LedgerError) {
            return try await sweeping { engine throws(LedgerError) in try engine.sweep(limit: limit) }
        } catch {
            guard error.code == .corrupt else { throw error }
            return try await sweepEach(limit: limit)
        }
    }

    /// Gives every account a transaction of its own, until `limit` sound ones were swept or nothing else is due.
    private func sweepEach(limit: Int) async throws(LedgerError) -> SweepReport {
        var (looked, ended, sound) = (0, 0, 0)
        var damaged: Set<Int64> = []
        while sound < limit {
            let most = limit - sound + damaged.count
            let due = try await sweeping { engine throws(LedgerError) in try engine.dueAccounts(limit: most) }
            let numbers = due.filter { !damaged.contains($0) }
            if numbers.isEmpty { break }
            for number in numbers {
                looked += 1
                do throws(LedgerError) {
                    ended += try await sweeping { engine throws(LedgerError) in try engine.sweep([number]) }
                    sound += 1
                } catch {
                    guard error.code == .corrupt else { throw error }
                    damaged.insert(number)
                }
            }
        }
        return SweepReport(accounts: looked, ended: ended, damaged: damaged.count, isMore: sound >= limit)
    }

    private func sweeping<T: Sendable>(
        _ body: @escaping @Sendable (inout LedgerEngine) throws(LedgerError) -> T
    ) async throws(LedgerError) -> T {
        let run = run
        do {
            return try await database.write { tx in
                do throws(LedgerError) {
                    return try run.with(tx, body)
                } catch {
                    throw error.cause
                }
            }
        } catch {
            throw LedgerError(any: error)
        }
    }

    /// Ends what is due as part of the host's transaction.
    ///
    /// - Throws: ``LedgerError`` with `databaseFailed`, or with `corrupt` when an account is damaged, after which the transaction
    ///   cannot go on.
    @discardableResult
    public func sweep(limit: Int = 100, in tx: Transaction) throws(LedgerError) -> SweepReport {
        try run.with(tx) { engine throws(LedgerError) in try engine.sweep(limit: max(1, limit)) }
    }

    /// Forgets refusals from before an instant, so that their keys may be used again; transactions are kept for ever.
    ///
    /// Refusals younger than ``LedgerLimits/refusalSecondsMin`` stay.
    ///
    /// - Returns: how many were forgotten.
    /// - Throws: ``LedgerError`` with `databaseFailed` or `unknownOutcome`.
    @discardableResult
    public func prune(before instant: Timestamp) async throws(LedgerError) -> Int {
        let youngest = clock.now.advanced(byMicroseconds: -limits.refusalSecondsMin * 1_000_000)
        let before = min(instant, youngest)
        do {
            return try await database.write { tx in
                try tx.execute("DELETE FROM ledger_refusal WHERE created_us < \(before)")
            }
        } catch {
            throw LedgerError(any: error)
        }
    }
}
