// The life of a hold, without a ledger around it.

import BuskerLedger
import Testing

@Suite struct HoldMachineTests {
    static let amounts: [Int64] = [1, 2, 5, 9_007_199_254_740_991]

    @Test(arguments: amounts)
    func whatIsTakenAndFreedIsWhatWasHeld(amount: Int64) throws {
        for wanted in Set([0, 1, amount / 2, amount - 1, amount]) where wanted >= 0 {
            var machine = HoldMachine(amount: amount, expires: 100)
            let effect = try machine.apply(.capture(wanted, topUp: false), at: 99)
            #expect(effect.taken == wanted && effect.taken + effect.freed == amount && effect.beyond == 0)
            #expect(machine.state == (wanted == 0 ? .released : .captured) && machine.captured == wanted)
        }
    }

    @Test func moreThanHeldNeedsATopUp() throws {
        var machine = HoldMachine(amount: 5, expires: 100)
        #expect(throws: HoldMachine.Refusal.exceeds) { try machine.apply(.capture(6, topUp: false), at: 0) }
        #expect(machine == HoldMachine(amount: 5, expires: 100))
        #expect(try machine.apply(.capture(6, topUp: true), at: 0) == HoldMachine.Effect(taken: 5, beyond: 1, freed: 0))
    }

    @Test(arguments: [
        HoldMachine.Event.capture(5, topUp: false), .capture(0, topUp: false), .release,
    ])
    func itLivesWhileNowIsBeforeItsEnd(event: HoldMachine.Event) throws {
        for (now, lives) in [(99, true), (100, false), (101, false)] as [(Int64, Bool)] {
            var machine = HoldMachine(amount: 5, expires: 100)
            if lives {
                _ = try machine.apply(event, at: now)
            } else {
                #expect(throws: HoldMachine.Refusal.expired) { try machine.apply(event, at: now) }
                #expect(machine.state == .active)
            }
        }
    }

    @Test func itEndsAtItsEndAndNotBefore() throws {
        var machine = HoldMachine(amount: 5, expires: 100)
        #expect(throws: HoldMachine.Refusal.notDue) { try machine.apply(.expire, at: 99) }
        #expect(try machine.apply(.expire, at: 100).freed == 5)
        #expect(machine.state == .expired)
    }

    @Test func itIsClosedOnce() throws {
        let ends: [(HoldMachine.Event, Int64, HoldMachine.Refusal)] = [
            (.capture(3, topUp: false), 50, .closed), (.release, 50, .closed), (.expire, 100, .expired),
        ]
        for (first, when, refusal) in ends {
            for (second, _, _) in ends {
                var machine = HoldMachine(amount: 5, expires: 100)
                _ = try machine.apply(first, at: when)
                let closed = machine
                #expect(throws: refusal) { try machine.apply(second, at: 100) }
                #expect(machine == closed)
            }
        }
    }

    @Test func aNegativeCaptureIsRefused() {
        var machine = HoldMachine(amount: 5, expires: 100)
        #expect(throws: HoldMachine.Refusal.badAmount) { try machine.apply(.capture(-1, topUp: true), at: 0) }
    }
}
