// Quotes: against a naive price, at the edges of tiers, and what always holds.

import BuskerCore
import BuskerLedger
import TestSupport
import Testing

@Suite struct PricingQuoteTests {
    static let noon = Timestamp(microseconds: 1_800_000_000_000_000)

    static func unit(_ scale: Int = 2) throws -> Amount.Unit { try Amount.Unit(code: "credits", scale: scale) }

    static func card(_ meters: Meter..., scale: Int = 2, rounding: Rounding = .halfUp) throws -> RateCard {
        try RateCard(
            "test", effectiveAt: Timestamp(microseconds: 0), unit: unit(scale), rounding: rounding, meters: meters)
    }

    static func total(_ card: RateCard, _ quantity: Int64, meter: String = "work") throws -> String {
        try card.quote([Usage(meter, quantity)], at: noon).total.decimalText
    }

    @Test(arguments: NaiveMeter.Scheme.allCases, Rounding.allCases)
    func everySmallQuantityCostsWhatANaivePriceSays(scheme: NaiveMeter.Scheme, rounding: Rounding) throws {
        var meter = NaiveMeter(
            scheme: scheme, unit: 6, step: 3, rounding: rounding, freePerJob: 2, freePerPeriod: 5, freeUsed: 1,
            ends: [10, 11, 40], prices: [(777, 0), (500, 100), (333, 0), (125, 50)], size: 7, discount: 15)
        meter.cardRounding = rounding
        let card = try meter.card()
        for quantity in 0...150 {
            let quote = try card.quote([Usage("work", Int64(quantity))], freeUsed: ["work": 1], at: Self.noon)
            #expect(quote.total.steps == Int64(meter.steps(quantity)), "\(quantity) by \(meter)")
        }
    }

    @Test(arguments: 0..<8)
    func randomCardsCostWhatANaivePriceSays(round: UInt64) throws {
        for trial in 0..<150 {
            let seed = round * 1000 + UInt64(trial)
            var dice = SeededGenerator(seed: seed)
            let meter = NaiveMeter.random(&dice)
            let card = try meter.card()
            for _ in 0..<12 {
                let quantity = Int.random(in: 0...200, using: &dice)
                let used = ["work": Int64(meter.freeUsed)]
                let quote = try card.quote([Usage("work", Int64(quantity))], freeUsed: used, at: Self.noon)
                #expect(quote.total.steps == Int64(meter.steps(quantity)), "seed \(seed): \(quantity) by \(meter)")
                try checkSums(quote, "seed \(seed): \(quantity) by \(meter)")
            }
        }
    }

