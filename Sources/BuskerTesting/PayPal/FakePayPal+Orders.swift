// PayPal's orders, and what buyers do with them.

import BuskerCore
import BuskerPayments

extension FakePayPal {
    /// Finds what a request asks for and carries it out.
    mutating func route(_ request: FakeRequest, at now: Timestamp) throws(FakeRefusal) -> FakeAnswer {
        let path = request.segments
        switch (request.method, path.prefix(3).joined(separator: "/"), path.count) {
        case ("POST", "v2/checkout/orders", 3): return try create(request, at: now)
        case ("GET", "v2/checkout/orders", 4): return FakeAnswer(200, json(try order(path[3])))
        case ("POST", "v2/checkout/orders", 5) where path[4] == "capture":
            return try capture(path[3], request, at: now)
        case ("GET", "v2/payments/captures", 4):
            guard let capture = captures[path[3]] else { throw Self.nothing }
            return FakeAnswer(200, json(capture))
        case ("POST", "v2/payments/captures", 5) where path[4] == "refund":
            return try createRefund(path[3], request, at: now)
        case ("GET", "v2/payments/refunds", 4):
            guard let refund = refunds[path[3]] else { throw Self.nothing }
            return FakeAnswer(200, json(refund))
        case ("GET", "v1/customer/disputes", 3): return FakeAnswer(200, try listDisputes(request))
        case ("GET", "v1/customer/disputes", 4):
            guard let dispute = disputes[path[3]] else { throw Self.nothing }
            return FakeAnswer(200, json(dispute, isWhole: true))
        default: throw Self.nothing
        }
    }

