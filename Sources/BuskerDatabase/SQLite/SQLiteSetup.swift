// The settings on which durability rests, set and read back.

import GRDB
import GRDBSQLite

/// How a connection to SQLite is set up; hosts get the safe way, tests of those tests others.
package struct SQLiteSetup: Sendable {
    /// When the log is forced to the disk: `FULL` is at every commit.
    package var synchronous = "FULL"
    /// After how many pages in the log they are moved into the file.
    package var checkpointPages = 8000
    /// The file layer of SQLite, by its registered name.
    package var fileLayer: String?
    /// How long a connection waits for another's lock.
    package var busyMilliseconds = 5000
    /// Called before the log is moved into the file, which then happens at every eighth commit too.
    package var checkpointing: (@Sendable () -> Void)?

    /// The safe way.
    package init() {}

    private static let levels = ["OFF": 0, "NORMAL": 1, "FULL": 2, "EXTRA": 3]

    /// What a connection is set to and what must be read back.
    private func settings(isReader: Bool, isMemory: Bool) -> [(name: String, value: String, answer: SQLValue)] {
        var settings: [(String, String, SQLValue)] = []
        if !isMemory && !isReader { settings.append(("journal_mode", "WAL", .text("wal"))) }
        settings += [
            ("foreign_keys", "ON", .integer(1)),
            ("cell_size_check", "ON", .integer(1)),
            ("cache_size", isReader ? "-4096" : "-16384", .integer(isReader ? -4096 : -16384)),
            ("busy_timeout", String(busyMilliseconds), .integer(Int64(busyMilliseconds))),
        ]
        guard !isMemory else { return settings }
        settings += [
            ("synchronous", synchronous, .integer(Int64(Self.levels[synchronous] ?? 2))),
            ("wal_autocheckpoint", String(checkpointPages), .integer(Int64(checkpointPages))),
            ("mmap_size", "0", .integer(0)),
        ]
        if !isReader { settings.append(("journal_size_limit", "67108864", .integer(67_108_864))) }
        #if canImport(Darwin)
        settings += [("fullfsync", "ON", .integer(1)), ("checkpoint_fullfsync", "ON", .integer(1))]
        #endif
        return settings
    }

    /// Sets the connection up and reads back what it was set to.
    ///
    /// - Throws: ``DatabaseError`` with `unsafeSettings` when it did not take a setting.
    func apply(
        to database: GRDB.Database, path: String, isReader: Bool, limits: DatabaseLimits
    ) throws {
        guard sqlite3_libversion_number() >= 3_037_000 else {
            throw DatabaseError(.unsafeSettings, "SQLite 3.37 or later is needed, for tables with enforced types.")
        }
        let settings = settings(isReader: isReader, isMemory: path == ":memory:")
        for setting in settings {
            _ = try GRDB.Row.fetchAll(database, sql: "PRAGMA \(setting.name) = \(setting.value)")
        }
        for setting in settings {
            let row = try GRDB.Row.fetchOne(database, sql: "PRAGMA \(setting.name)")
            let answer: SQLValue? = row.flatMap { row in
                switch (row[0] as DatabaseValue).storage {
                case .int64(let number): .integer(number)
                case .string(let text): .text(text)
                default: nil
                }
            }
            let isAbsent = setting.name == "mmap_size" && row == nil
            guard answer == setting.answer || isAbsent else {
                throw DatabaseError(
                    .unsafeSettings,
                    "The database did not take \(setting.name) = \(setting.value). Put it on a local disk.")
            }
        }
    }
}
