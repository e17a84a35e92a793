// The naive ledger's commands, each as its rule says it.

public import BuskerCore
public import BuskerLedger

extension NaiveLedger {
    /// Does a command at an instant, under the name the real ledger gave it; a refusal changes nothing.
    public mutating func apply(_ action: LedgerAction, id: TransactionID, at now: Int64) throws(Refusal) -> Done {
        switch action {
        case .open(let name, let unit): return try open(name.text, unit)
        case .grant(let name, let amount, let terms): return try grant(name.text, amount, terms, now)
        case .charge(let name, let amount, let scope): return try charge(name.text, amount, scope, id, now)
        case .hold(let name, let amount, let life, let scope): return try hold(name.text, amount, life, scope, id, now)
        case .capture(let hold, let amount, let topUp): return try capture(hold, amount, topUp, id, now)
        case .release(let hold):
            let at = try active(hold, now)
            close(at, capturing: 0, as: .released, at: now)
            return try done(.release, holds[at].account, holds[at].amount)
        case .reverse(let transaction, let amount): return try reverse(transaction, amount, now)
        case .clawback(let payment, let reversed): return try clawback(payment, reversed, now)
        case .adjust(let name, let amount, _): return try adjust(name.text, amount, now)
        case .transfer(let from, let to, let amount): return try transfer(from.text, to.text, amount, now)
        case .close(let name):
            let a = try open(name.text)
            guard a.posted == 0, a.held == 0, a.debt == 0 else { throw Refusal(.accountNotEmpty) }
            change(a.name) { $0.closed = true }
            return try done(.close, a.name, 0)
        }
    }

    private mutating func open(_ name: String, _ unit: Amount.Unit) throws(Refusal) -> Done {
        if let a = account(name) { throw Refusal(a.closed ? .accountClosed : .unitMismatch) }
        guard !accounts.contains(where: { $0.unit.code == unit.code && $0.unit != unit }) else {
            throw Refusal(.unitMismatch)
        }
        accounts.append(Account(name: name, unit: unit))
        return try done(.open, name, 0)
    }

    private mutating func grant(_ name: String, _ amount: Amount, _ terms: GrantTerms, _ now: Int64)
        throws(Refusal) -> Done
    {
        let a = try open(name, for: amount)
        let effective = terms.effectiveAt?.microseconds ?? now
        if let end = terms.expiresAt?.microseconds, end <= max(effective, now) { throw Refusal(.badTerms) }
        if let payment = terms.payment {
            for other in grants where other.payment == payment && other.isOriginal {
                guard other.account == name, other.category != terms.category else { throw Refusal(.paymentUsed) }
                if let one = other.cost, let two = terms.cost, one.currency != two.currency {
                    throw Refusal(.unitMismatch)
                }
            }
        }
        try room(a, for: amount.steps)
        give(
            Grant(
                account: name, category: terms.category, priority: terms.priority, scope: terms.scope,
                amount: amount.steps, remaining: amount.steps, effective: effective,
                expires: terms.expiresAt?.microseconds, cost: terms.cost, payment: terms.payment, isOriginal: true))
        payDebt(name)
        return try done(.grant, name, amount.steps)
    }

    private mutating func charge(_ name: String, _ amount: Amount, _ scope: String?, _ id: TransactionID, _ now: Int64)
        throws(Refusal) -> Done
    {
        try enough(open(name, for: amount), amount.steps, in: burnOrder(name, scope: scope, at: now))
        spend(name, amount.steps, scope, id, now)
        return try done(.charge, name, amount.steps)
    }

    private mutating func spend(_ name: String, _ amount: Int64, _ scope: String?, _ id: TransactionID, _ now: Int64) {
        let start = slices.count
        for (grant, part) in take(amount, from: burnOrder(name, scope: scope, at: now)) {
            slices.append(Slice(owner: id, grant: grant, amount: part, taken: part))
        }
        spent[id] = Spent(account: name, amount: amount, slices: Array(start..<slices.count))
    }

    private mutating func hold(
        _ name: String, _ amount: Amount, _ life: Duration, _ scope: String?, _ id: TransactionID, _ now: Int64
    ) throws(Refusal) -> Done {
        try enough(open(name, for: amount), amount.steps, in: burnOrder(name, scope: scope, at: now))
        var left = amount.steps
        for at in burnOrder(name, scope: scope, at: now) where left > 0 {
            let part = min(left, grants[at].free)
            grants[at].held += part
            slices.append(Slice(owner: id, grant: at, amount: part, taken: 0))
            left -= part
        }
        change(name) { $0.held += amount.steps }
        let microseconds = life.components.seconds * 1_000_000 + life.components.attoseconds / 1_000_000_000_000
        holds.append(
            Hold(
                id: HoldID(sharing: id), account: name, amount: amount.steps, expires: now + microseconds, scope: scope)
        )
        return try done(.hold, name, amount.steps)
    }

    private func active(_ hold: HoldID, _ now: Int64) throws(Refusal) -> Int {
        guard let at = holds.firstIndex(where: { $0.id == hold }) else { throw Refusal(.unknownHold) }
        switch holds[at].state {
        case .active: return at
        case .expired: throw Refusal(.holdExpired)
        case .captured, .released: throw Refusal(.holdClosed)
        }
    }

    private mutating func capture(_ hold: HoldID, _ amount: Amount, _ topUp: Bool, _ id: TransactionID, _ now: Int64)
        throws(Refusal) -> Done
    {
        if let known = holds.first(where: { $0.id == hold }), account(known.account)?.unit != amount.unit {
            throw Refusal(.unitMismatch)
        }
        let at = try active(hold, now)
        let held = holds[at]
        let excess = amount.steps - held.amount
        if excess > 0 {
            guard topUp else {
                let a = try open(held.account)
                throw Refusal(
                    .exceedsHold,
                    Figures(needed: amount.steps, available: held.amount, held: a.held, debt: a.debt))
            }
            try enough(
                open(held.account), excess, in: burnOrder(held.account, scope: held.scope, at: now))
        }
        if amount.steps == 0 {
            close(at, capturing: 0, as: .released, at: now)
            return try done(.release, held.account, held.amount)
        }
        close(at, capturing: min(amount.steps, held.amount), as: .captured, at: now)
        let start = slices.count
        for s in slices where s.owner == TransactionID(sharing: hold) && s.taken > 0 {
            slices.append(Slice(owner: id, grant: s.grant, amount: s.taken, taken: s.taken))
        }
        if excess > 0 { spend(held.account, excess, held.scope, id, now) }
        spent[id] = Spent(account: held.account, amount: amount.steps, slices: Array(start..<slices.count))
        return try done(.capture, held.account, amount.steps)
    }

    private mutating func adjust(_ name: String, _ amount: Amount, _ now: Int64) throws(Refusal) -> Done {
        let a = try open(name, for: amount)
        if amount.steps > 0 {
            try room(a, for: amount.steps)
            give(
                Grant(
                    account: name, category: .adjust, amount: amount.steps, remaining: amount.steps, effective: now))
            payDebt(name)
        } else {
            try enough(a, -amount.steps, in: unheld(name))
            _ = take(-amount.steps, from: unheld(name))
        }
        return try done(.adjust, name, amount.steps)
    }
}
