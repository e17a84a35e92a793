// Polar's checkouts, and what buyers do on them.

import BuskerCore

extension FakePolar {
    private static let checkoutFields: Set<String> = [
        "products", "prices", "currency", "amount", "success_url", "return_url", "customer_email", "customer_name",
        "customer_id", "external_customer_id", "customer_ip_address", "customer_billing_address", "metadata",
        "customer_metadata", "custom_field_data", "discount_id", "allow_discount_codes", "require_billing_address",
        "allow_trial", "embed_origin", "locale", "is_business_customer",
    ]

    mutating func create(_ request: FakeRequest, at now: Timestamp) throws(FakeRefusal) -> FakeAnswer {
        let json = try body(request, Self.checkoutFields)
        guard let products = json["products"]?.elements, let product = products.first?.text else {
            throw .polarField(["body", "products"], "List should have at least 1 item", type: "missing")
        }
        guard Self.isUUID(product) else {
            throw .polarField(["body", "products", "0"], "Input should be a valid UUID", type: "uuid_parsing")
        }
        let (amount, currency) = try price(json, product)
        for name in ["success_url", "return_url"] {
            if let url = json[name]?.text, !url.hasPrefix("https://"), !url.hasPrefix("http://") {
                throw .polarField(["body", name], "Input should be a valid URL", type: "url_parsing")
            }
        }
        if let email = json["customer_email"]?.text, !email.contains("@") {
            throw .polarField(["body", "customer_email"], "value is not a valid email address")
        }
        let id = seed.uuid(desk.purpose(of: request))
        let checkout = PolarCheckout(
            id: id, createdAt: now, expiresAt: now.advanced(by: .seconds(3600)), product: product, amount: amount,
            currency: currency, metadata: try metadata(json), buyer: json["external_customer_id"]?.text,
            email: json["customer_email"]?.text, successURL: json["success_url"]?.text,
            returnURL: json["return_url"]?.text, url: "\(desk.address)/pay/\(id)")
        checkouts[id] = checkout
        lanes["product " + product, default: []].append(id)
        if let buyer = checkout.buyer { lanes["buyer " + buyer, default: []].append(id) }
        agenda.add(.expire(id), at: checkout.expiresAt)
        tell("checkout.created", id, self.json(checkout), at: now)
        return FakeAnswer(201, self.json(checkout))
    }

    /// A fixed price of the product made for this checkout, or a sum where the product lets the buyer choose.
    private func price(_ json: JSONValue, _ product: String) throws(FakeRefusal) -> (Int64, String) {
        var currency = json["currency"]?.text ?? "usd"
        var amount = json["amount"]?.integer
        var place = ["body", "amount"]
        if let prices = json["prices"], !prices.isNull {
            guard let price = prices[product]?.elements?.first, price["amount_type"]?.text == "fixed" else {
                throw .polarField(["body", "prices", product], "This double knows fixed prices of the product only")
            }
            amount = price["price_amount"]?.integer
            currency = price["price_currency"]?.text ?? "usd"
            place = ["body", "prices", product, "0", "price_amount"]
        }
        guard let amount else { throw .polarField(place, "Field required", type: "missing") }
        guard currency == currency.lowercased(), (try? Currency(currency.uppercased())) != nil else {
            throw .polarField(["body", "currency"], "Input should be a known currency", type: "enum")
        }
        guard amount >= 0, amount <= 99_999_999 else {
            throw .polarField(place, "Input should be between 0 and 99999999", type: "less_than_equal")
        }
        let least: Int64 = ["jpy", "krw", "vnd", "clp"].contains(currency) ? 1 : 50
        guard amount == 0 || amount >= least else {
            throw .polarField(place, "Amount must be at least \(least)", type: "greater_than_equal")
        }
        return (amount, currency)
    }

