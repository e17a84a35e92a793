// The PostgreSQL server that the environment names for tests.

import BuskerDatabase
import Foundation

/// The server that tests may use.
enum PostgresServer {
    /// The URL in `BUSKER_TEST_POSTGRES`.
    static let url: String? = ProcessInfo.processInfo.environment["BUSKER_TEST_POSTGRES"].flatMap {
        $0.isEmpty ? nil : $0
    }

    /// Whether tests without a server are failures.
    static let isRequired = ProcessInfo.processInfo.environment["BUSKER_TEST_REQUIRE_POSTGRES"] == "1"

    /// Why a test could not have its database.
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs `body` with a database of its own on the server.
    static func withDatabase<T>(
        limits: DatabaseLimits, _ body: (any Database) async throws -> T
    ) async throws -> T {
        guard url != nil else {
            throw Missing(description: "BUSKER_TEST_REQUIRE_POSTGRES=1, but BUSKER_TEST_POSTGRES names no server.")
        }
        throw Missing(description: "The driver of PostgreSQL has not arrived yet.")
    }
}
