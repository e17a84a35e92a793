// Square's payment links and their orders.

import BuskerCore

extension SquareGateway {
    /// Makes an order and a link to pay it, without tips; it carries ``CheckoutOrder/purchaseNote`` alone, as `reference_id`.
    public func open(_ order: CheckoutOrder) async throws(PaymentError) -> Checkout {
        try order.check()
        guard let purchase = order.purchase, purchase.utf8.count <= 40 else {
            throw PaymentError(
                .badRequest, "Square carries the note \(CheckoutOrder.purchaseNote) of at most 40 bytes; give it.")
        }
        let item: JSON = [
            "name": .text(order.title), "quantity": "1", "base_price_money": try Self.amount(order.price),
        ]
        let answer = try await post(
            "/v2/online-checkout/payment-links",
            [
                "idempotency_key": .text(order.key),
                "order": [
                    "location_id": .text(locationID), "reference_id": .text(purchase), "line_items": [item],
                ],
                "checkout_options": ["redirect_url": .text(order.successURL), "allow_tipping": false],
                "pre_populated_data": order.email.map { ["buyer_email": .text($0)] },
            ])
        guard let link = try answer.object()["payment_link"], let id = link["order_id"]?.text,
            let url = link["url"]?.text, ProviderName.isPlain(id)
        else { throw answer.bad("has no link") }
        return Checkout(
            id: id, state: .open, url: url, payment: nil,
            notes: [CheckoutOrder.purchaseNote: purchase, "reference_id": purchase], expiresAt: nil,
            object: answer.fetched(try answer.object()))
    }

    /// Fetches an order and the payment on it.
    ///
    /// The link itself is in the answer to ``open(_:)`` only.
    public func checkout(_ id: String) async throws(PaymentError) -> Checkout {
        let (answer, order) = try await fetch("orders", "order", id)
        var notes: [String: String] = [:]
        notes["reference_id"] = order["reference_id"]?.text
        notes[CheckoutOrder.purchaseNote] = notes["reference_id"]
        let (payment, state) = try await payment(of: order)
        return Checkout(
            id: id, state: state, url: nil, payment: payment, notes: notes, expiresAt: nil,
            object: answer.fetched(order))
    }

    /// The payment on an order that holds the money, or the last one, and where the order stands by it.
    private func payment(of order: JSONValue) async throws(PaymentError) -> (String?, Checkout.State) {
        var last: (String?, Checkout.State) = (nil, Self.state(ofOrder: order))
        for tender in (order["tenders"]?.elements ?? []).prefix(10) {
            guard let id = tender["payment_id"]?.text ?? tender["id"]?.text else { continue }
            let (_, json) = try await fetch("payments", "payment", id)
            last = (id, Self.state(ofPayment: json))
            if last.1 == .paid { return last }
        }
        if last.1 == .failed, Self.state(ofOrder: order) == .open { last.1 = .open }
        return last
    }

    private static func state(ofOrder json: JSONValue) -> Checkout.State {
        switch json["state"]?.text {
        case "DRAFT", "OPEN": .open
        case "CANCELED": .expired
        case "COMPLETED": json["total_money"]?["amount"]?.integer == 0 ? .free : .unknown
        default: .unknown
        }
    }
}
