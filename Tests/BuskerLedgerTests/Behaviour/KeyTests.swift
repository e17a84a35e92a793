// A command happens once under its key, however often it is sent.

import BuskerCore
import BuskerLedger
import TestSupport
import Testing

@Suite struct KeyTests {
    /// Sends commands at once, each from a task of its own.
    private func race(_ desk: Desk, _ commands: [LedgerCommand]) async -> [Answer] {
        await withTaskGroup(of: (Int, Answer).self) { group in
            for (at, command) in commands.enumerated() { group.addTask { (at, await desk.ask(command)) } }
            var answers: [Int: Answer] = [:]
            for await (at, answer) in group { answers[at] = answer }
            return commands.indices.compactMap { answers[$0] }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func racedFromManyTasksItHappensOnce(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 100)
            let command = LedgerCommand(.charge(alice, Desk.credits(7), scope: nil), key: try IdempotencyKey("job:1"))
            let receipts = try await race(desk, Array(repeating: command, count: 64)).map { try $0.get() }
            #expect(receipts.filter { !$0.replayed }.count == 1)
            #expect(Set(receipts.map(\.transaction)).count == 1)
            #expect(Set(receipts.map(\.after)).count == 1)
            #expect(try await desk.standing(alice) == [93, 0, 0])
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func racedWithTwoBodiesOneWins(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 100)
            let key = try IdempotencyKey("job:1")
            let bodies = [7, 8].map { LedgerCommand(.charge(alice, Desk.credits($0), scope: nil), key: key) }
            let commands = (0..<64).map { bodies[$0 % 2] }
            let answers = await race(desk, commands)
            let won = try #require(answers.compactMap { try? $0.get() }.first).amount
            for (command, answer) in zip(commands, answers) {
                if case .charge(_, won, _) = command.action {
                    #expect(try answer.get().amount == won)
                } else {
                    #expect(throws: LedgerError(.conflict, "")) { try answer.get() }
                }
            }
            #expect(try await desk.standing(alice) == [100 - won.steps, 0, 0])
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func twinsInOneBatchHappenOnce(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 10)
            let key = try IdempotencyKey("twin")
            let one = LedgerCommand(.charge(alice, Desk.credits(4), scope: nil), key: key)
            let other = LedgerCommand(.charge(alice, Desk.credits(5), scope: nil), key: key)
            let big = LedgerCommand(.charge(alice, Desk.credits(50), scope: nil), key: try IdempotencyKey("big"))
            let answers = await desk.ledger.performEach([one, one, other, big, big, one])
            for (command, answer) in zip([one, one, other, big, big, one], answers) { desk.noted(command, answer) }
            #expect(try answers[0].get().replayed == false)
            #expect(try answers[1].get().replayed)
            #expect(throws: LedgerError(.conflict, "")) { try answers[2].get() }
            #expect(answers.map { (try? $0.get()) == nil } == [false, false, true, true, true, false])
            #expect(replayed(answers[3]) == false)
            #expect(replayed(answers[4]) == true)
            #expect(try answers[5].get().replayed)
            #expect(try await desk.standing(alice) == [6, 0, 0])
            try await desk.check()
        }
    }

    private func replayed(_ answer: Answer) -> Bool? {
        guard case .failure(let error) = answer else { return nil }
        return error.replayed
    }

