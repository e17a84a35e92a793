// The tables of webhooks that are sent.

import BuskerDatabase

/// Endpoints and messages; each delivery is a job.
enum WebhooksSchema {
    static func statements(_ d: Dialect) -> [String] {
        [
            """
            CREATE TABLE jobs_endpoint (
                id \(d.bytes) PRIMARY KEY, owner TEXT NOT NULL, url TEXT NOT NULL, types TEXT NOT NULL,
                secret TEXT NOT NULL, old_secret TEXT, old_until_us \(d.integer), created_us \(d.integer) NOT NULL,
                failing_us \(d.integer), disabled_us \(d.integer), reason TEXT
            )\(d.strictChanging)
            """,
            "CREATE INDEX jobs_endpoint_owner ON jobs_endpoint (owner, id)",
            """
            CREATE TABLE jobs_message (
                id \(d.bytes) PRIMARY KEY, owner TEXT NOT NULL, type TEXT NOT NULL, body \(d.bytes) NOT NULL,
                created_us \(d.integer) NOT NULL
            )\(d.strict)
            """,
            "CREATE INDEX jobs_message_owner ON jobs_message (owner, id)",
        ]
    }
}
