// How buyers pay by PayPal's orders.

import BuskerCore

extension PayPalGateway {
    /// Opens an order; of the notes it carries ``CheckoutOrder/purchaseNote`` alone, as `custom_id` and `invoice_id`.
    public func open(_ order: CheckoutOrder) async throws(PaymentError) -> Checkout {
        try order.check()
        guard let purchase = order.purchase, purchase.utf8.count <= 127 else {
            throw PaymentError(.badRequest, "PayPal carries the note \(CheckoutOrder.purchaseNote) alone; give it.")
        }
        let context: JSON = [
            "return_url": .text(order.successURL), "cancel_url": .text(order.cancelURL ?? order.successURL),
            "user_action": "PAY_NOW", "shipping_preference": "NO_SHIPPING",
        ]
        let unit: JSON = [
            "custom_id": .text(purchase), "invoice_id": .text(purchase), "description": .text(order.title),
            "amount": try Self.amount(order.price),
        ]
        let answer = try await post(
            "/v2/checkout/orders",
            [
                "intent": "CAPTURE", "purchase_units": [unit],
                "payment_source": ["paypal": ["experience_context": context]],
            ], key: order.key)
        return try read(answer)
    }

    /// Fetches an order; one that the buyer agreed to is captured first, if a purchase's note says that it is ours.
    ///
    /// When the buyer's means of payment is declined the order stays open, so that the buyer can choose another.
    public func checkout(_ id: String) async throws(PaymentError) -> Checkout {
        let found = try await fetchOrder(id)
        let order = PayPalOrder(json: try found.object())
        guard order.json["status"]?.text == "APPROVED", order.notes["custom_id"] != nil else {
            return try read(found, id: id)
        }
        let digits = (order.json["update_time"]?.text ?? "").utf8.filter(\.isDigit)
        let key = "capture:\(id.prefix(60)):" + String(decoding: digits.prefix(30), as: UTF8.self)
        do {
            let answer = try await post("/v2/checkout/orders/\(id)/capture", [:], key: key)
            guard PayPalOrder(json: try answer.object()).capture != nil else {
                return try read(try await fetchOrder(id), id: id)
            }
            return try read(answer, id: id)
        } catch {
            if error.reason == "ORDER_ALREADY_CAPTURED" { return try read(try await fetchOrder(id), id: id) }
            let isWaiting = ["ORDER_NOT_APPROVED", "PAYER_ACTION_REQUIRED"].contains(error.reason)
            guard error.code == .declined || isWaiting else { throw error }
            return try read(found, id: id)
        }
    }

    /// Fetches an order without touching it.
    func fetchOrder(_ id: String) async throws(PaymentError) -> ProviderAnswer {
        try await get("/v2/checkout/orders/\(try ProviderName.checked(id, .payPal))")
    }

    /// The sum as PayPal writes it.
    static func amount(_ money: Money) throws(PaymentError) -> JSON {
        do {
            let text = try AmountConvention.payPal.text(of: money)
            return ["currency_code": .text(money.currency.code), "value": .text(text)]
        } catch {
            throw PaymentError(.badAmount, error.detail, underlying: error)
        }
    }

    private func read(_ answer: ProviderAnswer, id asked: String? = nil) throws(PaymentError) -> Checkout {
        let json = try answer.object()
        guard let id = json["id"]?.text, ProviderName.isPlain(id), asked == nil || asked == id else {
            throw answer.bad("is not the order that was asked for")
        }
        let order = PayPalOrder(json: json)
        let state = order.state
        return Checkout(
            id: id, state: state, url: state == .open ? order.url : nil, payment: order.capture?["id"]?.text,
            notes: order.notes, expiresAt: nil, object: answer.fetched(json))
    }
}
