// What a sweep would do to an account, worked out without doing it.

import BuskerCore
import BuskerDatabase

/// What becomes of an account when everything due at an instant is swept.
///
/// A hold that is over gives its slices back at the instant of its end: what came from a grant that had ended by then is lost,
/// the rest pays debt first. A grant that is over loses what nothing holds.
struct DueCredit {
    var posted: Int64
    var held: Int64
    var debt: Int64
    /// What holds gave back and can be spent, by scope; an empty one stands for everything.
    var freed: [ByteText: Int64] = [:]
    /// The same by the instant it ends.
    var freedUntil: [Int64: Int64] = [:]

    init(posted: Int64, held: Int64, debt: Int64) {
        self.posted = posted
        self.held = held
        self.debt = debt
    }

    /// Sweeps the account's due holds and grants as of `now`; `over` is what is free in grants that are over.
    mutating func sweep(_ account: Int64, now: Int64, over: Int64, in tx: ReadTransaction) throws {
        try tx.forEach(BalanceStatements.dueSlices(account, now: now)) { row in
            try giveBack(
                try row.get(2), endOfHold: try row.get(1), scope: try row.get(3), effective: try row.get(4),
                endOfGrant: try row.get(5), now: now)
        }
        posted = try posted.lessened(over)
    }

    private mutating func giveBack(
        _ slice: Int64, endOfHold: Int64, scope: String, effective: Int64, endOfGrant: Int64, now: Int64
    ) throws(LedgerError) {
        held = try held.lessened(slice)
        guard endOfGrant > endOfHold else {
            posted = try posted.lessened(slice)
            return
        }
        let paid = min(debt, slice)
        debt = try debt.lessened(paid)
        posted = try posted.lessened(paid)
        let rest = try slice.lessened(paid)
        guard endOfGrant > now else {
            posted = try posted.lessened(rest)
            return
        }
        guard effective <= now, rest > 0 else { return }
        let scope = ByteText(scope)
        freed[scope] = try (freed[scope] ?? 0).summed(rest)
        freedUntil[endOfGrant] = try (freedUntil[endOfGrant] ?? 0).summed(rest)
    }
}
