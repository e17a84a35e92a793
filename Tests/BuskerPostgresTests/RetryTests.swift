// Which closures run again, and how often.

import BuskerDatabase
import BuskerPostgres
import TestSupport
import Testing

@Suite(.enabled(if: hasPostgres)) struct RetryTests {
    @Test func aDeadlockIsPlayedAgain() async throws {
        try await withPostgres { database, _ in
            try await database.run(
                "CREATE TABLE t (id bigint PRIMARY KEY, n bigint NOT NULL)", "INSERT INTO t VALUES (1, 0), (2, 0)")
            let gates = [Gate(), Gate()]
            let runs = Tally()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for at in 0..<2 {
                    group.addTask {
                        try await database.write { tx in
                            runs.add()
                            try tx.execute("UPDATE t SET n = n + 1 WHERE id = \(1 + at)")
                            gates[at].open()
                            gates[1 - at].wait()
                            try tx.execute("UPDATE t SET n = n + 1 WHERE id = \(2 - at)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(runs.count >= 3, "the one that lost was run again, on a slow machine perhaps both")
            #expect(try await database.number("SELECT CAST(sum(n) AS bigint) FROM t") == 4)
        }
    }

    @Test(arguments: [("40001", DatabaseError.Code.contention), ("40P01", .contention), ("55P03", .timeout)])
    func aLostRaceIsRunAgainAFewTimes(state: String, expected: DatabaseError.Code) async throws {
        try await withPostgres(PostgresLimits(connections: 1, retries: 3)) { database, _ in
            try await database.run("CREATE TABLE t (id bigint)")
            let text = "DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '\(state)'; END $$"
            let runs = Tally()
            let error = await failure {
                try await database.write { tx in
                    runs.add()
                    try tx.execute("INSERT INTO t VALUES (1)")
                    try tx.execute(SQL(text: text, values: []))
                }
            }
            #expect(error?.code == expected)
            #expect(runs.count == 4)
            try await database.write { tx in
                try tx.execute("INSERT INTO t VALUES (2)")
                if runs.add() < 7 { try tx.execute(SQL(text: text, values: [])) }
            }
            #expect(runs.count == 7)
            #expect(try await database.number("SELECT count(*) FROM t") == 1)
        }
    }

    @Test func aRaceLostAtTheCommitIsRunAgain() async throws {
        try await withPostgres { database, _ in
            try await database.run(
                "CREATE TABLE t (id bigint)", "CREATE SEQUENCE tries",
                """
                CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN IF nextval('tries') < 3 THEN RAISE EXCEPTION 'lost' USING ERRCODE = '40001'; END IF; RETURN NULL; END $$
                """,
                """
                CREATE CONSTRAINT TRIGGER late AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION lose()
                """)
            try await database.run("INSERT INTO t VALUES (1)")
            #expect(try await database.number("SELECT count(*) FROM t") == 1)
            #expect(try await database.number("SELECT last_value FROM tries") == 3)
        }
    }

    @Test func aLockThatDoesNotComeIsWaitedForAgain() async throws {
        let limits = PostgresLimits(connections: 2, retries: 20, lockTime: .milliseconds(30))
        try await withPostgres(limits) { database, _ in
            try await database.run(
                "CREATE TABLE t (id bigint PRIMARY KEY, n bigint NOT NULL)", "INSERT INTO t VALUES (1, 0)")
            let held = Gate()
            let again = Gate()
            let runs = Tally()
            let holder = Task {
                try await database.write { tx in
                    try tx.execute("UPDATE t SET n = n + 1")
                    held.open()
                    again.wait()
                }
            }
            await held.opened()
            try await database.write { tx in
                if runs.add() == 3 { again.open() }
                try tx.execute("UPDATE t SET n = n + 1")
            }
            try await holder.value
            #expect(runs.count >= 3)
            #expect(try await database.number("SELECT n FROM t") == 2)
        }
    }

    @Test func whatAClosureThrowsItselfIsNotRunAgain() async throws {
        try await withPostgres { database, _ in
            let runs = Tally()
            await #expect(throws: DatabaseError(.contention, "")) {
                try await database.write { _ in
                    runs.add()
                    throw DatabaseError(.contention, "of its own")
                }
            }
            #expect(runs.count == 1)
        }
    }

    @Test func aPlanThatATableOutgrewIsMadeAnew() async throws {
        try await withPostgres(PostgresLimits(connections: 1)) { database, url in
            try await database.run("CREATE TABLE t (id bigint)", "INSERT INTO t VALUES (1)")
            let widths = { try await database.read { tx in try tx.first("SELECT * FROM t WHERE id = \(1)")?.count } }
            #expect(try await widths() == 1)
            let other = try await PostgresDatabase(url: url)
            try await other.run("ALTER TABLE t ADD COLUMN more text")
            #expect(try await widths() == 2)
            try await other.run("ALTER TABLE t ALTER COLUMN id TYPE text USING id::text")
            let id = try await database.read { tx in try tx.value("SELECT * FROM t", as: String.self) }
            #expect(id == "1")
            await other.close()
        }
    }
}
