// In which order credit burns, from when and until when.

import BuskerCore
import BuskerLedger
import TestSupport
import Testing

@Suite struct GrantTests {
    /// The order in which grants burn is the order of this list, whatever order they are given in.
    static func ordered(_ desk: Desk) -> [GrantTerms] {
        let soon = desk.moment(in: day)
        let late = desk.moment(in: 2 * day)
        let cost = Money(minorUnits: 500, currency: .usd)
        let old = desk.moment(in: -day)
        return [
            GrantTerms(.paid, priority: 1, expiresAt: late, cost: cost),
            GrantTerms(.paid, scope: "stems", expiresAt: soon),
            GrantTerms(.paid, scope: "stems", cost: cost),
            GrantTerms(.promo, expiresAt: soon),
            GrantTerms(.promo, expiresAt: late),
            GrantTerms(.paid, effectiveAt: old, expiresAt: late, cost: cost),
            GrantTerms(.paid, expiresAt: late, cost: cost),
            GrantTerms(.welcome, effectiveAt: old),
            GrantTerms(.paid, cost: Money(minorUnits: 0, currency: .usd)),
            GrantTerms(.paid, cost: cost),
            GrantTerms(.promo, priority: 51),
        ]
    }

    @Test(arguments: DatabaseKind.all, [UInt64(1), 2, 3])
    func burnsInTheDocumentedOrder(kind: DatabaseKind, seed: UInt64) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open()
            let ordered = Self.ordered(desk)
            var generator = SeededGenerator(seed: seed)
            let given = Array(ordered.indices).shuffled(using: &generator)
            for at in given { try await desk.grant(alice, 2, ordered[at]) }
            var left = ordered.map { _ in Int64(2) }
            for step in 0..<(2 * ordered.count) {
                try await desk.charge(alice, 1, scope: "stems")
                left[step / 2] -= 1
                #expect(try await desk.remaining() == given.map { left[$0] }, "after \(step + 1) with seed \(seed)")
            }
            try await desk.refused(.charge(alice, Desk.credits(1), scope: "stems"), .insufficient)
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func olderOfEqualGrantsBurnsFirst(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open()
            let terms = GrantTerms(.paid, effectiveAt: desk.moment(in: -5))
            for _ in 0..<3 { try await desk.grant(alice, 2, terms) }
            try await desk.charge(alice, 3)
            #expect(try await desk.remaining() == [0, 1, 2])
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func scopedCreditIsForItsScopeOnly(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 1)
            try await desk.grant(alice, 5, GrantTerms(.promo, scope: "stems"))
            let error = try await desk.refused(.charge(alice, Desk.credits(2), scope: nil), .insufficient)
            #expect(error?.figures?.available.steps == 1)
            try await desk.refused(.charge(alice, Desk.credits(2), scope: "dubbing"), .insufficient)
            try await desk.charge(alice, 6, scope: "stems")
            #expect(try await desk.standing(alice) == [0, 0, 0])
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func countsFromItsMomentUntilItsMoment(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open()
            let start = desk.moment(in: 1_000)
            let end = desk.moment(in: 2_000)
            try await desk.grant(alice, 9, GrantTerms(.promo, effectiveAt: start, expiresAt: end))
            #expect(try await desk.standing(alice) == [9, 0, 0])
            desk.clock.set(start.advanced(byMicroseconds: -1))
            try await desk.refused(.charge(alice, Desk.credits(1), scope: nil), .insufficient)
            desk.clock.set(start)
            try await desk.charge(alice, 1)
            desk.clock.set(end.advanced(byMicroseconds: -1))
            try await desk.charge(alice, 1)
            desk.clock.set(end)
            try await desk.refused(.charge(alice, Desk.credits(1), scope: nil), .insufficient)
            #expect(try await desk.standing(alice) == [0, 0, 0])
            #expect(try await desk.house("~breakage") == 7)
            let last = try #require(try await desk.tables().txns.last)
            #expect(last.kind == TransactionKind.expireGrant.rawValue)
            #expect(last.effective == end.microseconds)
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func newCreditPaysDebtFirst(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open()
            let cost = Money(minorUnits: 1_000, currency: .usd)
            try await desk.grant(alice, 100, GrantTerms(.paid, cost: cost, payment: "p1"))
            try await desk.charge(alice, 80)
            try await desk.done(.clawback(payment: "p1", reversed: cost))
            #expect(try await desk.standing(alice) == [0, 0, 80])
            try await desk.refused(.charge(alice, Desk.credits(1), scope: nil), .insufficient)
            try await desk.grant(alice, 30)
            #expect(try await desk.standing(alice) == [0, 0, 50])
            try await desk.grant(alice, 60, GrantTerms(.promo, scope: "stems", effectiveAt: desk.moment(in: day)))
            #expect(try await desk.standing(alice) == [10, 0, 0])
            #expect(try await desk.house("~receivable") == 0)
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func whatHoldsFreePaysDebt(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open()
            let cost = Money(minorUnits: 1_000, currency: .usd)
            try await desk.grant(alice, 100, GrantTerms(.paid, cost: cost, payment: "p1"))
            let first = try await desk.hold(alice, 60).held()
            let second = try await desk.hold(alice, 30).held()
            try await desk.done(.clawback(payment: "p1", reversed: cost))
            #expect(try await desk.standing(alice) == [90, 90, 90])
            try await desk.done(.capture(first, Desk.credits(20), topUp: false))
            #expect(try await desk.standing(alice) == [30, 30, 50])
            try await desk.done(.release(second))
            #expect(try await desk.standing(alice) == [0, 0, 20])
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func onePaymentGrantsOnceOfEachCategory(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open()
            let bob = try await desk.open("bob")
            let cost = Money(minorUnits: 1_000, currency: .usd)
            try await desk.grant(alice, 100, GrantTerms(.paid, cost: cost, payment: "p1"))
            try await desk.grant(alice, 20, GrantTerms(.promo, payment: "p1"))
            try await desk.refused(
                .grant(alice, Desk.credits(100), GrantTerms(.paid, cost: cost, payment: "p1")), .paymentUsed)
            try await desk.refused(
                .grant(bob, Desk.credits(1), GrantTerms(.welcome, payment: "p1")), .paymentUsed)
            #expect(try await desk.standing(alice) == [120, 0, 0])
            #expect(try await desk.house("~issued.paid") == -100)
            #expect(try await desk.house("~issued.promo") == -20)
            try await desk.check()
        }
    }
}
