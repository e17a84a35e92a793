// What became of the money of PayPal's captures.

import BuskerCore

extension PayPalGateway {
    /// Fetches a capture, the refunds of its order where its status speaks of any, and its disputes.
    ///
    /// The object for the judge is the capture with its order's `refunds`. PayPal holds the money of an inquiry too, so every
    /// dispute that is open counts; one that was resolved counts as lost when the buyer was favoured or it was accepted.
    public func standing(of payment: String) async throws(PaymentError) -> PaymentStanding {
        let (answer, capture) = try await fetchCapture(payment)
        let json = try await withRefunds(capture)
        let object = answer.fetched(json)
        let facts = PaymentFacts(object)
        guard let whole = facts.asked else { throw answer.bad("has no sum that can be counted") }
        guard let refunded = facts.refunded else { throw answer.bad("does not say what was refunded") }
        var totals = DisputeTotals(of: whole)
        try await addDisputes(of: payment, to: &totals)
        return PaymentStanding(
            object: object, payment: payment, notes: facts.notes,
            state: PayPalOrder.state(ofCapture: json["status"]?.text), refunded: refunded,
            contested: totals.contested, lost: totals.lost, isDisputed: totals.isOpen)
    }

    func fetchCapture(_ id: String) async throws(PaymentError) -> (ProviderAnswer, JSONValue) {
        let answer = try await get("/v2/payments/captures/\(try ProviderName.checked(id, .payPal))")
        let json = try answer.object()
        guard json["id"]?.text == id else { throw answer.bad("is not the capture that was asked for") }
        return (answer, json)
    }

    /// The order of a capture.
    static func order(of capture: JSONValue) -> String? {
        let id = capture["supplementary_data"]?["related_ids"]?["order_id"]?.text
        return id ?? PayPalOrder.parent(of: capture, "orders")
    }

    /// A capture that was refunded says so, not how much; the order knows.
    private func withRefunds(_ capture: JSONValue) async throws(PaymentError) -> JSONValue {
        guard let id = capture["id"]?.text, ["PARTIALLY_REFUNDED", "REFUNDED"].contains(capture["status"]?.text),
            let order = Self.order(of: capture)
        else { return capture }
        do {
            let found = PayPalOrder(json: try await fetchOrder(order).object())
            let refunds = JSON.list(found.refunds(of: id).map { JSON($0) })
            guard let list = try? JSONValue(parsing: refunds.bytes) else { return capture }
            return capture.with("refunds", list)
        } catch {
            guard error.code == .notFound else { throw error }
            return capture
        }
    }

    private func addDisputes(of payment: String, to totals: inout DisputeTotals) async throws(PaymentError) {
        var page: String?
        for _ in 0..<DisputeTotals.pagesMax {
            var request = ProviderRequest.get(
                "/v1/customer/disputes", ["disputed_transaction_id": payment, "page_size": "50"])
            if let page { request.query.add("next_page_token", escaped: page) }
            let answer = try await send(request)
            let json = try answer.object()
            for dispute in json["items"]?.elements ?? [] {
                let (fate, amount) = try await judge(dispute, answer)
                totals.add(fate, amount)
            }
            guard let next = Self.nextPage(json), next != page else { return }
            page = next
        }
        throw PaymentError(.badAnswer, "A payment has more disputes than can be read.")
    }

    /// What a dispute does to the money; a list says only that it is resolved, so how it ended is asked for.
    private func judge(_ dispute: JSONValue, _ answer: ProviderAnswer) async throws(PaymentError)
        -> (DisputeTotals.Fate, Money?)
    {
        let amount = Self.money(dispute["dispute_amount"])
        guard dispute["status"]?.text == "RESOLVED" else { return (.open, amount) }
        var detail = dispute
        if dispute["dispute_outcome"]?["outcome_code"] == nil {
            guard let id = dispute["dispute_id"]?.text else { throw answer.bad("has a dispute without an id") }
            detail = try await get("/v1/customer/disputes/\(try ProviderName.checked(id, .payPal))").object()
        }
        let outcome = detail["dispute_outcome"]
        switch outcome?["outcome_code"]?.text {
        case "RESOLVED_BUYER_FAVOUR", "ACCEPTED": return (.lost, Self.money(outcome?["amount_refunded"]) ?? amount)
        case "RESOLVED_SELLER_FAVOUR", "RESOLVED_WITH_PAYOUT", "CANCELED_BY_BUYER", "DENIED", "NONE":
            return (.harmless, nil)
        default: return (.open, amount)
        }
    }

    static func money(_ json: JSONValue?) -> Money? {
        guard let value = json?["value"]?.text, let code = json?["currency_code"]?.text else { return nil }
        return PaymentFacts.payPalMoney(value, code)
    }

    /// The name of the next page, escaped, from the link to it.
    private static func nextPage(_ json: JSONValue) -> String? {
        let link = (json["links"]?.elements ?? []).first { $0["rel"]?.text == "next" }?["href"]?.text ?? ""
        let query = link.split(separator: "?", maxSplits: 1).dropFirst().first ?? ""
        let field = query.split(separator: "&").first { $0.hasPrefix("next_page_token=") }
        let token = field.map { String($0.dropFirst("next_page_token=".count)) }
        return token.flatMap { FormFields.escaped($0, sparing: "%") == $0 ? $0 : FormFields.escaped($0) }
    }
}
