// A PostgreSQL server that belongs to one test.

import BuskerDatabase
import Dispatch
import Foundation

/// A server that a test may kill.
public struct PrivateServer: Sendable {
    private let name: String

    /// Runs `body` with a server of its own and removes the server afterwards.
    public static func run<T>(_ settings: String..., body: (PrivateServer, String) async throws -> T) async throws -> T
    {
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
    public func kill() async throws { try await script(["kill"]) }

    /// Starts it again.
    public func start() async throws { try await script(["start"]) }

    /// Stops it without a checkpoint and starts it again with other settings.
    public func restart(_ settings: String...) async throws { try await script(["restart"] + settings) }

    /// Runs the script on a thread of its own, because it takes seconds.
    @discardableResult
    private func script(_ words: [String]) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try runScript(words) }) }
        }
    }

    private func runScript(_ words: [String]) throws -> String {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        let script = folder.appending(path: "../../Scripts/postgres").standardizedFileURL
        let ending = try Program.run([script.path] + words, environment: ["BUSKER_POSTGRES_NAME": name])
        guard ending.status == 0 else { throw DatabaseError(.failed, "Scripts/postgres \(words): \(ending)") }
        return ending.text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
