// What payments change for downloads.

import BuskerCore
public import BuskerDatabase
public import BuskerPayments

/// Carries out effects for purchases of the kind `download`: what was bought is the purchase itself, and links to it end when its
/// money goes back or is fought over.
public struct DownloadEffects: PaymentEffectHandler {
    /// The kind of purchases that the gate lets out.
    public static let kind = "download"

    private let freePurchasesMax: Int

    /// Makes a handler.
    ///
    /// - Parameter freePurchasesMax: how many downloads a buyer may have without money, such as with a coupon of 100 percent.
    public init(freePurchasesMax: Int = 0) { self.freePurchasesMax = freePurchasesMax }

    /// Carries out one effect in the transaction in which the purchase changes.
    ///
    /// - Throws: `PaymentError` with `refused` when nothing more may be had for free.
    public func apply(_ effect: PaymentEffect, in tx: Transaction) throws {
        switch effect {
        case .grantFree(let purchase):
            if let lock = tx.dialect.lock(on: "free_download:\(purchase.buyer)") { try tx.execute(lock) }
            let had: Int64? = try tx.value(
                """
                SELECT COUNT(*) FROM payments_purchase
                WHERE buyer = \(purchase.buyer) AND kind = \(Self.kind) AND gift = \(PurchaseGift.free.rawValue)
                AND id <> \(purchase.id)
                """)
            guard had ?? 0 < Int64(freePurchasesMax) else {
                throw PaymentError(.refused, "Nothing more may be had for free.", reason: "free_limit")
            }
        case .reverse(let purchase, _, let total) where total.minorUnits > 0:
            try DownloadStore.revoke(purchase.id, in: tx)
        case .freeze(let purchase, _): try DownloadStore.revoke(purchase.id, in: tx)
        case .grant, .reverse, .unfreeze, .abandon, .entitle: break
        }
    }
}
