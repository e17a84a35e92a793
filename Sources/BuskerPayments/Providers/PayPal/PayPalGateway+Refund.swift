// PayPal's refunds, and what its events are about.

import BuskerCore

extension PayPalGateway {
    /// Refunds a capture; PayPal heeds the key for 45 days.
    public func refund(_ order: RefundOrder) async throws(PaymentError) -> Refund {
        try order.check()
        let payment = try ProviderName.checked(order.payment, .payPal)
        let answer = try await post(
            "/v2/payments/captures/\(payment)/refund",
            ["amount": try Self.amount(order.amount), "custom_id": .text(order.key)], key: order.key)
        let json = try answer.object()
        guard let id = json["id"]?.text, let status = json["status"]?.text else { throw answer.bad("is no refund") }
        let amount = json["amount"].map(Self.money) ?? order.amount
        guard let amount, amount == order.amount, PayPalOrder.parent(of: json, "captures") ?? payment == payment else {
            throw answer.bad("is another refund than the one asked for")
        }
        return Refund(id: id, status: status, amount: amount, object: answer.fetched(json))
    }

    /// Finds what an event is about by asking PayPal, whose signatures do not cover the body.
    public func place(of hint: EventHint) async throws(PaymentError) -> PaymentPlace? {
        guard hint.provider == .payPal, let subject = hint.subject else { return nil }
        switch Self.kind(hint.type.name, subject.kind) {
        case "checkout-order": return PaymentPlace(checkout: subject.id)
        case "capture": return try await place(ofCapture: subject.id)
        case "refund":
            let refund = try await get("/v2/payments/refunds/\(try ProviderName.checked(subject.id, .payPal))").object()
            guard refund["id"]?.text == subject.id, let capture = PayPalOrder.parent(of: refund, "captures") else {
                return nil
            }
            return try await place(ofCapture: capture)
        case "dispute":
            let path = "/v1/customer/disputes/\(try ProviderName.checked(subject.id, .payPal))"
            let transactions = try await get(path).object()["disputed_transactions"]?.elements ?? []
            guard let capture = transactions.lazy.compactMap({ $0["seller_transaction_id"]?.text }).first else {
                return nil
            }
            return try await place(ofCapture: capture)
        default: return nil
        }
    }

    private func place(ofCapture id: String) async throws(PaymentError) -> PaymentPlace {
        let (_, capture) = try await fetchCapture(id)
        return PaymentPlace(checkout: Self.order(of: capture), payment: id, purchase: capture["custom_id"]?.text)
    }

    /// The kind of an event's object, which the type tells where the event does not.
    private static func kind(_ type: String, _ kind: String?) -> String? {
        if let kind, ["checkout-order", "capture", "refund", "dispute"].contains(kind) { return kind }
        if type.hasPrefix("CHECKOUT.ORDER.") { return "checkout-order" }
        if type.hasPrefix("CUSTOMER.DISPUTE.") { return "dispute" }
        if type == EventType.PayPal.captureRefunded.name || type == EventType.PayPal.captureReversed.name {
            return "refund"
        }
        return type.hasPrefix("PAYMENT.CAPTURE.") ? "capture" : nil
    }
}