    static let nothing = FakeRefusal.payPal(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID")

    private func order(_ id: String) throws(FakeRefusal) -> PayPalTestOrder {
        guard let order = orders[id] else { throw Self.nothing }
        return order
    }

    private static let orderFields: Set<String> = ["intent", "purchase_units", "payment_source", "application_context"]
    private static let unitFields: Set<String> = [
        "reference_id", "custom_id", "invoice_id", "description", "amount", "items", "soft_descriptor", "payee",
    ]

    private mutating func create(_ request: FakeRequest, at now: Timestamp) throws(FakeRefusal) -> FakeAnswer {
        let json = try body(request, Self.orderFields)
        guard json["intent"]?.text == "CAPTURE" else {
            throw .payPal(400, "INVALID_REQUEST", "INVALID_PARAMETER_VALUE", field: "/intent")
        }
        guard let units = json["purchase_units"]?.elements, units.count == 1, let unit = units.first else {
            throw .payPal(400, "INVALID_REQUEST", "INVALID_ARRAY_MAX_ITEMS", field: "/purchase_units")
        }
        try check(unit, Self.unitFields, at: "/purchase_units/0")
        for name in ["custom_id", "invoice_id", "description"] where (unit[name]?.text?.count ?? 0) > 127 {
            throw .payPal(400, "INVALID_REQUEST", "INVALID_STRING_LENGTH", field: "/purchase_units/0/\(name)")
        }
        let source = json["payment_source"]?["paypal"]
        guard source == nil || key(of: request) != nil else {
            throw .payPal(400, "INVALID_REQUEST", "PAYPAL_REQUEST_ID_REQUIRED", field: "PayPal-Request-Id")
        }
        let amount = try self.amount(unit["amount"])
        let id = seed.text(17, (key(of: request) ?? "") + desk.purpose(of: request), .capitals)
        let context = source?["experience_context"] ?? json["application_context"]
        let order = PayPalTestOrder(
            id: id, createdAt: now, updatedAt: now, amount: amount.steps, currency: amount.currency,
            customID: unit["custom_id"]?.text, invoiceID: unit["invoice_id"]?.text,
            description: unit["description"]?.text, returnURL: context?["return_url"]?.text,
            cancelURL: context?["cancel_url"]?.text, hasSource: source != nil,
            url: "\(desk.address)/pay/\(id)", status: source == nil ? "CREATED" : "PAYER_ACTION_REQUIRED")
        orders[id] = order
        agenda.add(.void(id), at: now.advanced(by: .seconds(6 * 3600)))
        return FakeAnswer(source == nil ? 201 : 200, self.json(order))
    }

    private mutating func capture(_ id: String, _ request: FakeRequest, at now: Timestamp) throws(FakeRefusal)
        -> FakeAnswer
    {
        let order = try order(id)
        if !request.body.isEmpty { _ = try body(request, ["payment_source"]) }
        guard order.status != "COMPLETED" else { throw .payPal(422, nil, "ORDER_ALREADY_CAPTURED") }
        guard order.status == "APPROVED" else { throw .payPal(422, nil, "ORDER_NOT_APPROVED") }
        if let invoice = order.invoiceID, let other = paidInvoices[invoice], other != id {
            throw .payPal(422, nil, "DUPLICATE_INVOICE_ID")
        }
        if case .declines = order.willCapture {
            orders.change(id) { order in
                order.status = order.hasSource ? "PAYER_ACTION_REQUIRED" : "CREATED"
                order.updatedAt = now
            }
            throw .payPal(422, nil, "INSTRUMENT_DECLINED")
        }
        let capture = captureID(id)
        var state = "COMPLETED"
        if case .waits(let success) = order.willCapture {
            state = "PENDING"
            agenda.add(.settle(capture, success: success), at: now.advanced(by: .seconds(3 * 86_400)))
        }
        captures[capture] = PayPalCapture(
            id: capture, createdAt: now, order: id, amount: order.amount, currency: order.currency,
            customID: order.customID, invoiceID: order.invoiceID, state: state)
        orders.change(id) { order in
            order.status = "COMPLETED"
            order.updatedAt = now
            order.capture = capture
        }
        if let invoice = order.invoiceID { paidInvoices[invoice] = id }
        tellCapture(state == "PENDING" ? "PAYMENT.CAPTURE.PENDING" : "PAYMENT.CAPTURE.COMPLETED", capture, at: now)
        tellOrder("CHECKOUT.ORDER.COMPLETED", id, at: now)
        return FakeAnswer(201, json(try self.order(id)))
    }

    /// The id that the capture of an order has, or will have.
    private func captureID(_ order: String) -> String { seed.text(17, "capture of \(order)", .capitals) }

    // MARK: What buyers do

    /// The states in which a buyer may approve an order.
    private static let open: Set<String> = ["CREATED", "PAYER_ACTION_REQUIRED"]

    mutating func pay(_ checkout: String, _ how: FakePayment, at now: Timestamp) -> String? {
        guard let order = orders[checkout], Self.open.contains(order.status) else {
            return nil
        }
        orders.change(checkout) { order in
            order.willCapture =
                switch how {
                case .declined: .declines
                case .delayed(let success): .waits(success: success)
                default: .completes
                }
        }
        switch how {
        case .free: return nil
        case .threeDSecure: agenda.add(.approve(checkout), at: now.advanced(by: .seconds(30)))
        default: approve(checkout, at: now)
        }
        return captureID(checkout)
    }

    private mutating func approve(_ id: String, at now: Timestamp) {
        guard let order = orders[id], Self.open.contains(order.status) else { return }
        orders.change(id) { order in
            order.status = "APPROVED"
            order.updatedAt = now
            order.tries += 1
        }
        tellOrder("CHECKOUT.ORDER.APPROVED", id, at: now)
    }

    func checkout(_ id: String) -> FakeCheckout? {
        guard let order = orders[id] else { return nil }
        let payer = "token=\(id)&PayerID=" + seed.text(13, "payer", .capitals)
        return FakeCheckout(
            isOpen: Self.open.contains(order.status),
            success: order.returnURL.map { $0 + ($0.contains("?") ? "&" : "?") + payer },
            back: order.cancelURL.map { $0 + ($0.contains("?") ? "&" : "?") + "token=\(id)" })
    }

    mutating func subscribe(_ id: String?, status: String, notes: [String: String], at now: Timestamp) -> String? {
        nil
    }

    mutating func work(until now: Timestamp) {
        while let (due, item) = agenda.next(by: now) {
            switch item {
            case .approve(let id): approve(id, at: due)
            case .settle(let id, let success):
                guard captures[id]?.state == "PENDING" else { continue }
                captures.change(id) { $0.state = success ? "COMPLETED" : "DECLINED" }
                tellCapture(success ? "PAYMENT.CAPTURE.COMPLETED" : "PAYMENT.CAPTURE.DENIED", id, at: due)
            case .failRefund(let id): fail(id, at: due)
            case .closeDispute(let id): end(id, at: due)
            case .void(let id):
                guard let order = orders[id], Self.open.contains(order.status) else {
                    continue
                }
                orders.change(id) { $0.status = "VOIDED" }
            }
        }
    }

    // MARK: Bodies

    /// The object of a body with nothing in it that is not known.
    func body(_ request: FakeRequest, _ known: Set<String>) throws(FakeRefusal) -> JSONValue {
        guard request.header("content-type")?.hasPrefix("application/json") == true else {
            throw .payPal(415, "UNSUPPORTED_MEDIA_TYPE", "UNSUPPORTED_MEDIA_TYPE")
        }
        guard let json = try? JSONValue(parsing: request.body), json.kind == .object else {
            throw .payPal(400, "INVALID_REQUEST", "MALFORMED_REQUEST_JSON")
        }
        try check(json, known, at: "")
        return json
    }

    private func check(_ json: JSONValue, _ known: Set<String>, at place: String) throws(FakeRefusal) {
        for member in json.members ?? [] where !known.contains(member.name) {
            throw .payPal(400, "INVALID_REQUEST", "UNKNOWN_FIELD", field: "\(place)/\(member.name)")
        }
    }

    /// A sum as PayPal wants it: text with the currency's decimals.
    func amount(_ json: JSONValue?) throws(FakeRefusal) -> (steps: Int64, currency: String) {
        guard let code = json?["currency_code"]?.text, let value = json?["value"]?.text else {
            throw .payPal(400, "INVALID_REQUEST", "MISSING_REQUIRED_PARAMETER", field: "amount")
        }
        guard let currency = try? Currency(code), AmountConvention.payPal.exponent(of: currency) != nil else {
            throw .payPal(422, nil, "CURRENCY_NOT_SUPPORTED")
        }
        if ["HUF", "JPY", "TWD"].contains(code), value.contains(".") {
            throw .payPal(422, nil, "DECIMALS_NOT_SUPPORTED")
        }
        guard let money = try? AmountConvention.payPal.money(text: value, code: code),
            let steps = try? AmountConvention.payPal.steps(of: money)
        else { throw .payPal(422, nil, "DECIMAL_PRECISION") }
        guard steps > 0 else { throw .payPal(422, nil, "CANNOT_BE_ZERO_OR_NEGATIVE") }
        guard steps <= 99_999_999_999 else { throw .payPal(422, nil, "MAX_VALUE_EXCEEDED") }
        return (steps, code)
    }
}
