// The tables of storage.

public import BuskerDatabase

/// The tables of storage, step by step; times are microseconds since 1970.
public enum StorageSchema {
    /// The steps, in order.
    public static let migrations: [Migration] = [
        Migration(room: "storage", version: 1, name: "files", statements: files),
        MigrationSchema.step,
        UploadSchema.step,
    ]

    /// One row for each file, from before its first byte until long after its last.
    private static func files(_ d: Dialect) -> [String] {
        [
            """
            CREATE TABLE storage_file (
                id \(d.bytes) PRIMARY KEY, owner TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT, name TEXT NOT NULL,
                content_type TEXT NOT NULL, object_key TEXT NOT NULL, size \(d.integer), sha256 \(d.bytes),
                state TEXT NOT NULL, standing TEXT NOT NULL, payment TEXT NOT NULL, near TEXT NOT NULL,
                far TEXT NOT NULL, tags TEXT NOT NULL, created_us \(d.integer) NOT NULL, received_us \(d.integer),
                paid_us \(d.integer), delivered_us \(d.integer), downloaded_us \(d.integer), finished_us \(d.integer),
                expires_us \(d.integer), orphaned_us \(d.integer), owner_deleted_us \(d.integer),
                linked_until_us \(d.integer), used_until_us \(d.integer), deleted_us \(d.integer), legal_hold TEXT,
                version \(d.integer) NOT NULL,
                CONSTRAINT storage_file_range CHECK (
                    version > 0 AND (size IS NULL OR size >= 0)
                    AND (state IN ('uploading', 'tombstoned', 'gone') OR (size IS NOT NULL AND sha256 IS NOT NULL)))
            )\(d.strictChanging)
            """,
            "CREATE UNIQUE INDEX storage_file_key ON storage_file (object_key) WHERE state <> 'gone'",
            "CREATE INDEX storage_file_owner ON storage_file (owner, id)",
            "CREATE INDEX storage_file_subject ON storage_file (subject, id) WHERE subject IS NOT NULL",
            "CREATE INDEX storage_file_state ON storage_file (state, id) WHERE state NOT IN ('accepted', 'gone')",
        ]
    }
}
