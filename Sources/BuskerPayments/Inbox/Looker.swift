// Asks a provider how a purchase stands.

import BuskerCore

/// One look: the checkout, its payment, what became of the money, and what the judge says.
struct Looker: Sendable {
    /// What was seen.
    struct Seen: Sendable {
        let look: PurchaseLook
        var received: Money?
        var strays: [StrayPayment] = []
    }

    let gateway: any PaymentGateway
    let purchase: Purchase
    let ticket: Int64
    /// Whether the purchase is so old that a checkout that is not there will not be opened any more.
    let isForgotten: Bool

    /// Looks at what the purchase knows, and at what events named beside it.
    func look(_ places: [PaymentPlace]) async throws(PaymentError) -> Seen {
        let named = Set(places.compactMap(\.payment))
        switch purchase.gift {
        case .paid:
            guard let payment = purchase.payment else { throw .strangeRow("purchase") }
            let standing = try await gateway.standing(of: payment)
            let look = try look(standing, judgement: .none)
            return Seen(look: look, strays: try await strays(named.subtracting([payment])))
        case .free:
            let look = PurchaseLook(ticket: ticket, state: .free)
            return Seen(look: look, strays: try await strays(named))
        case .none:
            return try await first(places)
        }
    }

    /// Nothing was given yet: find the money.
    private func first(_ places: [PaymentPlace]) async throws(PaymentError) -> Seen {
        var state = isForgotten ? Checkout.State.expired : .unknown
        var own: String?
        if let id = purchase.checkout ?? places.compactMap(\.checkout).first {
            if let checkout = try await checkout(id, isNeeded: !places.contains { $0.payment != nil }) {
                guard checkout.id == id, isOurs(checkout) else { return Seen(look: waiting(.unknown)) }
                if checkout.state == .free, checkout.payment == nil {
                    return Seen(look: PurchaseLook(ticket: ticket, state: .free, judgement: .free))
                }
                state = checkout.state == .free ? .unknown : checkout.state
                own = checkout.payment
            }
        }
        var best: Seen?
        for payment in Set([own].compactMap(\.self) + places.compactMap(\.payment)).sorted() {
            let standing = try await gateway.standing(of: payment)
            guard payment == own || names(standing) else { continue }
            let look = try look(standing, judgement: try judge(standing, payment))
            let seen = Seen(look: look, received: PaymentFacts(standing.object).received)
            if case .good = look.judgement { return seen }
            if best == nil || look.state == .paid { best = seen }
        }
        guard let best, case .none = best.look.judgement else { return best ?? Seen(look: waiting(state)) }
        return Seen(look: waiting(state == .unknown || state == .paid ? best.look.state : state))
    }

    /// The checkout; providers forget those that nobody paid, and then an old one is over.
    private func checkout(_ id: String, isNeeded: Bool) async throws(PaymentError) -> Checkout? {
        do throws(PaymentError) {
            return try await gateway.checkout(id)
        } catch {
            guard error.code == .notFound, isForgotten || !isNeeded else { throw error }
            return nil
        }
    }

    private func waiting(_ state: Checkout.State) -> PurchaseLook { PurchaseLook(ticket: ticket, state: state) }

    private func names(_ standing: PaymentStanding) -> Bool {
        PurchaseNote.find(in: standing.notes) == purchase.id.description
    }

    /// Whether the checkout is the one that was opened for this purchase: by its id, or by the note that it carries.
    private func isOurs(_ checkout: Checkout) -> Bool {
        guard checkout.object.mode == purchase.mode else { return false }
        let note = PurchaseNote.find(in: checkout.notes)
        return note == purchase.id.description || (note == nil && checkout.id == purchase.checkout)
    }

    private func judge(_ standing: PaymentStanding, _ payment: String) throws(PaymentError) -> PurchaseLook.Judgement {
        guard standing.state == .paid || standing.state == .free else { return .none }
        let purpose = purchase.id.description
        let expected = PaymentExpectation(
            payment: payment, price: purchase.price, mode: purchase.mode, purpose: purpose,
            notes: [PurchaseNote.name(at: purchase.provider): purpose], refundMax: purchase.price, mayBeDisputed: true)
        do {
            return .good(try PaymentPolicy.verifyPayment(standing, expecting: expected))
        } catch {
            guard error.code != .incompleteObject else {
                throw PaymentError(.badAnswer, "The payment lacks what the judge must know; it is looked at again.")
            }
            return .bad(error.code)
        }
    }

    private func look(_ standing: PaymentStanding, judgement: PurchaseLook.Judgement) throws(PaymentError)
        -> PurchaseLook
    {
        let currency = purchase.price.currency
        let sums = [standing.refunded, standing.contested, standing.lost]
        var isCounted = sums.allSatisfy { $0.currency == currency && $0.minorUnits >= 0 }
        if case .bad = judgement { isCounted = true }
        guard isCounted else {
            throw PaymentError(.badAnswer, "The sums of the payment are not in the currency of the purchase.")
        }
        return PurchaseLook(
            ticket: ticket, state: standing.state, payment: standing.payment, judgement: judgement,
            refunded: standing.refunded.minorUnits, contested: standing.contested.minorUnits,
            lost: standing.lost.minorUnits, isDisputed: standing.isDisputed)
    }

    /// Payments that name this purchase although it was given for another one, or for none.
    private func strays(_ payments: Set<String>) async throws(PaymentError) -> [StrayPayment] {
        var strays: [StrayPayment] = []
        for payment in payments {
            let standing = try await gateway.standing(of: payment)
            guard standing.state == .paid, names(standing) else { continue }
            let facts = PaymentFacts(standing.object)
            strays.append(
                StrayPayment(
                    provider: purchase.provider, mode: purchase.mode, payment: payment, purchase: purchase.id,
                    reason: "paid_twice", amount: facts.received, createdAt: standing.object.fetchedAt, closedAt: nil))
        }
        return strays
    }
}
