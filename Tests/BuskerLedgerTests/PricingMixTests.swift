// Random orders, purchases and codes: whatever happens, the log explains the ledger and the ledger adds up.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import TestSupport
import Testing

@Suite struct PricingMixTests {
    /// A card drawn at random, with what is free in each of several periods.
    static func card(_ shop: Shop, version: Int, _ dice: inout SeededGenerator) throws -> RateCard {
        let periods: [QuotaPeriod] = [
            .day(), .month(startDay: 31), .interval(anchor: Timestamp(microseconds: 5), seconds: 100_000),
        ]
        var meters: [Meter] = []
        for at in 0..<3 {
            let made = try NaiveMeter.random(&dice).card().meters[0]
            let free = try FreeQuota(
                perJob: Int64.random(in: 0...5, using: &dice), perPeriod: Int64.random(in: 0...60, using: &dice),
                period: periods[at])
            let maximum = try Bool.random(using: &dice) ? ExactDecimal("3") : nil
            meters.append(
                Meter(
                    "m\(at)", made.measure, free: free, price: made.price, discount: made.discount, maximum: maximum))
        }
        return try RateCard(
            "mix", version: version, effectiveAt: shop.clock.now, unit: shop.credits,
            rounding: Rounding.allCases[version % 4], meters: meters)
    }

    @Test(arguments: DatabaseKind.all, [1, 2] as [UInt64])
    func usageLinesExplainEveryCharge(kind: DatabaseKind, seed: UInt64) async throws {
        try await Shop.open(kind) { shop in
            var dice = SeededGenerator(seed: seed)
            let accounts = [
                try await shop.account("alice", with: "300"), try await shop.account("bob", with: "40"),
            ]
            var version = 0
            var holds: [(HoldID, AccountName)] = []
            var refusals: Set<String> = []
            for step in 0..<90 {
                shop.clock.advance(microseconds: Int64.random(in: 0...20_000_000_000, using: &dice))
                if step % 30 == 0 {
                    version += 1
                    try await shop.ledger.publish(Self.card(shop, version: version, &dice))
                }
                let account = accounts[Int.random(in: 0...1, using: &dice)]
                let usages = (0...Int.random(in: 0...2, using: &dice)).map { _ in
                    Usage("m\(Int.random(in: 0...2, using: &dice))", Int64.random(in: 0...150, using: &dice))
                }
                let order = PricedOrder(usages, card: "mix", account: account, key: try shop.key("\(step)"))
                do {
                    switch Int.random(in: 0...3, using: &dice) {
                    case 0:
                        let bill = try await shop.ledger.hold(order, timeToLive: .seconds(40_000))
                        if let hold = bill.receipt?.hold { holds.append((hold, account)) }
                    case 1 where !holds.isEmpty:
                        let (hold, owner) = holds.removeFirst()
                        var capture = order
                        capture.account = owner
                        _ = try await shop.ledger.capture(hold, for: capture)
                    default: _ = try await shop.ledger.charge(order)
                    }
                } catch let error as LedgerError {
                    refusals.insert("\(error.code)")
                }
            }
            #expect(refusals.isSubset(of: ["insufficient", "hold_expired"]), "seed \(seed): \(refusals)")
            try await check(shop, "seed \(seed)")
        }
    }

    /// Lines sum to bills, bills to transactions, free parts to quotas; and the ledger is sound.
    func check(_ shop: Shop, _ note: String) async throws {
        let wrong: Int64 = try await shop.row(
            """
            SELECT COUNT(*) FROM ledger_bill b LEFT JOIN ledger_txn t ON t.seq = b.txn
            WHERE b.kind <> 2 AND (b.amount <> (SELECT SUM(u.amount) FROM ledger_usage u WHERE u.bill = b.id)
            OR (t.kind IN (3, 5) AND t.amount <> b.amount) OR (t.kind IS NULL AND b.amount <> 0))
            """
        ).get(0)
        #expect(wrong == 0, "\(note)")
        let unexplained: Int64 = try await shop.row(
            """
            SELECT COUNT(*) FROM ledger_txn t
            WHERE t.kind IN (3, 5) AND NOT EXISTS (SELECT 1 FROM ledger_bill b WHERE b.txn = t.seq)
            """
        ).get(0)
        #expect(unexplained == 0, "\(note)")
        let quotas: Int64 = try await shop.row("SELECT COUNT(*) FROM ledger_quota").get(0)
        let over: Int64 = try await shop.row("SELECT COUNT(*) FROM ledger_quota WHERE used > 60").get(0)
        #expect(quotas > 0, "\(note)")
        #expect(over == 0, "\(note)")
        let found = try await shop.ledger.verify()
        #expect(found.problems.isEmpty, "\(note): \(found.problems)")
    }

    @Test(arguments: DatabaseKind.all)
    func aClosedAccountUsesNothingNotEvenWhatIsFree(kind: DatabaseKind) async throws {
        try await Shop.open(kind) { shop in
            try await shop.publish(price: "1", free: 5)
            let alice = try await shop.account("alice")
            try await shop.ledger.close(alice, key: shop.key("close"))
            for minutes in [1, 9] as [Int64] {
                let order = try shop.order("\(minutes)", alice, minutes: minutes)
                #expect(try await refusal { try await shop.ledger.charge(order) }?.code == .accountClosed)
            }
            let template = try PromoTemplate(shop.amount("1"))
            #expect(try await refusal { try await shop.ledger.welcome(alice, template) }?.code == .accountClosed)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func namesThatLookAlikeAreDifferent(kind: DatabaseKind) async throws {
        try await Shop.open(kind) { shop in
            let (composed, apart) = ("caf\u{E9}", "cafe\u{301}")
            let card = try RateCard(
                "look", effectiveAt: shop.clock.now, unit: shop.credits,
                meters: [
                    Meter(composed, free: try FreeQuota(perPeriod: 1), price: .perUnit(try ExactDecimal("1")))
                ])
            try await shop.ledger.publish(card)
            let owner = try await shop.account(composed, with: "9")
            let other = try await shop.account(apart, with: "9")
            func order(_ meter: String, _ account: AccountName, _ key: String) throws -> PricedOrder {
                PricedOrder([Usage(meter, 3)], card: "look", account: account, key: try shop.key(key))
            }
            let strange = try order(apart, owner, "a")
            #expect(try await refusal { try await shop.ledger.charge(strange) }?.code == .badPricing)
            let held = try await shop.ledger.hold(order(composed, owner, "b"), timeToLive: .seconds(60))
            let hold = try #require(held.receipt?.hold)
            let stolen = try order(composed, other, "c")
            #expect(try await refusal { try await shop.ledger.capture(hold, for: stolen) }?.code == .unknownHold)
            #expect(try await shop.ledger.capture(hold, for: order(composed, owner, "c")).amount.decimalText == "2.00")
        }
    }

    @Test func periodsThatNobodyCheckedNeverTrap() {
        let instant = Timestamp(microseconds: 1_800_000_000_000_000)
        let wrong: [QuotaPeriod] = [
            .day(offsetSeconds: .max), .month(startDay: .max, offsetSeconds: .min), .month(startDay: .min),
            .interval(anchor: instant, seconds: .min), .interval(anchor: instant, seconds: .max),
        ]
        for period in wrong { #expect(period.start(at: instant) <= instant) }
    }
}