    @Test(arguments: DatabaseKind.all)
    func aRefusalIsRememberedWithItsFigures(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 10)
            _ = try await desk.hold(alice, 3)
            let key = try IdempotencyKey("big")
            let command = LedgerCommand(.charge(alice, Desk.credits(50), scope: nil), key: key)
            guard case .failure(let first) = await desk.ask(command) else { return #expect(Bool(false), "charged") }
            try await desk.grant(alice, 100)
            guard case .failure(let second) = await desk.ask(command) else { return #expect(Bool(false), "charged") }
            #expect(first.code == .insufficient && !first.replayed)
            #expect(second.code == .insufficient && second.replayed)
            #expect(second.figures == first.figures)
            #expect(second.detail == first.detail)
            #expect(first.figures?.available.steps == 7)
            #expect(first.figures?.held.steps == 3)
            let other = await desk.ask(LedgerCommand(.charge(alice, Desk.credits(1), scope: nil), key: key))
            #expect(throws: LedgerError(.conflict, "")) { try other.get() }
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func keysThatLookAlikeAreDifferent(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 100)
            let long = String(repeating: "k", count: 199)
            let keys = try [
                IdempotencyKey("abc"), IdempotencyKey("bc", scope: "a"), IdempotencyKey("c", scope: "ab"),
                IdempotencyKey("abc", scope: "abc"), IdempotencyKey("ABC"), IdempotencyKey("abc "),
                IdempotencyKey("ab"), IdempotencyKey(long + "1"), IdempotencyKey(long + "2"), IdempotencyKey(long),
                IdempotencyKey("caf\u{E9}"), IdempotencyKey("cafe\u{301}"), IdempotencyKey("c", scope: "caf\u{E9}"),
                IdempotencyKey("c", scope: "cafe\u{301}"), IdempotencyKey("%"), IdempotencyKey("_"),
            ]
            let commands = keys.enumerated().map {
                LedgerCommand(.charge(alice, Desk.credits(Int64($0.offset % 3 + 1)), scope: nil), key: $0.element)
            }
            let answers = await desk.ledger.performEach(commands)
            for (command, answer) in zip(commands, answers) {
                let receipt = try answer.get()
                #expect(!receipt.replayed, "\(command.key)")
                #expect(Array(receipt.key.text.utf8) == Array(command.key.text.utf8))
            }
            for (command, first) in zip(commands, answers) {
                let again = try await desk.ledger.perform(command)
                #expect(again.replayed)
                #expect(again.transaction == (try first.get().transaction))
            }
            #expect(try await desk.tables().txns.count == 2 + keys.count)
            try await desk.checkInvariants()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func accountsThatLookAlikeAreDifferent(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let composed = try await desk.open("caf\u{E9}", with: 5)
            let decomposed = try await desk.open("cafe\u{301}", with: 7)
            try await desk.charge(composed, 1)
            try await desk.charge(decomposed, 2)
            let rows = try await desk.tables().accounts.filter { $0.house == 0 }
            #expect(rows.map(\.posted) == [4, 5])
            try await desk.checkInvariants()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func everyKindOfCommandIsReplayedAsItWas(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let commands = try await Self.oneOfEach(desk)
            let before = try await desk.tables()
            let stranger = Ledger(desk.database, clock: desk.clock, ids: Desk.ids(desk.clock, seed: 99))
            desk.clock.advance(microseconds: 1)
            for (command, first) in commands {
                let again = try await stranger.perform(command)
                #expect(again.replayed, "\(command.action)")
                #expect(again.transaction == first.transaction && again.sequence == first.sequence)
                #expect(again.kind == first.kind && again.amount == first.amount && again.hold == first.hold)
                #expect(
                    again.after == first.after && again.createdAt == first.createdAt && again.account == first.account)
                var other = command
                other.job = "another job"
                await #expect(throws: LedgerError(.conflict, "")) { try await stranger.perform(other) }
            }
            #expect(try await desk.tables() == before)
            try await desk.check()
        }
    }

    /// One command of each kind with its receipt.
    static func oneOfEach(_ desk: Desk) async throws -> [(LedgerCommand, Receipt)] {
        let alice = try AccountName("alice")
        let bob = try AccountName("bob")
        let usd = Money(minorUnits: 100, currency: .usd)
        var commands: [(LedgerCommand, Receipt)] = []
        func run(_ action: LedgerAction) async throws -> Receipt {
            let command = LedgerCommand(
                action, key: try desk.freshKey(scope: "tenant"), job: "job_1", rate: "card:1",
                notes: ["a": "b", "c": ""])
            let receipt = try await desk.ask(command).get()
            commands.append((command, receipt))
            return receipt
        }
        _ = try await run(.open(alice, unit: Desk.credits))
        _ = try await run(.open(bob, unit: Desk.credits))
        _ = try await run(
            .grant(
                alice, Desk.credits(100), GrantTerms(.paid, expiresAt: desk.moment(in: day), cost: usd, payment: "p")))
        let charge = try await run(.charge(alice, Desk.credits(5), scope: "stems"))
        let first = try await run(.hold(alice, Desk.credits(5), timeToLive: .seconds(60), scope: nil)).held()
        let second = try await run(.hold(alice, Desk.credits(5), timeToLive: .seconds(60), scope: "stems")).held()
        _ = try await run(.capture(first, Desk.credits(7), topUp: true))
        _ = try await run(.release(second))
        _ = try await run(.reverse(charge.transaction, nil))
        _ = try await run(.clawback(payment: "p", reversed: Money(minorUnits: 50, currency: .usd)))
        _ = try await run(.clawback(payment: "p", reversed: Money(minorUnits: 0, currency: .usd)))
        _ = try await run(.adjust(alice, Desk.credits(-3), reason: "because"))
        _ = try await run(.transfer(from: alice, to: bob, Desk.credits(3)))
        _ = try await run(.adjust(bob, Desk.credits(-3), reason: "because"))
        _ = try await run(.close(bob))
        return commands
    }

    @Test(arguments: DatabaseKind.all)
    func everyWordOfACommandCounts(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 100)
            let key = try IdempotencyKey("k")
            let first = LedgerCommand(
                .hold(alice, Desk.credits(1), timeToLive: .seconds(60), scope: "ab"), key: key, job: "j", rate: "r",
                notes: ["n": "v"])
            _ = try await desk.ask(first).get()
            var others: [LedgerCommand] = []
            for action: LedgerAction in [
                .hold(alice, Desk.credits(2), timeToLive: .seconds(60), scope: "ab"),
                .hold(alice, Desk.credits(1), timeToLive: .seconds(61), scope: "ab"),
                .hold(alice, Desk.credits(1), timeToLive: .seconds(60), scope: "a"),
                .hold(alice, Desk.credits(1), timeToLive: .seconds(60), scope: nil),
                .hold(try AccountName("bob"), Desk.credits(1), timeToLive: .seconds(60), scope: "ab"),
                .charge(alice, Desk.credits(1), scope: "ab"),
            ] {
                others.append(LedgerCommand(action, key: key, job: "j", rate: "r", notes: ["n": "v"]))
            }
            for change: (inout LedgerCommand) -> Void in [
                { $0.job = nil }, { $0.job = "jr" }, { $0.rate = nil }, { $0.notes = [:] }, { $0.notes = ["n": "w"] },
                { $0.notes = ["nv": ""] }, { $0.notes = ["n": "v", "m": ""] },
            ] {
                var other = first
                change(&other)
                others.append(other)
            }
            for other in others {
                await #expect(throws: LedgerError(.conflict, "")) { try await desk.ledger.perform(other) }
            }
            #expect(try await desk.ledger.perform(first).replayed)
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func oldRefusalsAreForgottenAndTransactionsNever(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 10)
            let big = LedgerCommand(.charge(alice, Desk.credits(50), scope: nil), key: try desk.freshKey())
            let small = LedgerCommand(.charge(alice, Desk.credits(5), scope: nil), key: try desk.freshKey())
            await #expect(throws: LedgerError(.insufficient, "")) { try await desk.ledger.perform(big) }
            _ = try await desk.ledger.perform(small)
            try await desk.grant(alice, 100)
            #expect(try await desk.ledger.prune(before: Timestamp(microseconds: .max)) == 0)
            await #expect(throws: LedgerError(.insufficient, "")) { try await desk.ledger.perform(big) }
            desk.clock.advance(microseconds: day + 1_000)
            #expect(try await desk.ledger.prune(before: Timestamp(microseconds: 0)) == 0)
            #expect(try await desk.ledger.prune(before: desk.clock.now) == 1)
            #expect(try await desk.ledger.perform(big).replayed == false)
            #expect(try await desk.ledger.perform(small).replayed)
            #expect(try await desk.standing(alice) == [55, 0, 0])
            try await desk.checkInvariants()
        }
    }
}
