// Sums, differences and comparisons that refuse to be wrong.

import BuskerCore
import Testing

@Suite struct AmountTests {
    static let credits = Result { try Amount.Unit(code: "credits", scale: 2) }

    static func amount(_ steps: Int64) throws -> Amount { Amount(steps: steps, unit: try credits.get()) }

    @Test(
        arguments: [
            (0, 0, 0), (1, -1, 0), (.max, 0, .max), (.max - 1, 1, .max), (.min, 0, .min), (.min, .max, -1),
            (1 << 53, 1, 1 << 53 + 1), (1 << 62, (1 << 62) - 1, .max),
        ] as [(Int64, Int64, Int64)])
    func sumsAreExact(a: Int64, b: Int64, sum: Int64) throws {
        #expect(try Self.amount(a).adding(try Self.amount(b)) == Self.amount(sum))
        #expect(try Self.amount(sum).subtracting(try Self.amount(b)) == Self.amount(a))
        #expect(try Money(minorUnits: a, currency: .usd).adding(Money(minorUnits: b, currency: .usd)).minorUnits == sum)
    }

    @Test(arguments: [(.max, 1), (.min, -1), (1 << 62, 1 << 62), (.min, .min), (.max, .max)] as [(Int64, Int64)])
    func sumsThatDoNotFitAreRefused(a: Int64, b: Int64) throws {
        let (amount, other) = (try Self.amount(a), try Self.amount(b))
        #expect(throws: AmountError(.overflow, "")) { try amount.adding(other) }
        let (money, more) = (Money(minorUnits: a, currency: .jpy), Money(minorUnits: b, currency: .jpy))
        #expect(throws: AmountError(.overflow, "")) { try money.adding(more) }
    }

    @Test(arguments: [(.min, 1), (.max, -1), (0, .min), (-2, .max)] as [(Int64, Int64)])
    func differencesThatDoNotFitAreRefused(a: Int64, b: Int64) throws {
        let (amount, other) = (try Self.amount(a), try Self.amount(b))
        #expect(throws: AmountError(.overflow, "")) { try amount.subtracting(other) }
        let (money, less) = (Money(minorUnits: a, currency: .jpy), Money(minorUnits: b, currency: .jpy))
        #expect(throws: AmountError(.overflow, "")) { try money.subtracting(less) }
    }

    @Test func productsAreExactOrRefused() throws {
        #expect(try Self.amount(1 << 31).multiplied(by: 1 << 31).steps == 1 << 62)
        #expect(try Self.amount(.min).multiplied(by: 1).steps == .min)
        #expect(try Money(minorUnits: 1999, currency: .usd).multiplied(by: 3).minorUnits == 5997)
        let (big, least) = (try Self.amount(1 << 32), try Self.amount(.min))
        #expect(throws: AmountError(.overflow, "")) { try big.multiplied(by: 1 << 31) }
        #expect(throws: AmountError(.overflow, "")) { try least.multiplied(by: -1) }
        #expect(throws: AmountError(.overflow, "")) { try big.multiplied(by: 1, dividedBy: 0, rounding: .down) }
        #expect(try Self.amount(1000).multiplied(by: 1, dividedBy: 3, rounding: .up).steps == 334)
        let price = Money(minorUnits: 1250, currency: .usd)
        #expect(try price.multiplied(by: 19, dividedBy: 100, rounding: .halfUp).minorUnits == 238)
        #expect(try price.multiplied(by: 19, dividedBy: 100, rounding: .halfEven).minorUnits == 238)
    }

    @Test func amountsOfDifferentUnitsDoNotMix() throws {
        let mine = try Self.amount(1)
        for other in [
            try Amount.Unit(code: "credits", scale: 3), try Amount.Unit(code: "Credits", scale: 2),
            try Amount.Unit(code: "credits", scale: 2, kind: .money), Amount.Unit(.usd),
        ] {
            let amount = Amount(steps: 1, unit: other)
            #expect(throws: AmountError(.unitMismatch, "")) { try mine.adding(amount) }
            #expect(throws: AmountError(.unitMismatch, "")) { try mine.subtracting(amount) }
            #expect(throws: AmountError(.unitMismatch, "")) { try mine.isLess(than: amount) }
            #expect(mine != amount)
        }
    }

    @Test func sumsOfDifferentCurrenciesDoNotMix() throws {
        let (dollars, yen) = (Money(minorUnits: 1, currency: .usd), Money(minorUnits: 1, currency: .jpy))
        #expect(throws: AmountError(.unitMismatch, "")) { try dollars.adding(yen) }
        #expect(throws: AmountError(.unitMismatch, "")) { try dollars.subtracting(yen) }
        #expect(throws: AmountError(.unitMismatch, "")) { try dollars.isLess(than: yen) }
        #expect(dollars != yen)
    }

    @Test func lessIsByTheSteps() throws {
        #expect(try Self.amount(.min).isLess(than: Self.amount(.max)))
        #expect(try !Self.amount(1).isLess(than: Self.amount(1)))
        #expect(try !Money(minorUnits: 0, currency: .eur).isLess(than: Money(minorUnits: -1, currency: .eur)))
    }

    @Test(arguments: ["", "ä", "a b", "a\n", "a/b", "\u{212A}", String(repeating: "a", count: 33), "a\0"])
    func codesOutsideTheRangeAreRefused(code: String) {
        #expect(throws: AmountError(.badUnit, "")) { try Amount.Unit(code: code, scale: 2) }
    }

    @Test(arguments: ["a", "USD", "gpu.seconds_v2-x", String(repeating: "Z", count: 32)], [0, 9])
    func codesWithinTheRangeAreTaken(code: String, scale: Int) throws {
        let unit = try Amount.Unit(code: code, scale: scale, kind: .money)
        #expect((unit.code, unit.scale, unit.kind) == (code, scale, .money))
    }

    @Test(arguments: [-1, 10, Int.min, Int.max])
    func scalesOutsideTheRangeAreRefused(scale: Int) {
        #expect(throws: AmountError(.badUnit, "")) { try Amount.Unit(code: "credits", scale: scale) }
    }

    @Test func moneyIsAnAmountOfItsCurrency() throws {
        let amount = Money(minorUnits: 990, currency: .krw).amount
        #expect(amount == Amount(steps: 990, unit: try Amount.Unit(code: "KRW", scale: 0, kind: .money)))
        #expect(amount.description == "990 KRW")
    }

    @Test func errorsAreToldByTheirCode() {
        let error = AmountError(.unitMismatch, "These do not go together.")
        #expect(error.description == "unit_mismatch: These do not go together.")
        #expect(error != AmountError(.overflow, error.detail))
    }
}
