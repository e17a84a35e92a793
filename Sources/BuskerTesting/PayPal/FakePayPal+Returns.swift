// How money goes back at PayPal: refunds and disputes.

import BuskerCore
import BuskerPayments

extension FakePayPal {
    mutating func createRefund(_ id: String, _ request: FakeRequest, at now: Timestamp) throws(FakeRefusal)
        -> FakeAnswer
    {
        guard let capture = captures[id] else { throw Self.nothing }
        let json = try body(request, ["amount", "custom_id", "invoice_id", "note_to_payer"])
        let sums = sums(capture)
        let left = capture.amount - sums.refunded - sums.lost
        guard capture.state == "COMPLETED" else { throw .payPal(422, nil, "PENDING_CAPTURE") }
        guard !sums.isDisputed else { throw .payPal(422, nil, "TRANSACTION_DISPUTED") }
        guard left > 0 else { throw .payPal(422, nil, "CAPTURE_FULLY_REFUNDED") }
        let asked = json["amount"] == nil ? (steps: left, currency: capture.currency) : try amount(json["amount"])
        guard asked.currency == capture.currency else {
            throw .payPal(422, nil, "REFUND_CAPTURE_CURRENCY_MISMATCH")
        }
        guard asked.steps <= left else { throw .payPal(422, nil, "REFUND_AMOUNT_EXCEEDED") }
        let refund = seed.text(17, (key(of: request) ?? "") + desk.purpose(of: request), .capitals)
        let isDoomed = seed.happens(desk.failingRefunds, "fails \(refund)")
        addRefund(
            PayPalRefund(
                id: refund, createdAt: now, capture: id, amount: asked.steps, currency: asked.currency,
                customID: json["custom_id"]?.text, invoiceID: json["invoice_id"]?.text,
                note: json["note_to_payer"]?.text), isDoomed ? .later : .never, at: now)
        guard let made = refunds[refund] else { throw Self.nothing }
        return FakeAnswer(201, self.json(made))
    }

    mutating func refund(_ payment: String, minorUnits: Int64?, fails: FakeRefund, at now: Timestamp) -> String? {
        guard let capture = captures[payment], capture.state == "COMPLETED" else { return nil }
        let sums = sums(capture)
        guard !sums.isDisputed,
            let amount = part(
                minorUnits, of: capture.amount - sums.refunded - sums.lost, steps: { steps($0, capture.currency) })
        else { return nil }
        let id = seed.text(17, "refund \(capture.refunds.count) of \(payment)", .capitals)
        addRefund(
            PayPalRefund(
                id: id, createdAt: now, capture: payment, amount: amount, currency: capture.currency, customID: nil,
                invoiceID: nil, note: nil), fails, at: now)
        return id
    }

    private mutating func addRefund(_ refund: PayPalRefund, _ fails: FakeRefund, at now: Timestamp) {
        refunds[refund.id] = refund
        captures.change(refund.capture) { capture in
            capture.refunds.append(refund.id)
            capture.refunded += refund.amount
        }
        if fails == .atOnce {
            fail(refund.id, at: now)
            return
        }
        tell("PAYMENT.CAPTURE.REFUNDED", "refund", refund.id, json(refund), at: now)
        if fails == .later { agenda.add(.failRefund(refund.id), at: now.advanced(by: .seconds(5 * 86_400))) }
    }

    /// A refund comes back to the merchant.
    mutating func fail(_ id: String, at now: Timestamp) {
        guard let refund = refunds[id], refund.status != "FAILED" else { return }
        refunds.change(id) { $0.status = "FAILED" }
        captures.change(refund.capture) { $0.refunded -= refund.amount }
        if let refund = refunds[id] { tell("PAYMENT.REFUND.FAILED", "refund", id, json(refund), at: now) }
    }

    mutating func dispute(_ payment: String, minorUnits: Int64?, ends: FakeDispute, at now: Timestamp) -> String? {
        guard let capture = captures[payment], capture.state == "COMPLETED" else { return nil }
        let sums = sums(capture)
        guard
            let amount = part(
                minorUnits, of: capture.amount - sums.refunded - sums.contested, steps: { steps($0, capture.currency) })
        else { return nil }
        let purpose = "dispute \(capture.disputes.count) of \(payment)"
        let id = "PP-R-" + seed.text(3, purpose, .capitals) + "-" + seed.text(8, "second " + purpose, .capitals)
        disputes[id] = PayPalDispute(
            id: id, createdAt: now, updatedAt: now, capture: payment, amount: amount, currency: capture.currency,
            ends: ends)
        captures.change(payment) { $0.disputes.append(id) }
        tellDispute("CREATED", id, at: now)
        if ends != .open { agenda.add(.closeDispute(id), at: now.advanced(by: .seconds(30 * 86_400))) }
        return id
    }

