// How a transaction is written down.

import BuskerCore

/// A line that a transaction will have.
struct PostingLine: Sendable {
    let slot: Int
    let amount: Int64
    let grant: Int64?
}

extension LedgerEngine {
    /// Adds a line to the transaction at hand, or refuses it.
    ///
    /// - Throws: ``LedgerError`` with `overflow` when the account would leave its range.
    mutating func addLine(_ slot: Int, _ amount: Int64, grant: Int64? = nil) throws(LedgerError) {
        guard amount != 0 else { return }
        var posted = state.accounts[slot].posted
        for line in lines where line.slot == slot { posted += line.amount }
        let (sum, overflow) = posted.addingReportingOverflow(amount)
        let limit = state.accounts[slot].house == 0 ? LedgerLimits.balanceMax : Int64.max
        guard !overflow, sum <= limit else {
            throw LedgerError(
                .overflow, "The balance of \(state.accounts[slot].name) would leave its range; use smaller amounts.")
        }
        lines.append(PostingLine(slot: slot, amount: amount, grant: grant))
    }

    /// Adds a line for a house account of the unit in which an account counts.
    mutating func addLine(_ house: HouseAccount, for slot: Int, _ amount: Int64) throws(LedgerError) {
        guard amount != 0 else { return }
        try addLine(try self.house(house, state.accounts[slot].unit), amount)
    }

    /// Writes the transaction at hand with its lines; everything was checked before.
    mutating func post(
        _ kind: TransactionKind, on slot: Int, amount: Int64, by command: PreparedCommand, before: BalanceFigures,
        _ fill: (inout TransactionRow) -> Void = { _ in }
    ) -> TransactionRow {
        let row = TransactionRow(
            seq: state.head.seq + 1, id: ids.make(), kind: kind, account: state.accounts[slot].id, amount: amount,
            key: command.key, request: command.request, created: now)
        return post(row, on: slot, before: before) { row in
            row.job = command.job
            row.rate = command.rate
            row.meta = command.meta
            fill(&row)
        }
    }

    /// Writes a transaction that the ledger makes itself.
    mutating func post(
        own kind: TransactionKind, on slot: Int, amount: Int64, key: String, before: BalanceFigures,
        _ fill: (inout TransactionRow) -> Void
    ) -> TransactionRow {
        let row = TransactionRow(
            seq: state.head.seq + 1, id: ids.make(), kind: kind, account: state.accounts[slot].id, amount: amount,
            key: IdempotencyKey(own: key), request: [], created: now)
        return post(row, on: slot, before: before, fill)
    }

    private mutating func post(
        _ draft: TransactionRow, on slot: Int, before: BalanceFigures, _ fill: (inout TransactionRow) -> Void
    ) -> TransactionRow {
        var row = draft
        fill(&row)
        let firstEntry = state.batch.entries.count
        for (at, line) in lines.enumerated() {
            state.accounts[line.slot].posted += line.amount
            state.touch(account: line.slot)
            state.batch.entries.append(
                EntryRow(
                    transaction: row.seq, line: Int64(at + 1), account: state.accounts[line.slot].id, grant: line.grant,
                    amount: line.amount, postedAfter: state.accounts[line.slot].posted))
            if line.slot != slot { state.accounts[line.slot].version += 1 }
        }
        lines.removeAll(keepingCapacity: true)
        state.touch(account: slot)
        state.accounts[slot].version += 1
        let after = state.accounts[slot].figures
        row.posted = after.posted
        row.held = after.held
        row.debt = after.debt
        row.hash = chain.hash(row, entries: state.batch.entries[firstEntry...], previous: state.head.hash)
        state.head.seq = row.seq
        state.head.created = row.created
        state.head.hash = row.hash
        state.batch.outcomes[row.key] = .written(state.batch.written.count)
        state.batch.firstSlices.append(state.batch.slices.count)
        state.batch.written.append(row)
        announce(slot, before: before, row)
        return row
    }

    /// Adds slices to the transaction written last.
    mutating func addSlices(_ slices: [GrantSlice], taken: Bool) {
        guard let owner = state.batch.written.last?.seq, let first = state.batch.firstSlices.last else { return }
        var ord = Int64(state.batch.slices.count - first)
        for slice in slices {
            state.batch.slices.append(
                SliceRow(
                    owner: owner, ord: ord, grant: state.grants[slice.slot].id, amount: slice.amount,
                    taken: taken ? slice.amount : 0))
            ord += 1
        }
    }

    /// Tells of what a transaction did to a customer's balance.
    mutating func announce(_ slot: Int, before: BalanceFigures, _ row: TransactionRow) {
        let after = state.accounts[slot].figures
        guard before != after else { return }
        if before.free > 0, after.free <= 0 { addEvent("depleted", slot, row) }
        if before.debt == 0, after.debt > 0 { addEvent("debt_created", slot, row) }
        if before.debt > 0, after.debt == 0 { addEvent("debt_cleared", slot, row) }
        guard observes else { return }
        state.batch.changes.append(
            BalanceChange(
                account: state.accounts[slot].id, name: state.accounts[slot].name,
                unit: state.accounts[slot].unit.code, before: before, after: after, sequence: row.seq,
                created: row.created))
    }

    private mutating func addEvent(_ kind: String, _ slot: Int, _ row: TransactionRow) {
        let figures = state.accounts[slot].figures
        state.batch.events.append(
            EventRow(
                kind: kind, account: state.accounts[slot].id, transaction: row.seq,
                body: #"{"posted":\#(figures.posted),"held":\#(figures.held),"debt":\#(figures.debt)}"#,
                created: row.created))
    }
}
