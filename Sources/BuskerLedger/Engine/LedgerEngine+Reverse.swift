// Giving back what was spent.

import BuskerCore

extension LedgerEngine {
    /// Gives back a charge or capture, all that is left of it or a part, to the grants it came from.
    mutating func reverse(
        _ command: PreparedCommand, _ id: TransactionID, _ amount: Amount?
    ) throws(LedgerError) -> Receipt {
        guard let spent = try transaction(id), spent.kind == .charge || spent.kind == .capture else {
            throw LedgerError(.unknownTransaction, "There is no charge or capture \(id).")
        }
        let slot = try account(number: spent.account)
        if let amount { try match(amount.unit, slot) }
        try settle(slot)
        try requireOpen(slot)
        let parts = try slices(of: spent.seq)
        let left = parts.reduce(0) { $0 + $1.taken }
        let given = amount?.steps ?? left
        guard left > 0, given <= left else {
            throw exceeds(.exceedsCharge, "is left of the charge", max(given, 1), left, on: slot)
        }
        let before = state.accounts[slot].figures
        try addLine(slot, given)
        try addLine(.revenue, for: slot, -given)
        let debt = try planDebt(slot, free: before.free + given)
        try giveBack(given, parts, owner: spent.seq, on: slot)
        try payDebt(slot, debt)
        let row = post(.reverse, on: slot, amount: given, by: command, before: before) { $0.reverses = spent.seq }
        return receipt(row, account: slot, hold: nil)
    }

    /// Puts an amount back, the last slice first; what came from a grant that has ended becomes a new one.
    private mutating func giveBack(
        _ amount: Int64, _ parts: [SliceRow], owner: Int64, on slot: Int
    ) throws(LedgerError) {
        var rest = amount
        for (at, slice) in parts.enumerated().reversed() where rest > 0 && slice.taken > 0 {
            let part = min(rest, slice.taken)
            rest -= part
            let grant = try self.grant(number: slice.grant)
            state.take(slice.taken - part, ofSlice: at, owner: owner)
            if now < state.grants[grant].expires {
                restore(grant, by: part, of: slot)
            } else {
                var terms = CreditTerms(.refund, effective: now)
                terms.priority = state.grants[grant].priority
                terms.scope = state.grants[grant].scope
                terms.expires = now + limits.refundGrantSecondsDefault * 1_000_000
                makeGrant(part, terms, origin: .reverse, on: slot)
            }
        }
    }
}
