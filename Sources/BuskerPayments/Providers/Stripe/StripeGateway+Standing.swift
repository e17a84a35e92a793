// What became of the money of Stripe's payments.

import BuskerCore

extension StripeGateway {
    /// Fetches a PaymentIntent with its charge, and the disputes of it where the charge was ever disputed.
    ///
    /// An inquiry (`warning_…`) holds no money and forbids no refund, so it counts for nothing. A charge says `disputed` even after
    /// a dispute was won; only the disputes tell.
    public func standing(of payment: String) async throws(PaymentError) -> PaymentStanding {
        let answer = try await fetch(.intent, payment, expanding: "latest_charge")
        let json = try answer.object()
        let code = json["currency"]?.text ?? ""
        guard let whole = PaymentFacts.money(json["amount"]?.integer, code, .stripe) else {
            throw answer.bad("has no sum that can be counted")
        }
        let charge = json["latest_charge"]
        let refunded = try Self.refunded(charge, whole, answer)
        var totals = DisputeTotals(of: whole)
        if charge?.kind == .object, charge?["disputed"]?.flag != false {
            try await addDisputes(of: payment, to: &totals)
        }
        return PaymentStanding(
            object: answer.fetched(json), payment: payment, notes: json.texts("metadata"),
            state: Self.state(ofIntent: json), refunded: refunded, contested: totals.contested, lost: totals.lost,
            isDisputed: totals.isOpen)
    }

    /// Where an intent stands; what is not known is unknown and never paid.
    static func state(ofIntent json: JSONValue) -> Checkout.State {
        switch json["status"]?.text {
        case "succeeded": .paid
        case "processing", "requires_capture": .pending
        case "requires_action", "requires_confirmation": .open
        case "requires_payment_method": json["last_payment_error"]?.kind == .object ? .failed : .open
        case "canceled": .failed
        default: .unknown
        }
    }

    private static func refunded(_ charge: JSONValue?, _ whole: Money, _ answer: ProviderAnswer)
        throws(PaymentError) -> Money
    {
        guard let charge, !charge.isNull else { return Money(minorUnits: 0, currency: whole.currency) }
        let code = whole.currency.code
        guard let refunded = PaymentFacts.money(charge["amount_refunded"]?.integer, code, .stripe),
            refunded.minorUnits >= 0
        else { throw answer.bad("does not say what was refunded") }
        return refunded
    }

    private func addDisputes(of payment: String, to totals: inout DisputeTotals) async throws(PaymentError) {
        var last: String?
        for _ in 0..<DisputeTotals.pagesMax {
            var request = ProviderRequest.get("/v1/disputes", ["payment_intent": payment, "limit": "100"])
            request.query.add("starting_after", last)
            let answer = try await send(request)
            guard let disputes = try answer.object()["data"]?.elements else { throw answer.bad("has no list") }
            for dispute in disputes {
                guard dispute.reference("payment_intent") ?? payment == payment else {
                    throw answer.bad("lists the disputes of other payments")
                }
                let code = dispute["currency"]?.text ?? ""
                totals.add(
                    Self.fate(dispute["status"]?.text), PaymentFacts.money(dispute["amount"]?.integer, code, .stripe))
            }
            guard try answer.object()["has_more"]?.flag == true else { return }
            guard let next = disputes.last?["id"]?.text, next != last else { throw answer.bad("goes round in circles") }
            last = next
        }
        throw PaymentError(.badAnswer, "A payment has more disputes than can be read.")
    }

    private static func fate(_ status: String?) -> DisputeTotals.Fate {
        switch status {
        case "won", "prevented", "warning_needs_response", "warning_under_review", "warning_closed": .harmless
        case "lost": .lost
        default: .open
        }
    }
}
