// Stripe's checkout sessions.

import BuskerCore

extension FakeStripe {
    private static let sessionParameters: Set<String> = [
        "adaptive_pricing[enabled]", "after_expiration[recovery][enabled]", "allow_promotion_codes",
        "automatic_tax[enabled]", "billing_address_collection", "cancel_url", "client_reference_id", "currency",
        "customer", "customer_creation", "customer_email", "expand[#]", "expires_at", "invoice_creation[enabled]",
        "line_items[#][price]", "line_items[#][price_data][currency]",
        "line_items[#][price_data][product]", "line_items[#][price_data][product_data][description]",
        "line_items[#][price_data][product_data][metadata][*]", "line_items[#][price_data][product_data][name]",
        "line_items[#][price_data][recurring][interval]", "line_items[#][price_data][tax_behavior]",
        "line_items[#][price_data][unit_amount]", "line_items[#][quantity]", "locale", "metadata[*]", "mode",
        "payment_intent_data[capture_method]", "payment_intent_data[description]",
        "payment_intent_data[metadata][*]", "payment_intent_data[receipt_email]",
        "payment_intent_data[setup_future_usage]", "payment_intent_data[statement_descriptor]",
        "payment_intent_data[statement_descriptor_suffix]", "payment_intent_data[transfer_group]",
        "payment_method_types[#]", "submit_type", "subscription_data[description]", "subscription_data[metadata][*]",
        "success_url", "ui_mode",
    ]

    mutating func createSession(_ form: FakeForm, _ request: FakeRequest, at now: Timestamp) throws(FakeRefusal)
        -> FakeJSON
    {
        try check(form, Self.sessionParameters)
        let mode = try required(form, "mode")
        guard mode == "payment" || mode == "subscription" else {
            throw .stripe(400, "Invalid mode: must be one of payment or subscription in this double", param: "mode")
        }
        let items = try self.items(form)
        if form["ui_mode"] ?? "hosted_page" == "hosted_page" { _ = try required(form, "success_url") }
        for name in ["success_url", "cancel_url"] {
            if let url = form[name], !url.hasPrefix("https://"), !url.hasPrefix("http://") {
                throw .stripe(400, "Not a valid URL", code: "url_invalid", param: name)
            }
        }
        if let email = form["customer_email"], !email.contains("@") {
            throw .stripe(400, "Invalid email address: \(email)", code: "email_invalid", param: "customer_email")
        }
        if let reference = form["client_reference_id"], reference.count > 200 {
            throw .stripe(400, "Invalid string: must be at most 200 characters", param: "client_reference_id")
        }
        guard mode == "payment" || form.map("payment_intent_data[metadata]").isEmpty else {
            throw .stripe(
                400, "You can not pass `payment_intent_data` in `subscription` mode.", param: "payment_intent_data")
        }
        let name = "cs_\(modeName)_" + identifier(request)
        let session = StripeSession(
            id: name, createdAt: now, expiresAt: try expiry(form, at: now), mode: mode, currency: items.currency,
            subtotal: items.total, title: items.title, quantity: items.quantity, metadata: try metadata(form),
            intentMetadata: try metadata(form, "payment_intent_data[metadata]"),
            subscriptionMetadata: try metadata(form, "subscription_data[metadata]"),
            reference: form["client_reference_id"], email: form["customer_email"], successURL: form["success_url"],
            cancelURL: form["cancel_url"], url: "\(desk.address)/pay/\(name)")
        sessions[name] = session
        agenda.add(.expire(name), at: session.expiresAt)
        return json(session, expand: try expansion(form, ["line_items", "payment_intent"]))
    }

    /// Between half an hour and a day from now; a day where nothing is said.
    private func expiry(_ form: FakeForm, at now: Timestamp) throws(FakeRefusal) -> Timestamp {
        guard let text = form["expires_at"] else { return now.advanced(by: .seconds(86_400)) }
        let seconds = try integer(text, "expires_at")
        let ahead = seconds.subtractingReportingOverflow(now.microseconds / 1_000_000).partialValue
        guard (1800...86_400).contains(ahead) else {
            throw .stripe(
                400,
                "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.",
                param: "expires_at")
        }
        return Timestamp(microseconds: seconds * 1_000_000)
    }

    private struct Items {
        var currency = ""
        var total: Int64 = 0
        var quantity: Int64 = 0
        var title = ""
    }

