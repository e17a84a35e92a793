// The tables of the ledger.

public import BuskerDatabase

/// The tables of the ledger, step by step.
///
/// Times are microseconds since 1970. `req` is the SHA-256 of the request, `hash` that of the row, its entries and the hash
/// before it. Entries are positive where an account gains. Every transaction is written while `ledger_head` is locked.
public enum LedgerSchema {
    /// The steps, in order.
    public static let migrations: [Migration] = [
        Migration(room: "ledger", version: 1, name: "accounts, transactions, grants, holds", statements: first),
        PricingSchema.migration,
    ]

    /// The expiry of what never expires: the greatest whole number, so that both databases sort it last.
    package static let never = Int64.max

    @Sendable private static func first(_ d: Dialect) -> [String] {
        accounts(d) + transactions(d) + credit(d) + d.appendOnly("ledger_txn") + d.appendOnly("ledger_entry")
    }

    /// `house` is 0 for a customer's account, else the number of the house account; `grants` counts its live grants, `opened` is
    /// the transaction that opened it; nothing falls due before `due_us`.
    ///
    /// Rows refer to each other by number without foreign keys: they are only ever written by the ledger, which looked the other
    /// row up, and `verify` checks the same.
    private static func accounts(_ d: Dialect) -> [String] {
        [
            """
            CREATE TABLE ledger_head (
                id \(d.integer) PRIMARY KEY CHECK (id = 1), seq \(d.integer) NOT NULL, account \(d.integer) NOT NULL,
                grant_id \(d.integer) NOT NULL, created_us \(d.integer) NOT NULL, hash \(d.bytes) NOT NULL
            )\(d.strict)
            """,
            "INSERT INTO ledger_head VALUES (1, 0, 0, 0, 0, CAST('' AS \(d.bytes)))",
            """
            CREATE TABLE ledger_unit (
                code TEXT PRIMARY KEY, scale \(d.integer) NOT NULL CHECK (scale BETWEEN 0 AND 9),
                kind \(d.integer) NOT NULL
            )\(d.strict)
            """,
            """
            CREATE TABLE ledger_account (
                id \(d.integer) PRIMARY KEY, name TEXT NOT NULL, unit TEXT NOT NULL,
                house \(d.integer) NOT NULL, posted \(d.integer) NOT NULL, held \(d.integer) NOT NULL,
                debt \(d.integer) NOT NULL, version \(d.integer) NOT NULL, state \(d.integer) NOT NULL,
                due_us \(d.integer), grants \(d.integer) NOT NULL, opened \(d.integer) NOT NULL,
                created_us \(d.integer) NOT NULL,
                CONSTRAINT ledger_account_balance CHECK (house <> 0 OR (
                    0 <= held AND held <= posted AND posted <= 4611686018427387904 AND debt >= 0
                    AND (debt = 0 OR posted = held)))
            )\(d.strictChanging)
            """,
            "CREATE UNIQUE INDEX ledger_account_name ON ledger_account (name)",
            "CREATE INDEX ledger_account_due ON ledger_account (due_us) WHERE due_us IS NOT NULL",
        ]
    }

