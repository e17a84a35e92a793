// How money moves at Stripe: buyers, banks and time.

import BuskerCore

extension FakeStripe {
    // MARK: What buyers do

    mutating func pay(_ checkout: String, _ how: FakePayment, at now: Timestamp) -> String? {
        if intents[checkout] != nil { return payIntent(checkout, how, at: now) }
        guard let session = sessions[checkout], session.status == "open" else { return nil }
        if session.mode == "subscription" { return subscribe(session, at: now) }
        if how == .free || session.total == 0 {
            sessions.change(checkout) { session in
                session.discount = session.subtotal
                session.status = "complete"
                session.paymentStatus = "no_payment_required"
            }
            tellSession("checkout.session.completed", checkout, at: now)
            return nil
        }
        let id = session.intent ?? "pi_" + seed.text(24, "intent of \(checkout)")
        if session.intent == nil {
            let intent = StripeIntent(
                id: id, createdAt: now, amount: session.total, currency: session.currency,
                metadata: session.intentMetadata, session: checkout)
            intents[id] = intent
            sessions.change(checkout) { $0.intent = id }
            tell("payment_intent.created", id, json(intent), at: now)
        }
        return payIntent(id, how, at: now)
    }

    private mutating func payIntent(_ id: String, _ how: FakePayment, at now: Timestamp) -> String? {
        guard let intent = intents[id],
            ["requires_payment_method", "requires_confirmation", "requires_action"].contains(intent.status)
        else { return nil }
        let card = StripeMethod(
            id: "pm_" + seed.text(24, "method of \(id)"), type: "card", conduct: .accepts, last4: "4242")
        intents.change(id) { $0.method = card }
        switch how {
        case .card, .free: _ = take(id, at: now)
        case .declined: decline(id, code: "generic_decline", at: now)
        case .threeDSecure: ask(id, at: now)
        case .delayed(let success): wait(id, success: success, at: now)
        }
        return id
    }

    private mutating func subscribe(_ session: StripeSession, at now: Timestamp) -> String? {
        let id = subscribe(nil, status: "active", notes: session.subscriptionMetadata, at: now)
        sessions.change(session.id) { session in
            session.status = "complete"
            session.paymentStatus = "paid"
            session.subscription = id
        }
        tellSession("checkout.session.completed", session.id, at: now)
        return nil
    }

    mutating func subscribe(_ id: String?, status: String, notes: [String: String], at now: Timestamp) -> String? {
        if let id {
            guard subscriptions[id] != nil else { return nil }
            subscriptions.change(id) { subscription in
                subscription.status = status
                subscription.metadata.merge(notes) { _, new in new }
            }
        }
        let name = id ?? "sub_" + seed.text(24, "subscription \(subscriptions.count)")
        if id == nil {
            subscriptions[name] = StripeSubscription(
                id: name, createdAt: now, metadata: notes, status: status,
                periodEnd: now.advanced(by: .seconds(30 * 86_400)))
        }
        let type = id == nil ? "created" : status == "canceled" ? "deleted" : "updated"
        if let subscription = subscriptions[name] {
            tell("customer.subscription." + type, name, json(subscription), at: now)
        }
        return name
    }

    func checkout(_ id: String) -> FakeCheckout? {
        guard let session = sessions[id] else { return nil }
        return FakeCheckout(
            isOpen: session.status == "open",
            success: session.successURL?.replacing("{CHECKOUT_SESSION_ID}", with: id), back: session.cancelURL)
    }

    // MARK: What banks do

    /// The bank pays.
    mutating func take(_ id: String, at now: Timestamp) -> String? {
        guard let intent = intents[id] else { return nil }
        let isManual = intent.captureMethod == "manual"
        let charge = intent.status == "processing" ? intent.charge ?? newCharge(id, at: now) : newCharge(id, at: now)
        charges.change(charge) { charge in
            charge.status = "succeeded"
            charge.captured = isManual ? 0 : charge.amount
        }
        intents.change(id) { intent in
            intent.status = isManual ? "requires_capture" : "succeeded"
            intent.received = isManual ? 0 : intent.amount
            intent.charge = charge
            intent.lastError = nil
        }
        tellCharge("charge.succeeded", charge, at: now)
        tellIntent(isManual ? "payment_intent.amount_capturable_updated" : "payment_intent.succeeded", id, at: now)
        if let session = intent.session, let was = sessions[session] {
            sessions.change(session) { session in
                session.status = "complete"
                session.paymentStatus = "paid"
            }
            let isLate = was.status == "complete"
            tellSession(
                isLate ? "checkout.session.async_payment_succeeded" : "checkout.session.completed", session, at: now)
        }
        return charge
    }

