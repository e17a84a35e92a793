// One file, one writer: locks, places, readers beside, copies.

import BuskerDatabase
import Foundation
import TestSupport
import Testing

@Suite struct SQLiteFileTests {
    private static func refusal(_ path: String) throws -> DatabaseError {
        try #require(throws: DatabaseError.self) { try SQLiteDatabase(path: path) }
    }

    @Test func aSecondWriterIsRefusedHoweverItNamesTheFile() async throws {
        try await withFolder { folder in
            let path = folder + "/a.sqlite"
            let database = try SQLiteDatabase(path: path)
            try await Schema.makeNumbers(database, to: 1)
            try FileManager.default.createSymbolicLink(atPath: folder + "/link.sqlite", withDestinationPath: path)
            try FileManager.default.createSymbolicLink(atPath: folder + "/other", withDestinationPath: folder)
            for name in [
                "a.sqlite", "./a.sqlite", "link.sqlite", "other/a.sqlite",
                "other/../\(folder.split(separator: "/").last ?? "")/a.sqlite",
            ] {
                let error = try Self.refusal(folder + "/" + name)
                #expect(error.code == .inUse)
                #expect(error.detail.contains("a.sqlite") && error.detail.contains("this process"))
            }
            await database.close()
            let again = try SQLiteDatabase(path: folder + "/link.sqlite")
            #expect(try await Schema.numbers(again) == [1])
            await again.close()
        }
    }

    @Test func theLockGoesWithTheDatabase() async throws {
        try await withFolder { folder in
            for _ in 0..<20 {
                let database = try SQLiteDatabase(path: folder + "/a.sqlite")
                try await database.write { tx in try tx.execute("CREATE TABLE IF NOT EXISTS t (id INTEGER)") }
                await database.close()
            }
            try Data("not a database at all, but long enough to be looked at. ".utf8).write(
                to: URL(filePath: folder + "/bad.sqlite"))
            for _ in 0..<2 { #expect(try Self.refusal(folder + "/bad.sqlite").code == .corrupt) }
        }
    }

    @Test func aSecondProcessIsRefused() async throws {
        try await withFolder { folder in
            let path = folder + "/a.sqlite"
            let database = try SQLiteDatabase(path: path)
            let pid = ProcessInfo.processInfo.processIdentifier
            await #expect(processExitsWith: .exitCode(42)) { [path = path as String, pid = pid as Int32] in
                let error = try #require(throws: DatabaseError.self) { try SQLiteDatabase(path: path) }
                exit(error.code == .inUse && error.detail.contains("process \(pid)") ? 42 : 1)
            }
            await database.close()
        }
    }

