// Balances at another moment.

public import BuskerCore
public import BuskerDatabase

extension Ledger {
    /// What an account had at a moment, or will have if nothing else happens.
    ///
    /// - Parameters:
    ///   - account: whose balance.
    ///   - moment: the instant, inclusive; before the account was opened everything is zero.
    ///   - basis: by which time of the transactions. By the effective time an end counts from the instant it was due, whether
    ///     it was swept late or not at all yet, so a moment in the future shows what will have ended by then.
    /// - Throws: ``LedgerError`` with `unknownAccount`, `databaseFailed` or `cancelled`.
    public func balance(
        of account: AccountName, asOf moment: Timestamp, by basis: PastBalance.Basis = .created
    ) async throws(LedgerError) -> PastBalance {
        let reader = PastReader(name: account, moment: moment, basis: basis)
        return try await reading { tx in try reader.balance(in: tx) }
    }

    /// What an account had at a moment, as the transaction sees it.
    ///
    /// - Throws: ``LedgerError`` with `unknownAccount` or `databaseFailed`.
    public func balance(
        of account: AccountName, asOf moment: Timestamp, by basis: PastBalance.Basis = .created, in tx: ReadTransaction
    ) throws(LedgerError) -> PastBalance {
        let reader = PastReader(name: account, moment: moment, basis: basis)
        return try ReadFailure.guarded { try reader.balance(in: tx) }
    }
}
