// What an administrator sees of moves.

public import BuskerCore
import BuskerDatabase

/// How many moves are at each step.
public struct MigrationProgress: Sendable, Hashable {
    /// How many, by step.
    public let counts: [MigrationStep: Int64]
    /// Bytes of moves that are not committed yet.
    public let bytesToMove: Int64
    /// Moves whose last step failed.
    public let failing: Int64

    /// Moves that are not over.
    public var running: Int64 {
        counts.reduce(0) { $1.key.isOver ? $0 : $0 + $1.value }
    }
}

extension MigrationDesk {
    /// A move; nothing when there is none of this id.
    ///
    /// - Throws: ``StorageError`` with `databaseFailed`.
    public func migration(_ id: MigrationID) async throws(StorageError) -> FileMigration? {
        try await reading { tx in try MigrationStore.find("id = \(id)", in: tx) }
    }

    /// Moves, the newest first; all, those of one file, or those at some steps.
    ///
    /// - Throws: ``StorageError`` with `badRequest` for a cursor of another list.
    public func list(
        _ steps: Set<MigrationStep> = [], file: FileID? = nil, page: PageRequest = PageRequest()
    ) async throws(StorageError) -> Page<FileMigration> {
        let list = "storage.migrations"
        let after: MigrationID? = try StoragePages.place(page, in: list)
        let place: SQL = after.map { "AND id < \($0)" } ?? ""
        let which: SQL = steps.isEmpty ? "1 = 1" : "step IN \(list: steps.map(\.rawValue).sorted())"
        let whose: SQL = file.map { "AND file = \($0)" } ?? ""
        let found = try await reading { tx in
            try MigrationStore.list("\(which) \(whose) \(place) ORDER BY id DESC LIMIT \(page.limit + 1)", in: tx)
        }
        return try StoragePages.page(found, page, in: list) { $0.id }
    }

    /// How far all moves are.
    ///
    /// - Throws: ``StorageError`` with `databaseFailed`.
    public func progress() async throws(StorageError) -> MigrationProgress {
        try await reading { tx in
            var counts: [MigrationStep: Int64] = [:]
            var (bytes, failing) = (Int64(0), Int64(0))
            let rows = try tx.rows(
                """
                SELECT step, count(*), CAST(sum(size) AS bigint),
                CAST(sum(CASE WHEN attempts > 0 AND due_us IS NOT NULL THEN 1 ELSE 0 END) AS bigint)
                FROM storage_migration GROUP BY step
                """)
            for row in rows {
                guard let step = MigrationStep(rawValue: try row.get(0)) else {
                    throw StorageError.strangeRow("migration")
                }
                counts[step] = try row.get(1)
                if !step.isCommitted, !step.isOver { bytes += try row.get(2, as: Int64.self) }
                failing += try row.get(3, as: Int64.self)
            }
            return MigrationProgress(counts: counts, bytesToMove: bytes, failing: failing)
        }
    }

    /// Whether the audit is whole, or its first broken line.
    ///
    /// - Throws: ``StorageError`` with `databaseFailed`.
    public func verifyAudit() async throws(StorageError) -> AuditVerdict { try await AuditTrail.verify(database) }
}
