// How money goes back at Polar: refunds and disputes.

import BuskerCore
import BuskerPayments

extension FakePolar {
    private static let refundFields: Set<String> = [
        "order_id", "reason", "amount", "comment", "revoke_benefits", "metadata", "dispute_id",
    ]
    private static let reasons: Set<String> = [
        "duplicate", "fraudulent", "customer_request", "service_disruption", "satisfaction_guarantee", "other",
    ]

    mutating func createRefund(_ request: FakeRequest, at now: Timestamp) throws(FakeRefusal) -> FakeAnswer {
        let json = try body(request, Self.refundFields)
        guard let id = json["order_id"]?.text, let order = orders[id] else {
            throw .polarField(["body", "order_id"], "Order not found")
        }
        guard let reason = json["reason"]?.text, Self.reasons.contains(reason) else {
            throw .polarField(["body", "reason"], "Input should be one of Polar's reasons", type: "enum")
        }
        guard let amount = json["amount"]?.integer, amount > 0 else {
            throw .polarField(["body", "amount"], "Input should be greater than 0", type: "greater_than")
        }
        let notes = try metadata(json)
        guard order.isPaid else { throw .polar(403, "OrderNotPaid", "Order is not paid yet.") }
        let sums = sums(order)
        guard !sums.isDisputed else { throw .polar(403, "OrderDisputed", "Order has an open dispute.") }
        let left = order.net - sums.refunded - sums.lost
        guard left > 0 else {
            throw .polar(403, "RefundedAlready", "Order is already fully refunded: \(id)")
        }
        guard amount <= left else {
            throw .polar(
                400, "RefundAmountTooHigh", "Refund amount exceeds remaining order balance. Refundable: \(left)")
        }
        let refund = seed.uuid(desk.purpose(of: request))
        let isDoomed = seed.happens(desk.failingRefunds, "fails \(refund)")
        addRefund(refund, order, amount, isDoomed ? .later : .never, reason: reason, notes: notes, at: now)
        guard let made = refunds[refund] else { throw Self.nothing }
        return FakeAnswer(201, self.json(made))
    }

    mutating func refund(_ payment: String, minorUnits: Int64?, fails: FakeRefund, at now: Timestamp) -> String? {
        guard let order = orders[payment], order.isPaid else { return nil }
        let sums = sums(order)
        guard !sums.isDisputed,
            let amount = part(
                minorUnits, of: order.net - sums.refunded - sums.lost, steps: { steps($0, order.currency) })
        else { return nil }
        let id = seed.uuid("refund \(order.refunds.count) of \(payment)")
        addRefund(id, order, amount, fails, reason: "customer_request", notes: [:], at: now)
        return id
    }

    private mutating func addRefund(
        _ id: String, _ order: PolarOrder, _ amount: Int64, _ fails: FakeRefund, reason: String,
        notes: [String: String], at now: Timestamp
    ) {
        refunds[id] = PolarRefund(
            id: id, createdAt: now, order: order.id, amount: amount,
            tax: order.net > 0 ? order.tax * amount / order.net : 0, currency: order.currency, reason: reason,
            metadata: notes, status: fails == .atOnce ? "pending" : "succeeded")
        orders.change(order.id) { $0.refunds.append(id) }
        tellRefund("refund.created", id, at: now)
        guard fails != .atOnce else {
            fail(id, at: now)
            return
        }
        setRefunded(order.id, by: amount)
        tellOrder("order.updated", order.id, at: now)
        tellOrder("order.refunded", order.id, at: now)
        if fails == .later { agenda.add(.failRefund(id), at: now.advanced(by: .seconds(5 * 86_400))) }
    }

    private mutating func setRefunded(_ id: String, by amount: Int64) {
        orders.change(id) { order in
            order.refunded += amount
            order.status =
                order.refunded >= order.net ? "refunded" : order.refunded > 0 ? "partially_refunded" : "paid"
        }
    }

    /// A refund comes back: the order's sum is lowered, and no `order.refunded` tells of it.
    mutating func fail(_ id: String, at now: Timestamp) {
        guard let refund = refunds[id], refund.status != "failed" else { return }
        if refund.status == "succeeded" {
            setRefunded(refund.order, by: -refund.amount)
            tellOrder("order.updated", refund.order, at: now)
        }
        refunds.change(id) { $0.status = "failed" }
        tellRefund("refund.updated", id, at: now)
    }

    private mutating func tellRefund(_ type: String, _ id: String, at now: Timestamp) {
        if let refund = refunds[id] { tell(type, id, json(refund), at: now) }
    }

    mutating func dispute(_ payment: String, minorUnits: Int64?, ends: FakeDispute, at now: Timestamp) -> String? {
        guard let order = orders[payment], order.isPaid else { return nil }
        let sums = sums(order)
        guard
            let amount = part(
                minorUnits, of: order.net - sums.refunded - sums.contested, steps: { steps($0, order.currency) })
        else { return nil }
        let id = seed.uuid("dispute \(order.disputes.count) of \(payment)")
        disputes[id] = PolarDispute(
            id: id, createdAt: now, order: payment, amount: amount, currency: order.currency, ends: ends,
            status: ends == .inquiry ? "early_warning" : "needs_response")
        orders.change(payment) { $0.disputes.append(id) }
        tellOrder("order.updated", payment, at: now)
        if ends == .won || ends == .lost {
            agenda.add(.closeDispute(id), at: now.advanced(by: .seconds(30 * 86_400)))
        }
        return id
    }

    mutating func end(_ id: String, at now: Timestamp) {
        guard let dispute = disputes[id] else { return }
        disputes.change(id) { $0.status = dispute.ends == .won ? "won" : "lost" }
        tellOrder("order.updated", dispute.order, at: now)
    }

    private func sums(_ order: PolarOrder) -> FakeSums {
        var sums = FakeSums(paid: order.net, refunded: order.refunded)
        for dispute in order.disputes.compactMap({ disputes[$0] }) {
            let isOpen = dispute.status == "needs_response"
            if dispute.status == "lost" { sums.lost += dispute.amount }
            if dispute.status == "lost" || isOpen { sums.contested += dispute.amount }
            sums.isDisputed = sums.isDisputed || isOpen
        }
        return sums
    }

    func books() -> [FakeBook] {
        orders.items.compactMap { order in
            guard order.isPaid, order.net > 0 else { return nil }
            return FakeBook(
                payment: order.id, checkout: order.checkout, notes: order.metadata, currency: order.currency,
                sums: sums(order), convention: .polar)
        }
    }

    private func steps(_ minorUnits: Int64, _ currency: String) -> Int64? {
        guard let currency = try? Currency(currency.uppercased()) else { return nil }
        return try? AmountConvention.polar.steps(of: Money(minorUnits: minorUnits, currency: currency))
    }
}
