// The tables of payments.

public import BuskerDatabase

/// The tables of payments, step by step; times are microseconds since 1970.
public enum PaymentsSchema {
    /// The steps, in order.
    public static let migrations: [Migration] = [
        Migration(
            room: "payments", version: 1, name: "purchases, receipts, refunds, strays, subscriptions",
            statements: { d in purchases(d) + receipts(d) + others(d) }),
        Migration(room: "payments", version: 2, name: "purchases by what was bought") { _ in
            ["CREATE INDEX payments_purchase_item ON payments_purchase (item, kind)"]
        },
    ]

    /// `ticket` is the last look that began, `look` the last that was applied; nothing is looked at by itself before
    /// `due_us`, and never again where it is missing.
    ///
    /// `gift` is 0 for nothing, 1 for money, 2 for none.
    private static func purchases(_ d: Dialect) -> [String] {
        [
            """
            CREATE TABLE payments_purchase (
                id \(d.bytes) PRIMARY KEY, provider TEXT NOT NULL, mode TEXT NOT NULL, buyer TEXT NOT NULL,
                buy_key TEXT NOT NULL, kind TEXT NOT NULL, item TEXT NOT NULL, price_minor \(d.integer) NOT NULL,
                currency TEXT NOT NULL, created_us \(d.integer) NOT NULL, checkout TEXT, checkout_url TEXT,
                expires_us \(d.integer), payment TEXT, state TEXT NOT NULL, reversed_minor \(d.integer) NOT NULL,
                frozen \(d.integer) NOT NULL, gift \(d.integer) NOT NULL, ticket \(d.integer) NOT NULL,
                look \(d.integer) NOT NULL, due_us \(d.integer), attempts \(d.integer) NOT NULL, problem TEXT,
                CONSTRAINT payments_purchase_range CHECK (
                    price_minor >= 0 AND 0 <= reversed_minor AND reversed_minor <= price_minor AND look <= ticket
                    AND (gift <> 1 OR payment IS NOT NULL))
            )\(d.strictChanging)
            """,
            "CREATE UNIQUE INDEX payments_purchase_key ON payments_purchase (buyer, buy_key)",
            "CREATE INDEX payments_purchase_buyer ON payments_purchase (buyer, id)",
            """
            CREATE UNIQUE INDEX payments_purchase_payment ON payments_purchase (provider, mode, payment)
            WHERE payment IS NOT NULL
            """,
            """
            CREATE UNIQUE INDEX payments_purchase_checkout ON payments_purchase (provider, mode, checkout)
            WHERE checkout IS NOT NULL
            """,
            "CREATE INDEX payments_purchase_due ON payments_purchase (due_us) WHERE due_us IS NOT NULL",
        ]
    }

    /// One row for each event, however often it is delivered.
    ///
    /// `full` is 1 where the signature covers the body.
    private static func receipts(_ d: Dialect) -> [String] {
        [
            """
            CREATE TABLE payments_receipt (
                id \(d.bytes) PRIMARY KEY, provider TEXT NOT NULL, mode TEXT NOT NULL, event TEXT NOT NULL,
                type TEXT NOT NULL, subject_kind TEXT, subject TEXT, full_body \(d.integer) NOT NULL,
                created_us \(d.integer), received_us \(d.integer) NOT NULL, state TEXT NOT NULL,
                due_us \(d.integer), attempts \(d.integer) NOT NULL, problem TEXT, purchase \(d.bytes),
                settled_us \(d.integer), body \(d.bytes) NOT NULL
            )\(d.strictChanging)
            """,
            "CREATE UNIQUE INDEX payments_receipt_event ON payments_receipt (provider, mode, event)",
            "CREATE INDEX payments_receipt_due ON payments_receipt (due_us) WHERE due_us IS NOT NULL",
        ]
    }

    /// Refunds that were asked for here, payments that bought nothing, subscriptions as they stand.
    private static func others(_ d: Dialect) -> [String] {
        [
            """
            CREATE TABLE payments_refund (
                purchase \(d.bytes) NOT NULL, refund_key TEXT NOT NULL, amount_minor \(d.integer) NOT NULL,
                created_us \(d.integer) NOT NULL, refund TEXT, status TEXT, PRIMARY KEY (purchase, refund_key)
            )\(d.strictClustered)
            """,
            """
            CREATE TABLE payments_stray (
                provider TEXT NOT NULL, mode TEXT NOT NULL, payment TEXT NOT NULL, purchase \(d.bytes),
                reason TEXT NOT NULL, amount_minor \(d.integer), currency TEXT, created_us \(d.integer) NOT NULL,
                closed_us \(d.integer), refund TEXT, PRIMARY KEY (provider, mode, payment)
            )\(d.strictClustered)
            """,
            """
            CREATE TABLE payments_subscription (
                provider TEXT NOT NULL, mode TEXT NOT NULL, subscription TEXT NOT NULL, ticket \(d.integer) NOT NULL,
                look \(d.integer) NOT NULL, status TEXT NOT NULL, active \(d.integer) NOT NULL,
                period_end_us \(d.integer), PRIMARY KEY (provider, mode, subscription)
            )\(d.strictClustered)
            """,
        ]
    }
}
