// A payment at Stripe that a host's own page completes.

import BuskerCore

/// A PaymentIntent that a browser completes with Stripe's own elements, without a checkout session.
public struct StripeIntent: Sendable {
    /// Stripe's id, `pi_…`.
    public let id: String
    /// What the buyer's browser needs to complete this payment; give it to the buyer alone and write it into no log.
    public let clientSecret: APIKey
    /// What Stripe answered, the secret included.
    public let object: FetchedObject
}

extension StripeGateway {
    /// Makes a PaymentIntent for an order, or finds the one that the same key made; the order's addresses are not used.
    ///
    /// - Throws: ``PaymentError``.
    public func makeIntent(_ order: CheckoutOrder) async throws(PaymentError) -> StripeIntent {
        try order.check()
        var form = FormFields(["amount": try Self.amount(order.price)])
        form.add("currency", order.price.currency.code.lowercased())
        form.add("automatic_payment_methods[enabled]", "true")
        form.add("description", order.title)
        form.add("receipt_email", order.email)
        form.add("metadata", order.notes)
        let answer = try await post("/v1/payment_intents", form, key: order.key)
        try check(answer, .intent)
        let json = try answer.object()
        guard let id = json["id"]?.text, let secret = json["client_secret"]?.text else {
            throw answer.bad("has no client secret")
        }
        return StripeIntent(id: id, clientSecret: try APIKey(secret), object: answer.fetched(json))
    }
}
