// The life of a purchase.

import BuskerCore

/// The life of a purchase: what a look at its provider changes, and what that makes necessary elsewhere.
///
/// Created → open → pending → paid → partly refunded, refunded, disputed or lost, and back when a refund fails or a dispute is won;
/// or failed, expired, refused, from which money that comes late still leads to paid. What was bought is given at most once.
package struct PurchaseMachine: Sendable {
    /// The purchase as it stands.
    package private(set) var purchase: Purchase

    package init(_ purchase: Purchase) { self.purchase = purchase }

    /// Takes in a look; one that is not newer than the last changes nothing.
    package mutating func apply(_ look: PurchaseLook) -> [PaymentEffect] {
        guard look.ticket > purchase.look else { return [] }
        purchase.look = look.ticket
        switch purchase.gift {
        case .free: return []
        case .paid: return look.payment == purchase.payment ? follow(look) : []
        case .none:
            let effects = begin(look)
            return purchase.gift == .paid ? effects + follow(look) : effects
        }
    }

    /// Notes that what was paid for cannot be given.
    mutating func refuse(at ticket: Int64) {
        purchase.look = max(purchase.look, ticket)
        purchase.state = .refused
    }

    /// A checkout was opened for it.
    mutating func opened(_ checkout: Checkout) {
        guard purchase.checkout == nil else { return }
        purchase.checkout = checkout.id
        purchase.checkoutURL = checkout.url
        purchase.expiresAt = checkout.expiresAt
        if purchase.state == .created || purchase.state == .expired { purchase.state = .open }
    }

    /// It costs nothing, so it is given at once.
    mutating func giveForNothing() -> [PaymentEffect] {
        guard purchase.gift == .none else { return [] }
        purchase.gift = .free
        purchase.state = .paid
        return [.grantFree(purchase)]
    }

    /// Before anything was given.
    private mutating func begin(_ look: PurchaseLook) -> [PaymentEffect] {
        switch look.judgement {
        case .good(let payment):
            purchase.gift = .paid
            purchase.payment = payment.id
            purchase.state = .paid
            return [.grant(purchase, payment)]
        case .free: return giveForNothing()
        case .bad(let verdict):
            purchase.state = Self.mayStillCome(verdict) ? .pending : .refused
            return []
        case .none: return wait(look.state)
        }
    }

    /// No money yet.
    private mutating func wait(_ state: Checkout.State) -> [PaymentEffect] {
        switch state {
        case .open: purchase.state = .open
        case .pending: purchase.state = .pending
        case .failed: return giveUp(.failed)
        case .expired: return giveUp(.expired)
        case .paid, .free, .unknown: break
        }
        return []
    }

    private mutating func giveUp(_ state: PurchaseState) -> [PaymentEffect] {
        let wasGivenUp = purchase.state == .failed || purchase.state == .expired
        purchase.state = state
        return wasGivenUp ? [] : [.abandon(purchase)]
    }

    /// After it was given: how much of the money is still there, and whether somebody fights for it.
    private mutating func follow(_ look: PurchaseLook) -> [PaymentEffect] {
        let price = purchase.price.minorUnits
        let total: Int64
        switch look.state {
        case .paid, .free: total = look.reversed(of: price)
        case .failed, .expired: total = price
        case .open, .pending, .unknown: return []
        }
        let before = purchase
        purchase.reversed = Money(minorUnits: total, currency: purchase.price.currency)
        purchase.isFrozen = look.isDisputed
        purchase.state = Self.state(look, total: total, price: price)
        var effects: [PaymentEffect] = []
        guard let payment = purchase.payment else { return effects }
        if purchase.reversed != before.reversed {
            effects.append(.reverse(purchase, payment: payment, total: purchase.reversed))
        }
        if purchase.isFrozen != before.isFrozen {
            effects.append(
                purchase.isFrozen ? .freeze(purchase, payment: payment) : .unfreeze(purchase, payment: payment))
        }
        return effects
    }

    private static func state(_ look: PurchaseLook, total: Int64, price: Int64) -> PurchaseState {
        if look.isDisputed { return .disputed }
        if look.lost > 0 { return .lost }
        if total == 0 { return .paid }
        return total < price ? .partlyRefunded : .refunded
    }

    private static func mayStillCome(_ verdict: PaymentVerdict) -> Bool {
        verdict == .notPaid || verdict == .notCaptured
    }
}
