// The tables of prices, purchases, codes, usage and rules.

import BuskerDatabase

/// The tables of pricing: the second step of the ledger's own.
///
/// Everything here is written while `ledger_head` is locked, like the ledger's transactions, so that two hosts never count
/// the same last use of a code or the same free minute.
enum PricingSchema {
    static let migration = Migration(
        room: "ledger", version: 2, name: "prices, purchases, codes, usage, rules",
        statements: { d in rates(d) + usage(d) + sales(d) + codes(d) + rules(d) })

    /// A version that is in force never changes; the store sees to it, because only it knows the time.
    private static func rates(_ d: Dialect) -> [String] {
        [
            """
            CREATE TABLE ledger_rate (
                card TEXT NOT NULL, version \(d.integer) NOT NULL CHECK (version >= 1), effective_us \(d.integer) NOT NULL,
                body TEXT NOT NULL, PRIMARY KEY (card, version)
            )\(d.strictClustered)
            """
        ]
    }

    /// A bill is one priced command with its lines.
    ///
    /// `txn` is missing when everything was free. `kind` is 1 for a charge, 2 for a hold, 3 for a capture. Of a free
    /// quota, `used` counts base units since `start_us`.
    private static func usage(_ d: Dialect) -> [String] {
        [
            """
            CREATE TABLE ledger_bill (
                id \(d.identity), scope TEXT NOT NULL, key TEXT NOT NULL, req \(d.bytes) NOT NULL,
                kind \(d.integer) NOT NULL, account \(d.integer) NOT NULL, txn \(d.integer), card TEXT NOT NULL,
                version \(d.integer) NOT NULL, amount \(d.integer) NOT NULL CHECK (amount >= 0), job TEXT,
                created_us \(d.integer) NOT NULL
            )\(d.strict)
            """,
            "CREATE UNIQUE INDEX ledger_bill_key ON ledger_bill (scope, key)",
            "CREATE INDEX ledger_bill_txn ON ledger_bill (txn) WHERE txn IS NOT NULL",
            """
            CREATE TABLE ledger_usage (
                bill \(d.integer) NOT NULL, line \(d.integer) NOT NULL, account \(d.integer) NOT NULL,
                txn \(d.integer), job TEXT, meter TEXT NOT NULL, quantity \(d.integer) NOT NULL,
                step \(d.integer) NOT NULL, billed \(d.integer) NOT NULL, free \(d.integer) NOT NULL,
                amount \(d.integer) NOT NULL, created_us \(d.integer) NOT NULL, PRIMARY KEY (bill, line),
                CONSTRAINT ledger_usage_range CHECK (0 <= quantity AND 0 <= free AND free <= billed AND 0 <= amount)
            )\(d.strictClustered)
            """,
            "CREATE INDEX ledger_usage_account ON ledger_usage (account, created_us, bill, line)",
            """
            CREATE TABLE ledger_quota (
                account \(d.integer) NOT NULL, card TEXT NOT NULL, meter TEXT NOT NULL, start_us \(d.integer) NOT NULL,
                used \(d.integer) NOT NULL CHECK (used >= 0), PRIMARY KEY (account, card, meter, start_us)
            )\(d.strictClustered)
            """,
        ] + d.appendOnly("ledger_bill") + d.appendOnly("ledger_usage")
    }

    /// Of a package, `retired_us` says since when it is no longer offered; what was paid for it is still granted.
    private static func sales(_ d: Dialect) -> [String] {
        [
            """
            CREATE TABLE ledger_package (
                id TEXT NOT NULL, version \(d.integer) NOT NULL CHECK (version >= 1), name TEXT NOT NULL,
                price_minor \(d.integer) NOT NULL, currency TEXT NOT NULL, unit TEXT NOT NULL,
                scale \(d.integer) NOT NULL, unit_kind \(d.integer) NOT NULL, credits \(d.integer) NOT NULL CHECK (credits > 0),
                bonus \(d.integer) NOT NULL CHECK (bonus >= 0), expires_s \(d.integer), bonus_expires_s \(d.integer),
                created_us \(d.integer) NOT NULL, retired_us \(d.integer), PRIMARY KEY (id, version)
            )\(d.strictClustered)
            """,
            """
            CREATE TABLE ledger_purchase (
                payment TEXT PRIMARY KEY, account \(d.integer) NOT NULL, package TEXT NOT NULL,
                version \(d.integer) NOT NULL, txn \(d.integer) NOT NULL, bonus_txn \(d.integer),
                created_us \(d.integer) NOT NULL
            )\(d.strict)
            """,
            "CREATE INDEX ledger_purchase_account ON ledger_purchase (account, created_us)",
        ] + d.appendOnly("ledger_purchase")
    }

    /// Welcome credit is a redemption of the code `~welcome`, which no host can make.
    private static func codes(_ d: Dialect) -> [String] {
        [
            """
            CREATE TABLE ledger_promo (
                code TEXT PRIMARY KEY, starts_us \(d.integer) NOT NULL, ends_us \(d.integer) NOT NULL,
                max \(d.integer) NOT NULL, used \(d.integer) NOT NULL, per_account \(d.integer) NOT NULL,
                secret \(d.integer) NOT NULL, stopped \(d.integer) NOT NULL, template TEXT NOT NULL,
                created_us \(d.integer) NOT NULL,
                CONSTRAINT ledger_promo_uses CHECK (0 <= used AND used <= max)
            )\(d.strict)
            """,
            """
            CREATE TABLE ledger_redemption (
                code TEXT NOT NULL, account \(d.integer) NOT NULL, n \(d.integer) NOT NULL, scope TEXT NOT NULL,
                key TEXT NOT NULL, txn \(d.integer) NOT NULL, created_us \(d.integer) NOT NULL,
                PRIMARY KEY (code, account, n)
            )\(d.strictClustered)
            """,
            "CREATE UNIQUE INDEX ledger_redemption_key ON ledger_redemption (scope, key)",
        ] + d.appendOnly("ledger_redemption")
    }

    /// `kind` is 1 for an alert, 2 for a top-up; `state` is the machine as JSON; nothing happens by itself before `check_us`.
    private static func rules(_ d: Dialect) -> [String] {
        [
            """
            CREATE TABLE ledger_rule (
                account \(d.integer) NOT NULL, name TEXT NOT NULL, kind \(d.integer) NOT NULL, state TEXT NOT NULL,
                check_us \(d.integer) NOT NULL, PRIMARY KEY (account, name)
            )\(d.strictClustered)
            """,
            "CREATE INDEX ledger_rule_check ON ledger_rule (check_us)",
        ]
    }
}
