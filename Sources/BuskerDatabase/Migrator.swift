// Which migrations a database has, and which it still needs.

package import BuskerCore

/// Brings a database's tables up to date, whichever database it is.
///
/// Drivers call ``run(on:)`` from their `migrate`; everything goes through `write`, so that two processes that migrate at
/// once take turns and the second finds the work done.
package struct Migrator: Sendable {
    private let migrations: [Migration]
    private let clock: any WallClock

    /// Takes the migrations of one or more rooms, in any order of rooms.
    package init(_ migrations: [Migration], clock: any WallClock = SystemClock()) {
        self.migrations = migrations
        self.clock = clock
    }

    /// Applies what is missing.
    ///
    /// - Throws: ``DatabaseError`` with `migrationChanged`, `migrationUnknown` or `badMigration`, or what the statements met.
    package func run(on database: any Database) async throws {
        let dialect = database.dialect
        let steps = try Self.ordered(migrations).map { Step($0, dialect) }
        try await database.write { tx in
            if let lock = dialect.migrationLock { _ = try tx.rows(lock) }
            try tx.execute(SQL(text: Self.table(dialect), values: []))
            try Self.compare(steps, with: tx)
        }
        for step in steps {
            let now = clock.now
            try await database.write { tx in
                if let lock = dialect.migrationLock { _ = try tx.rows(lock) }
                try Self.apply(step, to: tx, at: now)
            }
        }
    }

    private static func table(_ dialect: Dialect) -> String {
        """
        CREATE TABLE IF NOT EXISTS busker_migration (
            room TEXT NOT NULL, version \(dialect.integer) NOT NULL, name TEXT NOT NULL, checksum TEXT NOT NULL,
            applied_us \(dialect.integer) NOT NULL, PRIMARY KEY (room, version)
        )\(dialect.strictClustered)
        """
    }

    /// A migration with the statements of one database.
    private struct Step: Sendable {
        let room: String
        let version: Int
        let name: String
        let statements: [String]
        let checksum: String

        init(_ migration: Migration, _ dialect: Dialect) {
            room = migration.room
            version = migration.version
            name = migration.name
            statements = migration.statements(dialect)
            checksum = Self.checksum(statements)
        }

        /// FNV-1a over the statements, each ended by a zero (64 bits, http://www.isthe.com/chongo/tech/comp/fnv).
        private static func checksum(_ statements: [String]) -> String {
            var sum: UInt64 = 0xcbf2_9ce4_8422_2325
            for statement in statements {
                for byte in statement.utf8 { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01b3 }
                sum = sum &* 0x100_0000_01b3
            }
            let digits = String(sum, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
    }

    /// The migrations room by room, each room's counted from 1 without gaps.
    private static func ordered(_ migrations: [Migration]) throws(DatabaseError) -> [Migration] {
        var rooms: [String] = []
        var byRoom: [String: [Migration]] = [:]
        for migration in migrations {
            if byRoom[migration.room] == nil { rooms.append(migration.room) }
            byRoom[migration.room, default: []].append(migration)
        }
        var ordered: [Migration] = []
        for room in rooms {
            let steps = (byRoom[room] ?? []).sorted { $0.version < $1.version }
            guard steps.map(\.version) == Array(1..<(steps.count + 1)) else {
                throw DatabaseError(
                    .badMigration,
                    "The migrations of \(room) are numbered \(steps.map(\.version)): count from 1, without gaps or doubles."
                )
            }
            ordered += steps
        }
        return ordered
    }

    /// Refuses a database that is newer than the program.
    private static func compare(_ steps: [Step], with tx: Transaction) throws {
        var known: [String: Int] = [:]
        for step in steps { known[step.room] = step.version }
        for row in try tx.rows("SELECT room, max(version) FROM busker_migration GROUP BY room") {
            let room: String = try row.get(0)
            let version: Int = try row.get(1)
            guard let newest = known[room], version > newest else { continue }
            throw DatabaseError(
                .migrationUnknown,
                "The database holds migration \(version) of \(room); this program knows \(newest). Run a newer release."
            )
        }
        for step in steps { _ = try isApplied(step, tx) }
    }

    /// Whether a migration was applied before.
    ///
    /// - Throws: ``DatabaseError`` with `migrationChanged` when it was another.
    private static func isApplied(_ step: Step, _ tx: Transaction) throws -> Bool {
        let stored: String? = try tx.value(
            "SELECT checksum FROM busker_migration WHERE room = \(step.room) AND version = \(step.version)")
        guard let stored else { return false }
        guard stored == step.checksum else {
            throw DatabaseError(
                .migrationChanged,
                "Migration \(step.version) of \(step.room) (\(step.name)) is not the one this database has: never change a "
                    + "migration that was released, add another.")
        }
        return true
    }

    private static func apply(_ step: Step, to tx: Transaction, at now: Timestamp) throws {
        guard try !isApplied(step, tx) else { return }
        for statement in step.statements { try tx.execute(SQL(text: statement, values: [])) }
        try tx.execute(
            """
            INSERT INTO busker_migration (room, version, name, checksum, applied_us)
            VALUES (\(step.room), \(step.version), \(step.name), \(step.checksum), \(now))
            """)
    }
}
