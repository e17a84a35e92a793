// Giving and spending credit.

import BuskerCore

extension LedgerEngine {
    /// Gives credit; debt is paid from it first.
    mutating func grant(
        _ command: PreparedCommand, _ name: AccountName, _ amount: Amount, _ terms: GrantTerms
    ) throws(LedgerError) -> Receipt {
        let slot = try account(name)
        try match(amount.unit, slot)
        try settle(slot)
        try requireOpen(slot)
        let credit = CreditTerms(terms, now: now)
        guard credit.expires > max(now, credit.effective) else {
            throw LedgerError(.badTerms, "A grant ends after it takes effect and after now.")
        }
        if let payment = terms.payment { try check(payment, credit, slot) }
        let before = state.accounts[slot].figures
        let house: HouseAccount =
            credit.category == .paid || credit.category == .subscription ? .issuedPaid : .issuedPromo
        try addLine(slot, amount.steps, grant: state.head.grant + 1)
        try addLine(house, for: slot, -amount.steps)
        let debt = try planDebt(slot, free: before.free + amount.steps)
        let place = makeGrant(amount.steps, credit, origin: .grant, on: slot)
        try payDebt(slot, debt)
        let row = post(.grant, on: slot, amount: amount.steps, by: command, before: before) {
            $0.payment = terms.payment
            $0.effective = credit.effective
        }
        if let payment = terms.payment { state.batch.payments[ByteText(payment)]?.grants.append(place) }
        return receipt(row, account: slot, hold: nil)
    }

    /// Refuses a payment that was granted before, on another account or in another currency.
    private mutating func check(_ payment: String, _ terms: CreditTerms, _ slot: Int) throws(LedgerError) {
        for place in try self.payment(payment).grants where state.grants[place].origin == .grant {
            let earlier = state.grants[place]
            guard earlier.account == state.accounts[slot].id, earlier.category != terms.category else {
                throw LedgerError(
                    .paymentUsed, "The payment \(payment) has been granted before; each counts once for one account.")
            }
            if let one = earlier.costCurrency, let other = terms.costCurrency, one != other {
                throw LedgerError(.unitMismatch, "The payment \(payment) was granted in \(one), not in \(other).")
            }
        }
    }

    /// Spends credit now.
    mutating func charge(
        _ command: PreparedCommand, _ name: AccountName, _ amount: Amount, scope: String?
    ) throws(LedgerError) -> Receipt {
        let slot = try account(name)
        try match(amount.unit, slot)
        try settle(slot)
        try requireOpen(slot)
        try draw(amount.steps, from: slot, scope: scope)
        let before = state.accounts[slot].figures
        try addLine(slot, -amount.steps)
        try addLine(.revenue, for: slot, amount.steps)
        spend(slices, of: slot)
        let row = post(.charge, on: slot, amount: amount.steps, by: command, before: before)
        addSlices(slices, taken: true)
        return receipt(row, account: slot, hold: nil)
    }

    /// Adds the lines that pay debt from what will be free, and says how much.
    mutating func planDebt(_ slot: Int, free: Int64) throws(LedgerError) -> Int64 {
        let paid = min(state.accounts[slot].debt, free)
        guard paid > 0 else { return 0 }
        try addLine(slot, -paid)
        try addLine(.receivable, for: slot, paid)
        return paid
    }

    /// Pays debt from whatever is unheld, in burn order.
    mutating func payDebt(_ slot: Int, _ amount: Int64) throws(LedgerError) {
        guard amount > 0 else { return }
        let lanes = try allLanes(slot)
        let covered = try gather(amount, lanes: lanes, at: nil, limit: .max).covered
        guard covered == amount else {
            throw LedgerError(
                .corrupt, "The grants of \(state.accounts[slot].name) do not add up to its balance; verify the ledger.")
        }
        spend(slices, of: slot)
        state.accounts[slot].debt -= amount
    }
}
