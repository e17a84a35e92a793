// Taking back what a reversed payment granted.

import BuskerCore

extension LedgerEngine {
    /// Brings what was taken back of a payment to its target: granted × min(reversed, paid) ÷ paid, rounded down.
    ///
    /// Only the cumulative figure counts; a smaller one than before gives credit again.
    mutating func clawback(
        _ command: PreparedCommand, _ payment: String, _ reversed: Money
    ) throws(LedgerError) -> Receipt {
        let place = try firstGrant(of: payment)
        let (granted, paid) = try totals(of: payment, in: reversed.currency)
        let slot = try account(number: state.grants[place].account)
        try settle(slot)
        try requireOpen(slot)
        let net = try self.payment(payment).net
        let target: Int64
        do {
            target = try granted.multiplied(by: min(reversed.minorUnits, paid), dividedBy: paid, rounding: .down)
        } catch {
            throw LedgerError(.overflow, "What the payment granted is out of range.")
        }
        let row =
            target >= net
            ? try takeBack(command, payment, target - net, on: slot)
            : try giveAgain(command, payment, net - target, like: place, on: slot)
        state.batch.payments[ByteText(payment)]?.net = target
        return receipt(row, account: slot, hold: nil)
    }

    /// The first grant of a payment.
    private mutating func firstGrant(of payment: String) throws(LedgerError) -> Int {
        let first = try self.payment(payment).grants.filter { state.grants[$0].origin == .grant }
            .min { state.grants[$0].id < state.grants[$1].id }
        guard let first else {
            throw LedgerError(.unknownPayment, "No grant belongs to the payment \(payment); grant it first.")
        }
        return first
    }

    /// What a payment granted, and what was paid for it.
    private mutating func totals(
        of payment: String, in currency: Currency
    ) throws(LedgerError) -> (granted: Int64, paid: Int64) {
        var granted: Int64 = 0
        var paid: Int64 = 0
        for place in try self.payment(payment).grants where state.grants[place].origin == .grant {
            granted += state.grants[place].amount
            paid += state.grants[place].costMinor ?? 0
            guard let own = state.grants[place].costCurrency, own != currency.code else { continue }
            throw LedgerError(.unitMismatch, "The payment \(payment) was made in \(own), not in \(currency).")
        }
        guard paid > 0 else {
            throw LedgerError(
                .badTerms, "The payment \(payment) was granted without a cost, so no part of it can be found.")
        }
        return (granted, paid)
    }

    /// Takes credit back: of the payment's own grants, then of others, and the rest becomes debt.
    private mutating func takeBack(
        _ command: PreparedCommand, _ payment: String, _ amount: Int64, on slot: Int
    ) throws(LedgerError) -> Int {
        let before = state.accounts[slot].figures
        let taken = min(amount, before.free)
        let (debt, overflow) = before.debt.addingReportingOverflow(amount - taken)
        guard !overflow, debt <= LedgerLimits.balanceMax else {
            throw LedgerError(.overflow, "The debt of \(state.accounts[slot].name) would leave its range.")
        }
        try addLine(slot, -taken)
        try addLine(.clawback, for: slot, amount)
        try addLine(.receivable, for: slot, taken - amount)
        var rest = taken
        var parts: [GrantSlice] = []
        let own = try self.payment(payment).grants.sorted { state.grants[$0].order < state.grants[$1].order }
        for place in own where rest > 0 && state.grants[place].free > 0 {
            parts.append(GrantSlice(slot: place, amount: min(rest, state.grants[place].free)))
            rest -= parts[parts.count - 1].amount
        }
        spend(parts, of: slot)
        if rest > 0 {
            let lanes = try allLanes(slot)
            _ = try gather(rest, lanes: lanes, at: nil, limit: .max)
            spend(slices, of: slot)
            parts += slices
        }
        state.accounts[slot].debt = debt
        let row = post(.clawback, on: slot, amount: amount, by: command, before: before) { $0.payment = payment }
        addSlices(parts, taken: true)
        return row
    }

    /// Gives again what was taken back: debt first, then a grant on the old terms.
    private mutating func giveAgain(
        _ command: PreparedCommand, _ payment: String, _ amount: Int64, like place: Int, on slot: Int
    ) throws(LedgerError) -> Int {
        let before = state.accounts[slot].figures
        let old = state.grants[place]
        var terms = CreditTerms(old.category, effective: old.effective)
        terms.priority = old.priority
        terms.scope = old.scope
        terms.expires = old.expires > now ? old.expires : now + limits.refundGrantSecondsDefault * 1_000_000
        terms.payment = payment
        try addLine(slot, amount, grant: state.head.grant + 1)
        try addLine(.clawback, for: slot, -amount)
        let debt = try planDebt(slot, free: before.free + amount)
        let made = makeGrant(amount, terms, origin: .reinstate, on: slot)
        state.batch.payments[ByteText(payment)]?.grants.append(made)
        try payDebt(slot, debt)
        return post(.reinstate, on: slot, amount: amount, by: command, before: before) { $0.payment = payment }
    }
}
