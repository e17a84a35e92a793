// The small steps that the naive ledger's commands are made of.

import BuskerCore
import BuskerLedger

extension NaiveLedger {
    mutating func change(_ name: String, _ body: (inout Account) -> Void) {
        for at in accounts.indices where accounts[at].name == name { body(&accounts[at]) }
    }

    func done(_ kind: TransactionKind, _ name: String, _ amount: Int64) throws(Refusal) -> Done {
        guard let a = account(name) else { throw Refusal(.corrupt) }
        return Done(kind: kind, account: name, amount: amount, posted: a.posted, held: a.held, debt: a.debt)
    }

    /// The account, if it is open.
    func open(_ name: String) throws(Refusal) -> Account {
        guard let a = account(name) else { throw Refusal(.unknownAccount) }
        guard !a.closed else { throw Refusal(.accountClosed) }
        return a
    }

    /// The account, if it is open and counted in the unit of the amount.
    func open(_ name: String, for amount: Amount) throws(Refusal) -> Account {
        guard let a = account(name) else { throw Refusal(.unknownAccount) }
        guard a.unit == amount.unit else { throw Refusal(.unitMismatch) }
        guard !a.closed else { throw Refusal(.accountClosed) }
        return a
    }

    /// The grants of an order must bear an amount, and not be too many.
    func enough(_ a: Account, _ needed: Int64, in order: [Int]) throws(Refusal) {
        let available = order.reduce(0) { $0 + grants[$1].free }
        guard available >= needed else {
            throw Refusal(
                .insufficient, Figures(needed: needed, available: available, held: a.held, debt: a.debt))
        }
        var count = 0
        var sum: Int64 = 0
        for at in order where sum < needed {
            sum += grants[at].free
            count += 1
        }
        guard count <= limits.slicesMax else { throw Refusal(.tooManyGrants) }
    }

    func room(_ a: Account, for amount: Int64) throws(Refusal) {
        let kept = amount - min(amount, a.debt)
        guard a.posted <= LedgerLimits.balanceMax - kept else { throw Refusal(.overflow) }
    }

    /// Takes from grants in an order, and says what from which.
    mutating func take(_ amount: Int64, from order: [Int]) -> [(grant: Int, amount: Int64)] {
        var left = amount
        var parts: [(grant: Int, amount: Int64)] = []
        for at in order where left > 0 {
            let part = min(left, grants[at].free)
            guard part > 0 else { continue }
            grants[at].remaining -= part
            change(grants[at].account) { $0.posted -= part }
            parts.append((at, part))
            left -= part
        }
        return parts
    }

    /// Gives a new grant; whoever calls pays debt afterwards.
    mutating func give(_ grant: Grant) {
        grants.append(grant)
        change(grant.account) { $0.posted += grant.amount }
    }

    /// Pays debt from all that is unheld; while there is debt, that is what just came or became free.
    mutating func payDebt(_ name: String) {
        let debt = account(name)?.debt ?? 0
        let paid = take(debt, from: unheld(name)).reduce(0) { $0 + $1.amount }
        change(name) { $0.debt -= paid }
    }

    /// Closes a hold: spends `captured` of it in the order of its slices, frees the rest, and pays debt from what became free.
    mutating func close(_ at: Int, capturing captured: Int64, as state: HoldState, at now: Int64) {
        let hold = holds[at]
        var left = captured
        for s in slices.indices where slices[s].owner == TransactionID(sharing: hold.id) {
            let slice = slices[s]
            let use = min(left, slice.amount)
            let back = slice.amount - use
            left -= use
            slices[s].taken = use
            grants[slice.grant].held -= slice.amount
            let lost = use + (grants[slice.grant].isOver(at: now) ? back : 0)
            grants[slice.grant].remaining -= lost
            change(hold.account) {
                $0.held -= slice.amount
                $0.posted -= lost
            }
        }
        holds[at].state = state
        holds[at].captured = captured
        payDebt(hold.account)
    }

    /// A hold that reached its end: it ended then, however late that is noticed.
    public mutating func expireHold(_ at: Int, at now: Int64) throws(Refusal) -> Done {
        guard holds[at].state == .active, now >= holds[at].expires else { throw Refusal(.corrupt) }
        close(at, capturing: 0, as: .expired, at: holds[at].expires)
        return try done(.expireHold, holds[at].account, holds[at].amount)
    }

    /// A grant that reached its end: what is not pinned is lost.
    public mutating func expireGrant(_ at: Int, at now: Int64) throws(Refusal) -> Done {
        let lost = grants[at].free
        guard grants[at].isOver(at: now), lost > 0 else { throw Refusal(.corrupt) }
        grants[at].remaining -= lost
        change(grants[at].account) { $0.posted -= lost }
        return try done(.expireGrant, grants[at].account, lost)
    }
}
