// Plans over many rows of files beside the same rule as one DELETE, and prints a JSON line of times and memory.

import BuskerCore
import BuskerDatabase
import BuskerPostgres
import BuskerRetention
import BuskerStorage
import Glibc

/// The command: `busker-retention-measure DATABASE [rows=1000000] [percent=1] [page=1000]`.
@main
struct RetentionMeasure {
    static let usage = """
        usage: busker-retention-measure DATABASE [rows=1000000] [percent=1] [page=1000]
          DATABASE  a file, made anew, or a postgres:// URL, whose whole public schema is dropped and made anew
          rows      how many files there are
          percent   how many of a hundred are old enough to go
          page      rows that a plan reads at once

        """

    static func main() async {
        let words = Array(CommandLine.arguments.dropFirst())
        guard let place = words.first else { fail(usage) }
        var settings = ["rows": 1_000_000, "percent": 1, "page": 1000]
        for word in words.dropFirst() {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, settings[parts[0]] != nil, let value = Int(parts[1]), value > 0 else { fail(usage) }
            settings[parts[0]] = value
        }
        do {
            let bench = RetentionBench(
                database: try await open(place), rows: settings["rows"] ?? 0, percent: settings["percent"] ?? 0,
                page: settings["page"] ?? 0)
            print(try await bench.run())
        } catch {
            fail("\(error)\n")
        }
    }

    static func fail(_ text: String) -> Never {
        let bytes = Array(text.utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
        exit(64)
    }

    private static func open(_ place: String) async throws -> any Database {
        guard place.hasPrefix("postgres") else {
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

/// A clock that stands still, so that every run has the same rows.
struct StandingClock: WallClock {
    let now = Timestamp(microseconds: 1_900_000_000_000_000)
}

/// A small generator with a fixed seed (SplitMix64).
struct FixedRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64 = 1

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
