// The PostgreSQL server that the environment names for tests.

import BuskerDatabase
import BuskerPostgres
import Foundation
import Synchronization

/// The server that tests may use.
public enum PostgresServer {
    /// The URL in `BUSKER_TEST_POSTGRES`.
    public static let url: String? = ProcessInfo.processInfo.environment["BUSKER_TEST_POSTGRES"].flatMap {
        $0.isEmpty ? nil : $0
    }

    /// Whether tests without a server are failures.
    public static let isRequired = ProcessInfo.processInfo.environment["BUSKER_TEST_REQUIRE_POSTGRES"] == "1"

    /// Why a test could not have its database.
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    /// A connection to the server itself, to make and drop what the tests use.
    private static let keeper = Task { try await PostgresDatabase(url: requiredURL()) }
    private static let turns = Turns(12)

    /// The URL, or the complaint that there is none.
    public static func requiredURL() throws -> String {
        guard let url else {
            throw Missing(description: "BUSKER_TEST_REQUIRE_POSTGRES=1, but BUSKER_TEST_POSTGRES names no server.")
        }
        return url
    }

    /// Runs `body` with the URL of a schema of its own on the server.
    public static func withSchema<T>(_ body: (String) async throws -> T) async throws -> T {
        let url = try requiredURL()
        let keeper = try await keeper.value
        await turns.take()
        defer { turns.give() }
        let name = "test_" + UUID().uuidString.lowercased().filter { $0 != "-" }
        try await keeper.write { tx in try tx.execute(SQL(text: "CREATE SCHEMA \(name)", values: [])) }
        let outcome: Result<T, any Error>
        do {
            let joint = url.contains("?") ? "&" : "?"
            outcome = .success(try await body(url + joint + "options=-csearch_path%3D" + name))
        } catch {
            outcome = .failure(error)
        }
        try await keeper.write { tx in try tx.execute(SQL(text: "DROP SCHEMA \(name) CASCADE", values: [])) }
        return try outcome.get()
    }

    /// Runs `body` with a database that nobody else sees.
    static func withDatabase<T>(limits: DatabaseLimits, _ body: (any Database) async throws -> T) async throws -> T {
        let bounds = PostgresLimits(
            connections: 4, queueLength: limits.queueLength, queueTime: .seconds(60), statements: limits.statements,
            errorText: limits.errorText)
        return try await withSchema { url in try await closing(PostgresDatabase(url: url, limits: bounds), body) }
    }
}

/// So many at once, the others wait.
private final class Turns: Sendable {
    private let state: Mutex<(free: Int, waiting: [CheckedContinuation<Void, Never>])>

    init(_ count: Int) { state = Mutex((count, [])) }

    func take() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.free > 0 {
                    state.free -= 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    func give() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if state.waiting.isEmpty {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}