    /// Lines sum to the total, parts to the subtotal, quantities to what was billed.
    func checkSums(_ quote: Quote, _ note: String) throws {
        #expect(quote.lines.reduce(0) { $0 + $1.amount.steps } == quote.total.steps, "\(note)")
        for line in quote.lines {
            var sum = Fraction.zero
            for part in line.parts { sum = try sum.adding(part.amount) }
            #expect(sum == line.subtotal, "\(note)")
            #expect(line.parts.reduce(0) { $0 + $1.quantity } == line.payable, "\(note)")
            if line.bound == nil { #expect(try line.subtotal.subtracting(line.discount) == line.exact, "\(note)") }
        }
    }

    @Test(arguments: 0..<40)
    func aGraduatedPriceNeverFallsWithTheQuantity(seed: UInt64) throws {
        var dice = SeededGenerator(seed: seed)
        var meter = NaiveMeter.random(&dice)
        meter.scheme = .graduated
        let card = try meter.card()
        var last: Int64 = 0
        for quantity in 0...250 {
            let steps = try card.quote([Usage("work", Int64(quantity))], at: Self.noon).total.steps
            #expect(steps >= last, "seed \(seed): \(quantity) by \(meter)")
            last = steps
        }
    }

    @Test func tiersIncludeTheirEnd() throws {
        let tiers = [
            Tier(upTo: 10, rate: try ExactDecimal("1")), Tier(upTo: 20, rate: try ExactDecimal("0.5")),
            Tier(upTo: nil, rate: try ExactDecimal("0.1"), flat: try ExactDecimal("3")),
        ]
        let graduated = try Self.card(Meter("work", price: .graduated(tiers)))
        let volume = try Self.card(Meter("work", price: .volume(tiers)))
        let wanted: [(Int64, String, String)] = [
            (9, "9.00", "9.00"), (10, "10.00", "10.00"), (11, "10.50", "5.50"), (20, "15.00", "10.00"),
            (21, "18.10", "5.10"), (1000, "116.00", "103.00"),
        ]
        for (quantity, byParts, whole) in wanted {
            #expect(try Self.total(graduated, quantity) == byParts)
            #expect(try Self.total(volume, quantity) == whole)
        }
    }

    @Test func startedMinutesAndTheirMinimum() throws {
        let price = Price.perUnit(try ExactDecimal("0.5"))
        let card = try Self.card(
            Meter("started", .startedMinutes, price: price),
            Meter("half", try .minutes(stepSeconds: 30), price: price),
            Meter("nearest", try .minutes(rounding: .halfUp), price: price),
            Meter("even", try .minutes(rounding: .halfEven), price: price),
            Meter("least", try .minutes(minimumSeconds: 120), price: price))
        let wanted: [(String, Duration, String)] = [
            ("started", .zero, "0.00"), ("started", .microseconds(1), "0.50"), ("started", .seconds(60), "0.50"),
            ("started", .seconds(60) + .nanoseconds(1), "1.00"), ("started", .seconds(61), "1.00"),
            ("half", .seconds(30), "0.25"), ("half", .seconds(31), "0.50"), ("half", .seconds(70), "0.75"),
            ("nearest", .seconds(29), "0.00"), ("nearest", .seconds(30), "0.50"), ("nearest", .seconds(89), "0.50"),
            ("even", .seconds(30), "0.00"), ("even", .seconds(90), "1.00"), ("even", .seconds(150), "1.00"),
            ("least", .zero, "1.00"), ("least", .seconds(61), "1.00"), ("least", .seconds(121), "1.50"),
        ]
        for (meter, duration, amount) in wanted {
            let quote = try card.quote([Usage(meter, duration)], at: Self.noon)
            #expect(quote.total.decimalText == amount, "\(meter) \(duration)")
        }
    }

    @Test func theOrderIsFreeTiersDiscountMaximumMinimum() throws {
        let meter = Meter(
            "work", free: try FreeQuota(perJob: 2), price: .perUnit(try ExactDecimal("1")),
            discount: try ExactDecimal("12.5"), maximum: try ExactDecimal("7"), minimum: try ExactDecimal("1.5"))
        let card = try Self.card(meter)
        let wanted: [(Int64, String, QuoteLine.Bound?)] = [
            (0, "0.00", nil), (2, "0.00", nil), (3, "1.50", .minimum), (4, "1.75", nil), (10, "7.00", nil),
            (11, "7.00", .maximum), (90, "7.00", .maximum),
        ]
        for (quantity, amount, bound) in wanted {
            let quote = try card.quote([Usage("work", quantity)], at: Self.noon)
            #expect(quote.total.decimalText == amount, "\(quantity)")
            #expect(quote.lines[0].bound == bound, "\(quantity)")
        }
    }

    @Test func packagesAreStartedAfterWhatIsFree() throws {
        let meter = Meter(
            "work", free: try FreeQuota(perJob: 5), price: .package(size: 10, try ExactDecimal("2")))
        let card = try Self.card(meter)
        for (quantity, amount) in [(5, "0.00"), (6, "2.00"), (15, "2.00"), (16, "4.00"), (25, "4.00"), (26, "6.00")] {
            #expect(try Self.total(card, Int64(quantity)) == amount)
        }
    }

    @Test func roundingHappensOnceAndInWholeWonWhereThereAreNoDecimals() throws {
        let won = try RateCard(
            "krw", effectiveAt: Self.noon, unit: Amount.Unit(Currency("KRW")),
            meters: [
                Meter("work", .startedSeconds, price: .perUnit(ExactDecimal("0.35")), discount: ExactDecimal("10"))
            ])
        let wanted: [(Int64, Int64)] = [(1, 0), (2, 1), (3, 1), (5, 2), (100, 32), (1000, 315)]
        for (seconds, amount) in wanted {
            #expect(try won.quote([Usage("work", .seconds(seconds))], at: Self.noon).total.steps == amount)
        }
        #expect(throws: LedgerError(.badPricing, "")) {
            try RateCard(
                "krw", effectiveAt: Self.noon, unit: Amount.Unit(Currency("KRW")),
                meters: [Meter("work", price: .flat(.zero), maximum: ExactDecimal("0.5"))])
        }
    }

