// What the ledger makes of a clock that jumps, stands still or goes back.

import BuskerCore
import BuskerLedger
import TestSupport
import Testing

@Suite struct ClockTests {
    @Test(arguments: DatabaseKind.all)
    func itsOwnClockOnlyMovesOn(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 100)
            for step in [0, 0, -3_600_000_000, 0, day, -day, 1, -1, 0] {
                desk.clock.advance(microseconds: step)
                try await desk.charge(alice, 1)
                try await desk.refused(.charge(alice, Desk.credits(1_000), scope: nil), .insufficient)
            }
            let tables = try await desk.tables()
            let moments = (tables.txns.map(\.created) + tables.refusals.map(\.created)).sorted()
            #expect(Set(moments).count == moments.count)
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func whatEndedStaysEnded(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 10)
            try await desk.grant(alice, 5, GrantTerms(.promo, expiresAt: desk.moment(in: 1_000_000)))
            let hold = try await desk.hold(alice, 4, for: .seconds(1)).held()
            desk.clock.advance(microseconds: 2_000_000)
            try await desk.charge(alice, 1)
            desk.clock.advance(microseconds: -3_600_000_000)
            try await desk.refused(.capture(hold, Desk.credits(4), topUp: false), .holdExpired)
            try await desk.refused(.charge(alice, Desk.credits(10), scope: nil), .insufficient)
            try await desk.charge(alice, 9)
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aHoldMadeWhileTheClockIsBackEndsOnTheLedgersClock(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 10)
            desk.clock.advance(microseconds: -3_600_000_000)
            let made = try await desk.hold(alice, 4, for: .microseconds(3))
            for _ in 0..<4 { _ = try await desk.ask(.charge(alice, Desk.credits(1), scope: nil)) }
            try await desk.refused(.capture(try made.held(), Desk.credits(4), topUp: false), .holdExpired)
            try await desk.check()
        }
    }

    @Test(
        arguments: DatabaseKind.all,
        [Timestamp(microseconds: 0), Timestamp(microseconds: -1), Timestamp(microseconds: .min)])
    func clocksBeforeTheEpochAreSurvived(kind: DatabaseKind, start: Timestamp) async throws {
        try await withDatabase(kind) { database in
            let desk = Desk(database, clock: ManualClock(start))
            try await desk.ledger.migrate()
            let alice = try await desk.open(with: 10)
            _ = try await desk.hold(alice, 4).held()
            try await desk.charge(alice, 6)
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aClockAtTheEndOfTimeIsAnError(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 10)
            desk.clock.set(Timestamp(microseconds: .max))
            for action: LedgerAction in [
                .charge(alice, Desk.credits(1), scope: nil),
                .hold(alice, Desk.credits(1), timeToLive: .seconds(1), scope: nil),
                .grant(alice, Desk.credits(1), GrantTerms()),
                .charge(alice, Desk.credits(1), scope: nil),
            ] {
                _ = try await desk.ask(action)
            }
            _ = try? await desk.ledger.sweep(limit: 10)
            try await desk.checkInvariants()
        }
    }
}
