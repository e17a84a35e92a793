// How Polar writes its objects.

import BuskerCore

extension FakePolar {
    func json(_ checkout: PolarCheckout) -> FakeJSON {
        let net = checkout.amount - checkout.discount
        return .object([
            ("id", .text(checkout.id)), ("created_at", .text(checkout.createdAt.iso8601)), ("modified_at", nil),
            ("allow_discount_codes", false), ("amount", .number(checkout.amount)),
            ("client_secret", .text("polar_c_" + seed.text(32, "secret \(checkout.id)"))),
            ("currency", .text(checkout.currency)), ("customer_email", .text(checkout.email)),
            ("customer_id", nil), ("discount_amount", .number(checkout.discount)), ("discount_id", nil),
            ("embed_origin", nil), ("expires_at", .text(checkout.expiresAt.iso8601)),
            ("external_customer_id", .text(checkout.buyer)), ("metadata", .texts(checkout.metadata)),
            ("net_amount", .number(net)), ("payment_processor", "stripe"), ("product_id", .text(checkout.product)),
            ("products", [["id": .text(checkout.product)]]), ("return_url", .text(checkout.returnURL)),
            ("status", .text(checkout.status)), ("success_url", .text(checkout.successURL)),
            ("tax_amount", .number(net / 5)), ("total_amount", .number(net + net / 5)), ("url", .text(checkout.url)),
        ])
    }

    func json(_ order: PolarOrder) -> FakeJSON {
        .object([
            ("id", .text(order.id)), ("created_at", .text(order.createdAt.iso8601)), ("modified_at", nil),
            ("applied_balance_amount", 0), ("billing_reason", "purchase"), ("checkout_id", .text(order.checkout)),
            ("currency", .text(order.currency)),
            (
                "customer",
                ["id": .text(seed.uuid("customer \(order.buyer ?? order.id)")), "external_id": .text(order.buyer)]
            ),
            ("customer_id", .text(seed.uuid("customer \(order.buyer ?? order.id)"))),
            ("discount_amount", .number(order.discount)), ("discount_id", nil),
            ("due_amount", .number(order.net + order.tax)), ("invoice_number", .text("BUSKER-" + order.id.prefix(8))),
            ("is_invoice_generated", false), ("items", []), ("metadata", .texts(order.metadata)),
            ("net_amount", .number(order.net)), ("next_payment_attempt_at", nil), ("paid", .flag(order.isPaid)),
            ("platform_fee_amount", .number(order.net / 20)), ("product_id", .text(order.product)),
            ("receipt_number", nil), ("refundable_amount", .number(order.net - order.refunded)),
            ("refundable_tax_amount", .number(order.tax - order.refundedTax)),
            ("refunded_amount", .number(order.refunded)), ("refunded_tax_amount", .number(order.refundedTax)),
            ("status", .text(order.status)), ("subscription_id", nil), ("subtotal_amount", .number(order.subtotal)),
            ("tax_amount", .number(order.tax)), ("total_amount", .number(order.net + order.tax)),
        ])
    }

    func json(_ refund: PolarRefund) -> FakeJSON {
        .object([
            ("id", .text(refund.id)), ("created_at", .text(refund.createdAt.iso8601)), ("modified_at", nil),
            ("amount", .number(refund.amount)), ("currency", .text(refund.currency)), ("customer_id", nil),
            ("dispute", nil), ("metadata", .texts(refund.metadata)), ("order_id", .text(refund.order)),
            ("reason", .text(refund.reason)), ("revoke_benefits", false), ("status", .text(refund.status)),
            ("subscription_id", nil), ("tax_amount", .number(refund.tax)),
        ])
    }

    func json(_ dispute: PolarDispute) -> FakeJSON {
        let isResolved = dispute.status == "won" || dispute.status == "lost"
        return .object([
            ("id", .text(dispute.id)), ("created_at", .text(dispute.createdAt.iso8601)), ("modified_at", nil),
            ("amount", .number(dispute.amount)), ("closed", .flag(isResolved)), ("currency", .text(dispute.currency)),
            ("order_id", .text(dispute.order)), ("payment_id", .text(seed.uuid("payment of \(dispute.order)"))),
            ("resolved", .flag(isResolved)), ("status", .text(dispute.status)), ("tax_amount", 0),
        ])
    }

    func json(_ subscription: PolarSubscription) -> FakeJSON {
        .object([
            ("id", .text(subscription.id)), ("created_at", .text(subscription.createdAt.iso8601)),
            ("modified_at", nil), ("amount", 1000), ("cancel_at_period_end", false), ("canceled_at", nil),
            ("checkout_id", nil), ("currency", "usd"),
            ("current_period_end", .text(subscription.periodEnd.iso8601)),
            ("current_period_start", .text(subscription.createdAt.iso8601)), ("ended_at", nil),
            ("metadata", .texts(subscription.metadata)), ("recurring_interval", "month"),
            ("status", .text(subscription.status)),
        ])
    }
}