    mutating func pay(_ checkout: String, _ how: FakePayment, at now: Timestamp) -> String? {
        guard let found = checkouts[checkout], found.status == "open" else { return nil }
        if how == .free { checkouts.change(checkout) { $0.discount = $0.amount } }
        confirm(checkout, "confirmed", at: now)
        switch how {
        case .card: return collect(checkout, at: now)
        case .free:
            _ = collect(checkout, at: now)
            return nil
        case .declined:
            confirm(checkout, "open", at: now)
            return nil
        case .threeDSecure: agenda.add(.settle(checkout, success: true), at: now.advanced(by: .seconds(30)))
        case .delayed(let success):
            agenda.add(.settle(checkout, success: success), at: now.advanced(by: .seconds(3 * 86_400)))
        }
        return orderID(checkout)
    }

    /// The id that the order of a checkout has, or will have.
    private func orderID(_ checkout: String) -> String { seed.uuid("order of \(checkout)") }

    private mutating func confirm(_ id: String, _ status: String, at now: Timestamp) {
        checkouts.change(id) { $0.status = status }
        if let checkout = checkouts[id] { tell("checkout.updated", id, json(checkout), at: now) }
    }

    /// The money of a checkout arrives, and becomes an order.
    private mutating func collect(_ id: String, at now: Timestamp) -> String? {
        guard let checkout = checkouts[id] else { return nil }
        let order = PolarOrder(
            id: orderID(id), createdAt: now, checkout: id, product: checkout.product, subtotal: checkout.amount,
            discount: checkout.discount, tax: (checkout.amount - checkout.discount) / 5, currency: checkout.currency,
            metadata: checkout.metadata, buyer: checkout.buyer)
        orders[order.id] = order
        checkouts.change(id) { $0.order = order.id }
        tell("order.created", order.id, json(order), at: now)
        orders.change(order.id) { $0.status = "paid" }
        tellOrder("order.updated", order.id, at: now)
        tellOrder("order.paid", order.id, at: now)
        confirm(id, "succeeded", at: now)
        return order.id
    }

    mutating func tellOrder(_ type: String, _ id: String, at now: Timestamp) {
        if let order = orders[id] { tell(type, id, json(order), at: now) }
    }

    func checkout(_ id: String) -> FakeCheckout? {
        guard let checkout = checkouts[id] else { return nil }
        return FakeCheckout(
            isOpen: checkout.status == "open", success: checkout.successURL?.replacing("{CHECKOUT_ID}", with: id),
            back: checkout.returnURL)
    }

    mutating func work(until now: Timestamp) {
        while let (due, item) = agenda.next(by: now) {
            switch item {
            case .expire(let id):
                guard checkouts[id]?.status == "open" else { continue }
                confirm(id, "expired", at: due)
                if let checkout = checkouts[id] { tell("checkout.expired", id, json(checkout), at: due) }
            case .settle(let id, let success):
                guard checkouts[id]?.status == "confirmed" else { continue }
                if success { _ = collect(id, at: due) } else { confirm(id, "failed", at: due) }
            case .failRefund(let id): fail(id, at: due)
            case .closeDispute(let id): end(id, at: due)
            }
        }
    }

    mutating func subscribe(_ id: String?, status: String, notes: [String: String], at now: Timestamp) -> String? {
        if let id, subscriptions[id] == nil { return nil }
        let name = id ?? seed.uuid("subscription \(subscriptions.count)")
        if id == nil {
            subscriptions[name] = PolarSubscription(
                id: name, createdAt: now, metadata: [:], status: status,
                periodEnd: now.advanced(by: .seconds(30 * 86_400)))
        }
        subscriptions.change(name) { subscription in
            subscription.status = status
            subscription.metadata.merge(notes) { _, new in new }
        }
        guard let subscription = subscriptions[name] else { return nil }
        tell(id == nil ? "subscription.created" : "subscription.updated", name, json(subscription), at: now)
        if ["active", "past_due", "canceled"].contains(status) {
            tell("subscription.\(status)", name, json(subscription), at: now)
        }
        return name
    }
}
