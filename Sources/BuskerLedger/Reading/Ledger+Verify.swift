// Whether the ledger is sound.

public import BuskerDatabase

extension Ledger {
    /// Checks every transaction, account, grant and hold against each other, and the chain of hashes.
    ///
    /// It reads one snapshot from end to end while others go on writing; memory does not grow with the ledger. Cancelling the
    /// task ends it. Whoever can write to the database can also rewrite the whole chain or cut off its end: only an anchor that
    /// was kept elsewhere shows that.
    ///
    /// - Parameters:
    ///   - anchor: an earlier end of the ledger, which must still be part of it.
    ///   - progress: is told now and then how far it has come, on another thread.
    /// - Returns: what was found; problems are not errors.
    /// - Throws: ``LedgerError`` with `databaseFailed` or `cancelled`.
    public func verify(
        against anchor: LedgerAnchor? = nil, progress: (@Sendable (Verification.Progress) -> Void)? = nil
    ) async throws(LedgerError) -> Verification {
        let cancelled = VerifySwitch()
        let context = VerifyContext(limits: limits, cancelled: cancelled, report: progress)
        do {
            return try await withTaskCancellationHandler {
                try await reading { tx in try Verifier(anchor: anchor).run(context, in: tx) }
            } onCancel: {
                cancelled.cancel()
            }
        } catch {
            throw ReadFailure.named(error)
        }
    }

    /// Checks everything on the snapshot of a transaction.
    ///
    /// - Throws: ``LedgerError`` with `databaseFailed`.
    public func verify(
        against anchor: LedgerAnchor? = nil, in tx: ReadTransaction
    ) throws(LedgerError) -> Verification {
        let context = VerifyContext(limits: limits, cancelled: VerifySwitch(), report: nil)
        return try ReadFailure.guarded { try Verifier(anchor: anchor).run(context, in: tx) }
    }

    /// The present end of the ledger, to be kept where whoever can change the database cannot.
    ///
    /// - Throws: ``LedgerError`` with `databaseFailed` or `cancelled`.
    public func anchor() async throws(LedgerError) -> LedgerAnchor {
        try await reading { tx in try Self.anchor(of: tx) }
    }

    /// The end of the ledger as the transaction sees it.
    ///
    /// - Throws: ``LedgerError`` with `databaseFailed`.
    public func anchor(in tx: ReadTransaction) throws(LedgerError) -> LedgerAnchor {
        try ReadFailure.guarded { try Self.anchor(of: tx) }
    }

    private static func anchor(of tx: ReadTransaction) throws -> LedgerAnchor {
        guard let head = try tx.first("SELECT seq, hash FROM ledger_head WHERE id = 1") else {
            throw LedgerError(.databaseFailed, "The ledger has no tables yet: call migrate() once.")
        }
        let sequence: Int64 = try head.get(0)
        return LedgerAnchor(sequence: sequence, hash: sequence == 0 ? ChainPass.origin : try head.get(1))
    }
}
