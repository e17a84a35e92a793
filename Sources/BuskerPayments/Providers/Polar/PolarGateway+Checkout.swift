// How buyers pay on Polar's checkouts.

import BuskerCore

extension PolarGateway {
    private static let keyNote = "busker_checkout"

    /// Opens a checkout of the order's product at exactly the order's price, without codes for discounts.
    ///
    /// A checkout that the same key opened is found among the 1,000 latest of the product, back to when the purchase was made as
    /// its id tells; without such an id among the 100 latest.
    public func open(_ order: CheckoutOrder) async throws(PaymentError) -> Checkout {
        try order.check()
        guard let product = order.product else {
            throw PaymentError(.badRequest, "Polar sells products only; give the id of one.")
        }
        if let made = try await made(order, product) { return made }
        let notes = order.notes.merging([Self.keyNote: order.key]) { old, _ in old }
        let members: [(String, JSON?)] = notes.sorted { $0.key < $1.key }.map { ($0.key, .text($0.value)) }
        let currency = JSON.text(order.price.currency.code.lowercased())
        let price: JSON = [
            "amount_type": "fixed", "price_currency": currency, "price_amount": .number(try Self.steps(order.price)),
        ]
        let answer = try await post(
            "checkouts",
            [
                "products": [.text(product)], "prices": .object([(product, .list([price]))]), "currency": currency,
                "success_url": .text(OrderCheck.adding("checkout_id={CHECKOUT_ID}", to: order.successURL)),
                "return_url": order.cancelURL.map(JSON.text), "customer_email": order.email.map(JSON.text),
                "external_customer_id": order.buyer.map(JSON.text), "allow_discount_codes": false,
                "metadata": .object(members),
            ])
        return try await read(answer, try answer.object())
    }

    /// Fetches a checkout, and the order that it led to.
    public func checkout(_ id: String) async throws(PaymentError) -> Checkout {
        let answer = try await fetch("checkouts", id)
        return try await read(answer, try answer.object())
    }

    /// The number to send for a sum.
    static func steps(_ money: Money) throws(PaymentError) -> Int64 {
        do {
            return try AmountConvention.polar.steps(of: money)
        } catch {
            throw PaymentError(.badAmount, error.detail, underlying: error)
        }
    }

    private func made(_ order: CheckoutOrder, _ product: String) async throws(PaymentError) -> Checkout? {
        let made = order.purchase.flatMap { try? PurchaseID(parsing: $0) }?.timestamp
        let oldest = made?.advanced(by: .seconds(-600))
        var found: (ProviderAnswer, JSONValue)?
        let query = FormFields(["product_id": product, "sorting": "-created_at"])
        _ = try await list("checkouts", query, pagesMax: oldest == nil ? 1 : 10) { answer, item in
            if item["metadata"]?[Self.keyNote]?.text == order.key { found = (answer, item) }
            guard found == nil else { return false }
            guard let oldest, let created = item.moment(text: "created_at") else { return true }
            return oldest < created
        }
        guard let (answer, item) = found else { return nil }
        return try await read(answer, item)
    }

    private func read(_ answer: ProviderAnswer, _ json: JSONValue) async throws(PaymentError) -> Checkout {
        guard let id = json["id"]?.text, ProviderName.isPlain(id), let status = json["status"]?.text else {
            throw answer.bad("is no checkout")
        }
        var state = Self.state(status)
        var payment: String?
        if state == .pending {
            let order = try await order(of: id)
            payment = order?["id"]?.text
            if let order { state = Self.state(ofOrder: order) }
            if state == .free { payment = nil }
        }
        return Checkout(
            id: id, state: state, url: state == .open ? json["url"]?.text : nil, payment: payment,
            notes: json.texts("metadata"), expiresAt: json.moment(text: "expires_at"), object: answer.fetched(json))
    }

    /// Where a checkout stands by itself: `confirmed` is not paid, and `succeeded` is as much as its order says.
    private static func state(_ status: String) -> Checkout.State {
        switch status {
        case "open": .open
        case "expired": .expired
        case "confirmed", "succeeded": .pending
        case "failed": .failed
        default: .unknown
        }
    }

    /// The order that a checkout led to; nothing before there is one.
    private func order(of checkout: String) async throws(PaymentError) -> JSONValue? {
        var found: JSONValue?
        _ = try await list("orders", FormFields(["checkout_id": checkout]), pagesMax: 1) { _, item in
            if item["checkout_id"]?.text == checkout { found = item }
            return found == nil
        }
        return found
    }
}
