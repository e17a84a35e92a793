// How charges are given back.

import BuskerCore
import BuskerLedger
import TestSupport
import Testing

@Suite struct ReverseTests {
    @Test(arguments: DatabaseKind.all)
    func goesBackIntoTheGrantsLastOneFirst(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open()
            for priority in 1...3 { try await desk.grant(alice, 5, GrantTerms(.promo, priority: priority)) }
            let charge = try await desk.charge(alice, 12)
            #expect(try await desk.remaining() == [0, 0, 3])
            try await desk.done(.reverse(charge.transaction, Desk.credits(3)))
            #expect(try await desk.remaining() == [0, 1, 5])
            try await desk.done(.reverse(charge.transaction, Desk.credits(5)))
            #expect(try await desk.remaining() == [1, 5, 5])
            try await desk.refused(.reverse(charge.transaction, Desk.credits(5)), .exceedsCharge)
            let rest = try await desk.done(.reverse(charge.transaction, nil))
            #expect(rest.amount.steps == 4)
            #expect(try await desk.remaining() == [5, 5, 5])
            try await desk.refused(.reverse(charge.transaction, nil), .exceedsCharge)
            #expect(try await desk.house("~revenue") == 0)
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func whatCameFromAnEndedGrantLivesThirtyDaysMore(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open()
            try await desk.grant(alice, 5, GrantTerms(.promo, priority: 1, expiresAt: desk.moment(in: 1_000_000)))
            try await desk.grant(alice, 5, GrantTerms(.paid, priority: 2))
            let charge = try await desk.charge(alice, 7)
            desk.clock.advance(microseconds: 1_000_000)
            let receipt = try await desk.done(.reverse(charge.transaction, nil))
            let grants = try await desk.tables().grants
            #expect(grants.map(\.remaining) == [0, 5, 5])
            #expect(grants.last?.category == GrantCategory.refund.rawValue)
            #expect(grants.last?.expires == receipt.createdAt.microseconds + 30 * day)
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func capturesAreGivenBackWithTheirTopUp(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open()
            for priority in 1...3 { try await desk.grant(alice, 5, GrantTerms(.promo, priority: priority)) }
            let hold = try await desk.hold(alice, 7).held()
            let capture = try await desk.done(.capture(hold, Desk.credits(11), topUp: true))
            #expect(try await desk.remaining() == [0, 0, 4])
            try await desk.done(.reverse(capture.transaction, Desk.credits(2)))
            #expect(try await desk.remaining() == [0, 1, 5])
            try await desk.done(.reverse(capture.transaction, Desk.credits(9)))
            #expect(try await desk.remaining() == [5, 5, 5])
            try await desk.refused(.reverse(capture.transaction, nil), .exceedsCharge)
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func paysDebtFirst(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open()
            let cost = Money(minorUnits: 1_000, currency: .usd)
            try await desk.grant(alice, 10, GrantTerms(.paid, cost: cost, payment: "p1"))
            let charge = try await desk.charge(alice, 10)
            try await desk.done(
                .clawback(payment: "p1", reversed: Money(minorUnits: 600, currency: .usd)))
            #expect(try await desk.standing(alice) == [0, 0, 6])
            try await desk.done(.reverse(charge.transaction, nil))
            #expect(try await desk.standing(alice) == [4, 0, 0])
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func onlyWhatWasSpentCanBeGivenBack(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 10)
            let charge = try await desk.charge(alice, 4)
            let reverse = try await desk.done(.reverse(charge.transaction, nil))
            let grant = try await desk.grant(alice, 1)
            let adjust = try await desk.done(.adjust(alice, Desk.credits(-1), reason: "counted twice"))
            for other in [reverse, grant, adjust] {
                try await desk.refused(.reverse(other.transaction, nil), .unknownTransaction)
            }
            try await desk.check()
        }
    }
}
