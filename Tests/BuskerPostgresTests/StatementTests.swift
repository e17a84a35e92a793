// Statements: what they cost, what they bring back, what they may not do.

import BuskerDatabase
import Foundation
import TestSupport
import Testing

@testable import BuskerPostgres

@Suite(.enabled(if: hasPostgres)) struct StatementTests {
    /// How many round trips a call takes, on a connection that knows its statements.
    static func roundTrips(_ database: PostgresDatabase, _ call: () async throws -> Void) async throws -> Int {
        try await call()
        let before = try await database.run { $0.link?.roundTrips ?? 0 }
        try await call()
        return try await database.run { $0.link?.roundTrips ?? 0 } - before
    }

    @Test func whatTravelsTogetherCostsOneRoundTrip() async throws {
        try await withPostgres(PostgresLimits(connections: 1)) { database, _ in
            try await database.run("CREATE TABLE t (id bigint, n bigint)")
            let rows = (0..<3000).map { [SQLValue.integer($0), .null] }
            let write = try await Self.roundTrips(database) {
                try await database.run("INSERT INTO t VALUES (\(1), \(2))")
            }
            #expect(write == 2)
            let read = try await Self.roundTrips(database) { _ = try await database.number("SELECT count(*) FROM t") }
            #expect(read == 1)
            let nothing = try await Self.roundTrips(database) { try await database.write { _ in } }
            #expect(nothing == 0)
            let batch = try await Self.roundTrips(database) {
                try await database.write { tx in
                    _ = try tx.rows(ofAll: (0..<10).map { "SELECT n FROM t WHERE id = \($0)" })
                    try tx.perform([
                        .insert(BulkInsert(table: "t", columns: ["id", "n"]), rows: rows),
                        .execute("UPDATE t SET n = \(5)"),
                    ])
                    try tx.savepoint { try tx.notify("channel", "message") }
                }
            }
            #expect(batch == 3)
            let savepoints = try await Self.roundTrips(database) {
                try await database.write { tx in
                    for at in 0..<4 { try tx.savepoint { try tx.execute("UPDATE t SET n = \(at) WHERE id = \(-1)") } }
                }
            }
            #expect(savepoints == 5)
        }
    }

    @Test func fullBuffersOnBothSidesDoNotBlock() async throws {
        try await withPostgres(PostgresLimits(connections: 1)) { database, _ in
            let count = try await database.write { tx in
                let text = String(repeating: "x", count: 100_000)
                let answers = try tx.rows(
                    ofAll: (0..<200).map {
                        "SELECT CAST(\(text) AS text) AS a, repeat('y', 100000) AS b WHERE \($0) >= 0"
                    })
                return answers.reduce(0) { $0 + $1.count }
            }
            #expect(count == 200)
        }
    }

    @Test func anErrorAmongManyLeavesTheConnectionUsable() async throws {
        try await withPostgres(PostgresLimits(connections: 1)) { database, _ in
            try await database.run("CREATE TABLE t (id bigint PRIMARY KEY)")
            for round in 0..<3 {
                let error = await failure {
                    try await database.write { tx in
                        try tx.rows(ofAll: [
                            "SELECT \(1)", "SELECT 1 / \(0)", "SELECT \(2)", "SELECT \(round) + \(round)",
                        ])
                    }
                }
                #expect(error?.code == .typeMismatch)
                #expect(await code { try await database.run("INSERT INTO t VALUES (1), (1)") } == .uniqueViolation)
                let caught = try await database.write { tx in
                    _ = try? tx.savepoint {
                        try tx.perform([
                            .execute("INSERT INTO t VALUES (\(7))"), .execute("INSERT INTO nowhere VALUES (\(1))"),
                        ])
                    }
                    return try tx.rows(ofAll: ["SELECT \(1)", "SELECT id FROM t WHERE id = \(7)"]).map(\.count)
                }
                #expect(caught == [1, 0])
            }
        }
    }

    @Test func aStatementThatRunsTooLongIsCancelled() async throws {
        try await withPostgres(PostgresLimits(connections: 1, statementTime: .milliseconds(50))) { database, _ in
            let pid = try await database.number("SELECT pg_backend_pid()")
            #expect(await code { try await database.run("SELECT pg_sleep(10)") } == .timeout)
            #expect(try await database.number("SELECT pg_backend_pid()") == pid)
        }
    }

    @Test func aClosureThatKeepsTheServerWaitingIsCutOff() async throws {
        try await withPostgres(PostgresLimits(connections: 1, idleTime: .milliseconds(50))) { database, _ in
            try await database.run("CREATE TABLE t (id bigint)")
            let error = await failure {
                try await database.write { tx in
                    try tx.execute("INSERT INTO t VALUES (1)")
                    Thread.sleep(forTimeInterval: 0.5)
                    try tx.execute("INSERT INTO t VALUES (2)")
                }
            }
            #expect([.timeout, .unavailable].contains(error?.code))
            #expect(try await database.number("SELECT count(*) FROM t") == 0)
        }
    }

    @Test func fewStatementsAreKept() async throws {
        try await withPostgres(PostgresLimits(connections: 1, statements: 4)) { database, _ in
            for round in 0..<3 {
                for at in 0..<20 {
                    let text = "SELECT $1 + \(at)"
                    let found: Int? = try await database.read { tx in
                        try tx.value(SQL(text: text, values: [.integer(1)]))
                    }
                    #expect(found == at + 1, "round \(round)")
                }
            }
            let kept = try await database.number("SELECT count(*) FROM pg_prepared_statements")
            #expect((1...6).contains(kept ?? 0), "\(kept ?? 0) are kept")
        }
    }

    @Test func nothingBecomesSomethingInTheSamePlace() async throws {
        try await withPostgres(PostgresLimits(connections: 1)) { database, _ in
            try await database.run(
                "CREATE TABLE v (id bigint, i integer, s smallint, t varchar(20), b bytea, d double precision)")
            let values: [[SQLValue]] = [
                [.integer(1), .null, .null, .null, .null, .null],
                [.integer(2), .integer(5), .integer(-6), .text("seven"), .bytes([8]), .real(9.5)],
                [.integer(3), .null, .integer(3), .null, .bytes([]), .null],
            ]
            try await database.write { tx in
                for row in values {
                    try tx.execute(SQL(text: "INSERT INTO v VALUES ($1, $2, $3, $4, $5, $6)", values: row))
                }
                let columns = ["id", "i", "s", "t", "b", "d"]
                for piece in [values[0...0], values[1...1], values[0...2]] {
                    try tx.insert(into: "v", columns: columns, rows: Array(piece))
                }
                try tx.insert(
                    into: "v", columns: ["id", "d"], rows: [[.integer(4), .integer(2)], [.integer(4), .real(0.5)]])
            }
            let found = try await database.read { tx in try tx.rows("SELECT * FROM v WHERE id < 4").map(\.values) }
            #expect(found == values + values[0...1] + values)
            let fractions = try await database.read { tx in try tx.rows("SELECT d FROM v WHERE id = 4").map(\.values) }
            #expect(fractions == [[.real(2)], [.real(0.5)]])
        }
    }

    @Test func ofSeveralRowsWithOneKeyTheLastCounts() async throws {
        try await withPostgres { database, _ in
            try await database.run("CREATE TABLE t (id bigint PRIMARY KEY, n bigint)")
            try await database.write { tx in
                let rows = (0..<20).map { [SQLValue.integer($0 % 3), .integer($0)] }
                try tx.insert(into: "t", columns: ["id", "n"], rows: rows, replacing: ["id"])
                try tx.insert(into: "t", columns: ["id"], rows: [[.integer(1)], [.integer(9)]], replacing: ["id"])
            }
            let found = try await database.read { tx in try tx.rows("SELECT n FROM t ORDER BY id").map(\.values) }
            #expect(found == [[.integer(18)], [.integer(19)], [.integer(17)], [.null]])
        }
    }

    static let typed: [(String, SQLValue)] = [
        ("true", .integer(1)), ("false", .integer(0)), ("(-5)::smallint", .integer(-5)),
        ("(-70000)::int", .integer(-70_000)),
        ("(-9223372036854775808)::bigint", .integer(.min)), ("4000000000::oid", .integer(4_000_000_000)),
        ("1.5::real", .real(1.5)), ("'x'::varchar", .text("x")), ("'x'::char(3)", .text("x  ")),
        ("'x'::name", .text("x")),
        ("'x'", .text("x")), ("'{\"a\": 1}'::json", .text("{\"a\": 1}")), ("NULL::uuid", .null),
        ("0::numeric", .integer(0)), ("10000::numeric", .integer(10_000)),
        ("(-120030004)::numeric", .integer(-120_030_004)),
        ("9223372036854775807::numeric", .integer(.max)), ("(-9223372036854775808)::numeric", .integer(.min)),
    ]

    @Test(arguments: typed)
    func typesOfTheServerBecomeThoseOfTheRoom(expression: String, value: SQLValue) async throws {
        try await withPostgres { database, _ in
            let row = try await database.read { tx in try tx.first(SQL(text: "SELECT \(expression)", values: [])) }
            #expect(row?.values == [value])
        }
    }

    @Test(arguments: [
        "9223372036854775808::numeric", "(-9223372036854775809)::numeric", "1.5::numeric", "avg(1)", "'NaN'::numeric",
        "'infinity'::numeric", "1e30::numeric", "now()", "gen_random_uuid()", "ARRAY[1]", "'1'::jsonb",
        "'(1,2)'::point",
    ])
    func otherTypesAreRefusedAndTheTransactionGoesOn(expression: String) async throws {
        try await withPostgres { database, _ in
            let after = try await database.write { tx in
                #expect(throws: DatabaseError(.typeMismatch, "")) {
                    try tx.rows(SQL(text: "SELECT \(expression)", values: []))
                }
                return try tx.value("SELECT 2", as: Int.self)
            }
            #expect(after == 2)
        }
    }

    @Test func textWithANulIsRefusedBeforeItIsSent() async throws {
        try await withPostgres { database, _ in
            try await database.run("CREATE TABLE t (x text)")
            try await database.write { tx in
                for refused: SQL in ["INSERT INTO t VALUES (\("s3cret\u{0}"))", "SELECT \(1), \("\u{0}")"] {
                    let error = #expect(throws: DatabaseError(.typeMismatch, "")) { try tx.execute(refused) }
                    #expect(error?.detail.contains("s3cret") == false)
                }
                #expect(throws: DatabaseError(.typeMismatch, "")) {
                    try tx.insert(into: "t", columns: ["x"], rows: [[.text("\u{0}")]])
                }
                #expect(throws: DatabaseError(.badStatement, "")) {
                    try tx.execute(SQL(text: "SELECT 1\u{0}", values: []))
                }
                try tx.execute("INSERT INTO t VALUES (\("fine"))")
            }
            #expect(try await database.number("SELECT count(*) FROM t") == 1)
        }
    }

    @Test func tooManyValuesAreRefused() async throws {
        try await withPostgres { database, _ in
            let ids = Array(0..<70_000)
            #expect(
                await code { try await database.read { tx in try tx.rows("SELECT 1 WHERE 1 IN \(list: ids)") } }
                    == .limit)
            let most = Array(0..<32_768)
            let found = try await database.read { tx in try tx.rows("SELECT 1 WHERE 7 IN \(list: most)").count }
            #expect(found == 1)
        }
    }

    @Test(arguments: [
        "COMMIT", "  /* x /* y */ */ rollback", "--x\nBEGIN", "(END)", "SET jit = on", "COPY t FROM STDIN",
        "SAVEPOINT a",
        "PREPARE TRANSACTION 'x'", "LISTEN x", "DISCARD ALL",
    ])
    func aClosureCannotEndItsTransaction(text: String) async throws {
        try await withPostgres { database, _ in
            try await database.run("CREATE TABLE t (id bigint)")
            let code = await code {
                try await database.write { tx in
                    try tx.execute("INSERT INTO t VALUES (1)")
                    try tx.execute(SQL(text: text, values: []))
                }
            }
            #expect(code == .badStatement)
            #expect(try await database.number("SELECT count(*) FROM t") == 0)
        }
    }

    @Test func rowsStreamInPiecesAroundOtherStatements() async throws {
        try await withPostgres(PostgresLimits(connections: 1)) { database, _ in
            try await database.run("CREATE TABLE t (id bigint)", "INSERT INTO t SELECT generate_series(1, 2000)")
            try await database.write { tx in
                var seen = 0
                try tx.forEach("SELECT id, repeat('x', 10000) FROM t WHERE id > \(0) ORDER BY id") { row in
                    seen += 1
                    #expect(try row.get(0) == seen)
                    guard seen % 500 == 0 else { return }
                    try tx.execute("DELETE FROM t WHERE id = \(seen)")
                    #expect(throws: DatabaseError.self) { try tx.savepoint { try tx.execute("SELECT nothing") } }
                    var inner = 0
                    try tx.forEach("SELECT id FROM t LIMIT \(5)") { _ in inner += 1 }
                    #expect(inner == 5)
                }
                #expect(seen == 2000)
                try tx.forEach("DELETE FROM t WHERE id < \(10) RETURNING id") { _ in seen += 1 }
                #expect(seen == 2009)
            }
            #expect(try await database.number("SELECT count(*) FROM t") == 1987)
        }
    }

    @Test func aTransactionKeptTooLongIsOfNoUse() async throws {
        final class Keeper: @unchecked Sendable { var kept: Transaction? }
        try await withPostgres { database, _ in
            let keeper = Keeper()
            try await database.write { tx in
                keeper.kept = tx
                try tx.execute("SELECT 1")
            }
            #expect(throws: DatabaseError(.closed, "")) { try keeper.kept?.execute("SELECT 1") }
        }
    }

    @Test func damageIsLookedFor() async throws {
        try await withPostgres { database, _ in
            try await database.run(
                "CREATE TABLE a (id bigint PRIMARY KEY, n bigint)", "INSERT INTO a SELECT generate_series(1, 100), 1")
            try await database.write { tx in
                for text in Dialect.postgres.appendOnly("a") { try tx.execute(SQL(text: text, values: [])) }
            }
            #expect(try await database.integrityCheck() == [])
            try await database.run(
                "ALTER TABLE a DISABLE TRIGGER a_never_delete",
                "ALTER TABLE a ADD CONSTRAINT later CHECK (n > 0) NOT VALID",
                "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'a_pkey'::regclass")
            let found = try await database.integrityCheck()
            #expect(found.count == 3)
            for word in ["a_pkey", "later", "a_never_delete"] {
                #expect(found.contains { $0.contains(word) }, "\(word)")
            }
        }
    }
}
