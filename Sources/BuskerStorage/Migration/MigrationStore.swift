// Moves in the tables.

import BuskerCore
import BuskerDatabase

/// Reads and writes the journal of moves.
enum MigrationStore {
    private static let columns: SQL = """
        id, file, row_version, source_key, target_key, size, sha256, prefix, who, plan, rule, step, wait_until_us,
        begun_us, changed_us, attempts, problem, version
        """

    static func insert(_ m: FileMigration, due: Timestamp, in tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO storage_migration (\(columns), due_us) VALUES (\(m.id), \(m.file), \(m.rowVersion),
            \(m.source.text), \(m.target.text), \(m.size), \(m.sha256.bytes), \(m.order.prefix), \(m.order.who),
            \(m.order.plan), \(m.order.rule), \(m.step.rawValue), \(m.waitUntil), \(m.begun), \(m.changed),
            \(m.attempts), \(m.problem), \(m.version), \(due))
            """)
    }

    static func find(_ condition: SQL, in tx: ReadTransaction) throws -> FileMigration? {
        try list(condition, in: tx).first
    }

    static func list(_ condition: SQL, in tx: ReadTransaction) throws -> [FileMigration] {
        try tx.rows("SELECT \(columns) FROM storage_migration WHERE \(condition)").map(migration)
    }

    /// The move, held until the transaction is over.
    static func lock(_ id: MigrationID, in tx: Transaction) throws -> FileMigration {
        guard let found = try find("id = \(id)\(tx.dialect.forUpdate)", in: tx) else { throw StorageError.noMigration }
        return found
    }

    /// Writes what changed, if nobody changed it since it was read.
    ///
    /// - Returns: whether it was written.
    static func save(_ m: FileMigration, due: Timestamp, in tx: Transaction) throws -> Bool {
        let due = m.step.isOver ? nil : due
        return try tx.execute(
            """
            UPDATE storage_migration SET row_version = \(m.rowVersion), step = \(m.step.rawValue),
            wait_until_us = \(m.waitUntil), changed_us = \(m.changed), attempts = \(m.attempts), problem = \(m.problem),
            due_us = \(due), version = version + 1 WHERE id = \(m.id) AND version = \(m.version)
            """) > 0
    }

    /// Up to `limit` moves whose time has come; nobody else finds them before `until`.
    static func claim(_ limit: Int, at now: Timestamp, until: Timestamp, in tx: Transaction) throws -> [MigrationID] {
        let ids: [MigrationID] = try tx.rows(
            """
            SELECT id FROM storage_migration WHERE due_us <= \(now) ORDER BY due_us, id LIMIT \(limit)\(tx.dialect.forUpdateSkipLocked)
            """
        ).map { try $0.get(0) }
        guard !ids.isEmpty else { return [] }
        try tx.execute("UPDATE storage_migration SET due_us = \(until) WHERE id IN \(list: ids)")
        return ids
    }

    /// Whether a move that is not over copies to a key or from it.
    static func needs(_ key: ObjectKey, in tx: ReadTransaction) throws -> Bool {
        try tx.value(
            """
            SELECT 1 FROM storage_migration
            WHERE due_us IS NOT NULL AND (source_key = \(key.text) OR target_key = \(key.text))
            """, as: Int64.self) != nil
    }

    private static func migration(_ row: Row) throws -> FileMigration {
        guard let step = MigrationStep(rawValue: try row.get(11)) else { throw StorageError.strangeRow("migration") }
        let order = MigrationOrder(
            prefix: try row.get(7), who: try row.get(8), plan: try row.get(9), rule: try row.get(10))
        return FileMigration(
            id: try row.get(0), file: try row.get(1), rowVersion: try row.get(2), source: try ObjectKey(try row.get(3)),
            target: try ObjectKey(try row.get(4)), size: try row.get(5),
            sha256: try ContentHash(bytes: try row.get(6)), order: order, step: step, waitUntil: try row.get(12),
            begun: try row.get(13), changed: try row.get(14), attempts: try row.get(15), problem: try row.get(16),
            version: try row.get(17))
    }
}

extension StorageError {
    static let noMigration = StorageError(.notFound, "There is no such migration.")
}
