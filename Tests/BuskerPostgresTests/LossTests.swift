// Connections and servers that go away, and what callers are told.

import BuskerDatabase
import BuskerPostgres
import Synchronization
import TestSupport
import Testing

@Suite(.enabled(if: hasPostgres)) struct LossTests {
    @Test func aConnectionLostBeforeTheCommitChangedNothing() async throws {
        try await withPostgres { database, url in
            let killer = try await PostgresDatabase(url: url)
            try await database.run("CREATE TABLE t (id bigint)")
            let runs = Tally()
            let (told, mayGoOn) = (Gate(), Gate())
            let backend = Tally()
            let call = Task {
                await failure {
                    try await database.write { tx in
                        runs.add()
                        try tx.execute("INSERT INTO t VALUES (1)")
                        let pid: Int = try tx.value("SELECT pg_backend_pid()") ?? 0
                        backend.add(pid)
                        told.open()
                        mayGoOn.wait()
                        try tx.execute("INSERT INTO t VALUES (2)")
                    }
                }
            }
            await told.opened()
            try await killer.run("SELECT pg_terminate_backend(\(backend.entries[0])::int, 5000)")
            mayGoOn.open()
            #expect(await call.value?.code == .unavailable)
            #expect(runs.count == 1)
            #expect(try await database.number("SELECT count(*) FROM t") == 0)
            await killer.close()
        }
    }

    @Test func aConnectionLostWhileIdleIsNotNoticed() async throws {
        try await withPostgres(PostgresLimits(connections: 3)) { database, url in
            try await database.run("CREATE TABLE t (id bigint)")
            let killer = try await PostgresDatabase(url: url)
            let runs = Tally()
            for id in 0..<10 {
                try await killer.run(
                    """
                    SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
                    WHERE pid <> pg_backend_pid() AND query LIKE '%busker_loss_mark%' AND state = 'idle'
                    """)
                try await database.write { tx in
                    runs.add()
                    try tx.execute("INSERT INTO t VALUES (\(id))")
                    _ = try tx.rows("SELECT 'busker_loss_mark'")
                }
            }
            #expect(try await database.number("SELECT count(*) FROM t") == 10)
            #expect((10...20).contains(runs.count))
            await killer.close()
        }
    }

    @Test func aConnectionLostDuringTheCommitLeavesTheOutcomeOpen() async throws {
        try await withPostgres { database, _ in
            try await database.run(
                "CREATE TABLE t (id bigint)",
                """
                CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); RETURN NULL; END $$
                """,
                """
                CREATE CONSTRAINT TRIGGER late AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION leave()
                """)
            let runs = Tally()
            let code = await code {
                try await database.write { tx in
                    runs.add()
                    try tx.execute("INSERT INTO t VALUES (1)")
                }
            }
            #expect(code == .unknownOutcome)
            #expect(runs.count == 1)
            #expect(try await database.number("SELECT count(*) FROM t") == 0)
        }
    }

    /// The operation of a ledger in small: a key that counts once, and a sum that must equal the number of keys.
    static func post(_ key: Int, to database: PostgresDatabase) async throws {
        try await database.write { tx in
            let isNew = try tx.execute("INSERT INTO op (key) VALUES (\(key)) ON CONFLICT DO NOTHING") == 1
            if isNew { try tx.execute("UPDATE total SET n = n + 1") }
        }
    }

    /// Tasks that post keys until they are told to stop; each repeats a key until it is acknowledged.
    final class Load: Sendable {
        private struct State {
            var acknowledged: Set<Int> = []
            var codes: [DatabaseError.Code: Int] = [:]
            var isOver = false
        }

        private let state = Mutex(State())
        private let database: PostgresDatabase

        init(_ database: PostgresDatabase) { self.database = database }

        var acknowledged: Set<Int> { state.withLock { $0.acknowledged } }
        var codes: [DatabaseError.Code: Int] { state.withLock { $0.codes } }

        func stop() { state.withLock { $0.isOver = true } }

        func run(lane: Int, of lanes: Int) async {
            var key = lane
            while !state.withLock({ $0.isOver }) {
                do {
                    try await LossTests.post(key, to: database)
                    state.withLock { _ = $0.acknowledged.insert(key) }
                    key += lanes
                } catch {
                    let code = (error as? DatabaseError)?.code ?? .failed
                    state.withLock { $0.codes[code, default: 0] += 1 }
                    try? await Task.sleep(for: .milliseconds(10))
                }
            }
        }

        /// Waits until so many more keys were acknowledged.
        func progress(by count: Int) async throws {
            let goal = acknowledged.count + count
            while acknowledged.count < goal { try await Task.sleep(for: .milliseconds(5)) }
        }
    }

    @Test func aServerKilledInMidLoadLosesAndDoublesNothing() async throws {
        try await PrivateServer.run { server, url in
            let database = try await PostgresDatabase(
                url: url, limits: PostgresLimits(connections: 4, queueTime: .milliseconds(500)))
            try await database.run(
                "CREATE TABLE op (key bigint PRIMARY KEY)", "CREATE TABLE total (n bigint NOT NULL)",
                "INSERT INTO total VALUES (0)")
            let load = Load(database)
            let lanes = (0..<16).map { lane in Task { await load.run(lane: lane, of: 16) } }
            for _ in 0..<2 {
                try await load.progress(by: 100)
                let told = load.codes[.unavailable] ?? 0
                try await server.kill()
                while load.codes[.unavailable] ?? 0 == told { try await Task.sleep(for: .milliseconds(5)) }
                try await server.start()
            }
            try await load.progress(by: 100)
            load.stop()
            for lane in lanes { await lane.value }
            for key in load.acknowledged { try await Self.post(key, to: database) }
            let allowed: Set<DatabaseError.Code> = [.unavailable, .unknownOutcome, .timeout]
            #expect(allowed.isSuperset(of: load.codes.keys), "\(load.codes)")
            let keys = try await database.read { tx in
                try tx.rows("SELECT key FROM op").map { try $0.get(0, as: Int.self) }
            }
            #expect(load.acknowledged.isSubset(of: keys))
            #expect(try await database.number("SELECT n FROM total") == keys.count)
            await database.close()
        }
    }

    @Test func whoWaitsForAServerThatIsDownIsToldInTime() async throws {
        try await PrivateServer.run { server, url in
            let database = try await PostgresDatabase(
                url: url, limits: PostgresLimits(connections: 2, queueTime: .milliseconds(300)))
            var heard = try database.listen("news").makeAsyncIterator()
            #expect(await heard.next() == "")
            try await database.run("CREATE TABLE t (id bigint)")
            try await server.kill()
            let codes = await withTaskGroup(of: DatabaseError.Code?.self) { group in
                for id in 0..<20 {
                    group.addTask { await code { try await database.run("INSERT INTO t VALUES (\(id))") } }
                }
                return await group.reduce(into: Set<DatabaseError.Code?>()) { $0.insert($1) }
            }
            #expect(codes == [.unavailable])
            try await server.start()
            while await code({ try await database.run("INSERT INTO t VALUES (100)") }) != nil {}
            #expect(try await database.number("SELECT count(*) FROM t") == 1)
            #expect(await heard.next() == "")
            try await database.write { tx in try tx.notify("news", "back") }
            #expect(await heard.next() == "back")
            try await server.kill()
            await database.close()
            #expect(await heard.next() == nil)
        }
    }
}
