// Purchases in the tables.

import BuskerCore
import BuskerDatabase

/// A purchase with what only the inbox needs to know.
struct PurchaseRow: Sendable {
    var purchase: Purchase
    let key: String
    var ticket: Int64
    var attempts: Int
}

/// Reads and writes purchases.
enum PurchaseStore {
    private static let columns: SQL = """
        id, provider, mode, buyer, buy_key, kind, item, price_minor, currency, created_us, checkout, checkout_url,
        expires_us, payment, state, reversed_minor, frozen, gift, look, ticket, attempts
        """

    static func find(_ condition: SQL, in tx: ReadTransaction) throws -> PurchaseRow? {
        try tx.first("SELECT \(columns) FROM payments_purchase WHERE \(condition)").map(row)
    }

    static func list(_ condition: SQL, in tx: ReadTransaction) throws -> [PurchaseRow] {
        try tx.rows("SELECT \(columns) FROM payments_purchase WHERE \(condition)").map(row)
    }

    /// The purchase, held until the transaction is over.
    static func lock(_ id: PurchaseID, in tx: Transaction) throws -> PurchaseRow {
        guard let row = try find("id = \(id)\(tx.dialect.forUpdate)", in: tx) else { throw PaymentError.noPurchase }
        return row
    }

    /// The purchase with the number of a new look.
    static func takeTicket(_ id: PurchaseID, in tx: Transaction) throws -> PurchaseRow {
        let row = try tx.first(
            "UPDATE payments_purchase SET ticket = ticket + 1 WHERE id = \(id) RETURNING \(columns)")
        guard let row else { throw PaymentError.noPurchase }
        return try self.row(row)
    }

    /// Inserts a purchase unless its buyer used the key before.
    static func insert(_ row: PurchaseRow, due: Timestamp?, in tx: Transaction) throws -> Bool {
        let p = row.purchase
        return try tx.execute(
            """
            INSERT INTO payments_purchase (\(columns), due_us)
            VALUES (\(p.id), \(p.provider.name), \(p.mode.rawValue), \(p.buyer), \(row.key), \(p.kind), \(p.item),
            \(p.price.minorUnits), \(p.price.currency.code), \(p.createdAt), \(p.checkout), \(p.checkoutURL),
            \(p.expiresAt), \(p.payment), \(p.state.rawValue), \(p.reversed.minorUnits), \(p.isFrozen),
            \(p.gift.rawValue), \(p.look), \(row.ticket), \(row.attempts), \(due))
            ON CONFLICT (buyer, buy_key) DO NOTHING
            """) > 0
    }

    static func save(_ p: Purchase, due: Timestamp?, in tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE payments_purchase SET checkout = \(p.checkout), checkout_url = \(p.checkoutURL),
            expires_us = \(p.expiresAt), payment = \(p.payment), state = \(p.state.rawValue),
            reversed_minor = \(p.reversed.minorUnits), frozen = \(p.isFrozen), gift = \(p.gift.rawValue),
            look = \(p.look), due_us = \(due), attempts = 0, problem = \(String?.none) WHERE id = \(p.id)
            """)
    }

    static func failed(_ id: PurchaseID, attempts: Int, problem: String, due: Timestamp, in tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE payments_purchase SET attempts = \(attempts), problem = \(problem), due_us = \(due)
            WHERE id = \(id) AND due_us IS NOT NULL
            """)
    }

    /// Up to `limit` purchases whose time has come; no other sweep finds them before `until`.
    static func claim(_ limit: Int, at now: Timestamp, until: Timestamp, in tx: Transaction) throws -> [PurchaseID] {
        let ids: [PurchaseID] = try tx.rows(
            """
            SELECT id FROM payments_purchase WHERE due_us <= \(now) ORDER BY due_us LIMIT \(limit)\(tx.dialect.forUpdateSkipLocked)
            """
        ).map { try $0.get(0) }
        guard !ids.isEmpty else { return [] }
        try tx.execute("UPDATE payments_purchase SET due_us = \(until) WHERE id IN \(list: ids)")
        return ids
    }

    private static func row(_ row: Row) throws -> PurchaseRow {
        let currency = try Currency(try row.get(8, as: String.self))
        guard let mode = PaymentMode(rawValue: try row.get(2)), let state = PurchaseState(rawValue: try row.get(14)),
            let gift = PurchaseGift(rawValue: try row.get(17))
        else { throw PaymentError.strangeRow("purchase") }
        let purchase = Purchase(
            id: try row.get(0), provider: PaymentProvider(stored: try row.get(1)), mode: mode, buyer: try row.get(3),
            kind: try row.get(5), item: try row.get(6),
            price: Money(minorUnits: try row.get(7), currency: currency), createdAt: try row.get(9),
            checkout: try row.get(10), checkoutURL: try row.get(11), payment: try row.get(13), state: state,
            reversed: Money(minorUnits: try row.get(15), currency: currency), isFrozen: try row.get(16),
            expiresAt: try row.get(12), look: try row.get(18), gift: gift)
        return PurchaseRow(
            purchase: purchase, key: try row.get(4), ticket: try row.get(19), attempts: try row.get(20))
    }
}

extension PaymentError {
    static let noPurchase = PaymentError(.unknownPurchase, "There is no such purchase.")

    static func strangeRow(_ what: String) -> PaymentError {
        PaymentError(.databaseFailed, "A stored \(what) cannot be read; was it written by a newer release?")
    }

    /// What a failure looks like from the room of payments.
    init(any error: any Error) {
        switch error {
        case let error as PaymentError: self = error
        case let error as DatabaseError:
            self.init(
                .databaseFailed, "The database failed; repeat the same call under the same key. \(error.detail)",
                underlying: error)
        case is CancellationError:
            self.init(.cancelled, "The task was cancelled before anything was changed.")
        default:
            self.init(
                .effectFailed, "What the payment makes necessary could not be carried out; nothing was changed.",
                underlying: error)
        }
    }

    /// Whether waiting is all that helps, so that nothing is wrong with what was asked.
    var isOutage: Bool {
        [.unavailable, .rateLimited, .inProgress, .unauthorised, .databaseFailed, .cancelled, .overloaded].contains(
            code)
    }
}
