// Tables come to be step by step, and no step is ever changed.

import BuskerDatabase
import TestSupport
import Testing

@Suite struct MigrationTests {
    static func step(_ version: Int, room: String = "room", _ statements: String...) -> Migration {
        Migration(room: room, version: version, name: "step \(version)") { _ in statements }
    }

    static let first = step(1, "CREATE TABLE m1 (id INTEGER PRIMARY KEY)")
    static let second = step(2, "ALTER TABLE m1 ADD COLUMN t TEXT", "CREATE TABLE m2 (id INTEGER PRIMARY KEY)")

    static func versions(_ database: any Database) async throws -> [Int] {
        try await database.read { tx in
            try tx.rows("SELECT version FROM busker_migration WHERE room = \("room") ORDER BY version")
                .map { try $0.get(0) }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func eachStepIsTakenOnce(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await database.migrate([Self.first])
            try await database.migrate([Self.second, Self.first])
            try await database.migrate([Self.first, Self.second])
            #expect(try await Self.versions(database) == [1, 2])
            let applied = try await database.read { tx in
                try tx.first("SELECT name, applied_us FROM busker_migration WHERE version = 2")
            }
            #expect(try applied?.get("name") == "step 2")
            #expect(try (applied?.get("applied_us", as: Int.self) ?? 0) > 1_600_000_000_000_000)
            try await database.write { tx in try tx.execute("INSERT INTO m1 (id, t) VALUES (1, \("x"))") }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func roomsCountForThemselves(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            let other = Self.step(1, room: "other", "CREATE TABLE o1 (id INTEGER PRIMARY KEY)")
            try await database.migrate([other, Self.first])
            try await database.migrate([Self.first, Self.second])
            #expect(try await Self.versions(database) == [1, 2])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aStepThatWasChangedIsRefused(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await database.migrate([Self.first])
            let changed = Self.step(1, "CREATE TABLE m1 (id INTEGER PRIMARY KEY, extra TEXT)")
            let error = await #expect(throws: DatabaseError.self) {
                try await database.migrate([changed, Self.second])
            }
            #expect(error?.code == .migrationChanged)
            #expect(try await Self.versions(database) == [1])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aNewerDatabaseIsRefused(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await database.migrate([Self.first, Self.second])
            let error = await #expect(throws: DatabaseError.self) { try await database.migrate([Self.first]) }
            #expect(error?.code == .migrationUnknown)
        }
    }

    @Test(arguments: DatabaseKind.all, [[2], [1, 3], [1, 1], [0, 1]])
    func stepsCountFromOneWithoutGaps(kind: DatabaseKind, versions: [Int]) async throws {
        try await withDatabase(kind) { database in
            let steps = versions.map { Self.step($0, "CREATE TABLE m\($0) (id INTEGER PRIMARY KEY)") }
            let error = await #expect(throws: DatabaseError.self) { try await database.migrate(steps) }
            #expect(error?.code == .badMigration)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aStepThatFailsLeavesNothingOfItself(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            let broken = Self.step(2, "CREATE TABLE m2 (id INTEGER PRIMARY KEY)", "CREATE TABLE m1 (id INTEGER)")
            let error = await #expect(throws: DatabaseError.self) { try await database.migrate([Self.first, broken]) }
            #expect(error?.code == .badStatement)
            #expect(try await Self.versions(database) == [1])
            try await database.migrate([Self.first, Self.second])
            #expect(try await Self.versions(database) == [1, 2])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func migratorsAtOnceTakeTurns(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<6 { group.addTask { try await database.migrate([Self.first, Self.second]) } }
                try await group.waitForAll()
            }
            #expect(try await Self.versions(database) == [1, 2])
        }
    }
}
