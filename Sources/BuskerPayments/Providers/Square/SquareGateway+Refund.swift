// Square's refunds, and what its events are about.

import BuskerCore

extension SquareGateway {
    /// Refunds a payment.
    public func refund(_ order: RefundOrder) async throws(PaymentError) -> Refund {
        try order.check()
        let payment = try ProviderName.checked(order.payment, .square)
        let answer = try await post(
            "/v2/refunds",
            [
                "idempotency_key": .text(Self.short(order.key)), "payment_id": .text(payment),
                "amount_money": try Self.amount(order.amount), "reason": order.reason.map(JSON.text),
            ])
        guard let json = try answer.object()["refund"], let id = json["id"]?.text, let status = json["status"]?.text
        else { throw answer.bad("is no refund") }
        guard let amount = Self.money(json["amount_money"]), amount == order.amount,
            json["payment_id"]?.text ?? payment == payment
        else { throw answer.bad("is another refund than the one asked for") }
        return Refund(id: id, status: status, amount: amount, object: answer.fetched(json))
    }

    /// Finds the payment of an event in its signed body, and the purchase in its order where the payment does not name it.
    public func place(of hint: EventHint) async throws(PaymentError) -> PaymentPlace? {
        guard hint.provider == .square, let subject = hint.subject, let kind = subject.kind else { return nil }
        let object = hint.body?["data"]?["object"]?[kind]
        switch kind {
        case "payment":
            var payment = object
            if payment == nil { payment = try await fetch("payments", "payment", subject.id).1 }
            let order = payment?["order_id"]?.text
            var purchase = payment?["reference_id"]?.text
            if purchase == nil, let order {
                purchase = try await fetch("orders", "order", order).1["reference_id"]?.text
            }
            return PaymentPlace(checkout: order, payment: subject.id, purchase: purchase)
        case "refund":
            var payment = object?["payment_id"]?.text
            if payment == nil { payment = try await fetch("refunds", "refund", subject.id).1["payment_id"]?.text }
            return payment.map { PaymentPlace(payment: $0) }
        case "dispute":
            var dispute = object
            if dispute == nil { dispute = try await fetch("disputes", "dispute", subject.id).1 }
            return dispute?["disputed_payment"]?["payment_id"]?.text.map { PaymentPlace(payment: $0) }
        default: return nil
        }
    }
}
