// Subscriptions: looked at like purchases, and told to whoever keeps entitlements.

import BuskerCore
import BuskerDatabase

extension PaymentInbox {
    /// Looks at a subscription and tells the handler of the kind `subscription` how it stands.
    func entitle(
        _ id: String, by receipt: WebhookReceipt, _ gateway: any PaymentGateway
    ) async throws(PaymentError) -> SubscriptionStanding {
        let key: SQL =
            "provider = \(gateway.provider.name) AND mode = \(gateway.mode.rawValue) AND subscription = \(id)"
        let (provider, mode) = (gateway.provider.name, gateway.mode.rawValue)
        let ticket: Int64 = try await writing { tx in
            try tx.value(
                """
                INSERT INTO payments_subscription (provider, mode, subscription, ticket, look, status, active)
                VALUES (\(provider), \(mode), \(id), 1, 0, \("unknown"), \(false))
                ON CONFLICT (provider, mode, subscription) DO UPDATE SET ticket = payments_subscription.ticket + 1
                RETURNING ticket
                """) ?? 1
        }
        let standing = try await gate.pass { () async throws(PaymentError) in try await gateway.subscription(id) }
        let now = clock.now
        try await writing { tx in
            let isNewer = try tx.execute(
                """
                UPDATE payments_subscription SET look = \(ticket), status = \(standing.status),
                active = \(standing.isActive), period_end_us = \(standing.periodEnd) WHERE \(key) AND look < \(ticket)
                """)
            var problem: String?
            if isNewer > 0, self.handlers["subscription"] != nil {
                problem = try self.carryOut(.entitle(standing), in: tx)
            }
            try ReceiptStore.close([receipt.id], .done, nil, problem: problem, at: now, in: tx)
        }
        return standing
    }
}
