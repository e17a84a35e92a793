// The PostgreSQL server of a crash run, and what befalls it.

import BuskerDatabase
import BuskerPostgres
import Foundation

/// A server that Scripts/postgres started for this run alone.
struct CrashServer {
    /// The script that starts and stops it.
    let script: URL
    /// Which of the script's servers it is.
    let name: String

    /// Starts the server, and answers its URL.
    func start() throws -> String { try call("start") }

    /// Stops it without a checkpoint and starts it again.
    func restart() throws { _ = try call("restart") }

    /// Kills one process that serves a client; the server then ends all others and recovers.
    func killBackend() throws { _ = try call("kill-backend") }

    func remove() throws { _ = try call("remove") }

    /// Makes room for a ledger, and answers its URL.
    func makeDatabase() throws -> String {
        let url = try call("url")
        try change(url, "DROP SCHEMA IF EXISTS crash CASCADE")
        try change(url, "CREATE SCHEMA crash")
        return url + "?options=-csearch_path%3Dcrash"
    }

    private func change(_ url: String, _ statement: SQL) throws {
        let done = DispatchSemaphore(value: 0)
        let failure = Box<String?>(nil)
        Task.detached {
            do {
                let database = try await PostgresDatabase(url: url)
                _ = try await database.write { tx in try tx.execute(statement) }
                await database.close()
            } catch {
                failure.value = "\(error)"
            }
            done.signal()
        }
        done.wait()
        if let failure = failure.value { throw CrashFinding("\(statement): \(failure)") }
    }

    private func call(_ verb: String) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = script
        process.arguments = [verb]
        process.environment = ProcessInfo.processInfo.environment.merging(["BUSKER_POSTGRES_NAME": name]) { _, new in
            new
        }
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CrashFinding("Scripts/postgres \(verb) failed") }
        let text = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        return text.split(separator: "\n").last.map(String.init) ?? ""
    }

    private final class Box<Value>: @unchecked Sendable {
        var value: Value

        init(_ value: Value) { self.value = value }
    }
}
