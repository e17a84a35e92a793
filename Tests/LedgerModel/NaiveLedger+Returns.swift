// What the naive ledger gives back, takes back and moves.

import BuskerCore
import BuskerLedger

extension NaiveLedger {
    mutating func reverse(_ transaction: TransactionID, _ amount: Amount?, _ now: Int64) throws(Refusal) -> Done {
        guard let was = spent[transaction] else { throw Refusal(.unknownTransaction) }
        let a = if let amount { try open(was.account, for: amount) } else { try open(was.account) }
        let left = was.amount - was.reversed
        let wanted = amount?.steps ?? left
        guard wanted > 0, wanted <= left else {
            throw Refusal(
                .exceedsCharge,
                Figures(needed: amount?.steps ?? was.amount, available: left, held: a.held, debt: a.debt))
        }
        try room(a, for: wanted)
        var rest = wanted
        for s in was.slices.reversed() where rest > 0 {
            let part = min(rest, slices[s].taken)
            guard part > 0 else { continue }
            rest -= part
            slices[s].taken -= part
            giveBack(part, to: slices[s].grant, now)
        }
        payDebt(was.account)
        spent[transaction]?.reversed += wanted
        return try done(.reverse, was.account, wanted)
    }

    /// Into the grant it came from; when that is over, into a new one that ends 30 days on.
    private mutating func giveBack(_ part: Int64, to at: Int, _ now: Int64) {
        let old = grants[at]
        guard old.isOver(at: now) else {
            grants[at].remaining += part
            change(old.account) { $0.posted += part }
            return
        }
        give(
            Grant(
                account: old.account, category: .refund, priority: old.priority, scope: old.scope, amount: part,
                remaining: part, effective: now, expires: now + limits.refundGrantSecondsDefault * 1_000_000))
    }

    mutating func clawback(_ payment: String, _ reversed: Money, _ now: Int64) throws(Refusal) -> Done {
        let own = grants.indices.filter { grants[$0].payment == payment }
        let paidFor = own.filter { grants[$0].isOriginal }
        guard let first = paidFor.first else { throw Refusal(.unknownPayment) }
        let costs = paidFor.compactMap { grants[$0].cost }
        guard costs.allSatisfy({ $0.currency == reversed.currency }) else { throw Refusal(.unitMismatch) }
        let paid = costs.reduce(0) { $0 + $1.minorUnits }
        guard paid > 0 else { throw Refusal(.badTerms) }
        let a = try open(grants[first].account)
        let granted = paidFor.reduce(Int64(0)) { $0 + grants[$1].amount }
        let target = Int64(Int128(granted) * Int128(min(reversed.minorUnits, paid)) / Int128(paid))
        let delta = target - (clawed[payment] ?? 0)
        if delta < 0 { try room(a, for: -delta) }
        clawed[payment] = target
        if delta < 0 {
            reinstate(-delta, grants[first], now)
            return try done(.reinstate, a.name, -delta)
        }
        let others = grants.indices.filter { grants[$0].account == a.name && !own.contains($0) }
        let taken = take(delta, from: sorted(own) + sorted(others)).reduce(0) { $0 + $1.amount }
        change(a.name) { $0.debt += delta - taken }
        return try done(.clawback, a.name, delta)
    }

    /// A grant on the old terms, which keeps its place among the others, pays debt first.
    private mutating func reinstate(_ amount: Int64, _ old: Grant, _ now: Int64) {
        give(
            Grant(
                account: old.account, category: old.category, priority: old.priority, scope: old.scope,
                amount: amount, remaining: amount, effective: old.effective,
                expires: old.isOver(at: now) ? now + limits.refundGrantSecondsDefault * 1_000_000 : old.expires,
                payment: old.payment))
        payDebt(old.account)
    }

    mutating func transfer(_ from: String, _ to: String, _ amount: Amount, _ now: Int64) throws(Refusal) -> Done {
        let a = try open(from, for: amount)
        let b = try open(to, for: amount)
        try enough(a, amount.steps, in: unheld(from))
        try room(b, for: amount.steps)
        for (at, part) in take(amount.steps, from: unheld(from)) {
            let old = grants[at]
            give(
                Grant(
                    account: to, category: old.category, priority: old.priority, scope: old.scope, amount: part,
                    remaining: part, effective: old.effective, expires: old.expires, cost: old.cost))
        }
        payDebt(to)
        return try done(.transfer, from, amount.steps)
    }
}
