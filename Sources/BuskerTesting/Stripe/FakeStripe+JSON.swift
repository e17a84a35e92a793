// How Stripe writes its objects.

import BuskerCore

extension FakeStripe {
    func json(_ session: StripeSession, expand: StripeExpansion = .none) -> FakeJSON {
        let intent = session.intent.flatMap { intents[$0] }
        var members: [(String, FakeJSON)] = [
            ("id", .text(session.id)), ("object", "checkout.session"), ("adaptive_pricing", nil),
            ("after_expiration", nil), ("allow_promotion_codes", nil),
            ("amount_subtotal", .number(session.subtotal)), ("amount_total", .number(session.total)),
            ("automatic_tax", ["enabled": false, "status": nil]), ("cancel_url", .text(session.cancelURL)),
            ("client_reference_id", .text(session.reference)), ("client_secret", nil),
            ("created", session.createdAt.seconds), ("currency", .text(session.currency)), ("customer", nil),
            ("customer_details", session.email.map { ["email": .text($0)] } ?? nil),
            ("customer_email", .text(session.email)), ("expires_at", session.expiresAt.seconds),
            ("livemode", .flag(isLive)), ("locale", nil), ("metadata", .texts(session.metadata)),
            ("mode", .text(session.mode)),
            (
                "payment_intent",
                reference(session.intent, expand, "payment_intent") { inner in intent.map { json($0, expand: inner) } }
            ),
            ("payment_link", nil), ("payment_method_types", ["card"]),
            ("payment_status", .text(session.paymentStatus)), ("setup_intent", nil),
            ("status", .text(session.status)), ("submit_type", nil), ("subscription", .text(session.subscription)),
            ("success_url", .text(session.successURL)),
            (
                "total_details",
                ["amount_discount": .number(session.discount), "amount_shipping": 0, "amount_tax": 0]
            ), ("ui_mode", "hosted_page"), ("url", session.status == "open" ? .text(session.url) : nil),
        ]
        if expand.has("line_items") { members.append(("line_items", lineItems(session))) }
        return .object(members)
    }

    func lineItems(_ session: StripeSession) -> FakeJSON {
        let item = FakeJSON.object([
            ("id", .text("li_" + session.id.suffix(24))), ("object", "item"),
            ("amount_discount", .number(session.discount)), ("amount_subtotal", .number(session.subtotal)),
            ("amount_tax", 0), ("amount_total", .number(session.total)), ("currency", .text(session.currency)),
            ("description", .text(session.title)), ("quantity", .number(session.quantity)),
        ])
        return Self.list([item], hasMore: false, url: "/v1/checkout/sessions/\(session.id)/line_items")
    }

    func json(_ intent: StripeIntent, expand: StripeExpansion = .none) -> FakeJSON {
        let charge = intent.charge.flatMap { charges[$0] }
        let isHeld = intent.status == "requires_capture"
        var action: FakeJSON = nil
        if intent.status == "requires_action" {
            action = ["type": "use_stripe_sdk", "use_stripe_sdk": ["type": "three_d_secure_redirect"]]
        }
        return .object([
            ("id", .text(intent.id)), ("object", "payment_intent"), ("amount", .number(intent.amount)),
            ("amount_capturable", .number(isHeld ? intent.amount : 0)), ("amount_details", ["tip": [:]]),
            ("amount_received", .number(intent.received)), ("application", nil), ("application_fee_amount", nil),
            (
                "automatic_payment_methods", ["allow_redirects": "always", "enabled": true]
            ), ("canceled_at", nil), ("cancellation_reason", nil), ("capture_method", .text(intent.captureMethod)),
            ("client_secret", .text("\(intent.id)_secret_" + seed.text(25, "secret \(intent.id)"))),
            ("confirmation_method", "automatic"), ("created", intent.createdAt.seconds),
            ("currency", .text(intent.currency)), ("customer", nil), ("description", nil),
            ("last_payment_error", intent.lastError ?? nil),
            (
                "latest_charge",
                reference(intent.charge, expand, "latest_charge") { inner in charge.map { json($0, expand: inner) } }
            ), ("livemode", .flag(isLive)), ("metadata", .texts(intent.metadata)), ("next_action", action),
            ("on_behalf_of", nil), ("payment_method", .text(intent.method?.id)),
            ("payment_method_types", ["card"]), ("processing", nil), ("receipt_email", nil), ("review", nil),
            ("setup_future_usage", nil), ("shipping", nil), ("source", nil), ("statement_descriptor", nil),
            ("status", .text(intent.status)), ("transfer_data", nil), ("transfer_group", nil),
        ])
    }

