// Opening and closing accounts.

import BuskerCore

extension LedgerEngine {
    /// Opens an account; one that is open in the same unit answers with the receipt of its opening.
    mutating func open(
        _ command: PreparedCommand, _ name: AccountName, _ unit: Amount.Unit
    ) throws(LedgerError) -> Receipt {
        if let slot = try account(ifKnown: name) {
            try requireOpen(slot)
            try match(unit, slot)
            return receipt(try opening(of: slot), account: slot, hold: nil, replayed: true)
        }
        if state.units[unit.code] == nil {
            var wants = LedgerWants()
            wants.units = [unit.code]
            try find(wants)
        }
        if let known = state.units[unit.code] {
            guard known == unit else {
                throw LedgerError(
                    .unitMismatch, "The unit \(unit.code) is known with \(known.scale) decimals as \(known.kind).")
            }
        } else {
            state.units[unit.code] = unit
            state.batch.newUnits.append(unit)
        }
        state.head.account += 1
        var row = AccountRow(
            id: state.head.account, name: name.text, unit: unit, house: 0, opened: state.head.seq + 1, created: now)
        row.change = .new
        row.scopesKnown = true
        let slot = state.add(row)
        state.batch.missingNames.remove(ByteText(name.text))
        let posted = post(.open, on: slot, amount: 0, by: command, before: state.accounts[slot].figures)
        return receipt(posted, account: slot, hold: nil)
    }

    /// Closes an account that is empty.
    mutating func close(_ command: PreparedCommand, _ name: AccountName) throws(LedgerError) -> Receipt {
        let slot = try account(name)
        try settle(slot)
        try requireOpen(slot)
        let before = state.accounts[slot].figures
        guard before.posted == 0, before.debt == 0 else {
            let unit = state.accounts[slot].unit
            func amount(_ steps: Int64) -> Amount { Amount(steps: steps, unit: unit) }
            throw LedgerError(
                .accountNotEmpty,
                """
                The account has \(amount(before.posted).decimalText), \(amount(before.held).decimalText) of it held, and owes \
                \(amount(before.debt).decimalText); transfer or correct that first.
                """,
                figures: LedgerError.Figures(
                    needed: amount(0), available: amount(before.free), held: amount(before.held),
                    debt: amount(before.debt)))
        }
        state.accounts[slot].isClosed = true
        state.touch(account: slot, indexed: true)
        let row = post(.close, on: slot, amount: 0, by: command, before: before)
        return receipt(row, account: slot, hold: nil)
    }

    /// Refuses another unit than the account's.
    func match(_ unit: Amount.Unit, _ slot: Int) throws(LedgerError) {
        let own = state.accounts[slot].unit
        guard unit == own else {
            throw LedgerError(
                .unitMismatch,
                "\(state.accounts[slot].name) counts in \(own) with \(own.scale) decimals, not in \(unit) with \(unit.scale)."
            )
        }
    }

    func requireOpen(_ slot: Int) throws(LedgerError) {
        guard !state.accounts[slot].isClosed else {
            throw LedgerError(.accountClosed, "The account \(state.accounts[slot].name) is closed; open another.")
        }
    }

    /// The transaction that opened an account.
    private mutating func opening(of slot: Int) throws(LedgerError) -> TransactionRow {
        let seq = state.accounts[slot].opened
        if let row = state.batch.written.first(where: { $0.seq == seq }) { return row }
        var wants = LedgerWants()
        wants.sequences = [seq]
        guard let row = try find(wants).transactions.first(where: { $0.seq == seq }) else {
            throw LedgerError(.corrupt, "The opening of \(state.accounts[slot].name) is not there; verify the ledger.")
        }
        return row
    }
}
