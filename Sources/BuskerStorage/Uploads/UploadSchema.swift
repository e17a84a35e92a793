// The tables of uploads.

import BuskerDatabase

/// The tables that uploads need; times are microseconds since 1970.
enum UploadSchema {
    static let step = Migration(room: "storage", version: 3, name: "uploads") { d in
        [
            """
            CREATE TABLE storage_upload (
                id \(d.bytes) PRIMARY KEY, owner TEXT NOT NULL, upload_key TEXT, category TEXT NOT NULL,
                way TEXT NOT NULL, declared_type TEXT, declared_size \(d.integer), declared_sha256 \(d.bytes),
                reserved \(d.integer) NOT NULL, received \(d.integer) NOT NULL, is_open \(d.integer) NOT NULL,
                token \(d.bytes), lease_us \(d.integer) NOT NULL, expires_us \(d.integer) NOT NULL, parts TEXT,
                metadata TEXT, problem TEXT,
                CONSTRAINT storage_upload_range CHECK (
                    received >= 0 AND reserved >= 0 AND (declared_size IS NULL OR received <= declared_size))
            )\(d.strictChanging)
            """,
            "CREATE UNIQUE INDEX storage_upload_key ON storage_upload (owner, upload_key) WHERE upload_key IS NOT NULL",
            "CREATE INDEX storage_upload_open ON storage_upload (owner, lease_us) WHERE is_open = 1",
            "CREATE INDEX storage_upload_expires ON storage_upload (expires_us) WHERE is_open = 1",
            """
            CREATE TABLE storage_upload_part (
                upload \(d.bytes) NOT NULL, number \(d.integer) NOT NULL, size \(d.integer) NOT NULL,
                sha256 \(d.bytes) NOT NULL, token \(d.bytes) NOT NULL, PRIMARY KEY (upload, number)
            )\(d.strictClustered)
            """,
            """
            CREATE TABLE storage_upload_owner (
                owner TEXT PRIMARY KEY, day \(d.integer) NOT NULL, bytes \(d.integer) NOT NULL CHECK (bytes >= 0)
            )\(d.strictChanging)
            """,
        ]
    }
}
