// Stripe's payment intents and means of payment.

import BuskerCore

extension FakeStripe {
    private static let intentParameters: Set<String> = [
        "amount", "automatic_payment_methods[allow_redirects]", "automatic_payment_methods[enabled]",
        "capture_method", "confirm", "currency", "customer", "description", "expand[#]", "metadata[*]", "off_session",
        "payment_method", "payment_method_types[#]", "receipt_email", "return_url", "setup_future_usage",
        "statement_descriptor", "statement_descriptor_suffix", "transfer_group",
    ]

    mutating func createIntent(_ form: FakeForm, _ request: FakeRequest, at now: Timestamp) throws(FakeRefusal)
        -> FakeJSON
    {
        try check(form, Self.intentParameters)
        let amount = try integer(try required(form, "amount"), "amount")
        let currency = try required(form, "currency").lowercased()
        try StripeAmounts.check(amount, currency, param: "amount")
        let capture = form["capture_method"] ?? "automatic_async"
        guard ["automatic", "automatic_async", "manual"].contains(capture) else {
            throw .stripe(
                400, "Invalid capture_method: must be one of automatic, automatic_async, or manual",
                param: "capture_method")
        }
        let expand = try expansion(form, ["latest_charge", "latest_charge.refunds"])
        var intent = StripeIntent(
            id: "pi_" + identifier(request), createdAt: now, amount: amount, currency: currency,
            metadata: try metadata(form), session: nil, captureMethod: capture)
        if let name = form["payment_method"] {
            intent.method = try method(name)
            intent.status = "requires_confirmation"
        }
        intents[intent.id] = intent
        tell("payment_intent.created", intent.id, json(intent), at: now)
        if form["confirm"] == "true" { try attempt(intent.id, at: now) }
        return json(try self.intent(intent.id), expand: expand)
    }

    mutating func updateIntent(_ id: String, _ form: FakeForm) throws(FakeRefusal) -> FakeJSON {
        try check(form, ["metadata[*]", "description", "receipt_email", "expand[#]"])
        let intent = try intent(id)
        let notes = try metadata(form)
        intents.change(id) { $0.metadata.merge(notes) { _, new in new } }
        return json(intents[id] ?? intent, expand: try expansion(form, ["latest_charge"]))
    }

    mutating func confirm(_ id: String, _ form: FakeForm, at now: Timestamp) throws(FakeRefusal) -> FakeJSON {
        try check(form, ["payment_method", "return_url", "off_session", "capture_method", "expand[#]"])
        let intent = try intent(id)
        let expand = try expansion(form, ["latest_charge", "latest_charge.refunds"])
        if let name = form["payment_method"] {
            let method = try method(name)
            intents.change(id) { $0.method = method }
        }
        guard ["requires_payment_method", "requires_confirmation"].contains(intent.status) else {
            throw unexpected(intent, "confirm")
        }
        try attempt(id, at: now)
        return json(try self.intent(id), expand: expand)
    }

    mutating func capture(_ id: String, _ form: FakeForm, at now: Timestamp) throws(FakeRefusal) -> FakeJSON {
        try check(form, ["amount_to_capture", "metadata[*]", "expand[#]"])
        let intent = try intent(id)
        guard intent.status == "requires_capture", let charge = intent.charge else {
            throw unexpected(intent, "capture")
        }
        let text = form["amount_to_capture"] ?? String(intent.amount)
        let amount = try integer(text, "amount_to_capture")
        guard (1...intent.amount).contains(amount) else {
            throw .stripe(
                400, "The captured amount is more than authorised.", code: "amount_too_large",
                param: "amount_to_capture")
        }
        charges.change(charge) { $0.captured = amount }
        intents.change(id) { intent in
            intent.status = "succeeded"
            intent.received = amount
        }
        tellCharge("charge.captured", charge, at: now)
        tellIntent("payment_intent.succeeded", id, at: now)
        return json(try self.intent(id), expand: try expansion(form, ["latest_charge"]))
    }

    mutating func cancel(_ id: String, _ form: FakeForm, at now: Timestamp) throws(FakeRefusal) -> FakeJSON {
        try check(form, ["cancellation_reason", "expand[#]"])
        let intent = try intent(id)
        if intent.session != nil {
            throw .stripe(
                400, "You cannot cancel a PaymentIntent of a Checkout Session; expire the session.", isFinal: true)
        }
        guard !["succeeded", "canceled", "processing"].contains(intent.status) else {
            throw unexpected(intent, "cancel")
        }
        abandon(id, at: now)
        return json(try self.intent(id), expand: try expansion(form, ["latest_charge"]))
    }

