// The tables of accounts.

public import BuskerDatabase

/// The tables of accounts, step by step; times are microseconds since 1970.
public enum AccountsSchema {
    /// The steps, in order.
    public static let migrations: [Migration] = [
        Migration(
            room: "accounts", version: 1, name: "accounts, sessions, keys, links, throttle",
            statements: { d in accounts(d) + sessions(d) + others(d) }),
        Migration(
            room: "accounts", version: 2, name: "links that change an address",
            statements: { _ in
                ["new_email", "new_key"].map { "ALTER TABLE accounts_link ADD COLUMN \($0) TEXT" }
            }),
    ]

    /// An erased account keeps its name alone: no address, no password.
    private static func accounts(_ d: Dialect) -> [String] {
        [
            """
            CREATE TABLE accounts_account (
                id \(d.bytes) PRIMARY KEY, email TEXT, email_key TEXT, password TEXT, role TEXT NOT NULL,
                state TEXT NOT NULL, created_us \(d.integer) NOT NULL, verified_us \(d.integer),
                changed_us \(d.integer) NOT NULL,
                CONSTRAINT accounts_account_whole CHECK (
                    state IN ('active', 'disabled') AND email IS NOT NULL AND email_key IS NOT NULL
                    AND password IS NOT NULL OR state = 'erased' AND email IS NULL AND email_key IS NULL
                    AND password IS NULL AND role = 'user')
            )\(d.strict)
            """,
            "CREATE UNIQUE INDEX accounts_account_email ON accounts_account (email_key)",
            "CREATE INDEX accounts_account_admin ON accounts_account (id) WHERE role = 'admin'",
        ]
    }

    /// A session is a family of refresh tokens, of which each was good once; the rows of those are kept to know a second use.
    private static func sessions(_ d: Dialect) -> [String] {
        [
            """
            CREATE TABLE accounts_session (
                id \(d.bytes) PRIMARY KEY, account \(d.bytes) NOT NULL REFERENCES accounts_account (id),
                label TEXT NOT NULL, created_us \(d.integer) NOT NULL, used_us \(d.integer) NOT NULL,
                expires_us \(d.integer) NOT NULL, ended_us \(d.integer), reason TEXT
            )\(d.strictChanging)
            """,
            "CREATE INDEX accounts_session_account ON accounts_session (account, id)",
            "CREATE INDEX accounts_session_expires ON accounts_session (expires_us)",
            """
            CREATE TABLE accounts_refresh (
                sum \(d.bytes) PRIMARY KEY, session \(d.bytes) NOT NULL REFERENCES accounts_session (id),
                used_us \(d.integer)
            )\(d.strict)
            """,
            "CREATE INDEX accounts_refresh_session ON accounts_refresh (session)",
        ]
    }

    private static func others(_ d: Dialect) -> [String] {
        [
            """
            CREATE TABLE accounts_key (
                id \(d.bytes) PRIMARY KEY, account \(d.bytes) NOT NULL REFERENCES accounts_account (id),
                prefix TEXT NOT NULL, sum \(d.bytes) NOT NULL, name TEXT NOT NULL, scopes TEXT NOT NULL,
                created_us \(d.integer) NOT NULL, expires_us \(d.integer), revoked_us \(d.integer),
                used_us \(d.integer)
            )\(d.strict)
            """,
            "CREATE UNIQUE INDEX accounts_key_prefix ON accounts_key (prefix)",
            "CREATE INDEX accounts_key_account ON accounts_key (account, id)",
            """
            CREATE TABLE accounts_link (
                sum \(d.bytes) PRIMARY KEY, account \(d.bytes) REFERENCES accounts_account (id), purpose TEXT NOT NULL,
                email_key TEXT NOT NULL, created_us \(d.integer) NOT NULL, expires_us \(d.integer) NOT NULL,
                used_us \(d.integer)
            )\(d.strict)
            """,
            "CREATE INDEX accounts_link_account ON accounts_link (account)",
            "CREATE INDEX accounts_link_expires ON accounts_link (expires_us)",
            "CREATE TABLE accounts_throttle (bucket TEXT PRIMARY KEY, full_us \(d.integer) NOT NULL)\(d.strictChanging)",
            "CREATE INDEX accounts_throttle_full ON accounts_throttle (full_us)",
        ]
    }
}
