// Measures how many webhooks a second are verified and received, and prints JSON lines.

import BuskerDatabase
import BuskerPostgres
import Foundation
import Glibc

/// The command: `busker-payments-measure receive DATABASE …` or `busker-payments-measure verify …`.
@main
struct PaymentsMeasure {
    static let usage = """
        usage: busker-payments-measure receive DATABASE [callers=64] [seconds=5] [bytes=1200]
               busker-payments-measure verify [milliseconds=2000] [event=FILE]
          DATABASE  a file, made anew, or a postgres:// URL, whose public schema is made anew
          receive   signed Stripe events, each new, verified and kept; every caller waits until its receipt is durable
          verify    the event of the file, or events of 1.2 and 20 kB, signed by each scheme, one after the other; without a file
                    also PayPal's as its double sends it

        """

    static func main() async {
        var words = Array(CommandLine.arguments.dropFirst())
        guard !words.isEmpty else { fail(usage) }
        let what = words.removeFirst()
        let place = what == "receive" && !words.isEmpty ? words.removeFirst() : ""
        var settings: [String: Int] = [:]
        var event: [UInt8]?
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2, parts[0] == "event" {
                guard let bytes = FileManager.default.contents(atPath: parts[1]) else {
                    fail("\(parts[1]) cannot be read\n")
                }
                event = Array(bytes)
                continue
            }
            guard parts.count == 2, let value = Int(parts[1]), value > 0 else { fail(usage) }
            settings[parts[0]] = value
        }
        do {
            switch what {
            case "verify":
                try await VerifyBench(seconds: Double(settings["milliseconds"] ?? 2_000) / 1_000, event: event).run()
            case "receive" where !place.isEmpty:
                let bench = ReceiveBench(
                    callers: settings["callers"] ?? 64, seconds: settings["seconds"] ?? 5,
                    bytes: settings["bytes"] ?? 1_200)
                try await bench.run(on: try await open(place))
            default: fail(usage)
            }
        } catch {
            fail("\(error)\n")
        }
    }

    /// A fresh database: the file is made anew, the server's public schema is.
    private static func open(_ place: String) async throws -> any Database {
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

    static func fail(_ text: String) -> Never {
        let bytes = Array(text.utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
        exit(64)
    }
}

/// Seconds on the two clocks that matter.
enum Clocks {
    static var wall: Double { read(CLOCK_MONOTONIC) }
    static var cpu: Double { read(CLOCK_PROCESS_CPUTIME_ID) }

    private static func read(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
    }
}
