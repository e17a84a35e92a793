// The tables of the service.

public import BuskerDatabase

/// The tables of the service, step by step; times are microseconds since 1970.
public enum MediaSchema {
    /// The steps, in order.
    public static let migrations: [Migration] = [
        Migration(room: "media", version: 1, name: "jobs, their files and their money", statements: first)
    ]

    /// `usages` is a JSON list of `[meter, quantity, step]`; `hold` names the hold of this round of the job, while there is one.
    @Sendable private static func first(_ d: Dialect) -> [String] {
        [
            """
            CREATE TABLE media_job (
                id \(d.bytes) NOT NULL PRIMARY KEY, owner TEXT NOT NULL, account TEXT NOT NULL, work TEXT NOT NULL,
                options TEXT NOT NULL, file \(d.bytes), order_key TEXT, request \(d.bytes) NOT NULL,
                sound TEXT NOT NULL, usages TEXT NOT NULL, card TEXT NOT NULL, card_version \(d.integer) NOT NULL,
                unit TEXT NOT NULL, unit_scale \(d.integer) NOT NULL, cost \(d.integer) NOT NULL,
                charged \(d.integer), money TEXT NOT NULL, hold \(d.bytes), created_us \(d.integer) NOT NULL,
                deleted_us \(d.integer), UNIQUE (owner, order_key)
            )\(d.strictClustered)
            """,
            "CREATE INDEX media_job_file ON media_job (file)",
        ]
    }
}
