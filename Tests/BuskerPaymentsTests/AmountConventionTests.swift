// How each provider counts money.

import BuskerCore
import BuskerPayments
import Testing

@Suite struct AmountConventionTests {
    @Test(arguments: [
        ("BIF", 0), ("CLP", 0), ("DJF", 0), ("GNF", 0), ("JPY", 0), ("KMF", 0), ("KRW", 0), ("MGA", 0), ("PYG", 0),
        ("RWF", 0), ("VND", 0), ("VUV", 0), ("XAF", 0), ("XOF", 0), ("XPF", 0), ("BHD", 3), ("JOD", 3), ("KWD", 3),
        ("OMR", 3), ("TND", 3), ("ISK", 2), ("HUF", 2), ("TWD", 2), ("USD", 2), ("EUR", 2),
    ])
    func stripeCountsAsItsListsSay(code: String, exponent: Int) throws {
        let currency = try Currency(code)
        #expect(AmountConvention.stripe.exponent(of: currency) == exponent)
        let whole = try Money(parsing: "10", currency: currency)
        let steps = [0: Int64(10), 2: 1000, 3: 10_000][exponent]
        #expect(try AmountConvention.stripe.steps(of: whole) == steps)
        #expect(try AmountConvention.stripe.money(steps: steps ?? 0, code: code.lowercased()) == whole)
    }

    @Test(arguments: [AmountConvention.stripe, .polar, .payPal, .square])
    func whatIsNotSettledIsRefused(convention: AmountConvention) throws {
        for code in ["UGX", "CLF", "LYD"] {
            #expect(convention.exponent(of: try Currency(code)) == nil)
            #expect(throws: AmountError(.unknownCurrency, "")) { try convention.money(steps: 100, code: code) }
        }
        for code in ["", "us", "usdx", "ZZZ", "ＵＳＤ", "ﬀ1"] {
            #expect(throws: AmountError(.unknownCurrency, "")) { try convention.money(steps: 100, code: code) }
        }
    }

    @Test func kronurGoInHundredthsAndComeBackWhole() throws {
        #expect(try AmountConvention.stripe.steps(of: Money(minorUnits: 5, currency: try Currency("ISK"))) == 500)
        #expect(try AmountConvention.stripe.money(steps: 500, code: "isk").minorUnits == 5)
        #expect(throws: AmountError(.badNumber, "")) { try AmountConvention.stripe.money(steps: 505, code: "isk") }
    }

    @Test func theLastOfThreeDecimalsMustBeZero() throws {
        let dinar = try Currency("KWD")
        #expect(try AmountConvention.stripe.steps(of: Money(minorUnits: 1230, currency: dinar)) == 1230)
        #expect(throws: AmountError(.badNumber, "")) {
            try AmountConvention.stripe.steps(of: Money(minorUnits: 1234, currency: dinar))
        }
        #expect(AmountConvention.polar.exponent(of: dinar) == nil)
    }

    @Test func ariaryHaveDecimalsOnPaperOnly() throws {
        let ariary = try Currency("MGA")
        #expect(try AmountConvention.stripe.money(steps: 7, code: "mga") == Money(minorUnits: 700, currency: ariary))
        #expect(throws: AmountError(.badNumber, "")) {
            try AmountConvention.stripe.steps(of: Money(minorUnits: 701, currency: ariary))
        }
    }

    @Test(arguments: [
        ("USD", "10.00", 1000), ("USD", "10", 1000), ("USD", "0.01", 1), ("JPY", "1000", 1000),
        ("HUF", "3000", 300_000),
    ])
    func payPalsTextIsExact(code: String, text: String, minorUnits: Int64) throws {
        let money = try AmountConvention.payPal.money(text: text, code: code)
        #expect(money == Money(minorUnits: minorUnits, currency: try Currency(code)))
        let again = try AmountConvention.payPal.text(of: money)
        #expect(try AmountConvention.payPal.money(text: again, code: code) == money)
    }

    @Test(arguments: [
        ("USD", "10.001"), ("USD", "1e3"), ("USD", " 10"), ("USD", "+10"), ("USD", "10,00"), ("USD", ""),
        ("JPY", "10.00"),
        ("HUF", "1.5"), ("USD", "00000000000000000000000000000000010"), ("TWD", "1.00"),
    ])
    func otherTextIsRefused(code: String, text: String) {
        #expect(throws: AmountError(.badNumber, "")) { try AmountConvention.payPal.money(text: text, code: code) }
    }

    @Test func textsHaveTheDecimalsOfTheProvider() throws {
        #expect(try AmountConvention.payPal.text(of: Money(minorUnits: 1000, currency: .usd)) == "10.00")
        #expect(
            try AmountConvention.payPal.text(of: Money(minorUnits: 300_000, currency: try Currency("HUF"))) == "3000")
        #expect(throws: AmountError(.badNumber, "")) {
            try AmountConvention.payPal.text(of: Money(minorUnits: 300_050, currency: try Currency("HUF")))
        }
    }

    @Test func largeSumsOverflowWithAnError() {
        #expect(throws: AmountError(.overflow, "")) { try AmountConvention.stripe.money(steps: .max, code: "mga") }
        #expect(throws: AmountError(.overflow, "")) {
            try AmountConvention.stripe.steps(of: Money(minorUnits: .max, currency: try Currency("ISK")))
        }
    }
}
