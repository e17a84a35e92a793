// A key happens once.

import BuskerCore

extension LedgerEngine {
    /// The first answer to a key that is known.
    ///
    /// - Throws: ``LedgerError``: the refusal of then, or `conflict` when the key was used for another request.
    mutating func replay(_ command: PreparedCommand) throws(LedgerError) -> Receipt? {
        switch try outcome(of: command.key) {
        case .absent: return nil
        case .refused(let row):
            guard row.request == command.request else { throw conflict(command.key) }
            throw RefusalBody.read(row)
        case .written(let at): return try replay(state.batch.written[at], command)
        case .stored(let at): return try replay(state.batch.stored[at], command)
        }
    }

    /// Remembers a refusal that depends on what the ledger holds; it takes an instant of its own.
    mutating func remember(_ error: LedgerError, of command: PreparedCommand) {
        guard error.isRemembered else { return }
        let row = RefusalRow(
            key: command.key, request: command.request, code: error.code.description, body: RefusalBody.write(error),
            created: now)
        state.head.created = now
        state.batch.refusals.append(row)
        state.batch.outcomes[command.key] = .refused(row)
    }

    /// What a transaction says to whoever asked for it.
    func receipt(
        _ row: TransactionRow, account slot: Int, hold: HoldID?, replayed: Bool = false
    ) -> Receipt {
        let unit = state.accounts[slot].unit
        return Receipt(
            transaction: row.id, sequence: row.seq, kind: row.kind, key: row.key,
            account: AccountName(trusted: state.accounts[slot].name), amount: Amount(steps: row.amount, unit: unit),
            hold: hold,
            after: Standing(
                posted: Amount(steps: row.posted, unit: unit), held: Amount(steps: row.held, unit: unit),
                debt: Amount(steps: row.debt, unit: unit)),
            createdAt: Timestamp(microseconds: row.created), replayed: replayed)
    }

    private mutating func replay(_ row: TransactionRow, _ command: PreparedCommand) throws(LedgerError) -> Receipt {
        guard row.request == command.request else { throw conflict(command.key) }
        let slot = try account(number: row.account)
        let hold: HoldID? =
            switch command.action {
            case .hold: HoldID(sharing: row.id)
            case .capture(let hold, _, _), .release(let hold): hold
            default: nil
            }
        return receipt(row, account: slot, hold: hold, replayed: true)
    }

    private mutating func outcome(of key: IdempotencyKey) throws(LedgerError) -> KeyOutcome {
        if let outcome = state.batch.outcomes[key] { return outcome }
        var wants = LedgerWants()
        wants.keys = [key]
        try find(wants)
        state.settleAbsence(wants)
        return state.batch.outcomes[key] ?? .absent
    }

    private func conflict(_ key: IdempotencyKey) -> LedgerError {
        LedgerError(.conflict, "The key \(key) was used for another request; use a new key for a new request.")
    }
}
