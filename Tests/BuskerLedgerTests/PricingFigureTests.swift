// The figures under prices: decimals, fractions, measures, periods.

import BuskerCore
import BuskerLedger
import TestSupport
import Testing

@Suite struct PricingFigureTests {
    static let refused = LedgerError(.badPricing, "")

    @Test func decimalsAreReadExactly() throws {
        let wanted = [("0", 0, 0), ("0.0125", 125, 4), ("12.50", 125, 1), ("7.000000000", 7, 0), ("100", 100, 0)]
        for (text, digits, scale) in wanted {
            let decimal = try ExactDecimal(text)
            #expect(decimal.digits == Int64(digits))
            #expect(decimal.scale == scale)
            #expect(try ExactDecimal(decimal.description) == decimal)
        }
        #expect(try ExactDecimal("1000000000000000").digits == PricingLimits.digitsMax)
    }

    @Test(arguments: [
        "", ".", "1.", ".5", "-1", "+1", "01", "1e3", " 1", "1,5", "0.0000000001", "1000000000000001",
        "9999999999999999999999",
        "-0", "1.2.3", "\u{661}", "NaN", "0x1",
    ])
    func whatIsNoDecimalIsRefused(text: String) {
        #expect(throws: Self.refused) { try ExactDecimal(text) }
    }

    @Test(arguments: 0..<20)
    func fractionsKeepTheLawsOfArithmetic(seed: UInt64) throws {
        var dice = SeededGenerator(seed: seed)
        func draw() throws -> Fraction {
            try Fraction(
                Int128(Int64.random(in: -2000...2000, using: &dice)),
                over: Int128(Int64.random(in: 1...60, using: &dice)))
        }
        for _ in 0..<100 {
            let (a, b, c) = (try draw(), try draw(), try draw())
            #expect(try a.adding(b) == b.adding(a))
            #expect(try a.multiplied(by: b.adding(c)) == a.multiplied(by: b).adding(a.multiplied(by: c)))
            #expect(try a.subtracting(b).adding(b) == a)
            #expect(try a.exceeds(b) == (a.numerator * b.denominator > b.numerator * a.denominator))
            for rule in Rounding.allCases {
                let wanted = try Int64(a.numerator).multiplied(
                    by: 1, dividedBy: Int64(a.denominator), rounding: rule)
                #expect(try a.rounded(rule) == wanted)
            }
        }
    }

    @Test func fractionsRefuseWhatDoesNotFit() throws {
        let big = try Fraction(Int128.max)
        let tooLarge = LedgerError(.overflow, "")
        #expect(throws: tooLarge) { try big.adding(Fraction(1)) }
        #expect(throws: tooLarge) { try big.multiplied(by: Fraction(2)) }
        #expect(throws: tooLarge) { try big.rounded(.down) }
        #expect(throws: tooLarge) { try Fraction(1, over: 0) }
        #expect(throws: tooLarge) { try Fraction(1, over: -1) }
        #expect(throws: tooLarge) { try Fraction(.min) }
        #expect(throws: tooLarge) { try Fraction(Int128(Int64.max)).rounded(.up) }
        #expect(try big.multiplied(by: Fraction(1, over: Int128.max)) == Fraction(1))
        #expect(try Fraction(0, over: .max) == .zero)
    }

    @Test func measuresCheckTheirFigures() throws {
        #expect(throws: Self.refused) { try Measure("a", base: "b", unit: 0) }
        #expect(throws: Self.refused) { try Measure("a", base: "b", step: -1) }
        #expect(throws: Self.refused) { try Measure("a", base: "b", step: 3, minimum: 4) }
        #expect(throws: Self.refused) { try Measure("", base: "b") }
        #expect(throws: Self.refused) { try Measure.minutes(stepSeconds: 0) }
        #expect(throws: Self.refused) { try Measure.minutes(stepSeconds: .max) }
        let coarse = try Measure("a", base: "b", unit: 1, step: PricingLimits.quantityMax)
        #expect(try coarse.billed(1) == PricingLimits.quantityMax)
        #expect(try Measure.startedMinutes.billed(PricingLimits.quantityMax) >= PricingLimits.quantityMax)
    }

    @Test func durationsCountWhenStarted() {
        #expect(Usage("a", .nanoseconds(1)).quantity == 1)
        #expect(Usage("a", .microseconds(7)).quantity == 7)
        #expect(Usage("a", .seconds(Int64.max)).quantity == .max)
        #expect(Usage("a", .zero - .seconds(1)).quantity == -1_000_000)
    }