    /// `posted`, `held` and `debt` are those of `account` after the transaction.
    private static func transactions(_ d: Dialect) -> [String] {
        [
            """
            CREATE TABLE ledger_txn (
                seq \(d.integer) PRIMARY KEY, id \(d.bytes) NOT NULL, kind \(d.integer) NOT NULL,
                account \(d.integer) NOT NULL, peer \(d.integer),
                amount \(d.integer) NOT NULL, scope TEXT NOT NULL, key TEXT NOT NULL, req \(d.bytes) NOT NULL,
                posted \(d.integer) NOT NULL, held \(d.integer) NOT NULL, debt \(d.integer) NOT NULL,
                reverses \(d.integer), hold \(d.integer), payment TEXT, job TEXT, rate TEXT, reason TEXT,
                created_us \(d.integer) NOT NULL, effective_us \(d.integer) NOT NULL, meta TEXT NOT NULL,
                hash \(d.bytes) NOT NULL
            )\(d.strict)
            """,
            "CREATE UNIQUE INDEX ledger_txn_key ON ledger_txn (scope, key)",
            "CREATE UNIQUE INDEX ledger_txn_id ON ledger_txn (id)",
            "CREATE INDEX ledger_txn_account ON ledger_txn (account, seq)",
            "CREATE INDEX ledger_txn_peer ON ledger_txn (peer, seq) WHERE peer IS NOT NULL",
            "CREATE INDEX ledger_txn_reverses ON ledger_txn (reverses) WHERE reverses IS NOT NULL",
            "CREATE INDEX ledger_txn_payment ON ledger_txn (payment) WHERE payment IS NOT NULL",
            "CREATE INDEX ledger_txn_job ON ledger_txn (job) WHERE job IS NOT NULL",
            """
            CREATE TABLE ledger_entry (
                txn \(d.integer) NOT NULL, line \(d.integer) NOT NULL,
                account \(d.integer) NOT NULL, grant_id \(d.integer), amount \(d.integer) NOT NULL CHECK (amount <> 0),
                posted_after \(d.integer) NOT NULL, PRIMARY KEY (txn, line)
            )\(d.strictClustered)
            """,
            """
            CREATE TABLE ledger_refusal (
                scope TEXT NOT NULL, key TEXT NOT NULL, req \(d.bytes) NOT NULL, code TEXT NOT NULL, body TEXT NOT NULL,
                created_us \(d.integer) NOT NULL, PRIMARY KEY (scope, key)
            )\(d.strictClustered)
            """,
            "CREATE INDEX ledger_refusal_created ON ledger_refusal (created_us)",
            """
            CREATE TABLE ledger_event (
                seq \(d.identity), kind TEXT NOT NULL, account \(d.integer) NOT NULL, txn \(d.integer) NOT NULL,
                body TEXT NOT NULL, created_us \(d.integer) NOT NULL, done_us \(d.integer)
            )\(d.strict)
            """,
            "CREATE INDEX ledger_event_open ON ledger_event (seq) WHERE done_us IS NULL",
        ]
    }

    /// A hold is numbered by its transaction, an allocation by that of its charge, capture, hold, transfer, correction or clawback.
    ///
    /// Of a grant, `origin` is the kind of transaction that made it, an empty `scope` stands for everything, `paid` is 1 when it
    /// cost something, `live` is 1 while something remains, `notice` is 1 while its coming end is to be announced.
    private static func credit(_ d: Dialect) -> [String] {
        [
            """
            CREATE TABLE ledger_grant (
                id \(d.integer) PRIMARY KEY, account \(d.integer) NOT NULL, txn \(d.integer) NOT NULL,
                origin \(d.integer) NOT NULL, category \(d.integer) NOT NULL, priority \(d.integer) NOT NULL,
                scope TEXT NOT NULL, amount \(d.integer) NOT NULL, remaining \(d.integer) NOT NULL,
                held \(d.integer) NOT NULL, live \(d.integer) NOT NULL, notice \(d.integer) NOT NULL,
                effective_us \(d.integer) NOT NULL, expires_us \(d.integer) NOT NULL, paid \(d.integer) NOT NULL,
                cost_minor \(d.integer), cost_currency TEXT, payment TEXT,
                CONSTRAINT ledger_grant_range CHECK (0 <= held AND held <= remaining AND remaining <= amount)
            )\(d.strictChanging)
            """,
            """
            CREATE INDEX ledger_grant_burn
            ON ledger_grant (account, scope, priority, expires_us, paid, effective_us, id) WHERE live = 1
            """,
            "CREATE INDEX ledger_grant_end ON ledger_grant (account, expires_us) WHERE live = 1",
            "CREATE INDEX ledger_grant_payment ON ledger_grant (payment) WHERE payment IS NOT NULL",
            """
            CREATE TABLE ledger_hold (
                id \(d.integer) PRIMARY KEY, account \(d.integer) NOT NULL, amount \(d.integer) NOT NULL, captured \(d.integer) NOT NULL, state \(d.integer) NOT NULL,
                expires_us \(d.integer) NOT NULL, closed_by \(d.integer), scope TEXT, job TEXT,
                CONSTRAINT ledger_hold_range CHECK (0 <= captured AND captured <= amount)
            )\(d.strictChanging)
            """,
            "CREATE INDEX ledger_hold_active ON ledger_hold (account, expires_us) WHERE state = 1",
            """
            CREATE TABLE ledger_alloc (
                owner \(d.integer) NOT NULL, ord \(d.integer) NOT NULL, grant_id \(d.integer) NOT NULL,
                amount \(d.integer) NOT NULL, taken \(d.integer) NOT NULL, PRIMARY KEY (owner, ord),
                CONSTRAINT ledger_alloc_range CHECK (amount > 0 AND 0 <= taken AND taken <= amount)
            )\(d.strictClustered)
            """,
        ]
    }
}
