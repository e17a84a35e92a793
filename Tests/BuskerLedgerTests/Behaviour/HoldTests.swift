// What can be done with credit that was set aside.

import BuskerCore
import BuskerLedger
import TestSupport
import Testing

@Suite struct HoldTests {
    @Test(arguments: DatabaseKind.all, [Int64(0), 4, 10, 11])
    func capturesUpToWhatWasHeld(kind: DatabaseKind, amount: Int64) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 100)
            let hold = try await desk.hold(alice, 10).held()
            #expect(try await desk.standing(alice) == [100, 10, 0])
            if amount > 10 {
                let error = try await desk.refused(
                    .capture(hold, Desk.credits(amount), topUp: false), .exceedsHold)
                #expect(error?.figures?.needed.steps == amount)
                #expect(error?.figures?.available.steps == 10)
                #expect(try await desk.standing(alice) == [100, 10, 0])
            } else {
                let receipt = try await desk.done(.capture(hold, Desk.credits(amount), topUp: false))
                #expect(receipt.kind == (amount == 0 ? .release : .capture))
                #expect(receipt.hold == hold)
                #expect(try await desk.standing(alice) == [100 - amount, 0, 0])
                #expect(try await desk.house("~revenue") == amount)
            }
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func topUpChargesTheRestOrNothing(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 20)
            let first = try await desk.hold(alice, 10).held()
            let second = try await desk.hold(alice, 5).held()
            let error = try await desk.refused(.capture(first, Desk.credits(16), topUp: true), .insufficient)
            #expect(error?.figures?.needed.steps == 6)
            #expect(error?.figures?.available.steps == 5)
            let receipt = try await desk.done(.capture(first, Desk.credits(15), topUp: true))
            #expect(receipt.amount.steps == 15)
            #expect(receipt.after.posted.steps == 5 && receipt.after.held.steps == 5)
            try await desk.done(.capture(second, Desk.credits(5), topUp: true))
            #expect(try await desk.standing(alice) == [0, 0, 0])
            #expect(try await desk.house("~revenue") == 20)
            try await desk.check()
        }
    }

    enum Closing: String, CaseIterable { case capture, release, expire }

    static let pairs = Closing.allCases.flatMap { first in Closing.allCases.map { (first, $0) } }

    @Test(arguments: DatabaseKind.all, pairs)
    func closesOnce(kind: DatabaseKind, pair: (Closing, Closing)) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 10)
            let hold = try await desk.hold(alice, 10, for: .seconds(60)).held()
            try await close(hold, desk, pair.0, refusal: nil)
            let after = try await desk.standing(alice)
            #expect(after == [pair.0 == .capture ? 3 : 10, 0, 0])
            try await close(hold, desk, pair.1, refusal: pair.0 == .expire ? .holdExpired : .holdClosed)
            #expect(try await desk.standing(alice) == after)
            let ends = try await desk.tables().txns.filter { [5, 6, 8].contains($0.kind) }
            #expect(ends.count == 1)
            try await desk.check()
        }
    }

    private func close(_ hold: HoldID, _ desk: Desk, _ closing: Closing, refusal: LedgerError.Code?) async throws {
        let action: LedgerAction
        switch closing {
        case .capture: action = .capture(hold, Desk.credits(7), topUp: false)
        case .release: action = .release(hold)
        case .expire:
            desk.clock.advance(microseconds: 61_000_000)
            _ = try await desk.ledger.sweep(limit: 100)
            return
        }
        if let refusal { try await desk.refused(action, refusal) } else { try await desk.done(action) }
    }

    @Test(arguments: DatabaseKind.all, [Int64(-1), 0, 1])
    func endsExactlyThen(kind: DatabaseKind, distance: Int64) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 10)
            let made = try await desk.hold(alice, 10, for: .microseconds(500))
            desk.clock.set(made.createdAt.advanced(byMicroseconds: 500 + distance))
            if distance < 0 {
                let receipt = try await desk.done(.capture(try made.held(), Desk.credits(10), topUp: false))
                #expect(receipt.createdAt == desk.clock.now)
            } else {
                try await desk.refused(.capture(try made.held(), Desk.credits(10), topUp: false), .holdExpired)
                try await desk.refused(.release(try made.held()), .holdExpired)
                #expect(try await desk.standing(alice) == [10, 0, 0])
            }
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func holdsUpToTheLastStep(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 10)
            var holds: [HoldID] = []
            for part: Int64 in [1, 2, 3, 4] { holds.append(try await desk.hold(alice, part).held()) }
            #expect(try await desk.standing(alice) == [10, 10, 0])
            let error = try await desk.refused(.charge(alice, Desk.credits(1), scope: nil), .insufficient)
            #expect(error?.figures?.available.steps == 0)
            #expect(error?.figures?.held.steps == 10)
            try await desk.refused(.hold(alice, Desk.credits(1), timeToLive: .seconds(1), scope: nil), .insufficient)
            for hold in holds { try await desk.done(.release(hold)) }
            try await desk.charge(alice, 10)
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all, [Int64(0), 4, 6])
    func aPinOutlivesItsGrant(kind: DatabaseKind, captured: Int64) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open()
            try await desk.grant(alice, 10, GrantTerms(.promo, expiresAt: desk.moment(in: 1_000_000)))
            let hold = try await desk.hold(alice, 6).held()
            desk.clock.advance(microseconds: 1_000_000)
            _ = try await desk.ledger.sweep(limit: 10)
            #expect(try await desk.standing(alice) == [6, 6, 0])
            #expect(try await desk.house("~breakage") == 4)
            try await desk.done(.capture(hold, Desk.credits(captured), topUp: false))
            #expect(try await desk.standing(alice) == [0, 0, 0])
            #expect(try await desk.house("~breakage") == 10 - captured)
            #expect(try await desk.house("~revenue") == captured)
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aHoldThatEndsAfterItsGrantGivesNothingBack(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 5)
            try await desk.grant(
                alice, 10, GrantTerms(.promo, priority: 1, expiresAt: desk.moment(in: 1_000_000)))
            _ = try await desk.hold(alice, 12, for: .seconds(2))
            desk.clock.advance(microseconds: 3_000_000)
            _ = try await desk.ledger.sweep(limit: 10)
            #expect(try await desk.standing(alice) == [5, 0, 0])
            #expect(try await desk.house("~breakage") == 10)
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func strangersToTheLedgerAreUnknown(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 5)
            let charge = try await desk.charge(alice, 1)
            try await desk.refused(
                .capture(HoldID(sharing: charge.transaction), Desk.credits(1), topUp: false), .unknownHold)
            try await desk.refused(.release(HoldID(sharing: charge.transaction)), .unknownHold)
            let hold = try await desk.hold(alice, 1).held()
            try await desk.refused(.reverse(TransactionID(sharing: hold), nil), .unknownTransaction)
            try await desk.refused(
                .charge(try AccountName("nobody"), Desk.credits(1), scope: nil), .unknownAccount)
            try await desk.check()
        }
    }
}
