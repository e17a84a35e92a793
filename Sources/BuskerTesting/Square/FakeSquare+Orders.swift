// Square's links, orders and payments, and what buyers do with them.

import BuskerCore
import BuskerPayments

extension FakeSquare {
    /// Finds what a request asks for and carries it out.
    mutating func route(_ request: FakeRequest, at now: Timestamp) throws(FakeRefusal) -> FakeAnswer {
        let path = request.segments
        guard path.first == "v2", path.count >= 2 else { throw Self.nothing }
        switch (request.method, path[1], path.count) {
        case ("POST", "online-checkout", 3) where path[2] == "payment-links": return try createLink(request, at: now)
        case ("GET", "online-checkout", 4) where path[2] == "payment-links":
            guard let order = links[path[3]].flatMap({ orders[$0] }) else { throw Self.nothing }
            return FakeAnswer(200, ["payment_link": link(order)])
        case ("DELETE", "online-checkout", 4) where path[2] == "payment-links": return try deleteLink(path[3])
        case ("POST", "payments", 2): return try createPayment(request, at: now)
        case ("POST", "refunds", 2): return try createRefund(request, at: now)
        case ("GET", "disputes", 2): return FakeAnswer(200, try listDisputes(request))
        case ("GET", _, 3): return FakeAnswer(200, try retrieve(path[1], path[2]))
        default: throw Self.nothing
        }
    }

    static let nothing = FakeRefusal.square(404, "NOT_FOUND", "Resource not found.")

    private func retrieve(_ kind: String, _ id: String) throws(FakeRefusal) -> FakeJSON {
        let found: FakeJSON? =
            switch kind {
            case "orders": orders[id].map { ["order": json($0)] }
            case "payments": payments[id].map { ["payment": json($0)] }
            case "refunds": refunds[id].map { ["refund": json($0)] }
            case "disputes": disputes[id].map { ["dispute": json($0)] }
            default: nil
            }
        guard let found else { throw Self.nothing }
        return found
    }

    private mutating func createLink(_ request: FakeRequest, at now: Timestamp) throws(FakeRefusal) -> FakeAnswer {
        let json = try body(
            request,
            ["idempotency_key", "order", "checkout_options", "pre_populated_data", "description", "payment_note"],
            keyBytesMax: 192)
        guard let order = json["order"] else {
            throw .square(400, "MISSING_REQUIRED_PARAMETER", "Missing required parameter.", field: "order")
        }
        try check(order, ["location_id", "reference_id", "line_items", "metadata", "pricing_options"], at: "order")
        guard order["location_id"]?.text == desk.keys.locationID else {
            throw .square(
                400, "INVALID_VALUE", "The location is not one of the merchant's.", field: "order.location_id")
        }
        if let reference = order["reference_id"]?.text, reference.count > 40 {
            throw .square(400, "VALUE_TOO_LONG", "At most 40 characters.", field: "order.reference_id")
        }
        guard let items = order["line_items"]?.elements, items.count == 1, let item = items.first,
            item["quantity"]?.text == "1", let title = item["name"]?.text
        else {
            throw .square(
                400, "INVALID_VALUE", "This double takes one item of quantity \"1\".", field: "order.line_items")
        }
        let amount = try self.amount(item["base_price_money"], field: "base_price_money", mayBeFree: true)
        let purpose = desk.purpose(of: request)
        let id = seed.text(27, "order " + purpose)
        let made = SquareOrder(
            id: id, link: seed.text(16, "link " + purpose, .capitals), createdAt: now, amount: amount.steps,
            currency: amount.currency, title: title, reference: order["reference_id"]?.text,
            redirectURL: json["checkout_options"]?["redirect_url"]?.text, url: "\(desk.address)/pay/\(id)")
        orders[id] = made
        links[made.link] = id
        return FakeAnswer(
            200, ["payment_link": link(made), "related_resources": ["orders": [self.json(made)]]])
    }

    private mutating func deleteLink(_ id: String) throws(FakeRefusal) -> FakeAnswer {
        guard let order = links[id] else { throw Self.nothing }
        links[id] = nil
        if orders[order]?.state == "DRAFT" { orders.change(order) { $0.state = "CANCELED" } }
        return FakeAnswer(200, ["id": .text(id), "cancelled_order_id": .text(order)])
    }

    private static let paymentFields: Set<String> = [
        "idempotency_key", "source_id", "amount_money", "location_id", "reference_id", "autocomplete", "note",
        "buyer_email_address", "order_id", "customer_id", "verification_token", "statement_description_identifier",
    ]

    private mutating func createPayment(_ request: FakeRequest, at now: Timestamp) throws(FakeRefusal) -> FakeAnswer {
        let json = try body(request, Self.paymentFields, keyBytesMax: 45)
        guard let source = json["source_id"]?.text else {
            throw .square(400, "MISSING_REQUIRED_PARAMETER", "Missing required parameter.", field: "source_id")
        }
        let amount = try self.amount(json["amount_money"], field: "amount_money")
        guard json["location_id"]?.text ?? desk.keys.locationID == desk.keys.locationID else {
            throw .square(400, "INVALID_VALUE", "The location is not one of the merchant's.", field: "location_id")
        }
        switch source {
        case "cnon:card-nonce-ok": break
        case "cnon:card-nonce-declined":
            throw .square(
                402, "GENERIC_DECLINE", "Authorization error: 'GENERIC_DECLINE'", category: "PAYMENT_METHOD_ERROR")
        default:
            throw .square(404, "NOT_FOUND", "Card nonce not found", field: "source_id")
        }
        let id = seed.text(27, "payment " + desk.purpose(of: request))
        payments[id] = SquarePayment(
            id: id, createdAt: now, order: nil, amount: amount.steps, currency: amount.currency,
            reference: json["reference_id"]?.text,
            status: json["autocomplete"]?.flag == false ? "APPROVED" : "COMPLETED")
        tellPayment("payment.created", id, at: now)
        tellPayment("payment.updated", id, at: now)
        guard let payment = payments[id] else { throw Self.nothing }
        return FakeAnswer(200, ["payment": self.json(payment)])
    }

