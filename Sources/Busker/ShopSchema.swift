// The tables of the shop.

public import BuskerDatabase

/// The tables of the shop, step by step; times are microseconds since 1970.
public enum ShopSchema {
    /// The steps, in order.
    public static let migrations: [Migration] = [
        Migration(room: "busker", version: 1, name: "frozen accounts, entitlements, free purchases", statements: first)
    ]

    /// An account is frozen while it has a row in `busker_freeze`; `n` counts the free purchases of an account from 1.
    @Sendable private static func first(_ d: Dialect) -> [String] {
        [
            """
            CREATE TABLE busker_freeze (
                account TEXT NOT NULL, payment TEXT NOT NULL, purchase \(d.bytes) NOT NULL,
                since_us \(d.integer) NOT NULL, PRIMARY KEY (account, payment)
            )\(d.strictClustered)
            """,
            """
            CREATE TABLE busker_entitlement (
                provider TEXT NOT NULL, mode TEXT NOT NULL, subscription TEXT NOT NULL, account TEXT NOT NULL,
                status TEXT NOT NULL, active \(d.integer) NOT NULL, period_end_us \(d.integer),
                updated_us \(d.integer) NOT NULL, PRIMARY KEY (provider, mode, subscription)
            )\(d.strictClustered)
            """,
            "CREATE INDEX busker_entitlement_account ON busker_entitlement (account)",
            """
            CREATE TABLE busker_free (
                account TEXT NOT NULL, n \(d.integer) NOT NULL, purchase \(d.bytes) NOT NULL,
                created_us \(d.integer) NOT NULL, PRIMARY KEY (account, n)
            )\(d.strictClustered)
            """,
        ]
    }
}
