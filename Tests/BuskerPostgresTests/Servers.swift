// Databases and servers for the tests of the driver.

import BuskerDatabase
import BuskerPostgres
import Foundation
import Synchronization
import TestSupport
import Testing

/// Whether this machine has a server for tests, or must have one.
let hasPostgres = PostgresServer.url != nil || PostgresServer.isRequired

/// Runs `body` with a database in a schema of its own, and the URL that leads there.
func withPostgres<T>(
    _ limits: PostgresLimits = PostgresLimits(connections: 4, queueTime: .seconds(30)),
    _ body: (PostgresDatabase, String) async throws -> T
) async throws -> T {
    try await PostgresServer.withSchema { url in
        let database = try await PostgresDatabase(url: url, limits: limits)
        do {
            let value = try await body(database, url)
            await database.close()
            return value
        } catch {
            await database.close()
            throw error
        }
    }
}

/// The error of a call that must fail.
func failure(_ body: () async throws -> some Any) async -> DatabaseError? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? DatabaseError ?? DatabaseError(.failed, "Not an error of the room: \(error)")
    }
}

/// The code of a call that must fail.
func code(_ body: () async throws -> some Any) async -> DatabaseError.Code? { await failure(body)?.code }

extension PostgresDatabase {
    /// Runs statements in one transaction.
    func run(_ statements: SQL...) async throws {
        try await write { tx in for statement in statements { try tx.execute(statement) } }
    }

    /// The first value of a statement.
    func number(_ sql: SQL) async throws -> Int? { try await read { tx in try tx.value(sql) } }
}

/// What closures on several threads count together.
final class Tally: Sendable {
    private let list = Mutex<[Int]>([])

    /// How many were added.
    var count: Int { list.withLock { $0.count } }
    /// What was added, in order.
    var entries: [Int] { list.withLock { $0 } }

    /// Adds one and returns how many there are now.
    @discardableResult
    func add(_ entry: Int = 0) -> Int {
        list.withLock { list in
            list.append(entry)
            return list.count
        }
    }
}
