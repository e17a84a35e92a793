// Giving money back.

public import BuskerCore
import BuskerDatabase

extension PaymentInbox {
    /// Gives money of a purchase back and takes back what it bought, or finds the refund that the same key made before.
    ///
    /// A refund can still fail later: the next look gives again what was taken back.
    ///
    /// - Parameters:
    ///   - id: the purchase.
    ///   - amount: how much; all that is left where nothing is said.
    ///   - key: the host's key, unique for the purchase. 1 to 64 bytes of ASCII.
    ///   - reason: why, for the provider's records.
    /// - Throws: ``PaymentError`` with `unknownPurchase`, `notRefundable` when nothing is left or a dispute is open, `badAmount`,
    ///   `keyReused` when the key gave back another sum; or what the provider says, then repeat the call under the same key.
    @discardableResult
    public func refund(
        _ id: PurchaseID, amount: Money? = nil, key: String, reason: String? = nil
    ) async throws(PaymentError) -> Purchase {
        guard InboxText.holds(key, bytesMax: InboxLimits.refundKeyBytesMax), key.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw PaymentError(.badRequest, "The key of a refund has 1 to 64 bytes of ASCII.")
        }
        let now = clock.now
        let noted = try await writing { tx in try Self.note(id, amount, key, now, in: tx) }
        try pass(.refundNoted)
        if !noted.isMade {
            let gateway = try gateway(noted.purchase.provider, noted.purchase.mode)
            let order = RefundOrder(
                key: "refund:\(id):\(key)", payment: noted.payment, amount: noted.amount, reason: reason)
            let refund = try await gateway.refund(order)
            try pass(.refundMade)
            _ = try await writing { tx in
                try tx.execute(
                    """
                    UPDATE payments_refund SET refund = \(refund.id), status = \(refund.status)
                    WHERE purchase = \(id) AND refund_key = \(key)
                    """)
            }
        }
        return try await settle(id)
    }

    private struct Noted: Sendable {
        let purchase: Purchase
        let payment: String
        let amount: Money
        let isMade: Bool
    }

    /// Notes the refund before the provider hears of it, so that a repeated call asks for the same sum.
    private static func note(
        _ id: PurchaseID, _ amount: Money?, _ key: String, _ now: Timestamp, in tx: Transaction
    ) throws -> Noted {
        let purchase = try PurchaseStore.lock(id, in: tx).purchase
        guard let payment = purchase.payment, purchase.gift == .paid else {
            throw PaymentError(.notRefundable, "No money arrived for this purchase.")
        }
        let row = try tx.first(
            "SELECT amount_minor, refund FROM payments_refund WHERE purchase = \(id) AND refund_key = \(key)")
        if let row {
            let known = Money(minorUnits: try row.get(0), currency: purchase.price.currency)
            guard amount == nil || amount == known else {
                throw PaymentError(.keyReused, "The key gave back another sum before; take a new one.")
            }
            return Noted(
                purchase: purchase, payment: payment, amount: known, isMade: try row.get(1, as: String?.self) != nil)
        }
        let left = try purchase.price.subtracting(purchase.reversed)
        guard !purchase.isFrozen, left.minorUnits > 0 else {
            throw PaymentError(.notRefundable, "All of it was given back, or a dispute is open.")
        }
        let sum = amount ?? left
        guard sum.currency == left.currency, (1...left.minorUnits).contains(sum.minorUnits) else {
            throw PaymentError(.badAmount, "Of this purchase \(left) can be given back.")
        }
        try tx.execute(
            """
            INSERT INTO payments_refund (purchase, refund_key, amount_minor, created_us)
            VALUES (\(id), \(key), \(sum.minorUnits), \(now))
            """)
        return Noted(purchase: purchase, payment: payment, amount: sum, isMade: false)
    }
}