    func json(_ charge: StripeCharge, expand: StripeExpansion = .none) -> FakeJSON {
        let intent = intents[charge.intent]
        var members: [(String, FakeJSON)] = [
            ("id", .text(charge.id)), ("object", "charge"), ("amount", .number(charge.amount)),
            ("amount_captured", .number(charge.captured)), ("amount_refunded", .number(charge.refunded)),
            ("balance_transaction", charge.isPaid ? .text("txn_" + charge.id.suffix(24)) : nil),
            ("captured", .flag(charge.captured > 0)), ("created", charge.createdAt.seconds),
            ("currency", .text(charge.currency)), ("customer", nil), ("description", nil),
            ("disputed", .flag(!charge.disputes.isEmpty)), ("failure_code", .text(charge.failure)),
            ("failure_message", charge.failure == nil ? nil : "Your card was declined."),
            ("livemode", .flag(isLive)), ("metadata", .texts(charge.metadata)),
            (
                "outcome",
                ["network_status": .text(charge.failure == nil ? "approved_by_network" : "declined_by_network")]
            ),
            ("paid", .flag(charge.isPaid)),
            (
                "payment_intent",
                reference(charge.intent, expand, "payment_intent") { inner in intent.map { json($0, expand: inner) } }
            ), ("payment_method", .text(intent?.method?.id)), ("receipt_url", nil),
            ("refunded", .flag(charge.captured > 0 && charge.refunded == charge.captured)),
            ("status", .text(charge.status)),
        ]
        if expand.has("refunds") {
            let found = charge.refunds.reversed().compactMap { refunds[$0] }.map { json($0) }
            members.append(("refunds", Self.list(found, hasMore: false, url: "/v1/charges/\(charge.id)/refunds")))
        }
        return .object(members)
    }

    func json(_ refund: StripeRefund, expand: StripeExpansion = .none) -> FakeJSON {
        var members: [(String, FakeJSON)] = [
            ("id", .text(refund.id)), ("object", "refund"), ("amount", .number(refund.amount)),
            ("balance_transaction", .text("txn_" + refund.id.suffix(24))),
            (
                "charge",
                reference(refund.charge, expand, "charge") { inner in
                    charges[refund.charge].map { json($0, expand: inner) }
                }
            ), ("created", refund.createdAt.seconds), ("currency", .text(refund.currency)),
            ("metadata", .texts(refund.metadata)),
            (
                "payment_intent",
                reference(refund.intent, expand, "payment_intent") { inner in
                    intents[refund.intent].map { json($0, expand: inner) }
                }
            ), ("reason", .text(refund.reason)), ("receipt_number", nil), ("status", .text(refund.status)),
        ]
        if let failure = refund.failure { members.append(("failure_reason", .text(failure))) }
        return .object(members)
    }

    func json(_ dispute: StripeDispute, expand: StripeExpansion = .none) -> FakeJSON {
        .object([
            ("id", .text(dispute.id)), ("object", "dispute"), ("amount", .number(dispute.amount)),
            ("balance_transactions", []),
            (
                "charge",
                reference(dispute.charge, expand, "charge") { inner in
                    charges[dispute.charge].map { json($0, expand: inner) }
                }
            ), ("created", dispute.createdAt.seconds), ("currency", .text(dispute.currency)),
            ("evidence_details", ["has_evidence": false, "past_due": false, "submission_count": 0]),
            ("is_charge_refundable", .flag(dispute.isInquiry)), ("livemode", .flag(isLive)), ("metadata", [:]),
            (
                "payment_intent",
                reference(dispute.intent, expand, "payment_intent") { inner in
                    intents[dispute.intent].map { json($0, expand: inner) }
                }
            ), ("reason", "fraudulent"), ("status", .text(dispute.status)),
        ])
    }

    func json(_ subscription: StripeSubscription) -> FakeJSON {
        let item = FakeJSON.object([
            ("id", .text("si_" + subscription.id.suffix(14))), ("object", "subscription_item"),
            ("current_period_end", subscription.periodEnd.seconds),
            ("current_period_start", subscription.createdAt.seconds), ("quantity", 1),
        ])
        return .object([
            ("id", .text(subscription.id)), ("object", "subscription"), ("cancel_at", nil),
            ("cancel_at_period_end", false), ("canceled_at", nil), ("created", subscription.createdAt.seconds),
            ("currency", "usd"), ("customer", .text("cus_" + subscription.id.suffix(14))),
            ("items", Self.list([item], hasMore: false, url: "/v1/subscription_items")),
            ("latest_invoice", nil), ("livemode", .flag(isLive)), ("metadata", .texts(subscription.metadata)),
            ("pause_collection", nil), ("status", .text(subscription.status)), ("trial_end", nil),
        ])
    }

    static func list(_ items: [FakeJSON], hasMore: Bool, url: String) -> FakeJSON {
        .object([("object", "list"), ("data", .list(items)), ("has_more", .flag(hasMore)), ("url", .text(url))])
    }

    /// The id of another object, or the object itself where that was asked for.
    private func reference(
        _ id: String?, _ expand: StripeExpansion, _ name: String, _ object: (StripeExpansion) -> FakeJSON?
    ) -> FakeJSON {
        guard expand.has(name) else { return .text(id) }
        return object(expand.inside(name)) ?? .text(id)
    }
}

/// Which references of an object are to be written out.
struct StripeExpansion: Sendable {
    let paths: [String]

    static let none = StripeExpansion(paths: [])

    func has(_ name: String) -> Bool { paths.contains { $0 == name || $0.hasPrefix(name + ".") } }

    /// What remains for the object behind a name.
    func inside(_ name: String) -> StripeExpansion {
        StripeExpansion(
            paths: paths.compactMap { $0.hasPrefix(name + ".") ? String($0.dropFirst(name.count + 1)) : nil })
    }
}
