// A bounded number of connections and of those who wait for them.

import BuskerDatabase
import BuskerPostgres
import TestSupport
import Testing

@Suite(.enabled(if: hasPostgres)) struct PoolTests {
    /// Runs `body` while the only connection is taken; it is given back when `body` returns.
    static func occupying<T>(_ database: PostgresDatabase, _ body: () async throws -> T) async throws -> T {
        let begun = Gate()
        let mayEnd = Gate()
        let holder = Task {
            try await database.write { _ in
                begun.open()
                mayEnd.wait()
            }
        }
        await begun.opened()
        let result: Result<T, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        mayEnd.open()
        try await holder.value
        return try result.get()
    }

    @Test func manyTasksShareFewConnections() async throws {
        try await withPostgres(PostgresLimits(connections: 4, queueTime: .seconds(60))) { database, _ in
            try await database.run(
                "CREATE TABLE c (id bigint PRIMARY KEY, n bigint NOT NULL)", "INSERT INTO c VALUES (1, 0)")
            let backends = try await withThrowingTaskGroup(of: Int.self) { group in
                for at in 0..<200 {
                    group.addTask {
                        try await database.write { tx in
                            if at % 2 == 0 { try tx.execute("UPDATE c SET n = n + 1 WHERE id = \(1)") }
                            return try tx.value("SELECT pg_backend_pid()") ?? 0
                        }
                    }
                }
                return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
            }
            #expect((1...4).contains(backends.count))
            #expect(try await database.number("SELECT n FROM c") == 100)
        }
    }

    @Test func thoseWhoWaitAreServedInOrder() async throws {
        try await withPostgres(PostgresLimits(connections: 1, queueTime: .seconds(60))) { database, _ in
            let order = Tally()
            let tasks = try await Self.occupying(database) {
                var tasks: [Task<Void, any Error>] = []
                for at in 0..<20 {
                    let isQueued = Gate()
                    tasks.append(
                        Task {
                            isQueued.open()
                            try await database.read { _ in _ = order.add(at) }
                        })
                    await isQueued.opened()
                    try await Task.sleep(for: .milliseconds(2))
                }
                return tasks
            }
            for task in tasks { try await task.value }
            #expect(order.entries == Array(0..<20))
        }
    }

    @Test func tooManyWhoWaitAreRefused() async throws {
        try await withPostgres(PostgresLimits(connections: 1, queueLength: 3, queueTime: .seconds(60))) { database, _ in
            let codes = try await Self.occupying(database) {
                await withTaskGroup(of: DatabaseError.Code?.self) { group in
                    for _ in 0..<10 { group.addTask { await code { try await database.read { _ in } } } }
                    var refused: [DatabaseError.Code?] = []
                    while refused.count < 7, let next = await group.next() { refused.append(next) }
                    group.cancelAll()
                    return refused
                }
            }
            #expect(codes == [DatabaseError.Code?](repeating: .limit, count: 7))
        }
    }

    @Test func whoWaitsTooLongIsToldSo() async throws {
        try await withPostgres(PostgresLimits(connections: 1, queueTime: .milliseconds(50))) { database, _ in
            try await database.run("CREATE TABLE t (id bigint)")
            let error = try await Self.occupying(database) {
                await failure { try await database.run("INSERT INTO t VALUES (1)") }
            }
            #expect(error?.code == .timeout)
            #expect(error?.detail.contains("No connection became free") == true)
            #expect(try await database.number("SELECT count(*) FROM t") == 0)
        }
    }

    @Test func whoIsCancelledWhileWaitingLeavesNoTrace() async throws {
        try await withPostgres(PostgresLimits(connections: 1, queueLength: 100, queueTime: .seconds(60))) {
            database, _ in
            try await database.run("CREATE TABLE t (id bigint)")
            try await Self.occupying(database) {
                for _ in 0..<3 {
                    let waiting = (0..<100).map { id in Task { try await database.run("INSERT INTO t VALUES (\(id))") }
                    }
                    for task in waiting { task.cancel() }
                    for task in waiting { await #expect(throws: CancellationError.self) { try await task.value } }
                }
            }
            #expect(try await database.number("SELECT count(*) FROM t") == 0)
        }
    }

    @Test func closingFinishesWhatWaitsAndRefusesWhatComes() async throws {
        try await withPostgres(PostgresLimits(connections: 1, queueTime: .seconds(60))) { database, _ in
            try await database.run("CREATE TABLE t (id bigint)")
            let (waiting, closing) = try await Self.occupying(database) {
                let waiting = (0..<5).map { id in Task { try await database.run("INSERT INTO t VALUES (\(id))") } }
                try await Task.sleep(for: .milliseconds(50))
                let closing = Task { await database.close() }
                var isClosed = false
                while !isClosed {
                    let probe = Task { await code { try await database.read { _ in } } }
                    try await Task.sleep(for: .milliseconds(5))
                    probe.cancel()
                    isClosed = await probe.value == .closed
                }
                return (waiting, closing)
            }
            for task in waiting { try await task.value }
            await closing.value
            #expect(await code { try await database.read { _ in } } == .closed)
        }
    }

    @Test func connectionsGoWithTheDatabase() async throws {
        try await withPostgres { watcher, url in
            let named = url + "&application_name=leaving"
            var database: PostgresDatabase? = try await PostgresDatabase(url: named)
            let count: SQL = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'leaving'"
            #expect(try await watcher.number(count) == 1)
            _ = try database?.listen("channel")
            database = nil
            var left = 1
            for _ in 0..<500 where left > 0 {
                try await Task.sleep(for: .milliseconds(10))
                left = try await watcher.number(count) ?? 0
            }
            #expect(left == 0)
        }
    }
}
