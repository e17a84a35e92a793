// Two processes on one PostgreSQL: whatever they do at once happened one after the other.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import BuskerPostgres
import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: PostgresServer.url != nil || PostgresServer.isRequired))
struct InterleavingTests {
    enum Pair: String, CaseIterable {
        case chargeCharge, chargeHold, captureRelease, captureExpire, grantClawback, reverseTransfer
    }

    /// Two ledgers on pools of their own, as two processes have them; the desk notes what both were told.
    static func withTwo(_ body: (Desk, Ledger) async throws -> Void) async throws {
        try await PostgresServer.withSchema { url in
            let limits = PostgresLimits(connections: 3, queueTime: .seconds(60))
            try await closing(PostgresDatabase(url: url, limits: limits)) { first in
                try await closing(PostgresDatabase(url: url, limits: limits)) { second in
                    let desk = Desk(first)
                    try await desk.ledger.migrate()
                    let other = Ledger(second, clock: desk.clock, ids: Desk.ids(desk.clock, seed: 8))
                    try await body(desk, other)
                }
            }
        }
    }

    /// How often each pair meets; `Scripts/hunt pairs` asks for more.
    static let rounds = ProcessInfo.processInfo.environment["BUSKER_PAIR_ROUNDS"].flatMap(Int.init) ?? 25

    @Test(arguments: Pair.allCases)
    func twoLedgersAgree(pair: Pair) async throws {
        try await Self.withTwo { desk, other in
            var generator = SeededGenerator(seed: 3)
            for round in 0..<Self.rounds {
                let (one, two) = try await Self.prepare(pair, round, desk)
                let delays = [Int.random(in: 0..<60, using: &generator), Int.random(in: 0..<60, using: &generator)]
                let composed = Bool.random(using: &generator)
                async let first = Self.answer(one, desk.ledger, after: delays[0], composed: composed)
                async let second = Self.answer(two, other, after: delays[1], composed: !composed)
                let answers = await (first, second)
                desk.noted(one, answers.0)
                desk.noted(two, answers.1)
                for answer in [answers.0, answers.1] {
                    if case .failure(let error) = answer {
                        #expect(error.isRefusal, "\(pair) round \(round): \(error)")
                    }
                }
                let happened = [answers.0, answers.1].filter { (try? $0.get()) != nil }.count
                switch pair {
                case .chargeCharge, .chargeHold, .captureRelease: #expect(happened == 1, "\(pair) round \(round)")
                case .captureExpire: #expect((0...1).contains(happened))
                case .grantClawback, .reverseTransfer: #expect(happened >= 1, "\(pair) round \(round)")
                }
            }
            try await desk.check()
            #expect(try await desk.ledger.verify().ok)
            #expect(try await other.verify().ok)
        }
    }

    private static func answer(_ command: LedgerCommand, _ ledger: Ledger, after turns: Int, composed: Bool) async
        -> Answer
    {
        for _ in 0..<turns { await Task.yield() }
        do {
            guard composed else { return .success(try await ledger.perform(command)) }
            return .success(try await ledger.database.write { try ledger.perform(command, in: $0) })
        } catch let error as LedgerError {
            return .failure(error)
        } catch {
            return .failure(LedgerError(.databaseFailed, "\(error)"))
        }
    }

    /// Two commands of which the account bears one only, or of which each changes what the other finds.
    private static func prepare(_ pair: Pair, _ round: Int, _ desk: Desk) async throws -> (LedgerCommand, LedgerCommand)
    {
        let alice = try await desk.open("\(pair) \(round)", with: 10)
        let usd = Money(minorUnits: 100, currency: .usd)
        func both(_ one: LedgerAction, _ two: LedgerAction) throws -> (LedgerCommand, LedgerCommand) {
            (LedgerCommand(one, key: try desk.freshKey()), LedgerCommand(two, key: try desk.freshKey()))
        }
        switch pair {
        case .chargeCharge:
            return try both(.charge(alice, Desk.credits(6), scope: nil), .charge(alice, Desk.credits(5), scope: nil))
        case .chargeHold:
            return try both(
                .charge(alice, Desk.credits(6), scope: nil),
                .hold(alice, Desk.credits(6), timeToLive: .seconds(60), scope: nil))
        case .captureRelease:
            let hold = try await desk.hold(alice, 6).held()
            return try both(.capture(hold, Desk.credits(6), topUp: false), .release(hold))
        case .captureExpire:
            let made = try await desk.hold(alice, 6, for: .microseconds(50))
            desk.clock.set(made.createdAt.advanced(byMicroseconds: 49))
            return try both(
                .capture(try made.held(), Desk.credits(6), topUp: false), .charge(alice, Desk.credits(10), scope: nil))
        case .grantClawback:
            let payment = "pay \(round)"
            return try both(
                .grant(alice, Desk.credits(9), GrantTerms(.paid, cost: usd, payment: payment)),
                .clawback(payment: payment, reversed: usd))
        case .reverseTransfer:
            let bob = try await desk.open("bob \(round)")
            let charge = try await desk.charge(alice, 4)
            return try both(.reverse(charge.transaction, nil), .transfer(from: alice, to: bob, Desk.credits(8)))
        }
    }

    @Test func manyCommandsFromBothSidesAgree() async throws {
        try await Self.withTwo { desk, other in
            let commands = try MetamorphicTests.commands(seed: 11, count: 240)
            let ledgers = [desk.ledger, other]
            for command in commands.prefix(3) { _ = await desk.ask(command) }
            await withTaskGroup(of: [(LedgerCommand, Answer)].self) { group in
                for worker in 0..<8 {
                    let part = commands.dropFirst(3).enumerated().filter { $0.offset % 8 == worker }.map(\.element)
                    group.addTask {
                        var answers: [(LedgerCommand, Answer)] = []
                        for command in part {
                            answers.append(
                                (
                                    command,
                                    await Self.answer(command, ledgers[worker % 2], after: 0, composed: worker < 2)
                                ))
                        }
                        return answers
                    }
                }
                for await answers in group { for (command, answer) in answers { desk.noted(command, answer) } }
            }
            try await desk.check()
            #expect(try await desk.ledger.verify().ok)
        }
    }

    /// One key sent to both at once happens once.
    @Test func oneKeyOnBothSidesHappensOnce() async throws {
        try await Self.withTwo { desk, other in
            let alice = try await desk.open(with: 1_000)
            for _ in 0..<20 {
                let command = LedgerCommand(.charge(alice, Desk.credits(1), scope: nil), key: try desk.freshKey())
                let receipts = try await withThrowingTaskGroup(of: Receipt.self) { group in
                    for at in 0..<8 {
                        group.addTask { try await (at % 2 == 0 ? desk.ledger : other).perform(command) }
                    }
                    return try await group.reduce(into: [Receipt]()) { $0.append($1) }
                }
                #expect(receipts.filter { !$0.replayed }.count == 1)
                #expect(Set(receipts.map(\.transaction)).count == 1)
            }
            #expect(try await desk.standing(alice) == [980, 0, 0])
            try await desk.checkInvariants()
        }
    }
}
