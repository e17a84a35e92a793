// Stripe's refunds and subscriptions.

import BuskerCore

extension StripeGateway {
    private static let refundNote = "busker_refund"

    /// Refunds a PaymentIntent, unless one of its hundred latest refunds has the order's key in its metadata.
    public func refund(_ order: RefundOrder) async throws(PaymentError) -> Refund {
        try order.check()
        let payment = try ProviderName.checked(order.payment, .stripe)
        var form = FormFields(["payment_intent": payment, "amount": try Self.amount(order.amount)])
        form.add("metadata[\(Self.refundNote)]", order.key)
        form.add("metadata[busker_reason]", order.reason)
        if let found = try await made(order) { return try read(found, try found.object(), order) }
        let answer = try await post("/v1/refunds", form, key: order.key) { () throws(PaymentError) in
            try await made(order)
        }
        return try read(answer, try answer.object(), order)
    }

    /// The list that holds the refund which the same key made before.
    private func made(_ order: RefundOrder) async throws(PaymentError) -> ProviderAnswer? {
        let answer = try await send(.get("/v1/refunds", ["payment_intent": order.payment, "limit": "100"]))
        return try Self.refund(of: order, in: answer.object()) == nil ? nil : answer
    }

    private static func refund(of order: RefundOrder, in list: JSONValue) -> JSONValue? {
        list["data"]?.elements?.first { $0["metadata"]?[refundNote]?.text == order.key }
    }

    private func read(_ answer: ProviderAnswer, _ body: JSONValue, _ order: RefundOrder) throws(PaymentError) -> Refund
    {
        let json = Self.refund(of: order, in: body) ?? body
        guard json["object"]?.text == Kind.refund.rawValue, let id = json["id"]?.text, let status = json["status"]?.text
        else { throw answer.bad("is no refund") }
        let amount = PaymentFacts.money(json["amount"]?.integer, json["currency"]?.text ?? "", .stripe)
        guard let amount, amount == order.amount, json.reference("payment_intent") ?? order.payment == order.payment
        else { throw answer.bad("is another refund than the one asked for") }
        return Refund(id: id, status: status, amount: amount, object: answer.fetched(json))
    }

    /// Fetches a subscription; `active` and `trialing` may use it, and a host that grants grace reads the status.
    public func subscription(_ id: String) async throws(PaymentError) -> SubscriptionStanding {
        let answer = try await fetch(.subscription, id)
        let json = try answer.object()
        guard let status = json["status"]?.text else { throw answer.bad("has no status") }
        let item = json["items"]?["data"]?.elements?.first
        let end = json.moment(seconds: "current_period_end") ?? item?.moment(seconds: "current_period_end")
        return SubscriptionStanding(
            id: id, status: status, isActive: ["active", "trialing"].contains(status), periodEnd: end,
            notes: json.texts("metadata"), object: answer.fetched(json))
    }
}
