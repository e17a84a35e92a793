// Polar's refunds and subscriptions, and what its events are about.

import BuskerCore

extension PolarGateway {
    private static let keyNote = "busker_refund"

    /// Refunds an order by a sum net of tax; a refund that the same key made is found first.
    public func refund(_ order: RefundOrder) async throws(PaymentError) -> Refund {
        try order.check()
        let payment = try ProviderName.checked(order.payment, .polar)
        var made: (ProviderAnswer, JSONValue)?
        let isWhole = try await list("refunds", FormFields(["order_id": payment]), pagesMax: DisputeTotals.pagesMax) {
            answer, item in
            if item["metadata"]?[Self.keyNote]?.text == order.key { made = (answer, item) }
            return made == nil
        }
        if let (answer, item) = made { return try Self.read(answer, item, order) }
        guard isWhole else { throw PaymentError(.notRefundable, "The order has more refunds than can be read.") }
        let answer = try await post(
            "refunds",
            [
                "order_id": .text(payment), "reason": "customer_request",
                "amount": .number(try Self.steps(order.amount)), "comment": order.reason.map(JSON.text),
                "metadata": .object([(Self.keyNote, .text(order.key))]),
            ])
        return try Self.read(answer, try answer.object(), order)
    }

    private static func read(_ answer: ProviderAnswer, _ json: JSONValue, _ order: RefundOrder) throws(PaymentError)
        -> Refund
    {
        guard let id = json["id"]?.text, let status = json["status"]?.text else { throw answer.bad("is no refund") }
        let amount = PaymentFacts.money(json["amount"]?.integer, json["currency"]?.text ?? "", .polar)
        guard let amount, amount == order.amount, json["order_id"]?.text ?? order.payment == order.payment else {
            throw answer.bad("is another refund than the one asked for")
        }
        return Refund(id: id, status: status, amount: amount, object: answer.fetched(json))
    }

    /// Fetches a subscription; `active` and `trialing` may use it.
    public func subscription(_ id: String) async throws(PaymentError) -> SubscriptionStanding {
        let answer = try await fetch("subscriptions", id)
        let json = try answer.object()
        guard let status = json["status"]?.text else { throw answer.bad("has no status") }
        return SubscriptionStanding(
            id: id, status: status, isActive: ["active", "trialing"].contains(status),
            periodEnd: json.moment(text: "current_period_end"), notes: json.texts("metadata"),
            object: answer.fetched(json))
    }

    /// Finds the order of an event in its signed body.
    public func place(of hint: EventHint) async throws(PaymentError) -> PaymentPlace? {
        guard hint.provider == .polar, let subject = hint.subject else { return nil }
        let data = hint.body?["data"]
        let purchase = data?["metadata"]?[CheckoutOrder.purchaseNote]?.text
        let subscription = data?.reference("subscription_id")
        switch subject.kind {
        case "checkout":
            return PaymentPlace(checkout: subject.id, subscription: subscription, purchase: purchase)
        case "order":
            return PaymentPlace(
                checkout: data?["checkout_id"]?.text, payment: subject.id, subscription: subscription,
                purchase: purchase)
        case "refund", "dispute":
            return data?["order_id"]?.text.map { PaymentPlace(payment: $0) }
        case "subscription":
            return PaymentPlace(
                checkout: data?["checkout_id"]?.text, subscription: subject.id, purchase: purchase)
        default: return nil
        }
    }
}
