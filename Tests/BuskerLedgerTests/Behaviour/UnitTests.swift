// Two units or currencies never meet.

import BuskerCore
import BuskerLedger
import TestSupport
import Testing

@Suite struct UnitTests {
    @Test(arguments: DatabaseKind.all)
    func anotherUnitIsRefusedWithoutATrace(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 10)
            let hold = try await desk.hold(alice, 2).held()
            let charge = try await desk.charge(alice, 3)
            let other = Amount(steps: 1, unit: Desk.tokens)
            let finer = Amount(steps: 1, unit: Desk.unit("credits", 3))
            let before = try await desk.tables()
            for amount in [other, finer] {
                try await desk.refused(.grant(alice, amount, GrantTerms()), .unitMismatch)
                try await desk.refused(.charge(alice, amount, scope: nil), .unitMismatch)
                try await desk.refused(.hold(alice, amount, timeToLive: .seconds(1), scope: nil), .unitMismatch)
                try await desk.refused(.capture(hold, amount, topUp: true), .unitMismatch)
                try await desk.refused(.reverse(charge.transaction, amount), .unitMismatch)
                try await desk.refused(.adjust(alice, amount, reason: "wrong"), .unitMismatch)
            }
            #expect(try await desk.tables() == before)
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all, [0, 2, 9])
    func everyScaleCounts(kind: DatabaseKind, scale: Int) async throws {
        try await withDesk(kind) { desk in
            let unit = Desk.unit("u\(scale)", scale)
            let alice = try await desk.open(with: 1_000, unit: unit)
            let receipt = try await desk.done(.charge(alice, Amount(steps: 1, unit: unit), scope: nil))
            #expect(receipt.after.posted == Amount(steps: 999, unit: unit))
            try await desk.check()
        }
    }
}
