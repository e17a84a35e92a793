// The tables of retention.

public import BuskerDatabase

/// The tables of retention, step by step; times are microseconds since 1970.
///
/// They stand beside those of storage.
public enum RetentionSchema {
    /// The steps, in order.
    public static let migrations: [Migration] = [
        Migration(room: "retention", version: 1, name: "runs, marks, audit", statements: tables)
    ]

    /// `seen_us` is the latest moment that any run saw, `files` how many files there were at the last.
    private static func tables(_ d: Dialect) -> [String] {
        [
            """
            CREATE TABLE retention_run (
                id \(d.bytes) PRIMARY KEY, policy TEXT NOT NULL, policy_version \(d.integer) NOT NULL,
                policy_digest TEXT NOT NULL, at_us \(d.integer) NOT NULL, totals TEXT NOT NULL, digest TEXT NOT NULL,
                dry \(d.integer) NOT NULL, brakes TEXT NOT NULL, state TEXT NOT NULL, place \(d.integer) NOT NULL,
                deleted \(d.integer) NOT NULL, purged \(d.integer) NOT NULL, others \(d.integer) NOT NULL,
                skipped \(d.integer) NOT NULL, failed \(d.integer) NOT NULL
            )\(d.strictChanging)
            """,
            "CREATE INDEX retention_run_policy ON retention_run (policy, id)",
            """
            CREATE TABLE retention_done (
                file \(d.bytes) NOT NULL, step TEXT NOT NULL, at_us \(d.integer) NOT NULL, PRIMARY KEY (file, step)
            )\(d.strictClustered)
            """,
            """
            CREATE TABLE retention_audit (
                seq \(d.integer) PRIMARY KEY, run \(d.bytes), file \(d.bytes), action TEXT NOT NULL,
                entry TEXT NOT NULL, hash \(d.bytes) NOT NULL
            )\(d.strict)
            """,
            "CREATE INDEX retention_audit_run ON retention_audit (run, seq) WHERE run IS NOT NULL",
            "CREATE INDEX retention_audit_file ON retention_audit (file, seq) WHERE file IS NOT NULL",
            """
            CREATE TABLE retention_head (
                id \(d.integer) PRIMARY KEY, seq \(d.integer) NOT NULL, hash \(d.bytes) NOT NULL,
                seen_us \(d.integer) NOT NULL, files \(d.integer) NOT NULL, CONSTRAINT retention_head_one CHECK (id = 1)
            )\(d.strictChanging)
            """,
            """
            INSERT INTO retention_head (id, seq, hash, seen_us, files)
            VALUES (1, 0, \(d.name == "PostgreSQL" ? "'\\x'" : "x''"), 0, 0)
            """,
        ] + d.appendOnly("retention_audit")
    }
}
