// Priced charges, holds and captures, with the usage lines behind them.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import TestSupport
import Testing

@Suite struct PricingBillTests {
    @Test(arguments: DatabaseKind.all)
    func aChargeLeavesTheLinesThatExplainIt(kind: DatabaseKind) async throws {
        try await Shop.open(kind) { shop in
            try await shop.publish(price: "0.5")
            let alice = try await shop.account("alice", with: "100")
            var order = try shop.order("a", alice, minutes: 7)
            order.usages.append(Usage("poster", 1, step: 3))
            let bill = try await shop.ledger.charge(order)
            #expect(bill.amount.decimalText == "5.50")
            #expect(bill.receipt?.amount == bill.amount)
            #expect(bill.lines.map(\.amount.decimalText) == ["3.50", "2.00"])
            #expect(bill.lines.map(\.usage) == order.usages)
            let page = try await shop.ledger.usage(of: alice)
            #expect(page.items == bill.lines)
            #expect(page.items[0].transaction == bill.receipt?.transaction)
            #expect(page.items[0].job == "job:a")
            let rate: String = try await shop.row("SELECT rate FROM ledger_txn ORDER BY seq DESC LIMIT 1").get(0)
            #expect(rate == "separation@1")
            #expect(try await shop.standing(alice) == [9450, 0, 0])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aRepeatedOrderGetsTheFirstBillWhateverPricesAreNow(kind: DatabaseKind) async throws {
        try await Shop.open(kind) { shop in
            try await shop.publish(price: "0.5", free: 2)
            try await shop.publish(2, price: "4", after: 60)
            let alice = try await shop.account("alice", with: "100")
            let order = try shop.order("a", alice, minutes: 7)
            let first = try await shop.ledger.charge(order)
            #expect(first.amount.decimalText == "2.50")
            shop.clock.advance(microseconds: 120_000_000)
            let again = try await shop.ledger.charge(order)
            #expect(again.replayed)
            #expect(again.receipt?.replayed == true)
            #expect(again.receipt?.transaction == first.receipt?.transaction)
            #expect(again.receipt?.after == first.receipt?.after)
            #expect(again.lines == first.lines)
            #expect(
                try await refusal { try await shop.ledger.charge(shop.order("a", alice, minutes: 8)) }?.code
                    == .conflict)
            let later = try await shop.ledger.charge(shop.order("b", alice, minutes: 7))
            #expect(later.amount.decimalText == "28.00")
            #expect(later.version == 2)
            #expect(try await shop.count("ledger_usage") == 2)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func whatIsFreeIsFreeOnceAndComesBackWithTheMonth(kind: DatabaseKind) async throws {
        try await Shop.open(kind) { shop in
            shop.clock.set(try Timestamp(iso8601: "2027-01-31T23:59:59Z"))
            try await shop.publish(price: "1", free: 5)
            let alice = try await shop.account("alice", with: "100")
            let bob = try await shop.account("bob", with: "100")
            let free = try await shop.ledger.charge(shop.order("a", alice, minutes: 3))
            #expect(free.receipt == nil)
            #expect(free.amount.steps == 0)
            #expect(free.lines.map(\.free) == [180_000_000])
            #expect(try await shop.ledger.charge(shop.order("a", alice, minutes: 3)).replayed)
            #expect(try await shop.ledger.charge(shop.order("b", alice, minutes: 3)).amount.decimalText == "1.00")
            #expect(try await shop.ledger.charge(shop.order("c", alice, minutes: 3)).amount.decimalText == "3.00")
            #expect(try await shop.ledger.charge(shop.order("d", bob, minutes: 6)).amount.decimalText == "1.00")
            shop.clock.set(try Timestamp(iso8601: "2027-02-01T00:00:00Z"))
            #expect(try await shop.ledger.charge(shop.order("e", alice, minutes: 6)).amount.decimalText == "1.00")
            let totals = try await shop.ledger.usageTotals(of: alice)
            #expect(totals.map(\.quantity) == [15 * 60_000_000])
            #expect(totals.map(\.free) == [10 * 60_000_000])
            #expect(totals.map(\.amount.decimalText) == ["5.00"])
            #expect(totals.map(\.lines) == [4])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func manyOrdersAtOnceShareOneQuota(kind: DatabaseKind) async throws {
        try await Shop.open(kind) { shop in
            try await shop.publish(price: "1", free: 10)
            let alice = try await shop.account("alice", with: "100")
            let paid = try await withThrowingTaskGroup(of: Int64.self) { group in
                for number in 0..<32 {
                    group.addTask {
                        let order = try shop.order("\(number / 2)", alice, minutes: 1)
                        let bill = try await shop.ledger.charge(order)
                        return bill.replayed ? 0 : bill.amount.steps
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(paid == 600)
            #expect(try await shop.standing(alice) == [9400, 0, 0])
            #expect(try await shop.count("ledger_usage") == 16)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aRefusedOrderLeavesNothingAndMayBeTriedAgain(kind: DatabaseKind) async throws {
        try await Shop.open(kind) { shop in
            try await shop.publish(price: "1", free: 2)
            let alice = try await shop.account("alice", with: "3")
            let order = try shop.order("a", alice, minutes: 8)
            let refused = try await refusal { try await shop.ledger.charge(order) }
            #expect(refused?.code == .insufficient)
            #expect(refused?.figures?.needed.decimalText == "6.00")
            #expect(try await shop.count("ledger_bill") == 0)
            try await shop.ledger.grant(shop.amount("3"), to: alice, key: shop.key("more"))
            let bill = try await shop.ledger.charge(order)
            #expect(!bill.replayed)
            #expect(bill.amount.decimalText == "6.00")
            let dear = try shop.order("b", alice, minutes: 8, atMost: "7.99")
            #expect(try await refusal { try await shop.ledger.charge(dear) }?.code == .badPricing)
            let strange = try AccountName("nobody")
            let other = try shop.order("c", strange, minutes: 1)
            #expect(try await refusal { try await shop.ledger.charge(other) }?.code == .unknownAccount)
            let wrong = try shop.order("d", alice, minutes: 1, version: 9)
            #expect(try await refusal { try await shop.ledger.charge(wrong) }?.code == .badPricing)
            #expect(try await shop.count("ledger_bill") == 1)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aHoldIsCapturedForTheRealMinutesAtThePriceItWasShown(kind: DatabaseKind) async throws {
        try await Shop.open(kind) { shop in
            try await shop.publish(price: "0.5")
            try await shop.publish(2, price: "9", after: 60)
            let alice = try await shop.account("alice", with: "100")
            let quote = try await shop.ledger.quote(
                [Usage("audio", .seconds(600))], card: "separation", account: alice)
            let held = try await shop.ledger.hold(
                shop.order("h", alice, minutes: 10, version: quote.version), timeToLive: .seconds(3600))
            #expect(held.amount == quote.total)
            #expect(held.lines.isEmpty)
            let hold = try #require(held.receipt?.hold)
            #expect(try await shop.standing(alice) == [10_000, 500, 0])
            shop.clock.advance(microseconds: 120_000_000)
            let bob = try await shop.account("bob", with: "1")
            let stolen = try shop.order("x", bob, minutes: 1)
            #expect(try await refusal { try await shop.ledger.capture(hold, for: stolen) }?.code == .unknownHold)
            let real = try shop.order("c", alice, minutes: 7)
            let bill = try await shop.ledger.capture(hold, for: real)
            #expect(bill.version == 1)
            #expect(bill.amount.decimalText == "3.50")
            #expect(bill.receipt?.kind == .capture)
            #expect(try await shop.standing(alice) == [9650, 0, 0])
            #expect(try await shop.ledger.capture(hold, for: real).replayed)
            let twice = try shop.order("d", alice, minutes: 7)
            #expect(try await refusal { try await shop.ledger.capture(hold, for: twice) }?.code == .holdClosed)
            #expect(
                try await shop.ledger.hold(
                    shop.order("h", alice, minutes: 10, version: quote.version), timeToLive: .seconds(3600)
                ).replayed)
            #expect(try await shop.ledger.usage(of: alice).items.map(\.amount.decimalText) == ["3.50"])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aCaptureMayTakeMoreOrNothing(kind: DatabaseKind) async throws {
        try await Shop.open(kind) { shop in
            try await shop.publish(price: "1")
            let alice = try await shop.account("alice", with: "20")
            func hold(_ key: String) async throws -> HoldID {
                let held = try await shop.ledger.hold(
                    shop.order(key, alice, minutes: 5), timeToLive: .seconds(60))
                return try #require(held.receipt?.hold)
            }
            let first = try await hold("h1")
            let more = try await shop.ledger.capture(first, for: shop.order("c1", alice, minutes: 8))
            #expect(more.amount.decimalText == "8.00")
            let second = try await hold("h2")
            let strict = try shop.order("c2", alice, minutes: 8)
            #expect(
                try await refusal { try await shop.ledger.capture(second, for: strict, topUp: false) }?.code
                    == .exceedsHold)
            let nothing = try await shop.ledger.capture(second, for: shop.order("c3", alice, minutes: 0))
            #expect(nothing.receipt?.kind == .release)
            #expect(nothing.amount.steps == 0)
            #expect(try await shop.standing(alice) == [1200, 0, 0])
            #expect(try await shop.count("ledger_usage") == 2)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func ordersArePartOfTheHostsTransaction(kind: DatabaseKind) async throws {
        struct Stop: Error {}
        try await Shop.open(kind) { shop in
            try await shop.publish(price: "1", free: 2)
            let alice = try await shop.account("alice", with: "20")
            let order = try shop.order("a", alice, minutes: 5)
            await #expect(throws: Stop.self) {
                try await shop.database.write { tx in
                    _ = try shop.ledger.charge(order, in: tx)
                    throw Stop()
                }
            }
            #expect(try await shop.count("ledger_bill") == 0)
            #expect(try await shop.standing(alice) == [2000, 0, 0])
            let (charged, seen) = try await shop.database.write { tx in
                let bill = try shop.ledger.charge(order, in: tx)
                let poor = PricedOrder(
                    [Usage("audio", .seconds(90_000))], card: "separation", account: alice, key: try shop.key("b"))
                #expect(throws: LedgerError(.insufficient, "")) { try shop.ledger.charge(poor, in: tx) }
                return (bill, try shop.ledger.usage(of: alice, in: tx).items.count)
            }
            #expect(charged.amount.decimalText == "3.00")
            #expect(seen == 1)
            #expect(try await shop.standing(alice) == [1700, 0, 0])
            #expect(!(try await shop.ledger.charge(shop.order("b", alice, minutes: 1)).replayed))
        }
    }

    @Test(arguments: DatabaseKind.all)
    func keysOfPricedAndPlainCommandsDoNotMix(kind: DatabaseKind) async throws {
        try await Shop.open(kind) { shop in
            try await shop.publish(price: "1", free: 1)
            let alice = try await shop.account("alice", with: "20")
            try await shop.ledger.charge(shop.amount("5"), to: alice, key: shop.key("a"))
            let order = try shop.order("a", alice, minutes: 6)
            #expect(try await refusal { try await shop.ledger.charge(order) }?.code == .conflict)
            let held = try shop.order("free", alice, minutes: 1)
            #expect(try await shop.ledger.charge(held).receipt == nil)
            #expect(
                try await refusal { try await shop.ledger.hold(held, timeToLive: .seconds(9)) }?.code == .conflict)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func theUsageLogComesInPagesAndPeriods(kind: DatabaseKind) async throws {
        try await Shop.open(kind) { shop in
            try await shop.publish(price: "0.01")
            let alice = try await shop.account("alice", with: "100")
            let bob = try await shop.account("bob", with: "100")
            var starts: [Timestamp] = []
            for number in 0..<12 {
                starts.append(shop.clock.now)
                var order = try shop.order("\(number)", number % 4 == 3 ? bob : alice, minutes: Int64(number))
                order.usages.append(Usage("poster", 1))
                _ = try await shop.ledger.charge(order)
                shop.clock.advance(microseconds: Shop.day)
            }
            var seen: [UsageLine] = []
            var cursor: Cursor?
            repeat {
                let page = try await shop.ledger.usage(of: alice, page: PageRequest(after: cursor, limit: 5))
                #expect(page.items.count <= 5)
                seen += page.items
                cursor = page.next
            } while cursor != nil
            #expect(seen.count == 18)
            #expect(
                seen.filter { $0.usage.meter == "audio" }.map(\.usage.quantity)
                    == [0, 1, 2, 4, 5, 6, 8, 9, 10].map { $0 * 60_000_000 })
            let middle = try await shop.ledger.usage(of: alice, from: starts[4], to: starts[6]).items
            #expect(middle.map(\.usage.quantity) == [240_000_000, 1, 300_000_000, 1])
            let totals = try await shop.ledger.usageTotals(of: alice, from: starts[4], to: starts[6])
            #expect(totals.map(\.meter) == ["audio", "poster"])
            #expect(totals.map(\.amount.decimalText) == ["0.09", "4.00"])
            let foreign = try Cursor(list: "rates", after: Int64(1))
            #expect(
                try await refusal {
                    try await shop.ledger.usage(of: alice, page: PageRequest(after: foreign))
                }?.code == .badCursor)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func totalsTooLargeForSixtyFourBitsAreRefused(kind: DatabaseKind) async throws {
        try await Shop.open(kind) { shop in
            let card = try RateCard(
                "free", effectiveAt: shop.clock.now, unit: shop.credits,
                meters: [Meter("bytes", try Measure("byte", base: "byte"), price: .perUnit(.zero))])
            try await shop.ledger.publish(card)
            let alice = try await shop.account("alice")
            for number in 0..<2 {
                let usages = Array(repeating: Usage("bytes", PricingLimits.quantityMax), count: 512 + number)
                let order = PricedOrder(usages, card: "free", account: alice, key: try shop.key("\(number)"))
                _ = try await shop.ledger.charge(order)
                if number == 0 {
                    let totals = try await shop.ledger.usageTotals(of: alice)
                    #expect(totals.map(\.quantity) == [PricingLimits.quantityMax * 512])
                }
            }
            #expect(try await refusal { try await shop.ledger.usageTotals(of: alice) }?.code == .overflow)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func cardsAreKeptByVersion(kind: DatabaseKind) async throws {
        try await Shop.open(kind) { shop in
            let first = try await shop.publish(price: "1")
            let second = try await shop.publish(2, price: "2", after: 60)
            #expect(try await shop.ledger.rateCard("separation") == first)
            #expect(try await shop.ledger.publish(first) == .unchanged)
            let third = try await shop.publish(2, price: "3", after: 90)
            #expect(try await shop.ledger.rateCard("separation", at: third.effectiveAt) == third)
            #expect(second != third)
            shop.clock.advance(microseconds: 90_000_000)
            #expect(try await shop.ledger.rateCard("separation") == third)
            #expect(try await refusal { try await shop.publish(2, price: "4", after: 60) }?.code == .badPricing)
            #expect(try await refusal { try await shop.publish(1, price: "4") }?.code == .badPricing)
            try await shop.publish(3, price: "5", after: 1)
            let page = try await shop.ledger.rateCards("separation", page: PageRequest(limit: 2))
            #expect(page.items.map(\.version) == [3, 2])
            let rest = try await shop.ledger.rateCards("separation", page: PageRequest(after: page.next, limit: 2))
            #expect(rest.items == [first])
            #expect(rest.next == nil)
            #expect(try await shop.ledger.rateCard("other") == nil)
        }
    }
}
