// How money goes back at Square: refunds and disputes.

import BuskerCore
import BuskerPayments

extension FakeSquare {
    mutating func createRefund(_ request: FakeRequest, at now: Timestamp) throws(FakeRefusal) -> FakeAnswer {
        let json = try body(
            request, ["idempotency_key", "payment_id", "amount_money", "reason", "payment_version_token"],
            keyBytesMax: 45)
        guard let payment = json["payment_id"]?.text.flatMap({ payments[$0] }) else {
            throw .square(404, "NOT_FOUND", "Could not find payment", field: "payment_id")
        }
        let asked = try amount(json["amount_money"], field: "amount_money")
        guard payment.status == "COMPLETED" else {
            throw .square(400, "PAYMENT_NOT_REFUNDABLE", "The payment is not completed.", category: "REFUND_ERROR")
        }
        guard asked.currency == payment.currency else {
            throw .square(
                400, "CURRENCY_MISMATCH", "The currency is not the payment's.", field: "amount_money.currency")
        }
        let sums = sums(payment)
        guard !sums.isDisputed else {
            throw .square(
                400, "PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE", "The payment is disputed.", category: "REFUND_ERROR")
        }
        guard asked.steps <= payment.amount - sums.refunded - sums.lost else {
            throw .square(
                400, "REFUND_AMOUNT_INVALID", "The requested refund amount exceeds the amount available to refund.",
                category: "REFUND_ERROR", field: "amount_money.amount")
        }
        let id = payment.id + "_" + seed.text(24, "refund " + desk.purpose(of: request))
        let isDoomed = seed.happens(desk.failingRefunds, "fails \(id)")
        addRefund(id, payment, asked.steps, isDoomed ? .later : .never, reason: json["reason"]?.text, at: now)
        guard let refund = refunds[id] else { throw Self.nothing }
        return FakeAnswer(200, ["refund": self.json(refund)])
    }

    mutating func refund(_ payment: String, minorUnits: Int64?, fails: FakeRefund, at now: Timestamp) -> String? {
        guard let payment = payments[payment], payment.status == "COMPLETED" else { return nil }
        let sums = sums(payment)
        guard !sums.isDisputed,
            let amount = part(
                minorUnits, of: payment.amount - sums.refunded - sums.lost, steps: { steps($0, payment.currency) })
        else { return nil }
        let id = payment.id + "_" + seed.text(24, "refund \(payment.refunds.count) of \(payment.id)")
        addRefund(id, payment, amount, fails, reason: nil, at: now)
        return id
    }

    /// A refund is pending for a minute; its sum counts from the start.
    private mutating func addRefund(
        _ id: String, _ payment: SquarePayment, _ amount: Int64, _ fails: FakeRefund, reason: String?,
        at now: Timestamp
    ) {
        refunds[id] = SquareRefund(
            id: id, createdAt: now, payment: payment.id, order: payment.order, amount: amount,
            currency: payment.currency, reason: reason)
        payments.change(payment.id) { payment in
            payment.refunds.append(id)
            payment.refunded += amount
            payment.version += 1
        }
        tellRefund("refund.created", id, at: now)
        tellPayment("payment.updated", payment.id, at: now)
        switch fails {
        case .never: agenda.add(.finish(id), at: now.advanced(by: .seconds(60)))
        case .atOnce: fail(id, at: now)
        case .later:
            agenda.add(.finish(id), at: now.advanced(by: .seconds(60)))
            agenda.add(.failRefund(id), at: now.advanced(by: .seconds(5 * 86_400)))
        }
    }

    mutating func finish(_ id: String, at now: Timestamp) {
        guard refunds[id]?.status == "PENDING" else { return }
        refunds.change(id) { $0.status = "COMPLETED" }
        tellRefund("refund.updated", id, at: now)
    }

    /// A refund comes back.
    mutating func fail(_ id: String, at now: Timestamp) {
        guard let refund = refunds[id], refund.status != "FAILED" else { return }
        refunds.change(id) { $0.status = "FAILED" }
        payments.change(refund.payment) { payment in
            payment.refunded -= refund.amount
            payment.version += 1
        }
        tellRefund("refund.updated", id, at: now)
        tellPayment("payment.updated", refund.payment, at: now)
    }

