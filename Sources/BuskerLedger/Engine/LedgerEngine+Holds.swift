// Setting credit aside, and what becomes of it.

import BuskerCore

/// What the end of a hold does to its slices.
struct HoldClosing: Sendable {
    /// The place of each slice's grant, what was set aside, what is spent, and what ends because its grant has ended.
    var parts: [(grant: Int, held: Int64, taken: Int64, ended: Int64)] = []
    var debt: Int64 = 0
}

extension LedgerEngine {
    /// Sets credit aside.
    mutating func hold(
        _ command: PreparedCommand, _ name: AccountName, _ amount: Amount, time: Int64, scope: String?
    ) throws(LedgerError) -> Receipt {
        let slot = try account(name)
        try match(amount.unit, slot)
        try settle(slot)
        try requireOpen(slot)
        try draw(amount.steps, from: slot, scope: scope)
        let before = state.accounts[slot].figures
        let expires = now + time
        for slice in slices {
            state.grants[slice.slot].held += slice.amount
            state.touch(grant: slice.slot)
        }
        state.accounts[slot].held += amount.steps
        state.fallsDue(slot, at: expires)
        let number = state.head.seq + 1
        var row = HoldRow(
            id: number, account: state.accounts[slot].id,
            machine: HoldMachine(amount: amount.steps, expires: expires), scope: scope, job: command.job)
        row.change = .new
        state.add(row)
        let posted = post(.hold, on: slot, amount: amount.steps, by: command, before: before) { $0.hold = number }
        addSlices(slices, taken: false)
        return receipt(posted, account: slot, hold: HoldID(sharing: posted.id))
    }

    /// Spends what a hold set aside.
    mutating func capture(
        _ command: PreparedCommand, _ id: HoldID, _ amount: Amount, topUp: Bool
    ) throws(LedgerError) -> Receipt {
        let (made, slot) = try find(hold: id, unit: amount.unit)
        let place = try hold(of: made)
        var machine = state.batch.holds[place].machine
        let effect = try apply(.capture(amount.steps, topUp: topUp), to: &machine, on: slot)
        guard effect.taken > 0 else { return try free(command, id, made, slot, machine, effect) }
        let before = state.accounts[slot].figures
        slices.removeAll(keepingCapacity: true)
        if effect.beyond > 0 { try draw(effect.beyond, from: slot, scope: state.batch.holds[place].scope) }
        let beyond = slices
        try addLine(slot, -amount.steps)
        try addLine(.revenue, for: slot, amount.steps)
        let closing = try planClosing(place, on: slot, effect, at: now)
        try close(place, on: slot, machine, closing)
        spend(beyond, of: slot)
        let row = post(.capture, on: slot, amount: amount.steps, by: command, before: before) { $0.hold = made.seq }
        addSlices(
            closing.parts.filter { $0.taken > 0 }.map { GrantSlice(slot: $0.grant, amount: $0.taken) }, taken: true)
        addSlices(beyond, taken: true)
        return receipt(row, account: slot, hold: id)
    }

    /// Frees what a hold set aside.
    mutating func release(_ command: PreparedCommand, _ id: HoldID) throws(LedgerError) -> Receipt {
        let (made, slot) = try find(hold: id, unit: nil)
        var machine = state.batch.holds[try hold(of: made)].machine
        let effect = try apply(.release, to: &machine, on: slot)
        return try free(command, id, made, slot, machine, effect)
    }

    private mutating func free(
        _ command: PreparedCommand, _ id: HoldID, _ made: TransactionRow, _ slot: Int, _ machine: HoldMachine,
        _ effect: HoldMachine.Effect
    ) throws(LedgerError) -> Receipt {
        let place = try hold(of: made)
        let before = state.accounts[slot].figures
        let closing = try planClosing(place, on: slot, effect, at: now)
        try close(place, on: slot, machine, closing)
        let row = post(.release, on: slot, amount: effect.freed, by: command, before: before) { $0.hold = made.seq }
        return receipt(row, account: slot, hold: id)
    }

