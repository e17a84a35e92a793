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

/// A server that a test may kill.
struct PrivateServer {
    private let name: String

    /// Runs `body` with a server of its own and removes the server afterwards.
    static func run<T>(_ settings: String..., body: (PrivateServer, String) async throws -> T) async throws -> T {
        let server = PrivateServer(name: "test-\(UInt32.random(in: 0 ... .max))")
        let result: Result<T, any Error>
        do {
            let url = try await server.script(["start"] + settings)
            result = .success(try await body(server, url))
        } catch {
            result = .failure(error)
        }
        try await server.script(["remove"])
        return try result.get()
    }

    /// Kills every process of it, as a power cut would.
    func kill() async throws { try await script(["kill"]) }

    /// Starts it again.
    func start() async throws { try await script(["start"]) }

    /// Stops it without a checkpoint and starts it again with other settings.
    func restart(_ settings: String...) async throws { try await script(["restart"] + settings) }

    /// Runs the script on a thread of its own, because it takes seconds.
    @discardableResult
    private func script(_ words: [String]) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try runScript(words) }) }
        }
    }

    private func runScript(_ words: [String]) throws -> String {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        let process = Process()
        process.executableURL = folder.appending(path: "../../Scripts/postgres").standardizedFileURL
        process.arguments = words
        process.environment = ProcessInfo.processInfo.environment.merging(["BUSKER_POSTGRES_NAME": name]) { $1 }
        let output = Foundation.Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw DatabaseError(.failed, "Scripts/postgres \(words) failed.") }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
