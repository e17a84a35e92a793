// The parts of the driver that need no server.

import BuskerDatabase
import Synchronization
import TestSupport
import Testing

@testable import BuskerPostgres

@Suite struct PartsTests {
    private final class Count: Sendable {
        let number = Mutex(0)
    }

    @Test(arguments: [
        ("SELECT 1", "SELECT", true), ("  select 1", "SELECT", true),
        ("with a as (select 1) select * from a", "WITH", true),
        ("WITH a AS (DELETE FROM t RETURNING id) SELECT * FROM a", "WITH", false), ("(VALUES (1))", "VALUES", true),
        ("/* a /* b */ c */ -- d\n;INSERT INTO t", "INSERT", false), ("", "", false), ("/* unfinished", "", false),
        ("--", "", false),
        ("CREATE TABLE t", "CREATE", false), ("é", "", false),
    ])
    func theVerbOfAStatementIsFound(text: String, verb: String, onlyLooks: Bool) {
        let statement = StatementText(text)
        #expect(statement.verb == verb)
        #expect(statement.onlyLooks == onlyLooks)
    }

    @Test func oneStatementServesAnyNumberOfRows() throws {
        let insert = BulkInsert(table: "t", columns: ["a", "b", "c"], key: ["a"])
        let one = try BulkRows(insert, [[.integer(1), .null, .text("x")]])
        let many = try BulkRows(insert, (0..<9000).map { [.integer($0), .null, $0 % 2 == 0 ? .null : .text("y")] })
        #expect(one.text == many.text)
        #expect(
            one.text
                == "INSERT INTO t (a, b, c) SELECT c0, NULL, c2 FROM unnest($1::bigint[], $2::text[]) AS rows(c0, c2)"
                + " ON CONFLICT (a) DO UPDATE SET b = excluded.b, c = excluded.c")
        #expect(many.pieces.map(\.count) == [4096, 4096, 808])
    }

    @Test func longRowsAreCutIntoPieces() throws {
        let insert = BulkInsert(table: "t", columns: ["a"])
        let text = SQLValue.text(String(repeating: "x", count: 1 << 20))
        let rows = try BulkRows(insert, [[SQLValue]](repeating: [text], count: 10))
        #expect(rows.pieces.map(\.count) == [4, 4, 2])
    }

    @Test func aColumnThatMixesKindsIsRefused() {
        let insert = BulkInsert(table: "t", columns: ["a", "amount"])
        let error = #expect(throws: DatabaseError.self) {
            try BulkRows(insert, [[.integer(1), .text("s3cret")], [.integer(1), .integer(7)]])
        }
        #expect(error?.code == .typeMismatch)
        #expect(error?.detail.contains("amount") == true)
        #expect(error?.detail.contains("s3cret") == false)
    }

    @Test func theStatementUnusedForLongestMakesRoom() {
        var cache = StatementCache(capacity: 2)
        for text in ["a", "b", "a", "c"] { cache.statement(text, parameters: []).statement.isPrepared = true }
        #expect(cache.knows("a") && cache.knows("c") && !cache.knows("b"))
        #expect(cache.takeDropped().count == 1)
        #expect(cache.takeDropped().isEmpty)
        let (again, isNew) = cache.statement("a", parameters: [])
        #expect(!isNew && again.isPrepared)
        _ = cache.statement("d", parameters: [20])
        cache.removeUnprepared()
        #expect(!cache.knows("d"))
    }

    @Test func aPlaceThatWasEmptyTakesTheTypeOfItsFirstValue() {
        var cache = StatementCache(capacity: 8)
        let first = cache.statement("x", parameters: [0, 20]).statement
        #expect(cache.statement("x", parameters: [0, 0]).statement === first)
        let second = cache.statement("x", parameters: [25, 0])
        #expect(second.isNew && second.statement.parameters == [25, 20])
        #expect(cache.statement("x", parameters: [0, 20]).statement === second.statement)
        #expect(cache.statement("x", parameters: [20, 20]).statement.parameters == [20, 20])
        #expect(cache.count == 1)
    }

    @Test func boundsAreHeldWithinTheirRanges() {
        let limits = PostgresLimits(
            connections: 0, queueLength: -1, queueTime: .zero, retries: -3, statementTime: .seconds(1_000_000),
            statements: 0
        ).clamped
        #expect(limits.connections == 1 && limits.queueLength == 1 && limits.retries == 0 && limits.statements == 1)
        #expect(limits.queueTime == .milliseconds(1) && limits.statementTime == .seconds(86_400))
    }

    @Test func luckIsThatOfTheLentGenerator() {
        let luck = [Luck(SeededGenerator(seed: 7)), Luck(SeededGenerator(seed: 7))]
        for _ in 0..<100 {
            let numbers = luck.map { $0.number(in: 5...9) }
            #expect(numbers[0] == numbers[1] && (5...9).contains(numbers[0]))
        }
    }

    @Test func aListenerThatIsClosedWhileItsThreadLooksAroundEnds() async throws {
        let server = try ConnectionString("host=/nowhere dbname=none")
        let rounds = 2000
        let ended = Count()
        for round in 0..<rounds {
            let listener = try Listener(to: server, limits: PostgresLimits())
            for _ in 0...(round % 97) { _ = try listener.listen("news") }
            listener.beginToClose()
            Task {
                await listener.close()
                ended.number.withLock { $0 += 1 }
            }
        }
        for _ in 0..<2000 where ended.number.withLock({ $0 }) < rounds { try await Task.sleep(for: .milliseconds(5)) }
        #expect(ended.number.withLock { $0 } == rounds, "the others' threads wait for ever")
    }
}
