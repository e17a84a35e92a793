// What Stripe's events are about.

import BuskerCore

extension StripeGateway {
    /// Finds the payment of an event in its signed body; a charge is asked for where the body does not name its payment.
    public func place(of hint: EventHint) async throws(PaymentError) -> PaymentPlace? {
        guard hint.provider == .stripe, let subject = hint.subject, let kind = Kind(rawValue: subject.kind ?? "")
        else { return nil }
        var object = hint.body?["data"]?["object"]
        if object?["id"]?.text != subject.id { object = try await fetch(kind, subject.id).object() }
        guard let object else { return nil }
        let purchase = object["metadata"]?[CheckoutOrder.purchaseNote]?.text
        switch kind {
        case .session:
            return PaymentPlace(
                checkout: subject.id, payment: object.reference("payment_intent"),
                subscription: object.reference("subscription"), purchase: purchase)
        case .intent:
            return PaymentPlace(payment: subject.id, purchase: purchase)
        case .charge, .refund, .dispute:
            return try await payment(of: object, kind).map { PaymentPlace(payment: $0, purchase: purchase) }
        case .subscription:
            return PaymentPlace(subscription: subject.id, purchase: purchase)
        case .invoice:
            let details = object["parent"]?["subscription_details"]
            let subscription = details?.reference("subscription") ?? object.reference("subscription")
            let payment = object.reference("payment_intent")
            guard subscription != nil || payment != nil else { return nil }
            return PaymentPlace(payment: payment, subscription: subscription, purchase: purchase)
        }
    }

    /// The payment of a charge, a refund or a dispute; nothing for a charge without one.
    private func payment(of object: JSONValue, _ kind: Kind) async throws(PaymentError) -> String? {
        if let payment = object.reference("payment_intent") { return payment }
        guard kind != .charge, let charge = object.reference("charge") else { return nil }
        return try await fetch(.charge, charge).object().reference("payment_intent")
    }
}
