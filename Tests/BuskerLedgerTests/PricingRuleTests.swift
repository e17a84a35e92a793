// The machines of alerts and top-ups, without a database.

import BuskerCore
import BuskerLedger
import TestSupport
import Testing

@Suite struct PricingRuleTests {
    static let start = Timestamp(microseconds: 1_800_000_000_000_000)

    static func at(_ seconds: Int64) -> Timestamp { start.advanced(by: .seconds(seconds)) }

    static func machine(_ refill: TopUpRefill = .target(1000), threshold: Int64 = 100) throws -> TopUpMachine {
        try TopUpMachine(threshold: threshold, refill: refill)
    }

    @Test func anAlertIsToldOnceForEachFall() {
        var alert = BalanceAlert(threshold: 10)
        func fall(_ before: Int64, _ after: Int64) -> Bool {
            alert.apply(.balance(before: before, after: after)) == [.lowBalance(available: after)]
        }
        #expect(!fall(20, 11))
        #expect(fall(11, 10))
        #expect(!fall(10, 9))
        #expect(!fall(9, 0))
        #expect(!fall(0, 10))
        #expect(!fall(10, 5))
        #expect(!fall(5, 11))
        #expect(fall(11, 3))
    }

    @Test func anAlertArmedByHandStaysSilentUntilThen() {
        var alert = BalanceAlert(threshold: 10, rearm: .byHand)
        #expect(alert.apply(.balance(before: 11, after: 10)).count == 1)
        #expect(alert.apply(.balance(before: 10, after: 50)).isEmpty)
        #expect(alert.apply(.balance(before: 50, after: 1)).isEmpty)
        #expect(alert.apply(.rearm).isEmpty)
        #expect(alert.apply(.balance(before: 1, after: 0)).isEmpty)
        #expect(alert.apply(.balance(before: 40, after: 0)).count == 1)
    }

