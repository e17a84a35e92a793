// Runs ledger operations from many waiting callers and prints a JSON line of rate, waiting times and memory.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import BuskerPostgres
import Glibc

/// The command: `busker-ledger-measure OPERATION DATABASE [callers=64] [accounts=10000] [seconds=5] [count=N]`.
@main
struct LedgerMeasure {
    static let usage = """
        usage: busker-ledger-measure OPERATION DATABASE [callers=64] [accounts=10000] [seconds=5] [count=0]
          DATABASE  a file, made anew, or a postgres:// URL, whose whole public schema is dropped and made anew
          post      nine charges to one grant, each under a random key, from callers that wait for each answer
          hold      a hold and its capture, counted as two operations
          own       a charge inside the host's own transaction, beside a row of the host's
          balance   balances, one account at a time
          count=N   that many operations instead of seconds; memory is told at every tenth of them

        """

    static func main() async {
        let words = Array(CommandLine.arguments.dropFirst())
        guard words.count >= 2, let operation = Operation(rawValue: words[0]) else { fail(usage) }
        var settings: [String: Int] = [:]
        for word in words.dropFirst(2) {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let value = Int(parts[1]), value >= 0 else { fail(usage) }
            settings[parts[0]] = value
        }
        let load = Load(
            operation: operation, callers: settings["callers"] ?? 64, accounts: settings["accounts"] ?? 10_000,
            seconds: settings["seconds"] ?? 5, count: settings["count"] ?? 0)
        do {
            let database = try await Place.open(words[1])
            let bench = try await LedgerBench(database, load)
            print(try await bench.run())
            await database.close()
        } catch {
            fail("\(error)\n")
        }
    }

    static func fail(_ text: String) -> Never {
        let bytes = Array(text.utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
        exit(64)
    }
}

/// What every caller does.
enum Operation: String, Sendable {
    case post
    case hold
    case own
    case balance
}

/// How much is done.
struct Load: Sendable {
    let operation: Operation
    let callers: Int
    let accounts: Int
    let seconds: Int
    let count: Int
}

/// Where the ledger lies.
enum Place {
    /// A fresh database: the file is made anew, and so is the whole public schema of a server's.
    static func open(_ place: String) async throws -> any Database {
        guard place.hasPrefix("postgres") || place.contains("host=") else {
            for tail in ["", "-wal", "-shm", ".lock"] { unlink(place + tail) }
            return try SQLiteDatabase(path: place)
        }
        let database = try await PostgresDatabase(url: place)
        try await database.write { tx in
            try tx.execute("DROP SCHEMA public CASCADE")
            try tx.execute("CREATE SCHEMA public")
        }
        return database
    }
}
