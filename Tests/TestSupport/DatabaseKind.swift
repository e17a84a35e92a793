// The databases that a behaviour suite runs on, and a fresh one for each test.

public import BuskerDatabase
import Foundation
import Synchronization
public import Testing

/// A kind of database that must behave like the others.
public enum DatabaseKind: String, Sendable, CaseIterable, CustomTestStringConvertible {
    case sqliteFile
    case sqliteMemory
    case postgres

    /// The kinds that this machine has: PostgreSQL when `BUSKER_TEST_POSTGRES` holds the URL of a server.
    ///
    /// With `BUSKER_TEST_REQUIRE_POSTGRES=1` it is there in any case, and its tests fail when no server is named.
    public static let all: [DatabaseKind] = allCases.filter { kind in
        kind != .postgres || PostgresServer.url != nil || PostgresServer.isRequired
    }

    /// The name of the kind.
    public var testDescription: String { rawValue }

    /// Whether a read goes on while a write commits.
    public var readsBesideWrites: Bool { self != .sqliteMemory }
}

/// Runs `body` with a new, empty database and takes it away afterwards.
public func withDatabase<T>(
    _ kind: DatabaseKind, limits: DatabaseLimits = DatabaseLimits(), _ body: (any Database) async throws -> T
) async throws -> T {
    switch kind {
    case .sqliteFile:
        return try await withFolder { folder in
            try await closing(SQLiteDatabase(path: folder + "/test.sqlite", limits: limits), body)
        }
    case .sqliteMemory: return try await closing(SQLiteDatabase.inMemory(limits: limits), body)
    case .postgres: return try await PostgresServer.withDatabase(limits: limits, body)
    }
}

/// Runs `body` with a database and closes it, whatever happens.
public func closing<T>(_ database: some Database, _ body: (any Database) async throws -> T) async throws -> T {
    do {
        let value = try await body(database)
        await database.close()
        return value
    } catch {
        await database.close()
        throw error
    }
}

/// Runs `body` with the path of a new folder and removes the folder afterwards.
public func withFolder<T>(_ body: (String) async throws -> T) async throws -> T {
    let folder = FileManager.default.temporaryDirectory.appending(path: "busker-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder.path)
}
