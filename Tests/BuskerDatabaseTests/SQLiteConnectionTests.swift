// What only SQLite can get wrong: shared commits, cached statements, statements that end transactions.

import BuskerDatabase
import TestSupport
import Testing

@Suite struct SQLiteConnectionTests {
    static let kinds: [DatabaseKind] = [.sqliteFile, .sqliteMemory]

    @Test(
        arguments: kinds,
        [
            "COMMIT", "ROLLBACK", "END", "BEGIN", "/* now */ COMMIT", "SAVEPOINT busker", "RELEASE busker",
            "ROLLBACK TO busker",
            "ROLLBACK TO busker_closure", "PRAGMA synchronous = OFF", "PRAGMA foreign_keys = OFF",
            "PRAGMA writable_schema = ON",
            "ATTACH 'other.sqlite' AS other", "DETACH main", "VACUUM", "VACUUM INTO 'copy.sqlite'", "", "-- nothing",
        ])
    func statementsThatReachBeyondTheClosureAreRefused(kind: DatabaseKind, statement: String) async throws {
        try await withDatabase(kind) { database in
            try await Schema.makeNumbers(database)
            let error = await #expect(throws: DatabaseError.self) {
                try await database.write { tx in
                    try tx.execute("INSERT INTO n VALUES (1)")
                    try tx.execute(SQL(text: statement, values: []))
                }
            }
            #expect(error?.code == .badStatement)
            #expect(try await Schema.numbers(database) == [])
        }
    }

    @Test(arguments: kinds) func columnsOfATableCanBeLookedUp(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Schema.makeNumbers(database)
            let names = try await database.read { tx in
                try tx.rows("SELECT name FROM pragma_table_info(\("n"))").map { try $0.get(0, as: String.self) }
            }
            #expect(names == ["id"])
        }
    }

    @Test(arguments: kinds) func aClosureThatEndsTheTransactionLosesNobodyElsesWork(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Schema.makeNumbers(database)
            try await database.write { tx in try tx.execute("INSERT INTO n VALUES (1000)") }
            let first = Gate()
            let blocking = Task { try await database.write { _ in first.wait() } }
            let calls = (0..<60).map { id in
                Task {
                    try await database.write { tx in
                        try tx.execute("INSERT INTO n VALUES (\(id))")
                        if id % 20 == 13 {
                            _ = try? tx.execute("INSERT OR ROLLBACK INTO n VALUES (1000)")
                            _ = try? tx.execute("INSERT INTO n VALUES (\(2000 + id))")
                        }
                    }
                }
            }
            first.open()
            try await blocking.value
            for (id, call) in calls.enumerated() {
                if id % 20 == 13 {
                    let error = await #expect(throws: DatabaseError.self) { try await call.value }
                    #expect(error?.code == .uniqueViolation)
                } else {
                    try await call.value
                }
            }
            #expect(try await Schema.numbers(database) == (0..<60).filter { $0 % 20 != 13 } + [1000])
        }
    }

    @Test(.timeLimit(.minutes(8)), arguments: kinds)
    func aCallerThatWritesWithoutPauseStarvesNobody(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Schema.makeNumbers(database)
            let hammering = (0..<3).map { _ in
                Task { while !Task.isCancelled { try await database.write { _ in } } }
            }
            for id in 1...30 { try await database.write { tx in try tx.execute("INSERT INTO n VALUES (\(id))") } }
            for task in hammering { task.cancel() }
            #expect(try await Schema.numbers(database).count == 30)
        }
    }

    @Test(arguments: kinds) func aFullQueueRefuses(kind: DatabaseKind) async throws {
        try await withDatabase(kind, limits: DatabaseLimits(queueLength: 3)) { database in
            let began = Gate()
            let mayEnd = Gate()
            let blocking = Task {
                try await database.write { _ in
                    began.open()
                    mayEnd.wait()
                }
            }
            await began.opened()
            let outcomes = await withTaskGroup(of: DatabaseError.Code?.self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        do {
                            try await database.write { _ in }
                            return nil
                        } catch {
                            return (error as? DatabaseError)?.code
                        }
                    }
                }
                var refused: [DatabaseError.Code?] = []
                for _ in 0..<7 { refused.append(await group.next() ?? nil) }
                mayEnd.open()
                for await outcome in group { refused.append(outcome) }
                return refused
            }
            #expect(outcomes.prefix(7).allSatisfy { $0 == .limit })
            #expect(outcomes.suffix(3).allSatisfy { $0 == nil })
            try await blocking.value
        }
    }

    @Test(arguments: kinds) func fewStatementsAreKeptAndManyCanBeUsed(kind: DatabaseKind) async throws {
        try await withDatabase(kind, limits: DatabaseLimits(statements: 3)) { database in
            try await Schema.makeNumbers(database, to: 5)
            let sum = try await database.write { tx in
                var sum = 0
                for at in 0..<50 {
                    let statement = SQL(text: "SELECT id + \(at % 10) FROM n WHERE id = $1", values: [.integer(2)])
                    sum += try tx.value(statement) ?? 0
                }
                return sum
            }
            #expect(sum == 50 * 2 + 5 * 45)
        }
    }

    @Test(arguments: kinds) func aStatementMayRunWithinItself(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Schema.makeNumbers(database, to: 4)
            let pairs = try await database.read { tx in
                var pairs: [[Int]] = []
                try tx.forEach("SELECT id FROM n ORDER BY id") { outer in
                    try tx.forEach("SELECT id FROM n ORDER BY id") { inner in
                        pairs.append([try outer.get(0), try inner.get(0)])
                    }
                }
                return pairs
            }
            #expect(pairs == (1...4).flatMap { a in (1...4).map { [a, $0] } })
        }
    }

    @Test(arguments: kinds) func columnsFollowTheTable(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await Schema.makeNumbers(database, to: 1)
            let before = try await database.write { tx in try tx.first("SELECT * FROM n")?.count }
            try await database.write { tx in try tx.execute("ALTER TABLE n ADD COLUMN extra TEXT DEFAULT 'x'") }
            let after = try await database.write { tx in try tx.first("SELECT * FROM n")?.get("extra", as: String.self)
            }
            #expect(before == 1)
            #expect(after == "x")
        }
    }

    @Test(arguments: kinds) func valuesThatSQLiteWouldChangeAreRefused(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            let error = await #expect(throws: DatabaseError.self) {
                try await database.read { tx in try tx.rows("SELECT \(Double.nan)") }
            }
            #expect(error?.code == .typeMismatch)
        }
    }
}
