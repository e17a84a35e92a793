// A purchase as part of somebody's transaction.

public import BuskerCore
public import BuskerDatabase

extension PaymentInbox {
    /// A purchase as the transaction sees it; nothing when there is none.
    public static func purchase(_ id: PurchaseID, in tx: ReadTransaction) throws -> Purchase? {
        try PurchaseStore.find("id = \(id)", in: tx)?.purchase
    }

    /// A purchase that nobody else changes until the transaction is over; nothing when there is none.
    public static func purchase(locking id: PurchaseID, in tx: Transaction) throws -> Purchase? {
        try PurchaseStore.find("id = \(id)\(tx.dialect.forUpdate)", in: tx)?.purchase
    }
}