    /// The transaction that made a hold and its account, settled.
    private mutating func find(
        hold id: HoldID, unit: Amount.Unit?
    ) throws(LedgerError) -> (made: TransactionRow, slot: Int) {
        guard let made = try transaction(TransactionID(sharing: id)), made.kind == .hold else {
            throw LedgerError(.unknownHold, "There is no hold \(id).")
        }
        let slot = try account(number: made.account)
        if let unit { try match(unit, slot) }
        try settle(slot)
        return (made, slot)
    }

    private func apply(
        _ event: HoldMachine.Event, to machine: inout HoldMachine, on slot: Int
    ) throws(LedgerError) -> HoldMachine.Effect {
        let held = machine.amount
        do {
            return try machine.apply(event, at: now)
        } catch {
            switch error {
            case .closed: throw LedgerError(.holdClosed, "The hold was captured or released before.")
            case .expired, .notDue:
                throw LedgerError(.holdExpired, "The hold's time was over; charge the account instead.")
            case .badAmount: throw LedgerError(.badAmount, "A captured amount is not negative.")
            case .exceeds:
                var needed = held
                if case .capture(let wanted, _) = event { needed = wanted }
                throw exceeds(.exceedsHold, "was held", needed, held, on: slot)
            }
        }
    }

    /// The refusal of more than there was.
    func exceeds(
        _ code: LedgerError.Code, _ what: String, _ needed: Int64, _ left: Int64, on slot: Int
    ) -> LedgerError {
        let account = state.accounts[slot]
        func amount(_ steps: Int64) -> Amount { Amount(steps: steps, unit: account.unit) }
        return LedgerError(
            code, "needs \(amount(needed).decimalText), only \(amount(left).decimalText) \(what)",
            figures: LedgerError.Figures(
                needed: amount(needed), available: amount(left), held: amount(account.held), debt: amount(account.debt))
        )
    }

    /// Works out what the end of a hold does to each slice, and adds the lines for what ends and for debt.
    ///
    /// `instant` is when the hold ends: of one that is swept late, the end of its time, so that the same happens as if it had
    /// been swept on time.
    mutating func planClosing(
        _ place: Int, on slot: Int, _ effect: HoldMachine.Effect, at instant: Int64
    ) throws(LedgerError) -> HoldClosing {
        let number = state.batch.holds[place].id
        var closing = HoldClosing()
        var rest = effect.taken
        var ended: Int64 = 0
        for slice in try slices(of: number) {
            let grant = try self.grant(number: slice.grant)
            let taken = min(rest, slice.amount)
            rest -= taken
            let over = state.grants[grant].expires <= instant ? slice.amount - taken : 0
            ended += over
            closing.parts.append((grant, slice.amount, taken, over))
        }
        if ended > 0 {
            try addLine(slot, -ended)
            try addLine(.breakage, for: slot, ended)
        }
        let freed = effect.freed - ended
        closing.debt = try planDebt(slot, free: state.accounts[slot].free + freed)
        return closing
    }

    /// Carries out what was planned: the hold is closed by the transaction that comes next.
    mutating func close(
        _ place: Int, on slot: Int, _ machine: HoldMachine, _ closing: HoldClosing
    ) throws(LedgerError) {
        let number = state.batch.holds[place].id
        for (at, part) in closing.parts.enumerated() {
            state.grants[part.grant].held -= part.held
            state.touch(grant: part.grant)
            reduce(part.grant, by: part.taken + part.ended, of: slot)
            if part.taken > 0 { state.take(part.taken, ofSlice: at, owner: number) }
        }
        state.accounts[slot].held -= machine.amount
        state.touch(account: slot)
        state.batch.holds[place].machine = machine
        state.batch.holds[place].closedBy = state.head.seq + 1
        state.touch(hold: place)
        try payDebt(slot, closing.debt)
    }
}