    @Test func aTopUpIsDueAtTheThresholdAndCountsAsBalanceUntilItEnds() throws {
        var rule = try Self.machine()
        #expect(try rule.apply(.balance(available: 101, debt: 0), at: Self.at(0)).isEmpty)
        #expect(try rule.apply(.balance(available: 100, debt: 0), at: Self.at(1)) == [.due(attempt: 1, amount: 900)])
        #expect(try rule.apply(.balance(available: 0, debt: 0), at: Self.at(2)).isEmpty)
        #expect(try rule.apply(.settled(attempt: 1), at: Self.at(3)).isEmpty)
        #expect(try rule.apply(.settled(attempt: 1), at: Self.at(3)).isEmpty)
        #expect(try rule.apply(.balance(available: 900, debt: 0), at: Self.at(4)).isEmpty)
        #expect(rule.pending.isEmpty)
        #expect(
            try rule.apply(.balance(available: 0, debt: 50), at: Self.at(5000)) == [.due(attempt: 2, amount: 1050)])
    }

    @Test func aFixedTopUpAsksForMoreOnlyWhileWhatIsUnderWayIsNotEnough() throws {
        var rule = try Self.machine(.fixed(60), threshold: 100)
        #expect(try rule.apply(.balance(available: 20, debt: 0), at: Self.at(0)) == [.due(attempt: 1, amount: 60)])
        #expect(try rule.apply(.balance(available: 19, debt: 0), at: Self.at(1)) == [.due(attempt: 2, amount: 60)])
        #expect(try rule.apply(.balance(available: 18, debt: 0), at: Self.at(2)).isEmpty)
    }

    @Test func afterADeclinedChargeARuleWaitsAnHour() throws {
        var rule = try Self.machine()
        _ = try rule.apply(.balance(available: 50, debt: 0), at: Self.at(0))
        #expect(try rule.apply(.declined(attempt: 1), at: Self.at(10)).isEmpty)
        #expect(rule.nextCheck == Self.at(3610))
        #expect(try rule.apply(.balance(available: 40, debt: 0), at: Self.at(3609)).isEmpty)
        #expect(try rule.apply(.balance(available: 40, debt: 0), at: Self.at(3610)) == [.due(attempt: 2, amount: 960)])
    }

    @Test(arguments: [TopUpMachine.Event.paid, .settled(attempt: 1)])
    func aPaidTopUpEndsTheWait(event: TopUpMachine.Event) throws {
        var rule = try Self.machine()
        _ = try rule.apply(.balance(available: 50, debt: 0), at: Self.at(0))
        _ = try rule.apply(.declined(attempt: 1), at: Self.at(10))
        #expect(try rule.apply(event, at: Self.at(20)).isEmpty)
        #expect(rule.state == .armed)
        #expect(rule.declines == 0)
        #expect(try rule.apply(.balance(available: 50, debt: 0), at: Self.at(21)) == [.due(attempt: 2, amount: 950)])
    }

    @Test func threeTopUpsInTenMinutesAreReportedAndPauseTheRule() throws {
        var rule = try Self.machine(.fixed(200))
        for attempt in 1...3 as ClosedRange<Int64> {
            let effects = try rule.apply(.balance(available: 0, debt: 0), at: Self.at(attempt * 200))
            let due = TopUpMachine.Effect.due(attempt: attempt, amount: 200)
            #expect(effects == (attempt < 3 ? [due] : [due, .paused(topUps: 3)]))
            _ = try rule.apply(.settled(attempt: attempt), at: Self.at(attempt * 200 + 1))
        }
        #expect(try rule.apply(.balance(available: 0, debt: 0), at: Self.at(90_000)).isEmpty)
        #expect(try rule.apply(.paid, at: Self.at(90_000)).isEmpty)
        #expect(rule.state == .paused)
        _ = try rule.apply(.resume, at: Self.at(90_001))
        #expect(try rule.apply(.balance(available: 0, debt: 0), at: Self.at(90_002)).count == 1)
    }

    @Test func topUpsFurtherApartAreNoBurst() throws {
        var rule = try Self.machine(.fixed(200))
        for attempt in 1...20 as ClosedRange<Int64> {
            let effects = try rule.apply(.balance(available: 0, debt: 0), at: Self.at(attempt * 300))
            #expect(effects == [.due(attempt: attempt, amount: 200)])
            _ = try rule.apply(.settled(attempt: attempt), at: Self.at(attempt * 300 + 1))
        }
        #expect(rule.recent.count <= 2)
    }

    @Test func failureSwitchesARuleOffUntilItIsResumed() throws {
        var rule = try Self.machine()
        _ = try rule.apply(.balance(available: 50, debt: 0), at: Self.at(0))
        #expect(try rule.apply(.failed(attempt: 1), at: Self.at(1)) == [.switchedOff(.failed)])
        #expect(try rule.apply(.failed(attempt: 1), at: Self.at(1)).isEmpty)
        #expect(try rule.apply(.balance(available: 0, debt: 0), at: Self.at(90_000)).isEmpty)
        #expect(try rule.apply(.paid, at: Self.at(90_000)).isEmpty)
        #expect(rule.state == .off)
        #expect(rule.nextCheck == nil)
        _ = try rule.apply(.resume, at: Self.at(90_001))
        #expect(
            try rule.apply(.balance(available: 0, debt: 0), at: Self.at(90_002)) == [.due(attempt: 2, amount: 1000)])
    }

    @Test func severalDeclinedChargesInARowSwitchARuleOff() throws {
        var rule = try Self.machine()
        for attempt in 1...3 as ClosedRange<Int64> {
            _ = try rule.apply(.balance(available: 0, debt: 0), at: Self.at(attempt * 4000))
            let effects = try rule.apply(.declined(attempt: attempt), at: Self.at(attempt * 4000 + 1))
            #expect(effects == (attempt == 3 ? [.switchedOff(.declined)] : []))
        }
    }

    @Test func aTopUpWithoutAnOutcomeSwitchesARuleOff() throws {
        var rule = try Self.machine()
        _ = try rule.apply(.balance(available: 0, debt: 0), at: Self.at(0))
        #expect(rule.nextCheck == Self.at(86_400))
        #expect(try rule.apply(.balance(available: 0, debt: 0), at: Self.at(86_399)).isEmpty)
        #expect(try rule.apply(.balance(available: 0, debt: 0), at: Self.at(86_400)) == [.switchedOff(.noOutcome)])
        #expect(try rule.apply(.settled(attempt: 1), at: Self.at(90_000)).isEmpty)
        #expect(rule.state == .off)
    }

    @Test func attemptsThatWereNeverAskedForAreRefused() throws {
        var rule = try Self.machine()
        for attempt in [0, 1, -1, .max, .min] as [Int64] {
            #expect(throws: LedgerError(.badPricing, "")) { try rule.apply(.settled(attempt: attempt), at: Self.at(0)) }
        }
        _ = try rule.apply(.balance(available: 0, debt: 0), at: Self.at(0))
        #expect(throws: LedgerError(.badPricing, "")) { try rule.apply(.failed(attempt: 2), at: Self.at(1)) }
    }

    @Test func figuresOutOfRangeAreRefused() {
        let refused = LedgerError(.badPricing, "")
        let wrong: [(Int64, TopUpRefill, Int64)] = [
            (-1, .fixed(5), 1), (10, .fixed(0), 1), (10, .fixed(9), 10), (10, .target(10), 1), (10, .target(19), 10),
            (10, .target(.min), 1), (10, .target(.max), 1), (10, .fixed(.max), 1), (10, .target(20), 0),
            (.max, .target(.max), 1),
        ]
        for (threshold, refill, distance) in wrong {
            #expect(throws: refused) { try TopUpMachine(threshold: threshold, refill: refill, distance: distance) }
        }
        var safety = TopUpSafety()
        safety.burst = 0
        #expect(throws: refused) { try TopUpMachine(threshold: 1, refill: .fixed(5), safety: safety) }
    }

    @Test func extremesNeverTrap() throws {
        var safety = TopUpSafety()
        safety.declineWaitSeconds = .max
        safety.burstSeconds = .max
        safety.pendingSecondsMax = .max
        for refill in [TopUpRefill.fixed(LedgerLimits.amountMax), .target(LedgerLimits.amountMax)] {
            for instant in [Int64.min, 0, .max].map(Timestamp.init(microseconds:)) {
                for (available, debt) in [(Int64.min, Int64.max), (.max, .min), (0, .max), (.min, .min)] {
                    var rule = try TopUpMachine(threshold: 0, refill: refill, safety: safety)
                    _ = try rule.apply(.balance(available: available, debt: debt), at: instant)
                    _ = try rule.apply(.balance(available: available, debt: debt), at: instant)
                    if rule.attempts > 0 { _ = try rule.apply(.declined(attempt: 1), at: instant) }
                    _ = rule.nextCheck
                }
            }
        }
    }

    /// Whatever happens in whatever order, a rule never has more under way than its limits allow.
    @Test(arguments: 0..<40)
    func noSequenceOfEventsBreaksTheSafetyRules(seed: UInt64) throws {
        var dice = SeededGenerator(seed: seed)
        var rule = try Self.machine(seed % 2 == 0 ? .fixed(70) : .target(300))
        var now = Self.start
        var asked: [(at: Timestamp, amount: Int64)] = []
        var declinedAt: Timestamp?
        for _ in 0..<400 {
            now = now.advanced(by: .seconds(Int64.random(in: 1...500, using: &dice)))
            let attempt = Int64.random(in: 1...max(rule.attempts, 1), using: &dice)
            let known = rule.attempts > 0
            let wasPending = rule.pending.contains { $0.attempt == attempt }
            let before = rule
            let event: TopUpMachine.Event
            switch Int.random(in: 0...19, using: &dice) {
            case 0 where known: event = .declined(attempt: attempt)
            case 1 where known && seed % 4 == 0: event = .failed(attempt: attempt)
            case 2...9 where known: event = .settled(attempt: attempt)
            case 10: event = .paid
            case 11: event = .resume
            default: event = .balance(available: Int64.random(in: 0...200, using: &dice), debt: 0)
            }
            let effects = try rule.apply(event, at: now)
            switch event {
            case .declined where wasPending: declinedAt = now
            case .settled, .paid, .resume: declinedAt = nil
            default: break
            }
            for case .due(let number, let amount) in effects {
                #expect(number == before.attempts + 1, "seed \(seed)")
                #expect(before.state != .off && before.state != .paused, "seed \(seed)")
                #expect(declinedAt.map { $0.microseconds(until: now) >= 3_600_000_000 } ?? true, "seed \(seed)")
                asked.append((now, amount))
            }
            if case .resume = event { asked = [] }
            #expect(asked.count { $0.at > now.advanced(by: .seconds(-600)) } <= 3, "seed \(seed)")
            #expect(rule.pending.count <= PricingLimits.pendingTopUpsMax, "seed \(seed)")
        }
    }
}
