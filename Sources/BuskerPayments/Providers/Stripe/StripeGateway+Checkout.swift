// Stripe's checkout sessions.

import BuskerCore

extension StripeGateway {
    /// Opens a session for one payment; the notes stand in the session and in the payment.
    ///
    /// With a time to live and the note ``CheckoutOrder/purchaseNote`` the session expires so long after the purchase was made,
    /// within Stripe's bounds: 40 minutes to 23 hours; else after a day.
    public func open(_ order: CheckoutOrder) async throws(PaymentError) -> Checkout {
        try order.check()
        let answer = try await post("/v1/checkout/sessions", try Self.form(order), key: order.key)
        try check(answer, .session)
        return try await session(answer)
    }

    /// Fetches a session.
    public func checkout(_ id: String) async throws(PaymentError) -> Checkout {
        try await session(try await fetch(.session, id))
    }

    /// Expires a session; one that is not open any more is answered as it is.
    public func expire(_ checkout: String) async throws(PaymentError) -> Checkout {
        let id = try ProviderName.checked(checkout, .stripe)
        do {
            let answer = try await post("/v1/checkout/sessions/\(id)/expire", FormFields(), key: "expire:\(id)")
            try check(answer, .session, id: id)
            return try await session(answer)
        } catch {
            guard error.code == .badRequest || error.code == .wrongState else { throw error }
            let found = try await self.checkout(id)
            guard found.state != .open else { throw error }
            return found
        }
    }

    private static func form(_ order: CheckoutOrder) throws(PaymentError) -> FormFields {
        var form = FormFields(["mode": "payment"])
        form.add("line_items[0][quantity]", "1")
        form.add("line_items[0][price_data][currency]", order.price.currency.code.lowercased())
        form.add("line_items[0][price_data][unit_amount]", try amount(order.price))
        form.add("line_items[0][price_data][product]", order.product)
        if order.product == nil { form.add("line_items[0][price_data][product_data][name]", order.title) }
        form.add("success_url", OrderCheck.adding("session_id={CHECKOUT_SESSION_ID}", to: order.successURL))
        form.add("cancel_url", order.cancelURL)
        form.add("client_reference_id", order.purchase)
        form.add("customer_email", order.email)
        let expiry = order.expiry(between: .seconds(40 * 60), and: .seconds(23 * 3600))
        form.add("expires_at", expiry.map { String($0.microseconds / 1_000_000) })
        form.add("metadata", order.notes)
        form.add("payment_intent_data[metadata]", order.notes)
        return form
    }

    /// The number to send for a sum.
    static func amount(_ money: Money) throws(PaymentError) -> String {
        do {
            return String(try AmountConvention.stripe.steps(of: money))
        } catch {
            throw PaymentError(.badAmount, error.detail, underlying: error)
        }
    }

    private func session(_ answer: ProviderAnswer) async throws(PaymentError) -> Checkout {
        let json = try answer.object()
        let payment = json.reference("payment_intent")
        var state = Self.state(json)
        if state == .pending, let payment, try await hasFailed(payment) { state = .failed }
        return Checkout(
            id: json["id"]?.text ?? "", state: state, url: state == .open ? json["url"]?.text : nil, payment: payment,
            notes: json.texts("metadata"), expiresAt: json.moment(seconds: "expires_at"),
            object: answer.fetched(json))
    }

    private static func state(_ json: JSONValue) -> Checkout.State {
        switch (json["status"]?.text, json["payment_status"]?.text) {
        case ("open", "unpaid"), ("open", nil): .open
        case ("expired", _): .expired
        case ("complete", "paid"): .paid
        case ("complete", "no_payment_required"): .free
        case ("complete", "unpaid"): .pending
        default: .unknown
        }
    }

    /// Whether a delayed payment came to nothing: the session itself never says so.
    private func hasFailed(_ payment: String) async throws(PaymentError) -> Bool {
        Self.state(ofIntent: try await fetch(.intent, payment).object()) == .failed
    }
}
