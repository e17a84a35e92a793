// A grant as the engine sees it, and the order in which grants burn.

import BuskerCore

/// The place of a grant in the order in which credit is spent; smaller burns first.
package struct BurnOrder: Sendable, Hashable, Comparable {
    let priority: Int64
    /// 0 for credit bound to a scope, 1 for credit good for everything.
    let general: Int64
    let expires: Int64
    let paid: Int64
    let effective: Int64
    let id: Int64

    package static func < (a: BurnOrder, b: BurnOrder) -> Bool {
        if a.priority != b.priority { return a.priority < b.priority }
        if a.general != b.general { return a.general < b.general }
        if a.expires != b.expires { return a.expires < b.expires }
        if a.paid != b.paid { return a.paid < b.paid }
        if a.effective != b.effective { return a.effective < b.effective }
        return a.id < b.id
    }
}

/// Credit that was given at once, on the same terms.
package struct GrantRow: Sendable {
    package let id: Int64
    package let account: Int64
    /// The transaction that made it, and its kind.
    package let transaction: Int64
    package let origin: TransactionKind
    package let category: GrantCategory
    package let priority: Int64
    /// Empty for everything.
    package let scope: String
    package let amount: Int64
    package var remaining: Int64
    package var held: Int64 = 0
    package let effective: Int64
    package let expires: Int64
    package let isPaid: Bool
    package let costMinor: Int64?
    package let costCurrency: String?
    package let payment: String?
    /// Whether its coming end is still to be announced.
    package var owesNotice = false
    package var change = RowChange.none
    /// What was unheld, and so counts in sums over the tables, when the row was last read or written.
    package var storedFree: Int64 = 0

    package init(
        id: Int64, account: Int64, transaction: Int64, origin: TransactionKind, amount: Int64, terms: CreditTerms
    ) {
        self.id = id
        self.account = account
        self.transaction = transaction
        self.origin = origin
        self.amount = amount
        remaining = amount
        category = terms.category
        priority = terms.priority
        scope = terms.scope
        effective = terms.effective
        expires = terms.expires
        isPaid = terms.isPaid
        costMinor = terms.costMinor
        costCurrency = terms.costCurrency
        payment = terms.payment
    }

    /// What can be taken: never negative, because `held` never exceeds `remaining`.
    var free: Int64 { remaining - held }
    var isLive: Bool { remaining > 0 }

    var order: BurnOrder {
        BurnOrder(
            priority: priority, general: scope.isEmpty ? 1 : 0, expires: expires, paid: isPaid ? 1 : 0,
            effective: effective, id: id)
    }

    func isUsable(at now: Int64) -> Bool { effective <= now && now < expires }
}

/// The terms of a grant as the tables hold them.
package struct CreditTerms: Sendable {
    package var category: GrantCategory
    package var priority: Int64 = 50
    package var scope = ""
    package var effective: Int64
    package var expires = LedgerSchema.never
    package var isPaid = false
    package var costMinor: Int64?
    package var costCurrency: String?
    package var payment: String?

    package init(_ category: GrantCategory, effective: Int64) {
        self.category = category
        self.effective = effective
    }

    /// The terms that a command named, from `now` where it names no instant.
    init(_ terms: GrantTerms, now: Int64) {
        category = terms.category
        priority = Int64(terms.priority)
        scope = terms.scope ?? ""
        effective = terms.effectiveAt?.microseconds ?? now
        expires = terms.expiresAt?.microseconds ?? LedgerSchema.never
        isPaid = (terms.cost?.minorUnits ?? 0) > 0
        costMinor = terms.cost?.minorUnits
        costCurrency = terms.cost?.currency.code
        payment = terms.payment
    }
}
