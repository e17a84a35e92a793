// The tables of moves, tombstones, audit and sweeps.

import BuskerDatabase

/// The tables that moves and sweeps need.
enum MigrationSchema {
    static let step = Migration(
        room: "storage", version: 2, name: "migrations, tombstones, audit, sweeps",
        statements: { d in journal(d) + tombstones(d) + audit(d) + sweeps(d) })

    /// `due_us` is when somebody should look again; there is none when the move is over.
    private static func journal(_ d: Dialect) -> [String] {
        [
            """
            CREATE TABLE storage_migration (
                id \(d.bytes) PRIMARY KEY, file \(d.bytes) NOT NULL, row_version \(d.integer) NOT NULL,
                source_key TEXT NOT NULL, target_key TEXT NOT NULL, size \(d.integer) NOT NULL,
                sha256 \(d.bytes) NOT NULL, prefix TEXT NOT NULL, who TEXT NOT NULL, plan TEXT, rule TEXT,
                step TEXT NOT NULL, wait_until_us \(d.integer), begun_us \(d.integer) NOT NULL,
                changed_us \(d.integer) NOT NULL, due_us \(d.integer), attempts \(d.integer) NOT NULL, problem TEXT,
                version \(d.integer) NOT NULL,
                CONSTRAINT storage_migration_range CHECK (
                    size >= 0 AND version > 0 AND source_key <> target_key
                    AND (due_us IS NULL) = (step IN ('done', 'returned')))
            )\(d.strictChanging)
            """,
            "CREATE UNIQUE INDEX storage_migration_file ON storage_migration (file) WHERE due_us IS NOT NULL",
            "CREATE UNIQUE INDEX storage_migration_target ON storage_migration (target_key)",
            "CREATE INDEX storage_migration_source ON storage_migration (source_key) WHERE due_us IS NOT NULL",
            "CREATE INDEX storage_migration_due ON storage_migration (due_us) WHERE due_us IS NOT NULL",
        ]
    }

    /// Keys that no row may ever have again; `deleted_us` is when the store said that their bytes are gone.
    private static func tombstones(_ d: Dialect) -> [String] {
        [
            """
            CREATE TABLE storage_tombstone (
                object_key TEXT PRIMARY KEY, file \(d.bytes), why TEXT NOT NULL, closed_us \(d.integer) NOT NULL,
                deleted_us \(d.integer)
            )\(d.strictChanging)
            """,
            "CREATE INDEX storage_tombstone_open ON storage_tombstone (closed_us) WHERE deleted_us IS NULL",
        ]
    }

    /// Rows that are chained: each holds the hash of the one before; the head says which one is the last.
    private static func audit(_ d: Dialect) -> [String] {
        [
            """
            CREATE TABLE storage_audit (
                seq \(d.integer) PRIMARY KEY, at_us \(d.integer) NOT NULL, who TEXT NOT NULL, plan TEXT, rule TEXT,
                action TEXT NOT NULL, file \(d.bytes), before_place TEXT, after_place TEXT, sha256 \(d.bytes),
                size \(d.integer), result TEXT NOT NULL, previous \(d.bytes) NOT NULL, hash \(d.bytes) NOT NULL
            )\(d.strict)
            """,
            "CREATE INDEX storage_audit_file ON storage_audit (file, seq) WHERE file IS NOT NULL",
            """
            CREATE TABLE storage_audit_head (
                id \(d.integer) PRIMARY KEY, seq \(d.integer) NOT NULL, hash \(d.bytes) NOT NULL
            )\(d.strictChanging)
            """,
        ] + d.appendOnly("storage_audit")
    }

    /// What sweeps saw without a row, and how far the sweep in hand is.
    private static func sweeps(_ d: Dialect) -> [String] {
        [
            """
            CREATE TABLE storage_sighting (
                object_key TEXT PRIMARY KEY, tag TEXT NOT NULL, first_us \(d.integer) NOT NULL
            )\(d.strictChanging)
            """,
            "CREATE INDEX storage_sighting_first ON storage_sighting (first_us)",
            """
            CREATE TABLE storage_sweep (
                id \(d.integer) PRIMARY KEY, place TEXT, rows_then \(d.integer), begun_us \(d.integer),
                finished_us \(d.integer), spent_us \(d.integer) NOT NULL
            )\(d.strictChanging)
            """,
        ]
    }
}