    @Test(arguments: [
        (QuotaPeriod.day(), "2027-03-01T00:00:00Z", "2027-03-01T00:00:00Z"),
        (.day(), "2027-02-28T23:59:59.999999Z", "2027-02-28T00:00:00Z"),
        (.day(offsetSeconds: 32_400), "2027-02-28T15:00:00Z", "2027-02-28T15:00:00Z"),
        (.day(offsetSeconds: 32_400), "2027-02-28T14:59:59Z", "2027-02-27T15:00:00Z"),
        (.month(), "2027-03-31T23:59:59.999999Z", "2027-03-01T00:00:00Z"),
        (.month(), "2027-04-01T00:00:00Z", "2027-04-01T00:00:00Z"),
        (.month(), "1969-12-31T23:59:59Z", "1969-12-01T00:00:00Z"),
        (.month(startDay: 31), "2027-02-27T00:00:00Z", "2027-01-31T00:00:00Z"),
        (.month(startDay: 31), "2027-02-28T00:00:00Z", "2027-02-28T00:00:00Z"),
        (.month(startDay: 31), "2028-02-28T00:00:00Z", "2028-01-31T00:00:00Z"),
        (.month(startDay: 30), "2028-02-29T12:00:00Z", "2028-02-29T00:00:00Z"),
        (.month(startDay: 15), "2027-01-14T00:00:00Z", "2026-12-15T00:00:00Z"),
        (.month(startDay: 15, offsetSeconds: -3600), "2027-01-15T00:30:00Z", "2026-12-15T01:00:00Z"),
        (
            .interval(anchor: Timestamp(microseconds: 0), seconds: 604_800), "1970-01-08T00:00:00Z",
            "1970-01-08T00:00:00Z"
        ),
        (
            .interval(anchor: Timestamp(microseconds: 0), seconds: 604_800), "1969-12-31T23:00:00Z",
            "1969-12-25T00:00:00Z"
        ),
    ])
    func periodsBeginWhereTheyShould(period: QuotaPeriod, instant: String, start: String) throws {
        let found = period.start(at: try Timestamp(iso8601: instant))
        #expect(found == (try Timestamp(iso8601: start)))
    }

    @Test(arguments: [
        QuotaPeriod.day(), .day(offsetSeconds: -64_800), .month(), .month(startDay: 31, offsetSeconds: 64_800),
        .interval(anchor: Timestamp(microseconds: .max), seconds: 1),
        .interval(anchor: Timestamp(microseconds: .min), seconds: 3_153_600_000),
    ])
    func periodsHoldAtTheEndsOfTime(period: QuotaPeriod) {
        for instant in [Int64.min, .min + 1, -1, 0, 1, .max - 1, .max].map(Timestamp.init(microseconds:)) {
            let start = period.start(at: instant)
            #expect(start <= instant || instant.microseconds <= .min + 64_800_000_000)
            #expect(period.start(at: start) == start || start.microseconds == .min)
        }
    }

    @Test func aPeriodStaysTheSameUntilTheNextBegins() {
        var dice = SeededGenerator(seed: 7)
        let periods: [QuotaPeriod] = [
            .day(offsetSeconds: 5400), .month(startDay: 29),
            .interval(anchor: Timestamp(microseconds: 77), seconds: 5000),
        ]
        for period in periods {
            for _ in 0..<300 {
                let a = Timestamp(
                    microseconds: Int64.random(in: -4_000_000_000_000_000...4_000_000_000_000_000, using: &dice))
                let b = a.advanced(byMicroseconds: Int64.random(in: 0...90_000_000_000, using: &dice))
                let (first, second) = (period.start(at: a), period.start(at: b))
                #expect(first <= a)
                #expect(first == second || second > a)
            }
        }
    }

    @Test func badPeriodsAreRefused() {
        let wrong: [QuotaPeriod] = [
            .day(offsetSeconds: 64_801), .month(startDay: 0), .month(startDay: 32), .month(offsetSeconds: .min),
            .interval(anchor: Timestamp(microseconds: 0), seconds: 0),
            .interval(anchor: Timestamp(microseconds: 0), seconds: .max),
        ]
        for period in wrong { #expect(throws: Self.refused) { try FreeQuota(perPeriod: 1, period: period) } }
        #expect(throws: Self.refused) { try FreeQuota(perJob: -1) }
    }
}
