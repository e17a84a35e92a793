// Commands that happen together or not at all.

import BuskerCore
import BuskerLedger
import TestSupport
import Testing

@Suite struct GroupTests {
    private func commands(_ desk: Desk, _ actions: [LedgerAction]) throws -> [LedgerCommand] {
        try actions.map { LedgerCommand($0, key: try desk.freshKey()) }
    }

    @Test(arguments: DatabaseKind.all)
    func laterCommandsSeeEarlierOnes(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try AccountName("alice")
            let bob = try AccountName("bob")
            let group = try commands(
                desk,
                [
                    .open(alice, unit: Desk.credits), .open(bob, unit: Desk.credits),
                    .grant(alice, Desk.credits(10), GrantTerms()), .charge(alice, Desk.credits(4), scope: nil),
                    .transfer(from: alice, to: bob, Desk.credits(6)), .charge(bob, Desk.credits(5), scope: nil),
                    .close(alice),
                ])
            let receipts = try await desk.ledger.perform(linked: group)
            for (command, receipt) in zip(group, receipts) { desk.noted(command, .success(receipt)) }
            #expect(receipts.map(\.after.posted.steps) == [0, 0, 10, 6, 0, 1, 0])
            #expect(receipts.allSatisfy { !$0.replayed })
            let again = try await desk.ledger.perform(linked: group)
            #expect(again.allSatisfy { $0.replayed })
            #expect(again.map(\.transaction) == receipts.map(\.transaction))
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func oneRefusedRefusesAll(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 10)
            let hold = try await desk.hold(alice, 2).held()
            let before = try await desk.tables()
            let group = try commands(
                desk,
                [
                    .charge(alice, Desk.credits(5), scope: nil), .capture(hold, Desk.credits(2), topUp: false),
                    .grant(alice, Desk.credits(1), GrantTerms()), .charge(alice, Desk.credits(5), scope: nil),
                    .open(try AccountName("bob"), unit: Desk.tokens),
                ])
            let error = await #expect(throws: LedgerError.self) { try await desk.ledger.perform(linked: group) }
            #expect(error?.code == .insufficient)
            #expect(error?.figures?.available.steps == 4)
            var after = try await desk.tables()
            #expect(after.refusals.map(\.key) == [group[3].key.text])
            after.refusals = []
            #expect(after == before)
            let replay = await desk.ask(group[3])
            #expect(throws: LedgerError(.insufficient, "")) { try replay.get() }
            for at in [0, 1, 2, 4] { #expect(try await desk.ask(group[at]).get().replayed == false) }
            try await desk.checkInvariants()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func groupsHaveTheirSize(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 100)
            let charge = LedgerAction.charge(alice, Desk.credits(1), scope: nil)
            let full = try commands(desk, Array(repeating: charge, count: 64))
            for (command, receipt) in zip(full, try await desk.ledger.perform(linked: full)) {
                desk.noted(command, .success(receipt))
            }
            let over = try commands(desk, Array(repeating: charge, count: 65))
            await #expect(throws: LedgerError(.limit, "")) { try await desk.ledger.perform(linked: over) }
            #expect(try await desk.ledger.perform(linked: []).isEmpty)
            #expect(try await desk.standing(alice) == [36, 0, 0])
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func twinsInAGroupHappenOnce(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 10)
            let one = LedgerCommand(.charge(alice, Desk.credits(4), scope: nil), key: try IdempotencyKey("twin"))
            let receipts = try await desk.ledger.perform(linked: [one, one])
            #expect(receipts.map(\.replayed) == [false, true])
            #expect(try await desk.standing(alice) == [6, 0, 0])
            let other = LedgerCommand(.charge(alice, Desk.credits(1), scope: nil), key: try IdempotencyKey("new"))
            let clash = LedgerCommand(.charge(alice, Desk.credits(5), scope: nil), key: one.key)
            await #expect(throws: LedgerError(.conflict, "")) { try await desk.ledger.perform(linked: [other, clash]) }
            #expect(try await desk.standing(alice) == [6, 0, 0])
            let mixed = try await desk.ledger.perform(linked: [one, other])
            #expect(mixed.map(\.replayed) == [true, false])
            try await desk.checkInvariants()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func manyAreAnsweredEachInOrder(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 500)
            var list: [LedgerCommand] = []
            for at in 0..<600 {
                list.append(
                    LedgerCommand(
                        .charge(alice, Desk.credits(at % 10 == 9 ? 10_000 : 1), scope: nil), key: try desk.freshKey()))
            }
            let answers = await desk.ledger.performEach(list)
            for (command, answer) in zip(list, answers) { desk.noted(command, answer) }
            #expect(answers.count == 600)
            let sequences = answers.compactMap { try? $0.get().sequence }
            #expect(sequences == sequences.sorted())
            #expect(sequences.count == 500)
            #expect(try await desk.standing(alice) == [0, 0, 0])
            try await desk.check()
        }
    }

    /// What a refused group did is undone, but not the time that passed: what was over in it stays over.
    @Test(arguments: DatabaseKind.all)
    func aRefusedGroupDoesNotTurnTheClockBack(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 10)
            let made = try await desk.hold(alice, 5, for: .microseconds(3))
            let charges = Array(repeating: LedgerAction.charge(alice, Desk.credits(1), scope: nil), count: 4)
            let group = try commands(desk, charges + [.capture(try made.held(), Desk.credits(5), topUp: false)])
            await #expect(throws: LedgerError(.holdExpired, "")) { try await desk.ledger.perform(linked: group) }
            try await desk.refused(.capture(try made.held(), Desk.credits(5), topUp: false), .holdExpired)
            #expect(try await desk.standing(alice) == [10, 0, 0])
            try await desk.checkInvariants()
        }
    }
}
