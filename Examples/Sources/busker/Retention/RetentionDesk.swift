// An open database with the rows of files, and a policy from a file.

import ArgumentParser
import BuskerCore
import BuskerDatabase
import BuskerPostgres
import BuskerRetention
import Foundation

/// Which policy a command works by.
struct PolicyOption: ParsableArguments {
    /// The most bytes of a policy.
    static let bytesMax = 1 << 20

    @Option(help: ArgumentHelp("The document of the policy.", valueName: "file"))
    var policy: String

    func read() throws -> RetentionPolicy {
        guard let data = try? Data(contentsOf: URL(filePath: policy)) else {
            throw Failure(.noInput, code: "no_input", "'\(policy)' cannot be read.")
        }
        do {
            return try RetentionPolicy(document: [UInt8](data), zones: Self.zone)
        } catch {
            throw Failure(.badInput, code: error.code.description, "'\(policy)': \(Failure.words(error))")
        }
    }

    /// The rules of a zone, from the time zone database of the machine.
    static func zone(_ name: String) throws(RetentionError) -> Zone? {
        let isName = name.utf8.allSatisfy {
            ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A || "0123456789_+-/".utf8.contains($0)
        }
        guard isName, !name.hasPrefix("/"), !name.contains("//"),
            let data = try? Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/" + name))
        else { return nil }
        return try Zone(name: name, tzif: [UInt8](data))
    }

    /// A zone by its name, or a refusal.
    static func named(_ name: String) throws -> Zone {
        if let fixed = Zone(fixed: name) { return fixed }
        guard let zone = try? zone(name) else {
            throw ValidationError("--zone is a time zone that this machine knows, such as Asia/Seoul, or +09:00.")
        }
        return zone
    }
}

/// An open database.
enum RetentionDesk {
    /// Opens a database for as long as `body` runs.
    static func with<Value>(_ place: LedgerPlace, _ body: (Retention) async throws -> Value) async throws -> Value {
        do {
            let database: any Database
            switch place {
            case .server(let url): database = try await PostgresDatabase(url: url)
            case .file(let path):
                guard FileManager.default.fileExists(atPath: path) else {
                    throw Failure(.noInput, code: "database_not_found", "There is no database '\(path)'.")
                }
                database = try SQLiteDatabase(path: path)
            }
            do {
                let value = try await use(database, body)
                await database.close()
                return value
            } catch {
                await database.close()
                throw error
            }
        } catch {
            throw Failure(retention: error, at: place)
        }
    }

    private static func use<Value>(
        _ database: some Database, _ body: (Retention) async throws -> Value
    ) async throws -> Value {
        _ = try await database.read { tx in try tx.rows("SELECT 1 FROM storage_file LIMIT 1") }
        let retention = Retention(database)
        try await retention.migrate()
        return try await body(retention)
    }
}
