// Corrections, transfers, and how accounts open and close.

import BuskerCore
import BuskerLedger
import TestSupport
import Testing

@Suite struct MovingTests {
    @Test(arguments: DatabaseKind.all)
    func transferredSlicesKeepTheirTerms(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open()
            let bob = try await desk.open("bob", with: 1)
            let end = desk.moment(in: day)
            try await desk.grant(alice, 5, GrantTerms(.promo, priority: 3, expiresAt: end))
            try await desk.grant(
                alice, 5, GrantTerms(.paid, cost: Money(minorUnits: 50, currency: .usd), payment: "p1"))
            let receipt = try await desk.done(.transfer(from: alice, to: bob, Desk.credits(7)))
            #expect(receipt.account == alice)
            #expect(receipt.after.posted.steps == 3)
            #expect(try await desk.standing(bob) == [8, 0, 0])
            let given = try await desk.tables().grants.suffix(2)
            #expect(given.map(\.amount) == [5, 2])
            #expect(given.map(\.priority) == [3, 50])
            #expect(given.map(\.expires) == [end.microseconds, nil])
            desk.clock.set(end)
            try await desk.refused(.charge(bob, Desk.credits(4), scope: nil), .insufficient)
            try await desk.charge(bob, 3)
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func transfersAreRefusedWhole(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 10)
            let bob = try await desk.open("bob")
            let carol = try await desk.open("carol", unit: Desk.tokens)
            try await desk.refused(.transfer(from: alice, to: alice, Desk.credits(1)), .badTerms)
            try await desk.refused(.transfer(from: alice, to: bob, Desk.credits(11)), .insufficient)
            try await desk.refused(.transfer(from: alice, to: carol, Desk.credits(1)), .unitMismatch)
            try await desk.refused(.transfer(from: alice, to: AccountName("dave"), Desk.credits(1)), .unknownAccount)
            try await desk.refused(.transfer(from: AccountName("dave"), to: alice, Desk.credits(1)), .unknownAccount)
            try await desk.done(.close(bob))
            try await desk.refused(.transfer(from: alice, to: bob, Desk.credits(1)), .accountClosed)
            #expect(try await desk.standing(alice) == [10, 0, 0])
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func correctionsGiveAndSpend(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open()
            try await desk.done(.adjust(alice, Desk.credits(5), reason: "found under the sofa"))
            try await desk.refused(.adjust(alice, Desk.credits(-6), reason: "too much"), .insufficient)
            let receipt = try await desk.done(.adjust(alice, Desk.credits(-5), reason: "lost again"))
            #expect(receipt.amount.steps == -5)
            #expect(try await desk.standing(alice) == [0, 0, 0])
            #expect(try await desk.house("~adjust") == 0)
            try await desk.refused(.adjust(alice, Desk.credits(1), reason: ""), .badName)
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func onlyEmptyAccountsClose(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 1)
            try await desk.refused(.close(alice), .accountNotEmpty)
            let hold = try await desk.hold(alice, 1).held()
            try await desk.refused(.close(alice), .accountNotEmpty)
            try await desk.done(.capture(hold, Desk.credits(1), topUp: false))
            try await desk.done(.close(alice))
            try await desk.refused(.close(alice), .accountClosed)
            try await desk.refused(.grant(alice, Desk.credits(1), GrantTerms()), .accountClosed)
            try await desk.refused(.charge(alice, Desk.credits(1), scope: nil), .accountClosed)
            try await desk.refused(.open(alice, unit: Desk.credits), .accountClosed)
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func anOpenAccountStaysAsItIs(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try AccountName("alice")
            let first = try await desk.done(.open(alice, unit: Desk.credits))
            try await desk.grant(alice, 5)
            let again = try await desk.done(.open(alice, unit: Desk.credits))
            #expect(again.replayed)
            #expect(again.transaction == first.transaction)
            #expect(again.after == first.after)
            try await desk.refused(.open(alice, unit: Desk.tokens), .unitMismatch)
            try await desk.refused(.open(alice, unit: Desk.unit("credits", 3)), .unitMismatch)
            #expect(try await desk.standing(alice) == [5, 0, 0])
            try await desk.check()
        }
    }
}
