// Decimal text in and out, never rounded.

import BuskerCore
import TestSupport
import Testing

@Suite struct DecimalTextTests {
    static func unit(_ scale: Int) throws -> Amount.Unit { try Amount.Unit(code: "credits", scale: scale) }

    @Test(
        arguments: [
            (0, 0, "0"), (0, 2, "0.00"), (5, 2, "0.05"), (-5, 2, "-0.05"), (1250, 2, "12.50"), (-100, 2, "-1.00"),
            (7, 9, "0.000000007"), (.max, 0, "9223372036854775807"), (.min, 0, "-9223372036854775808"),
            (.max, 9, "9223372036.854775807"), (.min, 9, "-9223372036.854775808"), (.min, 2, "-92233720368547758.08"),
            (1 << 53 + 1, 3, "9007199254740.993"),
        ] as [(Int64, Int, String)])
    func textShowsEveryDecimal(steps: Int64, scale: Int, text: String) throws {
        let amount = Amount(steps: steps, unit: try Self.unit(scale))
        #expect(amount.decimalText == text)
        #expect(amount.description == "\(text) credits")
        #expect(try Amount(parsing: text, unit: Self.unit(scale)) == amount)
    }

    @Test(
        arguments: [
            ("12.5", 2, 1250), ("12", 2, 1200), ("-12", 9, -12_000_000_000), ("0.1", 1, 1), ("-0", 2, 0),
            ("-0.0", 1, 0),
            ("0", 9, 0), ("10", 0, 10),
        ] as [(String, Int, Int64)])
    func missingDecimalsAreZeros(text: String, scale: Int, steps: Int64) throws {
        #expect(try Amount(parsing: text, unit: Self.unit(scale)).steps == steps)
    }

    @Test(arguments: [
        "", "-", ".", "-.", ".5", "5.", "+5", "--5", "05", "00", "-01", " 5", "5 ", "5\n", "1,5", "1_000", "1.2.3",
        "1e3",
        "0x10", "NaN", "inf", "1.234", "0.000", "5\0", "٥", "５", "5\u{301}", "−5", "1.-5", "5.5-",
    ])
    func whatIsNotANumberOfTheScaleIsRefused(text: String) throws {
        let unit = try Self.unit(2)
        #expect(throws: AmountError(.badNumber, "")) { try Amount(parsing: text, unit: unit) }
        #expect(throws: AmountError(.badNumber, "")) { try Money(parsing: text, currency: .usd) }
    }

    @Test(arguments: [
        ("9223372036854775808", 0), ("-9223372036854775809", 0), ("92233720368547758.08", 2), ("9223372036.9", 9),
        ("10000000000", 9), (String(repeating: "9", count: 100_000), 2),
    ])
    func whatDoesNotFitIsRefused(text: String, scale: Int) throws {
        let unit = try Self.unit(scale)
        #expect(throws: AmountError(.overflow, "")) { try Amount(parsing: text, unit: unit) }
    }

    @Test func wonHaveNoDecimalsAndDinarsThree() throws {
        #expect(try Money(parsing: "1500", currency: .krw).minorUnits == 1500)
        #expect(throws: AmountError(.badNumber, "")) { try Money(parsing: "1500.0", currency: .krw) }
        let dinar = try Money(parsing: "1.5", currency: Currency("BHD"))
        #expect(dinar.minorUnits == 1500)
        #expect(dinar.description == "1.500 BHD")
        #expect(try Money(parsing: "0.0001", currency: Currency("CLF")).minorUnits == 1)
    }

    @Test(arguments: 0...9)
    func textGoesRoundAtEveryScale(scale: Int) throws {
        var random = SeededGenerator(seed: UInt64(scale) + 100)
        let unit = try Self.unit(scale)
        for _ in 0..<500 {
            let amount = Amount(steps: RoundingTests.anyNumber(&random), unit: unit)
            let text = amount.decimalText
            #expect(try Amount(parsing: text, unit: unit) == amount, "scale \(scale): \(text)")
            #expect(text.split(separator: ".").dropFirst().first?.count ?? 0 == scale, "\(text)")
        }
    }

    @Test(arguments: [11, 12, 13] as [UInt64])
    func anyTextIsANumberOrAnError(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let letters = Array("0123456789.-+ e")
        let unit = try Self.unit(3)
        for _ in 0..<4000 {
            let text = String((0..<Int(random.next() % 8)).map { _ in letters[Int(random.next() % 15)] })
            guard let amount = try? Amount(parsing: text, unit: unit) else { continue }
            let exact = try #require(Double(text), "seed \(seed): \(text)")
            #expect((exact * 1000).rounded() == Double(amount.steps), "seed \(seed): \(text)")
        }
    }
}