    @Test func theLinesOfOneJobShareWhatIsFree() throws {
        let meter = Meter(
            "work", free: try FreeQuota(perJob: 3, perPeriod: 4), price: .perUnit(try ExactDecimal("1")))
        let card = try Self.card(meter)
        let quote = try card.quote([Usage("work", 2), Usage("work", 2, step: 1), Usage("work", 9)], at: Self.noon)
        #expect(quote.lines.map(\.freeForJob) == [2, 1, 0])
        #expect(quote.lines.map(\.freeForPeriod) == [0, 1, 3])
        #expect(quote.total.decimalText == "6.00")
        let later = try card.quote([Usage("work", 9)], freeUsed: ["work": 4], at: Self.noon)
        #expect(later.total.decimalText == "6.00")
    }

    @Test func aQuoteSaysWhy() throws {
        let meter = Meter(
            "separation", try .minutes(stepSeconds: 30), free: try FreeQuota(perJob: 60_000_000),
            price: .perUnit(try ExactDecimal("0.333")), discount: try ExactDecimal("10"))
        let quote = try Self.card(meter).quote([Usage("separation", .seconds(200))], at: Self.noon)
        #expect(
            quote.explanation == [
                "separation: 200000000 us count as 3.5 minute; 1 free for the job; 2.5 × 0.333; 10 % off; rounded half up"
                    + " = 0.75 credits.",
                "Total: 0.75 credits.",
            ])
    }

    @Test func whatIsTooLargeIsRefusedAndNeverWraps() throws {
        let dear = try Self.card(
            Meter("work", .startedMinutes, price: .perUnit(ExactDecimal("1000000000000000"))),
            Meter("cheap", .startedMinutes, price: .perUnit(ExactDecimal("0.01"))), scale: 9)
        for quantity in [PricingLimits.quantityMax, PricingLimits.quantityMax - 1, 1 << 52] {
            #expect(throws: LedgerError(.overflow, "")) { try dear.quote([Usage("work", quantity)], at: Self.noon) }
        }
        for quantity in [PricingLimits.quantityMax + 1, .max] {
            #expect(throws: LedgerError(.overflow, "")) { try dear.quote([Usage("cheap", quantity)], at: Self.noon) }
        }
        for quantity in [-1, .min] as [Int64] {
            #expect(throws: LedgerError(.badPricing, "")) { try dear.quote([Usage("cheap", quantity)], at: Self.noon) }
        }
        let century = Usage("cheap", .seconds(100 * 365 * 86_400 / 1000))
        let many = Array(repeating: century, count: 1000)
        #expect(try dear.quote(many, at: Self.noon).total.decimalText == "525600.000000000")
        let most = Array(repeating: Usage("cheap", .seconds(9_000_000_000)), count: 1000)
        #expect(throws: LedgerError(.overflow, "")) { try dear.quote(most, at: Self.noon) }
    }

    @Test func unknownMetersAndEmptyOrLongListsAreRefused() throws {
        let card = try Self.card(Meter("work", price: .flat(.zero)))
        for usages in [[], [Usage("other", 1)], Array(repeating: Usage("work", 1), count: 1001)] {
            #expect(throws: LedgerError(.badPricing, "")) { try card.quote(usages, at: Self.noon) }
        }
    }
}
