// Strays in the tables.

import BuskerCore
import BuskerDatabase

/// Reads and writes payments that buy nothing.
enum StrayStore {
    private static let columns: SQL = """
        provider, mode, payment, purchase, reason, amount_minor, currency, created_us, closed_us
        """

    /// Keeps a stray unless it is known; answers whether it is new.
    static func insert(_ stray: StrayPayment, in tx: Transaction) throws -> Bool {
        try tx.execute(
            """
            INSERT INTO payments_stray (\(columns))
            VALUES (\(stray.provider.name), \(stray.mode.rawValue), \(stray.payment), \(stray.purchase), \(stray.reason),
            \(stray.amount?.minorUnits), \(stray.amount?.currency.code), \(stray.createdAt), \(stray.closedAt))
            ON CONFLICT (provider, mode, payment) DO NOTHING
            """) > 0
    }

    static func list(_ condition: SQL, in tx: ReadTransaction) throws -> [StrayPayment] {
        try tx.rows("SELECT \(columns) FROM payments_stray WHERE \(condition)").map { row in
            guard let mode = PaymentMode(rawValue: try row.get(1)) else { throw PaymentError.strangeRow("stray") }
            let minor = try row.get(5, as: Int64?.self)
            let code = try row.get(6, as: String?.self)
            var amount: Money?
            if let minor, let code { amount = Money(minorUnits: minor, currency: try Currency(code)) }
            return StrayPayment(
                provider: PaymentProvider(stored: try row.get(0)), mode: mode, payment: try row.get(2),
                purchase: try row.get(3), reason: try row.get(4), amount: amount, createdAt: try row.get(7),
                closedAt: try row.get(8))
        }
    }

    static func close(_ stray: StrayPayment, refund: String?, at now: Timestamp, in tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE payments_stray SET closed_us = \(now), refund = \(refund) WHERE provider = \(stray.provider.name)
            AND mode = \(stray.mode.rawValue) AND payment = \(stray.payment) AND closed_us IS NULL
            """)
    }
}