    mutating func end(_ id: String, at now: Timestamp) {
        guard let dispute = disputes[id] else { return }
        disputes.change(id) { changed in
            changed.status = "RESOLVED"
            changed.updatedAt = now
            changed.outcome =
                switch dispute.ends {
                case .lost: "RESOLVED_BUYER_FAVOUR"
                case .inquiry: "CANCELED_BY_BUYER"
                default: "RESOLVED_SELLER_FAVOUR"
                }
        }
        tellDispute("RESOLVED", id, at: now)
        if dispute.ends == .lost { tellCapture("PAYMENT.CAPTURE.REVERSED", dispute.capture, at: now) }
    }

    /// The disputes about a transaction, or all; a page token counts them.
    func listDisputes(_ request: FakeRequest) throws(FakeRefusal) -> FakeJSON {
        guard let form = try? FakeForm(parsing: Array(request.query.utf8)),
            form.unknown(besides: ["disputed_transaction_id", "page_size", "next_page_token", "start_time"]) == nil
        else { throw .payPal(400, "INVALID_REQUEST", "INVALID_PARAMETER_VALUE") }
        let ids = form["disputed_transaction_id"].map { captures[$0]?.disputes ?? [] } ?? disputes.items.map(\.id)
        let size = Int(form["page_size"] ?? "10") ?? 0
        guard (1...50).contains(size), let from = Int(form["next_page_token"] ?? "0"), (0...1_000_000).contains(from)
        else {
            throw .payPal(400, "INVALID_REQUEST", "INVALID_PARAMETER_VALUE", field: "page_size")
        }
        let items = ids.dropFirst(from).prefix(size).compactMap { disputes[$0] }.map { json($0, isWhole: false) }
        var links: [FakeJSON] = []
        if from + size < ids.count {
            var query = "page_size=\(size)&next_page_token=\(from + size)"
            if let id = form["disputed_transaction_id"] { query += "&disputed_transaction_id=\(id)" }
            links.append(link("/v1/customer/disputes?\(query)", "next"))
        }
        return ["items": .list(items), "links": .list(links)]
    }

    // MARK: Telling

    mutating func tellOrder(_ type: String, _ id: String, at now: Timestamp) {
        if let order = orders[id] { tell(type, "checkout-order", id, json(order), at: now) }
    }

    mutating func tellCapture(_ type: String, _ id: String, at now: Timestamp) {
        if let capture = captures[id] { tell(type, "capture", id, json(capture), at: now) }
    }

    private mutating func tellDispute(_ type: String, _ id: String, at now: Timestamp) {
        guard let dispute = disputes[id] else { return }
        tell("CUSTOMER.DISPUTE." + type, "dispute", id, json(dispute, isWhole: true), at: now)
    }

    // MARK: The truth

    private func sums(_ capture: PayPalCapture) -> FakeSums {
        var sums = FakeSums(paid: capture.amount, refunded: capture.refunded)
        for dispute in capture.disputes.compactMap({ disputes[$0] }) {
            if dispute.isLost { sums.lost += dispute.amount }
            if dispute.isLost || dispute.isOpen { sums.contested += dispute.amount }
            sums.isDisputed = sums.isDisputed || dispute.isOpen
        }
        return sums
    }

    func books() -> [FakeBook] {
        captures.items.compactMap { capture in
            guard capture.state == "COMPLETED" else { return nil }
            var notes: [String: String] = [:]
            notes["custom_id"] = capture.customID
            notes["invoice_id"] = capture.invoiceID
            notes[CheckoutOrder.purchaseNote] = capture.customID
            return FakeBook(
                payment: capture.id, checkout: capture.order, notes: notes, currency: capture.currency,
                sums: sums(capture), convention: .payPal)
        }
    }

    private func steps(_ minorUnits: Int64, _ code: String) -> Int64? {
        guard let currency = try? Currency(code) else { return nil }
        return try? AmountConvention.payPal.steps(of: Money(minorUnits: minorUnits, currency: currency))
    }
}
