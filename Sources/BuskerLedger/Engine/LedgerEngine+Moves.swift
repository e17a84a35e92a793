// Corrections by hand, and credit that changes hands.

import BuskerCore

extension LedgerEngine {
    /// Corrects a balance: up gives a grant, down spends whatever is unheld.
    mutating func adjust(
        _ command: PreparedCommand, _ name: AccountName, _ amount: Amount, _ reason: String
    ) throws(LedgerError) -> Receipt {
        let slot = try account(name)
        try match(amount.unit, slot)
        try settle(slot)
        try requireOpen(slot)
        let before = state.accounts[slot].figures
        let row: TransactionRow
        if amount.steps > 0 {
            try addLine(slot, amount.steps, grant: state.head.grant + 1)
            try addLine(.adjust, for: slot, -amount.steps)
            let debt = try planDebt(slot, free: before.free + amount.steps)
            makeGrant(amount.steps, CreditTerms(.adjust, effective: now), origin: .adjust, on: slot)
            try payDebt(slot, debt)
            row = post(.adjust, on: slot, amount: amount.steps, by: command, before: before) { $0.reason = reason }
        } else {
            try drawAny(-amount.steps, from: slot)
            try addLine(slot, amount.steps)
            try addLine(.adjust, for: slot, -amount.steps)
            spend(slices, of: slot)
            row = post(.adjust, on: slot, amount: amount.steps, by: command, before: before) { $0.reason = reason }
            addSlices(slices, taken: true)
        }
        return receipt(row, account: slot, hold: nil)
    }

    /// Moves credit to another account; each slice keeps its terms.
    mutating func transfer(
        _ command: PreparedCommand, _ from: AccountName, _ to: AccountName, _ amount: Amount
    ) throws(LedgerError) -> Receipt {
        let giver = try account(from)
        let taker = try account(to)
        try match(amount.unit, giver)
        try match(amount.unit, taker)
        while min(state.accounts[giver].due, state.accounts[taker].due) <= now {
            try settle(giver)
            try settle(taker)
        }
        try requireOpen(giver)
        try requireOpen(taker)
        try drawAny(amount.steps, from: giver)
        let parts = slices
        let before = state.accounts[giver].figures
        let takerBefore = state.accounts[taker].figures
        try addLine(giver, -amount.steps)
        try addLine(taker, amount.steps)
        let debt = try planDebt(taker, free: takerBefore.free + amount.steps)
        spend(parts, of: giver)
        for part in parts {
            let old = state.grants[part.slot]
            var terms = CreditTerms(old.category, effective: old.effective)
            terms.priority = old.priority
            terms.scope = old.scope
            terms.expires = old.expires
            terms.isPaid = old.isPaid
            makeGrant(part.amount, terms, origin: .transfer, on: taker)
        }
        try payDebt(taker, debt)
        let peer = state.accounts[taker].id
        let row = post(.transfer, on: giver, amount: amount.steps, by: command, before: before) { $0.peer = peer }
        announce(taker, before: takerBefore, row)
        addSlices(parts, taken: true)
        return receipt(row, account: giver, hold: nil)
    }
}
