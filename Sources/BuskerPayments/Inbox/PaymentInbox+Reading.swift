// A purchase as part of somebody's transaction.

public import BuskerCore
public import BuskerDatabase

extension PaymentInbox {
    /// A purchase as the transaction sees it; nothing when there is none.
    public static func purchase(_ id: PurchaseID, in tx: ReadTransaction) throws -> Purchase? {
        try PurchaseStore.find("id = \(id)", in: tx)?.purchase
    }

    /// The purchases of one thing, whoever made them, the newest first.
    ///
    /// - Parameters:
    ///   - item: what was bought, such as `job_…`.
    ///   - kind: what kind of thing it is.
    ///   - buyer: whose; everybody's when there is none.
    ///   - tx: the transaction.
    public static func purchases(
        of item: String, kind: String, buyer: String? = nil, in tx: ReadTransaction
    ) throws -> [Purchase] {
        let whose: SQL = buyer.map { "AND buyer = \($0)" } ?? ""
        return try PurchaseStore.list("item = \(item) AND kind = \(kind) \(whose) ORDER BY id DESC", in: tx)
            .map(\.purchase)
    }

    /// A purchase that nobody else changes until the transaction is over; nothing when there is none.
    public static func purchase(locking id: PurchaseID, in tx: Transaction) throws -> Purchase? {
        try PurchaseStore.find("id = \(id)\(tx.dialect.forUpdate)", in: tx)?.purchase
    }
}