    // MARK: What buyers do

    mutating func pay(_ checkout: String, _ how: FakePayment, at now: Timestamp) -> String? {
        guard let order = orders[checkout], isOpen(order) else { return nil }
        guard how != .free, order.total > 0 else {
            orders.change(checkout) { order in
                order.discount = order.amount
                order.state = "COMPLETED"
            }
            return nil
        }
        let id = seed.text(27, "payment \(order.payments.count) of \(checkout)")
        var status = "APPROVED"
        switch how {
        case .delayed: status = "PENDING"
        case .declined: status = "FAILED"
        default: break
        }
        payments[id] = SquarePayment(
            id: id, createdAt: now, order: checkout, amount: order.total, currency: order.currency, reference: nil,
            status: status)
        orders.change(checkout) { $0.payments.append(id) }
        tellPayment("payment.created", id, at: now)
        switch how {
        case .card, .free: settle(id, success: true, at: now)
        case .declined: tellPayment("payment.updated", id, at: now)
        case .threeDSecure: agenda.add(.settle(id, success: true), at: now.advanced(by: .seconds(30)))
        case .delayed(let success):
            agenda.add(.settle(id, success: success), at: now.advanced(by: .seconds(3 * 86_400)))
        }
        return id
    }

    /// The bank answers.
    private mutating func settle(_ id: String, success: Bool, at now: Timestamp) {
        guard let payment = payments[id], ["APPROVED", "PENDING"].contains(payment.status) else { return }
        payments.change(id) { payment in
            payment.status = success ? "COMPLETED" : "FAILED"
            payment.version += 1
        }
        if success, let order = payment.order { orders.change(order) { $0.state = "COMPLETED" } }
        tellPayment("payment.updated", id, at: now)
    }

    func checkout(_ id: String) -> FakeCheckout? {
        orders[id].map { FakeCheckout(isOpen: isOpen($0), success: $0.redirectURL, back: nil) }
    }

    /// Whether an order waits for a payment and none is on its way.
    private func isOpen(_ order: SquareOrder) -> Bool {
        order.state == "DRAFT"
            && !order.payments.contains { ["PENDING", "APPROVED"].contains(payments[$0]?.status) }
    }

    mutating func subscribe(_ id: String?, status: String, notes: [String: String], at now: Timestamp) -> String? {
        nil
    }

    mutating func work(until now: Timestamp) {
        while let (due, item) = agenda.next(by: now) {
            switch item {
            case .settle(let id, let success): settle(id, success: success, at: due)
            case .finish(let id): finish(id, at: due)
            case .failRefund(let id): fail(id, at: due)
            case .closeDispute(let id): end(id, at: due)
            }
        }
    }

    // MARK: Bodies

    /// The object of a body with a key and nothing in it that is not known.
    func body(_ request: FakeRequest, _ known: Set<String>, keyBytesMax: Int) throws(FakeRefusal) -> JSONValue {
        guard let json = try? JSONValue(parsing: request.body), json.kind == .object else {
            throw .square(400, "EXPECTED_JSON_BODY", "Expected a JSON body.")
        }
        try check(json, known, at: "")
        guard let key = json["idempotency_key"]?.text, !key.isEmpty else {
            throw .square(400, "MISSING_REQUIRED_PARAMETER", "Missing required parameter.", field: "idempotency_key")
        }
        guard key.utf8.count <= keyBytesMax else {
            throw .square(
                400, "VALUE_TOO_LONG", "Field must not be greater than \(keyBytesMax) in length",
                field: "idempotency_key")
        }
        return json
    }

    private func check(_ json: JSONValue, _ known: Set<String>, at place: String) throws(FakeRefusal) {
        for member in json.members ?? [] where !known.contains(member.name) {
            let field = place.isEmpty ? member.name : "\(place).\(member.name)"
            throw .square(400, "UNKNOWN_BODY_PARAMETER", "Unknown body parameter.", field: field)
        }
    }

    /// A sum as Square wants it.
    func amount(_ json: JSONValue?, field: String, mayBeFree: Bool = false) throws(FakeRefusal)
        -> (steps: Int64, currency: String)
    {
        guard let steps = json?["amount"]?.integer, let code = json?["currency"]?.text else {
            throw .square(400, "MISSING_REQUIRED_PARAMETER", "Missing required parameter.", field: field)
        }
        guard let currency = try? Currency(code), AmountConvention.square.exponent(of: currency) != nil else {
            throw .square(400, "INVALID_ENUM_VALUE", "`\(code)` is not a valid enum value.", field: "\(field).currency")
        }
        guard steps > 0 || mayBeFree && steps == 0 else {
            throw .square(400, "AMOUNT_TOO_LOW", "The amount is too low.", field: "\(field).amount")
        }
        guard steps <= 99_999_999_999 else {
            throw .square(400, "AMOUNT_TOO_HIGH", "The amount is too high.", field: "\(field).amount")
        }
        return (steps, code)
    }
}
