// How PayPal writes its objects.

import BuskerCore
import BuskerPayments

extension FakePayPal {
    func json(_ order: PayPalTestOrder) -> FakeJSON {
        var unit: [(String, FakeJSON)] = [
            ("reference_id", "default"), ("amount", money(order.amount, order.currency)),
            ("payee", ["merchant_id": "BUSKERTESTSHOP"]),
        ]
        if let text = order.description { unit.append(("description", .text(text))) }
        if let text = order.customID { unit.append(("custom_id", .text(text))) }
        if let text = order.invoiceID { unit.append(("invoice_id", .text(text))) }
        if let capture = order.capture.flatMap({ captures[$0] }) {
            let back = capture.refunds.compactMap { refunds[$0] }.map { json($0) }
            var payments: [(String, FakeJSON)] = [("captures", [json(capture)])]
            if !back.isEmpty { payments.append(("refunds", .list(back))) }
            unit.append(("payments", .object(payments)))
        }
        let path = "/v2/checkout/orders/\(order.id)"
        var links = [link(path, "self")]
        if ["CREATED", "PAYER_ACTION_REQUIRED"].contains(order.status) {
            let name = order.hasSource ? "payer-action" : "approve"
            links.append(["href": .text(order.url), "rel": .text(name), "method": "GET"])
        }
        return .object([
            ("id", .text(order.id)), ("intent", "CAPTURE"), ("status", .text(order.status)),
            ("purchase_units", [.object(unit)]), ("create_time", .text(Self.moment(order.createdAt))),
            ("update_time", .text(Self.moment(order.updatedAt))), ("links", .list(links)),
        ])
    }

    func json(_ capture: PayPalCapture) -> FakeJSON {
        let path = "/v2/payments/captures/\(capture.id)"
        var members: [(String, FakeJSON)] = [
            ("id", .text(capture.id)), ("status", .text(capture.status)),
            ("amount", money(capture.amount, capture.currency)), ("final_capture", true),
            ("seller_protection", ["status": "ELIGIBLE"]),
            ("create_time", .text(Self.moment(capture.createdAt))),
            ("update_time", .text(Self.moment(capture.createdAt))),
            ("supplementary_data", ["related_ids": ["order_id": .text(capture.order)]]),
            (
                "links",
                [
                    link(path, "self"), link("\(path)/refund", "refund", "POST"),
                    link("/v2/checkout/orders/\(capture.order)", "up"),
                ]
            ),
        ]
        if let text = capture.customID { members.append(("custom_id", .text(text))) }
        if let text = capture.invoiceID { members.append(("invoice_id", .text(text))) }
        if capture.state == "PENDING" { members.append(("status_details", ["reason": "ECHECK"])) }
        return .object(members)
    }

    func json(_ refund: PayPalRefund) -> FakeJSON {
        var members: [(String, FakeJSON)] = [
            ("id", .text(refund.id)), ("status", .text(refund.status)),
            ("amount", money(refund.amount, refund.currency)),
            ("create_time", .text(Self.moment(refund.createdAt))),
            ("update_time", .text(Self.moment(refund.createdAt))),
            (
                "links",
                [
                    link("/v2/payments/refunds/\(refund.id)", "self"),
                    link("/v2/payments/captures/\(refund.capture)", "up"),
                ]
            ),
        ]
        if let text = refund.customID { members.append(("custom_id", .text(text))) }
        if let text = refund.note { members.append(("note_to_payer", .text(text))) }
        return .object(members)
    }

    /// A dispute as a list has it, or with how it ended.
    func json(_ dispute: PayPalDispute, isWhole: Bool) -> FakeJSON {
        let amount = money(dispute.amount, dispute.currency)
        var members: [(String, FakeJSON)] = [
            ("dispute_id", .text(dispute.id)), ("create_time", .text(Self.moment(dispute.createdAt))),
            ("update_time", .text(Self.moment(dispute.updatedAt))), ("reason", "UNAUTHORISED"),
            ("status", .text(dispute.status)),
            ("dispute_state", .text(dispute.isOpen ? "REQUIRED_ACTION" : "RESOLVED")), ("dispute_amount", amount),
            ("dispute_life_cycle_stage", .text(dispute.ends == .inquiry ? "INQUIRY" : "CHARGEBACK")),
            ("links", [link("/v1/customer/disputes/\(dispute.id)", "self")]),
        ]
        guard isWhole else { return .object(members) }
        let capture = captures[dispute.capture]
        members.append(
            (
                "disputed_transactions",
                [
                    [
                        "buyer_transaction_id": .text(seed.text(17, "buyer's \(dispute.capture)", .capitals)),
                        "seller_transaction_id": .text(dispute.capture), "custom": .text(capture?.customID),
                        "gross_amount": money(capture?.amount ?? 0, dispute.currency),
                    ]
                ]
            ))
        if let outcome = dispute.outcome {
            members.append(
                (
                    "dispute_outcome",
                    [
                        "outcome_code": .text(outcome),
                        "amount_refunded": money(dispute.isLost ? dispute.amount : 0, dispute.currency),
                    ]
                ))
        }
        return .object(members)
    }

    func link(_ path: String, _ name: String, _ method: String = "GET") -> FakeJSON {
        ["href": .text("https://api.paypal.com" + path), "rel": .text(name), "method": .text(method)]
    }

    private func money(_ steps: Int64, _ code: String) -> FakeJSON {
        let money = try? AmountConvention.payPal.money(steps: steps, code: code)
        let text = money.flatMap { try? AmountConvention.payPal.text(of: $0) } ?? String(steps)
        return ["currency_code": .text(code), "value": .text(text)]
    }
}
