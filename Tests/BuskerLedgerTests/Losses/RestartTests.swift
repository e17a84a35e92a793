// PostgreSQL dies under load and comes back; callers repeat what they asked, and nothing doubles.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import BuskerPostgres
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite(.enabled(if: PostgresServer.url != nil || PostgresServer.isRequired))
struct RestartTests {
    static let kills = ProcessInfo.processInfo.environment["BUSKER_KILLS"].flatMap(Int.init) ?? 2

    @Test func repeatingConvergesAfterTheServerDied() async throws {
        try await PrivateServer.run { server, url in
            let limits = PostgresLimits(connections: 4, queueTime: .seconds(5))
            try await closing(PostgresDatabase(url: url, limits: limits)) { database in
                let desk = Desk(database)
                try await desk.ledger.migrate()
                let accounts = [try await desk.open("a", with: 100_000), try await desk.open("b", with: 100_000)]
                for round in 0..<Self.kills {
                    let isBack = Flag()
                    let load = Task { try await Self.load(desk, accounts, round) { isBack.isUp } }
                    let slow = Task { try await Self.sleep(on: url) }
                    try await Self.busy(desk, round)
                    try await server.kill()
                    try await server.start()
                    isBack.raise()
                    try await load.value
                    await #expect(throws: DatabaseError.self, "nobody noticed that the server died") {
                        try await slow.value
                    }
                    try await desk.check()
                    let verification = try await desk.ledger.verify()
                    #expect(verification.ok, "\(verification.problems)")
                }
            }
        }
    }

    private final class Flag: Sendable {
        private let state = Mutex(false)

        var isUp: Bool { state.withLock { $0 } }
        func raise() { state.withLock { $0 = true } }
    }

    /// Waits until the load of a round and its slow transaction are under way.
    private static func busy(_ desk: Desk, _ round: Int) async throws {
        let prefix = "load:\(round):"
        while true {
            let count: Int? = try await desk.database.read {
                try $0.value("SELECT count(*) FROM ledger_txn WHERE key LIKE \(prefix + "%")")
            }
            let sleepers: Int? = try await desk.database.read {
                try $0.value("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(120)%'")
            }
            if (count ?? 0) >= 40, (sleepers ?? 0) > 0 { return }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// A transaction that is under way, on a connection of its own, until the server dies.
    private static func sleep(on url: String) async throws {
        try await closing(PostgresDatabase(url: url, limits: PostgresLimits(connections: 1))) { database in
            try await database.write { _ = try $0.rows("SELECT pg_sleep(120)") }
        }
    }

    /// Sixteen callers who go on until the server is back, and repeat each command under its key until they get an answer.
    private static func load(
        _ desk: Desk, _ accounts: [AccountName], _ round: Int, isBack: @escaping @Sendable () -> Bool
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<16 {
                group.addTask {
                    for at in 0... {
                        if at >= 40 {
                            if isBack() { break }
                            try await Task.sleep(for: .milliseconds(20))
                        }
                        let action: LedgerAction =
                            at % 5 == 4
                            ? .transfer(from: accounts[caller % 2], to: accounts[(caller + 1) % 2], Desk.credits(1))
                            : .charge(accounts[caller % 2], Desk.credits(1), scope: nil)
                        let command = LedgerCommand(action, key: try IdempotencyKey("load:\(round):\(caller):\(at)"))
                        try await insist(desk, command)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func insist(_ desk: Desk, _ command: LedgerCommand) async throws {
        var failures = 0
        while true {
            let answer = await desk.answer(to: command)
            switch answer {
            case .success:
                desk.noted(command, answer)
                return
            case .failure(let error):
                guard [.databaseFailed, .unknownOutcome].contains(error.code), failures < 2_000 else { throw error }
                failures += 1
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}