    mutating func dispute(_ payment: String, minorUnits: Int64?, ends: FakeDispute, at now: Timestamp) -> String? {
        guard let found = payments[payment], found.status == "COMPLETED" else { return nil }
        let sums = sums(found)
        guard
            let amount = part(
                minorUnits, of: found.amount - sums.refunded - sums.contested, steps: { steps($0, found.currency) })
        else { return nil }
        let id = seed.text(22, "dispute \(found.disputes.count) of \(payment)")
        disputes[id] = SquareDispute(
            id: id, createdAt: now, payment: payment, amount: amount, currency: found.currency, ends: ends,
            state: ends == .inquiry ? "INQUIRY_EVIDENCE_REQUIRED" : "EVIDENCE_REQUIRED")
        payments.change(payment) { $0.disputes.append(id) }
        tellDispute("dispute.created", id, at: now)
        if ends != .open { agenda.add(.closeDispute(id), at: now.advanced(by: .seconds(30 * 86_400))) }
        return id
    }

    mutating func end(_ id: String, at now: Timestamp) {
        guard let dispute = disputes[id] else { return }
        let state =
            switch dispute.ends {
            case .won: "WON"
            case .lost: "LOST"
            default: "INQUIRY_CLOSED"
            }
        disputes.change(id) { $0.state = state }
        tellDispute("dispute.state.updated", id, at: now)
    }

    /// All disputes of the location, newest first, a hundred on a page; the cursor counts them.
    func listDisputes(_ request: FakeRequest) throws(FakeRefusal) -> FakeJSON {
        guard let form = try? FakeForm(parsing: Array(request.query.utf8)),
            form.unknown(besides: ["cursor", "states", "location_id"]) == nil
        else { throw .square(400, "UNKNOWN_QUERY_PARAMETER", "Unknown query parameter.") }
        guard let from = Int(form["cursor"] ?? "0"), (0...1_000_000).contains(from) else {
            throw .square(400, "INVALID_CURSOR", "The cursor is not valid.", field: "cursor")
        }
        guard form["location_id"] ?? desk.keys.locationID == desk.keys.locationID else { return [:] }
        let states = form["states"]?.split(separator: ",").map(String.init)
        let all = disputes.items.reversed().filter { states?.contains($0.state) ?? true }
        var members: [(String, FakeJSON)] = []
        let page = all.dropFirst(from).prefix(100).map { json($0) }
        if !page.isEmpty { members.append(("disputes", .list(page))) }
        if from + 100 < all.count { members.append(("cursor", .text(String(from + 100)))) }
        return .object(members)
    }

    // MARK: Telling

    mutating func tellPayment(_ type: String, _ id: String, at now: Timestamp) {
        if let payment = payments[id] { tell(type, "payment", id, json(payment), at: now) }
    }

    private mutating func tellRefund(_ type: String, _ id: String, at now: Timestamp) {
        if let refund = refunds[id] { tell(type, "refund", id, json(refund), at: now) }
    }

    private mutating func tellDispute(_ type: String, _ id: String, at now: Timestamp) {
        if let dispute = disputes[id] { tell(type, "dispute", id, json(dispute), at: now) }
    }

    // MARK: The truth

    private func sums(_ payment: SquarePayment) -> FakeSums {
        var sums = FakeSums(paid: payment.amount, refunded: payment.refunded)
        for dispute in payment.disputes.compactMap({ disputes[$0] }) {
            if dispute.state == "LOST" { sums.lost += dispute.amount }
            if dispute.state == "LOST" || dispute.isOpen { sums.contested += dispute.amount }
            sums.isDisputed = sums.isDisputed || dispute.isOpen
        }
        return sums
    }

    func books() -> [FakeBook] {
        payments.items.compactMap { payment in
            guard payment.status == "COMPLETED" else { return nil }
            let reference = payment.reference ?? payment.order.flatMap { orders[$0]?.reference }
            var notes: [String: String] = [:]
            notes["reference_id"] = reference
            notes[CheckoutOrder.purchaseNote] = reference
            return FakeBook(
                payment: payment.id, checkout: payment.order, notes: notes, currency: payment.currency,
                sums: sums(payment), convention: .square)
        }
    }

    private func steps(_ minorUnits: Int64, _ code: String) -> Int64? {
        guard let currency = try? Currency(code) else { return nil }
        return try? AmountConvention.square.steps(of: Money(minorUnits: minorUnits, currency: currency))
    }
}