    /// The bank refuses.
    mutating func decline(_ id: String, code: String, at now: Timestamp) {
        guard let intent = intents[id] else { return }
        let isLate = intent.status == "processing"
        let charge = isLate ? intent.charge ?? newCharge(id, at: now) : newCharge(id, at: now)
        charges.change(charge) { charge in
            charge.status = "failed"
            charge.failure = "card_declined"
        }
        intents.change(id) { intent in
            intent.status = "requires_payment_method"
            intent.charge = charge
            intent.lastError = [
                "charge": .text(charge), "code": "card_declined", "decline_code": .text(code),
                "message": "Your card was declined.", "type": "card_error",
            ]
        }
        tellCharge("charge.failed", charge, at: now)
        tellIntent("payment_intent.payment_failed", id, at: now)
        if isLate, let session = intent.session {
            tellSession("checkout.session.async_payment_failed", session, at: now)
        }
    }

    /// The bank wants to ask the buyer.
    mutating func ask(_ id: String, at now: Timestamp) {
        intents.change(id) { $0.status = "requires_action" }
        tellIntent("payment_intent.requires_action", id, at: now)
        agenda.add(.authenticate(id), at: now.advanced(by: .seconds(30)))
    }

    /// The money takes days.
    mutating func wait(_ id: String, success: Bool, at now: Timestamp) {
        let charge = newCharge(id, at: now)
        charges.change(charge) { $0.status = "pending" }
        intents.change(id) { intent in
            intent.status = "processing"
            intent.charge = charge
        }
        tellCharge("charge.pending", charge, at: now)
        tellIntent("payment_intent.processing", id, at: now)
        if let session = intents[id]?.session {
            sessions.change(session) { $0.status = "complete" }
            tellSession("checkout.session.completed", session, at: now)
        }
        agenda.add(.settle(id, success: success), at: now.advanced(by: .seconds(3 * 86_400)))
    }

    /// Nobody will pay any more.
    mutating func abandon(_ id: String, at now: Timestamp) {
        guard let intent = intents[id], !["succeeded", "canceled", "processing"].contains(intent.status) else { return }
        intents.change(id) { $0.status = "canceled" }
        tellIntent("payment_intent.canceled", id, at: now)
    }

    private mutating func newCharge(_ id: String, at now: Timestamp) -> String {
        guard let intent = intents[id] else { return "" }
        let charge = "ch_" + seed.text(24, "charge \(intent.tries) of \(id)")
        intents.change(id) { $0.tries += 1 }
        charges[charge] = StripeCharge(
            id: charge, createdAt: now, intent: id, amount: intent.amount, currency: intent.currency,
            metadata: intent.metadata)
        return charge
    }

    // MARK: What time does

    mutating func work(until now: Timestamp) {
        while let (due, item) = agenda.next(by: now) {
            switch item {
            case .expire(let session): close(session, at: due)
            case .authenticate(let intent):
                if intents[intent]?.status == "requires_action" { _ = take(intent, at: due) }
            case .settle(let intent, let success):
                guard intents[intent]?.status == "processing" else { continue }
                if success { _ = take(intent, at: due) } else { decline(intent, code: "debit_not_authorized", at: due) }
            case .failRefund(let refund): fail(refund, at: due)
            case .closeDispute(let dispute): end(dispute, at: due)
            }
        }
    }

    mutating func tellCharge(_ type: String, _ id: String, at now: Timestamp) {
        guard let charge = charges[id] else { return }
        tell(type, id, json(charge), at: now)
    }

    mutating func tellIntent(_ type: String, _ id: String, at now: Timestamp) {
        guard let intent = intents[id] else { return }
        tell(type, id, json(intent), at: now)
    }
}
