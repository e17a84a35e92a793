// Keys that were closed for ever, so that their bytes can be deleted.

import BuskerCore
import BuskerDatabase

/// Closes keys: safety against a row that comes between a look and a deletion.
///
/// Whoever closes a key and whoever gives it to a row take the same lock, so that one of them sees what the other did.
enum Tombstones {
    /// Makes sure that a row may have a key; call it before the row is written.
    ///
    /// - Throws: ``StorageError`` with `alreadyExists` when the key is closed.
    static func admit(_ key: ObjectKey, in tx: Transaction) throws {
        try lock(key, in: tx)
        guard try tx.value("SELECT 1 FROM storage_tombstone WHERE object_key = \(key.text)", as: Int64.self) == nil
        else { throw StorageError(.alreadyExists, "This key was closed by a tombstone; a key is used once.") }
    }

    /// Closes a key for ever, unless a row has it.
    ///
    /// - Returns: whether it is closed now, by this call or one before.
    static func close(
        _ key: ObjectKey, of file: FileID?, because why: String, at now: Timestamp, in tx: Transaction
    ) throws -> Bool {
        try lock(key, in: tx)
        let holder = try tx.value(
            "SELECT 1 FROM storage_file WHERE object_key = \(key.text) AND state NOT IN ('tombstoned', 'gone')",
            as: Int64.self)
        guard holder == nil else { return false }
        try tx.execute(
            """
            INSERT INTO storage_tombstone (object_key, file, why, closed_us) VALUES (\(key.text), \(file), \(why), \(now))
            ON CONFLICT (object_key) DO NOTHING
            """)
        return true
    }

    /// Notes that the bytes are gone, or that they came back and are to be deleted again.
    static func note(_ key: ObjectKey, deleted: Timestamp?, in tx: Transaction) throws {
        try tx.execute("UPDATE storage_tombstone SET deleted_us = \(deleted) WHERE object_key = \(key.text)")
    }

    /// Whether a key is closed.
    static func isClosed(_ key: ObjectKey, in tx: ReadTransaction) throws -> Bool {
        try tx.value("SELECT 1 FROM storage_tombstone WHERE object_key = \(key.text)", as: Int64.self) != nil
    }

    private static func lock(_ key: ObjectKey, in tx: Transaction) throws {
        if let lock = tx.dialect.lock(on: "storage " + key.text) { _ = try tx.rows(lock) }
    }
}