    private func unexpected(_ intent: StripeIntent, _ verb: String) -> FakeRefusal {
        .stripe(
            400, "You cannot \(verb) this PaymentIntent because it has a status of \(intent.status).",
            code: "payment_intent_unexpected_state", more: [("payment_intent", json(intent))], isFinal: true)
    }

    // MARK: Means of payment

    mutating func createMethod(_ form: FakeForm) throws(FakeRefusal) -> FakeJSON {
        try check(
            form,
            [
                "type", "card[number]", "card[exp_month]", "card[exp_year]", "card[cvc]", "card[token]", "metadata[*]",
                "billing_details[name]", "billing_details[email]",
            ])
        guard try required(form, "type") == "card" else {
            throw .stripe(400, "This double makes cards only.", param: "type")
        }
        let number = try required(form, "card[number]")
        guard let conduct = Self.cards[number] else {
            throw .stripe(
                402, "Your card number is incorrect.", type: "card_error", code: "incorrect_number",
                param: "card[number]",
                isFinal: true)
        }
        let id = "pm_" + seed.text(24, "method \(number) \(desk.count("method \(number)"))")
        let method = StripeMethod(id: id, type: "card", conduct: conduct, last4: String(number.suffix(4)))
        methods[id] = method
        return .object([
            ("id", .text(id)), ("object", "payment_method"),
            ("card", ["brand": "visa", "exp_month": 12, "exp_year": 2040, "last4": .text(method.last4)]),
            ("customer", nil), ("livemode", .flag(isLive)), ("metadata", [:]), ("type", "card"),
        ])
    }

    private static let cards: [String: StripeMethod.Conduct] = [
        "4242424242424242": .accepts, "4000000000000077": .accepts,
        "4000000000000002": .declines(code: "generic_decline"),
        "4000000000009995": .declines(code: "insufficient_funds"),
        "4000000000000341": .declines(code: "generic_decline"),
        "4000002500003155": .asks, "4000002760003184": .asks, "4000000000005126": .failsRefunds,
        "4000000000000259": .disputes,
    ]

    private static let named: [String: StripeMethod.Conduct] = [
        "pm_card_visa": .accepts, "pm_card_mastercard": .accepts,
        "pm_card_visa_chargeDeclined": .declines(code: "generic_decline"),
        "pm_card_chargeDeclined": .declines(code: "generic_decline"),
        "pm_card_chargeDeclinedInsufficientFunds": .declines(code: "insufficient_funds"),
        "pm_card_authenticationRequired": .asks, "pm_card_threeDSecure2Required": .asks,
        "pm_card_refundFail": .failsRefunds, "pm_card_createDispute": .disputes,
        "pm_usBankAccount_processing": .isSlow(success: true),
        "pm_usBankAccount_debitNotAuthorized": .isSlow(success: false),
    ]

    private func method(_ name: String) throws(FakeRefusal) -> StripeMethod {
        if let conduct = Self.named[name] {
            return StripeMethod(id: name, type: "card", conduct: conduct, last4: "4242")
        }
        guard let method = methods[name] else {
            throw missing("PaymentMethod", name, param: "payment_method")
        }
        return method
    }

    /// Asks the bank for the money of an intent.
    private mutating func attempt(_ id: String, at now: Timestamp) throws(FakeRefusal) {
        guard let method = intents[id]?.method else {
            throw .stripe(
                400, "You cannot confirm this PaymentIntent because it's missing a payment method.",
                code: "payment_intent_unexpected_state", isFinal: true)
        }
        switch method.conduct {
        case .accepts, .failsRefunds: _ = take(id, at: now)
        case .disputes:
            _ = take(id, at: now)
            _ = dispute(id, minorUnits: nil, ends: .lost, at: now)
        case .asks: ask(id, at: now)
        case .isSlow(let success): wait(id, success: success, at: now)
        case .declines(let code):
            decline(id, code: code, at: now)
            let charge = intents[id]?.charge ?? ""
            throw .stripe(
                402, "Your card was declined.", type: "card_error", code: "card_declined", decline: code,
                more: [("charge", .text(charge)), ("payment_intent", json(try intent(id)))], isFinal: true)
        }
    }
}
