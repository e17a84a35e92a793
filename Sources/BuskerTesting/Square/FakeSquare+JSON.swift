// How Square writes its objects.

import BuskerCore

extension FakeSquare {
    func link(_ order: SquareOrder) -> FakeJSON {
        [
            "id": .text(order.link), "version": 1, "order_id": .text(order.id), "url": .text(order.url),
            "long_url": .text(order.url), "created_at": .text(order.createdAt.iso8601),
            "checkout_options": ["redirect_url": .text(order.redirectURL), "allow_tipping": false],
        ]
    }

    func json(_ order: SquareOrder) -> FakeJSON {
        var members: [(String, FakeJSON)] = [
            ("id", .text(order.id)), ("location_id", .text(desk.keys.locationID)),
            ("source", ["name": "Busker's double"]),
            (
                "line_items",
                [
                    [
                        "uid": .text(String(order.id.prefix(22))), "name": .text(order.title), "quantity": "1",
                        "base_price_money": money(order.amount, order.currency),
                        "total_money": money(order.total, order.currency),
                    ]
                ]
            ), ("created_at", .text(order.createdAt.iso8601)), ("updated_at", .text(order.createdAt.iso8601)),
            ("state", .text(order.state)), ("version", 1), ("total_tax_money", money(0, order.currency)),
            ("total_discount_money", money(order.discount, order.currency)),
            ("total_tip_money", money(0, order.currency)), ("total_money", money(order.total, order.currency)),
        ]
        if let reference = order.reference { members.append(("reference_id", .text(reference))) }
        let tenders = order.payments.compactMap { payments[$0] }.filter { $0.status != "FAILED" }
        if !tenders.isEmpty {
            let list = tenders.map { payment -> FakeJSON in
                [
                    "id": .text(payment.id), "transaction_id": .text(order.id), "payment_id": .text(payment.id),
                    "amount_money": money(payment.amount, payment.currency), "type": "CARD",
                ]
            }
            members.append(("tenders", .list(list)))
        }
        return .object(members)
    }

    func json(_ payment: SquarePayment) -> FakeJSON {
        var members: [(String, FakeJSON)] = [
            ("id", .text(payment.id)), ("created_at", .text(payment.createdAt.iso8601)),
            ("updated_at", .text(payment.createdAt.iso8601)),
            ("amount_money", money(payment.amount, payment.currency)),
            ("total_money", money(payment.amount, payment.currency)), ("status", .text(payment.status)),
            ("source_type", "CARD"), ("location_id", .text(desk.keys.locationID)),
            ("version", .number(payment.version)),
            ("version_token", .text(seed.text(32, "version \(payment.version) of \(payment.id)"))),
        ]
        if payment.status == "COMPLETED" {
            members.append(("approved_money", money(payment.amount, payment.currency)))
        }
        if let order = payment.order { members.append(("order_id", .text(order))) }
        if let reference = payment.reference { members.append(("reference_id", .text(reference))) }
        if !payment.refunds.isEmpty {
            members.append(("refunded_money", money(payment.refunded, payment.currency)))
            members.append(("refund_ids", .list(payment.refunds.map { .text($0) })))
        }
        return .object(members)
    }

    func json(_ refund: SquareRefund) -> FakeJSON {
        var members: [(String, FakeJSON)] = [
            ("id", .text(refund.id)), ("status", .text(refund.status)), ("payment_id", .text(refund.payment)),
            ("amount_money", money(refund.amount, refund.currency)),
            ("location_id", .text(desk.keys.locationID)), ("created_at", .text(refund.createdAt.iso8601)),
            ("updated_at", .text(refund.createdAt.iso8601)),
        ]
        if let order = refund.order { members.append(("order_id", .text(order))) }
        if let reason = refund.reason { members.append(("reason", .text(reason))) }
        return .object(members)
    }

    func json(_ dispute: SquareDispute) -> FakeJSON {
        [
            "id": .text(dispute.id), "dispute_id": .text(dispute.id),
            "amount_money": money(dispute.amount, dispute.currency), "reason": "NO_KNOWLEDGE",
            "state": .text(dispute.state), "due_at": .text(dispute.createdAt.advanced(by: .seconds(864_000)).iso8601),
            "disputed_payment": ["payment_id": .text(dispute.payment)], "card_brand": "VISA",
            "created_at": .text(dispute.createdAt.iso8601), "updated_at": .text(dispute.createdAt.iso8601),
            "location_id": .text(desk.keys.locationID),
        ]
    }

    private func money(_ steps: Int64, _ code: String) -> FakeJSON {
        ["amount": .number(steps), "currency": .text(code)]
    }
}