    private func items(_ form: FakeForm) throws(FakeRefusal) -> Items {
        var items = Items()
        var at = 0
        while form["line_items[\(at)][quantity]"] != nil || form["line_items[\(at)][price_data][currency]"] != nil
            || form["line_items[\(at)][price]"] != nil
        {
            let item = "line_items[\(at)]"
            if let price = form["\(item)[price]"] { throw missing("price", price, param: "\(item)[price]") }
            let currency = try required(form, "\(item)[price_data][currency]")
            if form["\(item)[price_data][product]"] == nil {
                items.title = try required(form, "\(item)[price_data][product_data][name]")
            }
            let unit = try integer(
                try required(form, "\(item)[price_data][unit_amount]"), "\(item)[price_data][unit_amount]")
            let quantity = try integer(try required(form, "\(item)[quantity]"), "\(item)[quantity]")
            guard unit >= 0, quantity >= 1, quantity <= 999_999 else {
                throw .stripe(400, "This value must be greater than or equal to 1.", param: "\(item)[quantity]")
            }
            guard at == 0 || currency == items.currency else {
                throw .stripe(400, "All prices on a Checkout session must be of one currency.", param: "line_items")
            }
            let (sum, isTooLarge) = unit.multipliedReportingOverflow(by: quantity)
            guard !isTooLarge, sum <= StripeAmounts.largest else { throw StripeAmounts.tooLarge("line_items") }
            items.currency = currency
            items.quantity += quantity
            items.total += sum
            at += 1
            guard at <= 100 else { throw .stripe(400, "There can be up to 100 line items.", param: "line_items") }
        }
        guard at > 0 else {
            throw .stripe(
                400, "You must provide `line_items` in `payment` or `subscription` mode.", code: "parameter_missing",
                param: "line_items")
        }
        try StripeAmounts.check(items.total, items.currency, param: "line_items", mayBeFree: true)
        return items
    }

    mutating func expire(_ id: String, _ form: FakeForm, at now: Timestamp) throws(FakeRefusal) -> FakeJSON {
        try check(form, ["expand[#]"])
        let session = try session(id)
        guard session.status == "open" else {
            throw .stripe(
                400,
                "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of "
                    + "\"\(session.status)\".", isFinal: true)
        }
        let expand = try expansion(form, ["line_items", "payment_intent", "payment_intent.latest_charge"])
        close(id, at: now)
        return json(try self.session(id), expand: expand)
    }

    /// Ends a session that nobody paid on.
    mutating func close(_ id: String, at now: Timestamp) {
        guard let session = sessions[id], session.status == "open" else { return }
        if let intent = session.intent, intents[intent]?.status == "requires_action" { return }
        sessions.change(id) { $0.status = "expired" }
        tellSession("checkout.session.expired", id, at: now)
        if let intent = session.intent { abandon(intent, at: now) }
    }

    /// The changing part of an object's id: from what asked for it, so that the order of calls does not matter.
    mutating func identifier(_ request: FakeRequest) -> String {
        let purpose = (request.header("idempotency-key") ?? "") + " " + request.fingerprint
        return seed.text(24, "object \(desk.count("object " + purpose)) \(purpose)")
    }

    mutating func tellSession(_ type: String, _ id: String, at now: Timestamp) {
        guard let session = sessions[id] else { return }
        tell(type, id, json(session), at: now)
    }
}

/// Which sums Stripe takes.
enum StripeAmounts {
    static let largest: Int64 = 99_999_999

    /// The least sum of currencies for which one is published.
    private static let least: [String: Int64] = [
        "usd": 50, "aed": 200, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50,
        "gbp": 30, "hkd": 400, "huf": 17_500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50,
        "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000,
    ]

    static func tooLarge(_ param: String) -> FakeRefusal {
        .stripe(400, "Amount must be no more than 999,999.99.", code: "amount_too_large", param: param)
    }

    /// Refuses a sum that cannot be charged.
    static func check(_ amount: Int64, _ currency: String, param: String, mayBeFree: Bool = false) throws(FakeRefusal) {
        let isCode = currency.utf8.count == 3 && currency.utf8.allSatisfy { $0 >= 0x61 && $0 <= 0x7A }
        guard isCode, let known = try? Currency(currency.uppercased()) else {
            throw .stripe(400, "Invalid currency: \(currency).", code: "currency_invalid", param: "currency")
        }
        if mayBeFree, amount == 0 { return }
        guard amount > 0 else {
            throw .stripe(
                400, "This value must be greater than or equal to 1.", code: "parameter_invalid_integer", param: param)
        }
        guard amount <= largest else { throw tooLarge(param) }
        guard amount >= least[currency] ?? 1 else {
            throw .stripe(
                400, "The amount must be greater than or equal to the minimum charge amount allowed for your account.",
                code: "amount_too_small", param: param)
        }
        let isRound = known.exponent != 3 || amount.isMultiple(of: 10)
        guard isRound, known.code != "ISK" || amount.isMultiple(of: 100) else {
            throw .stripe(400, "The last digits of this amount must be zero.", code: "invalid_amount", param: param)
        }
    }
}
