// What became of the money of Square's payments.

import BuskerCore

extension SquareGateway {
    /// Takes a payment with a token that a buyer's browser got from Square, instead of a checkout.
    ///
    /// - Parameters:
    ///   - order: what is paid; its addresses are not used.
    ///   - source: Square's token of the buyer's means of payment.
    /// - Throws: ``PaymentError`` with `declined` among others.
    public func pay(_ order: CheckoutOrder, source: String) async throws(PaymentError) -> PaymentStanding {
        try order.check()
        guard let purchase = order.purchase, purchase.utf8.count <= 40 else {
            throw PaymentError(
                .badRequest, "Square carries the note \(CheckoutOrder.purchaseNote) of at most 40 bytes; give it.")
        }
        try OrderCheck.text(source, "source", 1...4000)
        let answer = try await post(
            "/v2/payments",
            [
                "idempotency_key": .text(Self.short(order.key)), "source_id": .text(source),
                "amount_money": try Self.amount(order.price), "location_id": .text(locationID),
                "reference_id": .text(purchase), "autocomplete": true, "note": .text(order.title),
                "buyer_email_address": order.email.map(JSON.text),
            ])
        guard let id = try answer.object()["payment"]?["id"]?.text else { throw answer.bad("is no payment") }
        return try await standing(of: id)
    }

    /// Fetches a payment, the order whose note it has not itself, and the disputes about it.
    ///
    /// The object for the judge is the payment with its `order`. An inquiry holds no money and counts for nothing.
    public func standing(of payment: String) async throws(PaymentError) -> PaymentStanding {
        var (answer, json) = try await fetch("payments", "payment", payment)
        if json["reference_id"]?.text == nil, let order = json["order_id"]?.text {
            json = json.with("order", try await fetch("orders", "order", order).1)
        }
        let object = answer.fetched(json)
        let facts = PaymentFacts(object)
        guard let whole = facts.asked else { throw answer.bad("has no sum that can be counted") }
        guard let refunded = facts.refunded, refunded.minorUnits >= 0, refunded.currency == whole.currency else {
            throw answer.bad("does not say what was refunded")
        }
        var totals = DisputeTotals(of: whole)
        if facts.state == .captured { try await addDisputes(of: payment, to: &totals) }
        return PaymentStanding(
            object: object, payment: payment, notes: facts.notes, state: Self.state(ofPayment: json),
            refunded: refunded, contested: totals.contested, lost: totals.lost, isDisputed: totals.isOpen)
    }

    /// Where a payment stands; one that is approved is only authorised.
    static func state(ofPayment json: JSONValue) -> Checkout.State {
        switch json["status"]?.text {
        case "COMPLETED": .paid
        case "APPROVED", "PENDING": .pending
        case "CANCELED", "FAILED": .failed
        default: .unknown
        }
    }

    private func addDisputes(of payment: String, to totals: inout DisputeTotals) async throws(PaymentError) {
        var cursor: String?
        for _ in 0..<DisputeTotals.pagesMax {
            var request = ProviderRequest.get("/v2/disputes", ["location_id": locationID])
            request.query.add("cursor", cursor)
            let json = try await send(request).object()
            for dispute in json["disputes"]?.elements ?? []
            where dispute["disputed_payment"]?["payment_id"]?.text == payment {
                totals.add(Self.fate(dispute["state"]?.text), Self.money(dispute["amount_money"]))
            }
            guard let next = json["cursor"]?.text, !next.isEmpty, next != cursor else { return }
            cursor = next
        }
        throw PaymentError(.badAnswer, "The location has more disputes than can be read.")
    }

    private static func fate(_ state: String?) -> DisputeTotals.Fate {
        switch state {
        case "WON", "INQUIRY_EVIDENCE_REQUIRED", "INQUIRY_PROCESSING", "INQUIRY_CLOSED": .harmless
        case "LOST", "ACCEPTED": .lost
        default: .open
        }
    }
}
