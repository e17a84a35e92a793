// The hash by which a repeated request is known.

import BuskerCore

/// Computes the hash of what a command asks for, the key apart: equal requests have equal hashes.
enum RequestHash {
    static func of(_ command: LedgerCommand) -> [UInt8] {
        var fields = CanonicalBytes(capacity: 256)
        add(command.action, to: &fields)
        fields.add(command.job)
        fields.add(command.rate)
        if !command.notes.isEmpty {
            for (name, value) in command.notes.sorted(by: { $0.key < $1.key }) {
                fields.add(name)
                fields.add(value)
            }
        }
        return fields.sha256()
    }

    private static func add(_ action: LedgerAction, to fields: inout CanonicalBytes) {
        switch action {
        case .open(let account, let unit):
            fields.add(1)
            fields.add(account.text)
            add(unit, to: &fields)
        case .grant(let account, let amount, let terms):
            fields.add(2)
            fields.add(account.text)
            add(amount, to: &fields)
            add(terms, to: &fields)
        case .charge(let account, let amount, let scope):
            fields.add(3)
            fields.add(account.text)
            add(amount, to: &fields)
            fields.add(scope)
        case .hold(let account, let amount, let time, let scope):
            fields.add(4)
            fields.add(account.text)
            add(amount, to: &fields)
            fields.add(time.microseconds64)
            fields.add(scope)
        case .capture(let hold, let amount, let topUp):
            fields.add(5)
            fields.add(hold.bytes)
            add(amount, to: &fields)
            fields.add(topUp ? 1 : 0)
        case .release(let hold):
            fields.add(6)
            fields.add(hold.bytes)
        default: addRare(action, to: &fields)
        }
    }

    private static func addRare(_ action: LedgerAction, to fields: inout CanonicalBytes) {
        switch action {
        case .reverse(let transaction, let amount):
            fields.add(9)
            fields.add(transaction.bytes)
            if let amount { add(amount, to: &fields) } else { fields.addNothing() }
        case .clawback(let payment, let reversed):
            fields.add(10)
            fields.add(payment)
            add(reversed, to: &fields)
        case .adjust(let account, let amount, let reason):
            fields.add(12)
            fields.add(account.text)
            add(amount, to: &fields)
            fields.add(reason)
        case .transfer(let from, let to, let amount):
            fields.add(13)
            fields.add(from.text)
            fields.add(to.text)
            add(amount, to: &fields)
        case .close(let account):
            fields.add(14)
            fields.add(account.text)
        case .open, .grant, .charge, .hold, .capture, .release: break
        }
    }

    private static func add(_ amount: Amount, to fields: inout CanonicalBytes) {
        fields.add(amount.steps)
        add(amount.unit, to: &fields)
    }

    private static func add(_ unit: Amount.Unit, to fields: inout CanonicalBytes) {
        fields.add(unit.code)
        fields.add(Int64(unit.scale))
        fields.add(unit.kind.number)
    }

    private static func add(_ money: Money, to fields: inout CanonicalBytes) {
        fields.add(money.minorUnits)
        fields.add(money.currency.code)
    }

    private static func add(_ terms: GrantTerms, to fields: inout CanonicalBytes) {
        fields.add(terms.category.rawValue)
        fields.add(Int64(terms.priority))
        fields.add(terms.scope)
        fields.add(terms.effectiveAt?.microseconds)
        fields.add(terms.expiresAt?.microseconds)
        if let cost = terms.cost { add(cost, to: &fields) } else { fields.addNothing() }
        fields.add(terms.payment)
    }
}

extension Amount.Unit.Kind {
    /// The number by which the tables know it.
    package var number: Int64 {
        switch self {
        case .credit: 1
        case .money: 2
        }
    }

    package init?(number: Int64) {
        switch number {
        case 1: self = .credit
        case 2: self = .money
        default: return nil
        }
    }
}