    @Test func theLockGoesWithTheProcess() async throws {
        try await withFolder { folder in
            let path = folder + "/a.sqlite"
            await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
                let database = try SQLiteDatabase(path: path)
                try await database.write { tx in
                    try tx.execute("CREATE TABLE t (id INTEGER)")
                    try tx.execute("INSERT INTO t VALUES (7)")
                }
                kill(getpid(), SIGKILL)
            }
            let database = try SQLiteDatabase(path: path)
            let found = try await database.read { tx in try tx.value("SELECT id FROM t", as: Int.self) }
            #expect(found == 7)
            #expect(try await database.integrityCheck() == [])
            await database.close()
        }
    }

    @Test func aPlaceThatCannotHoldADatabaseIsTold() async throws {
        try await withFolder { folder in
            try FileManager.default.createDirectory(atPath: folder + "/folder", withIntermediateDirectories: true)
            try Data((0..<8192).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 >> 3) }).write(
                to: URL(filePath: folder + "/noise"))
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/dangling", withDestinationPath: folder + "/later.sqlite")
            for (path, code, words) in [
                ("", DatabaseError.Code.storage, "empty"), ("a\0b", .storage, "NUL"),
                (folder + "/missing/a.sqlite", .storage, "make it first"), (folder + "/folder", .storage, "not a file"),
                (folder + "/missing/..", .storage, "folder"), ("/dev/null", .storage, "not a file"),
                (folder + "/noise", .corrupt, "not an SQLite database"), (folder + "/noise/a", .storage, "folder"),
                (folder + "/dangling", .storage, "leads nowhere"),
            ] {
                let error = try Self.refusal(path)
                #expect(error.code == code, "\(path): \(error)")
                #expect(error.detail.contains(words), "\(path): \(error)")
            }
            let missing = try #require(throws: DatabaseError.self) { try SQLiteDatabase(readingOnly: folder + "/none") }
            #expect(missing.code == .storage)
        }
    }

    @Test(.enabled(if: geteuid() != 0)) func aFolderThatMayNotBeWrittenIsTold() async throws {
        try await withFolder { folder in
            unsafe chmod(folder, 0o500)
            defer { unsafe chmod(folder, 0o700) }
            let error = try Self.refusal(folder + "/a.sqlite")
            #expect(error.code == .storage)
        }
    }

    @Test func aSettingThatIsNotTakenStopsTheOpening() async throws {
        try await withFolder { folder in
            var setup = SQLiteSetup()
            setup.synchronous = "SOMETIMES"
            let error = try #require(throws: DatabaseError.self) {
                try SQLiteDatabase(path: folder + "/a.sqlite", limits: DatabaseLimits(), setup: setup)
            }
            #expect(error.code == .unsafeSettings)
            #expect(error.detail.contains("synchronous"))
        }
    }

    @Test func aReaderBesideTheWriterSeesWhatWasCommitted() async throws {
        try await withFolder { folder in
            let path = folder + "/a.sqlite"
            let database = try SQLiteDatabase(path: path)
            try await Schema.makeNumbers(database, to: 5)
            let tool = try SQLiteDatabase(readingOnly: path)
            #expect(try await Schema.numbers(tool).count == 5)
            try await database.write { tx in try tx.execute("INSERT INTO n VALUES (6)") }
            #expect(try await Schema.numbers(tool).count == 6)
            let error = await #expect(throws: DatabaseError.self) {
                try await tool.write { tx in try tx.execute("DELETE FROM n") }
            }
            #expect(error?.code == .readOnly)
            #expect(try await tool.integrityCheck() == [])
            await database.close()
            #expect(try await Schema.numbers(tool).count == 6)
            await tool.close()
            let alone = try SQLiteDatabase(readingOnly: path)
            #expect(try await Schema.numbers(alone).count == 6)
            await alone.close()
        }
    }

    @Test func aBackupIsOneMomentWhileWritesGoOn() async throws {
        try await withFolder { folder in
            let database = try SQLiteDatabase(path: folder + "/a.sqlite")
            try await Schema.makeNumbers(database, to: 20_000)
            let writing = Task {
                var id = 20_000
                while !Task.isCancelled {
                    let next = id + 1
                    try await database.write { tx in try tx.execute("INSERT INTO n VALUES (\(next)), (\(-next))") }
                    id = next
                }
                return id
            }
            var counts: [Int] = []
            for at in 0..<5 {
                let path = folder + "/copy\(at).sqlite"
                try await database.backUp(to: path)
                let copy = try SQLiteDatabase(path: path)
                #expect(try await copy.integrityCheck() == [])
                let row = try await copy.read { tx in try tx.first("SELECT count(*), max(id), min(id) FROM n") }
                let count: Int = try #require(try row?.get(0))
                let last: Int = try #require(try row?.get(1))
                #expect(count == 20_000 + 2 * (last - 20_000))
                counts.append(count)
                await copy.close()
            }
            #expect(counts == counts.sorted())
            writing.cancel()
            _ = try? await writing.value
            await database.close()
        }
    }

    @Test func aBackupReplacesNothingAndLeavesNothing() async throws {
        try await withFolder { folder in
            let database = try SQLiteDatabase(path: folder + "/a.sqlite")
            try await Schema.makeNumbers(database, to: 3)
            try await database.backUp(to: folder + "/copy.sqlite")
            for path in ["/copy.sqlite", "/a.sqlite", "/missing/copy.sqlite"] {
                let error = await #expect(throws: DatabaseError.self) { try await database.backUp(to: folder + path) }
                #expect(error?.code == .storage)
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(names == ["a.sqlite", "a.sqlite-shm", "a.sqlite-wal", "a.sqlite.lock", "copy.sqlite"])
            await database.close()
            let memory = try SQLiteDatabase.inMemory()
            await #expect(throws: DatabaseError(.failed, "")) { try await memory.backUp(to: folder + "/m.sqlite") }
        }
    }

    @Test func damageIsFound() async throws {
        try await withFolder { folder in
            let path = folder + "/a.sqlite"
            let database = try SQLiteDatabase(path: path)
            try await Schema.makeNumbers(database, to: 20_000)
            await database.close()
            let file = try FileHandle(forUpdating: URL(filePath: path))
            try file.seek(toOffset: 5 * 4096)
            try file.write(contentsOf: Data(repeating: 0xEE, count: 4096))
            try file.close()
            let damaged = try SQLiteDatabase(path: path)
            #expect(try await !damaged.integrityCheck().isEmpty)
            let error = await #expect(throws: DatabaseError.self) { try await Schema.numbers(damaged) }
            #expect(error?.code == .corrupt)
            await damaged.close()
        }
    }
}
