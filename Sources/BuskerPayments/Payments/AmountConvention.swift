// How each provider counts money.

public import BuskerCore

/// The way a provider writes sums: which currencies, with how many decimals.
///
/// Sums cross this border once, as `Money`; what a provider's table does not settle is refused rather than guessed.
public struct AmountConvention: Sendable, Hashable {
    private enum Table { case stripe, polar, payPal, square }

    private let table: Table

    private init(_ table: Table) { self.table = table }

    /// Stripe: whole steps; no decimals for fifteen currencies, three for five, two for the króna and all else.
    public static let stripe = AmountConvention(.stripe)
    /// Polar: whole steps; no decimals for the same fifteen currencies, two for all else.
    public static let polar = AmountConvention(.polar)
    /// PayPal: decimal text; no decimals for forint, yen and New Taiwan dollar, two for all else.
    public static let payPal = AmountConvention(.payPal)
    /// Square: whole steps of the currency's own minor unit.
    public static let square = AmountConvention(.square)

    private static let withoutDecimals: Set<String> = [
        "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF",
    ]
    private static let withThreeDecimals: Set<String> = ["BHD", "JOD", "KWD", "OMR", "TND"]

    /// The decimals of the provider's steps; nothing for a currency that is not settled here.
    ///
    /// Published lists disagree about the Ugandan shilling, so it is refused everywhere.
    public func exponent(of currency: Currency) -> Int? {
        let code = currency.code
        switch table {
        case .stripe:
            if code == "ISK" { return 2 }
            if Self.withThreeDecimals.contains(code) { return 3 }
            return Self.withoutDecimals.contains(code) ? 0 : currency.exponent == 2 ? 2 : nil
        case .polar:
            return Self.withoutDecimals.contains(code) ? 0 : currency.exponent == 2 ? 2 : nil
        case .payPal:
            return ["HUF", "JPY", "TWD"].contains(code) ? 0 : currency.exponent == 2 ? 2 : nil
        case .square:
            return [0, 2].contains(currency.exponent) && code != "UGX" ? currency.exponent : nil
        }
    }

    /// The sum that a provider's whole steps mean.
    ///
    /// - Parameters:
    ///   - steps: the provider's number.
    ///   - code: the provider's code of the currency, in either case.
    /// - Throws: `AmountError` with `unknownCurrency`, with `badNumber` when the sum is finer than the currency's minor unit, with
    ///   `overflow`.
    public func money(steps: Int64, code: String) throws(AmountError) -> Money {
        let currency = try Self.currency(code)
        return Money(
            minorUnits: try Self.shift(steps, from: try settled(currency), to: currency.exponent), currency: currency)
    }

    /// The sum that a provider's decimal text means.
    ///
    /// - Throws: `AmountError` with `unknownCurrency`, with `badNumber` when the text is no such number, has more decimals than the
    ///   provider allows or more than 32 characters, with `overflow`.
    public func money(text: String, code: String) throws(AmountError) -> Money {
        guard text.utf8.count <= 32 else { throw AmountError(.badNumber, "The number has more than 32 characters.") }
        let currency = try Self.currency(code)
        let unit = try Amount.Unit(code: currency.code, scale: try settled(currency), kind: .money)
        return try money(steps: try Amount(parsing: text, unit: unit).steps, code: code)
    }

    /// The whole steps to send for a sum.
    ///
    /// - Throws: `AmountError` with `unknownCurrency`, with `badNumber` when the provider cannot take the sum: Stripe wants the last
    ///   of three decimals to be zero and whole krónur.
    public func steps(of money: Money) throws(AmountError) -> Int64 {
        let exponent = try settled(money.currency)
        let steps = try Self.shift(money.minorUnits, from: money.currency.exponent, to: exponent)
        guard exponent < 3 || steps.isMultiple(of: 10) else {
            throw AmountError(.badNumber, "The last of three decimals must be zero; round the price to ten steps.")
        }
        return steps
    }

    /// The decimal text to send for a sum, with all of the provider's decimals.
    ///
    /// - Throws: `AmountError` as ``steps(of:)``.
    public func text(of money: Money) throws(AmountError) -> String {
        let unit = try Amount.Unit(code: money.currency.code, scale: try settled(money.currency), kind: .money)
        return Amount(steps: try steps(of: money), unit: unit).decimalText
    }

    private func settled(_ currency: Currency) throws(AmountError) -> Int {
        guard let exponent = exponent(of: currency) else {
            throw AmountError(.unknownCurrency, "It is not settled how this provider counts \(currency); use another.")
        }
        return exponent
    }

    private static func currency(_ code: String) throws(AmountError) -> Currency {
        guard code.utf8.count == 3 else {
            throw AmountError(.unknownCurrency, "A currency is named by three letters.")
        }
        return try Currency(code.uppercased())
    }

    /// The same sum in steps of another number of decimals, exactly.
    private static func shift(_ steps: Int64, from: Int, to: Int) throws(AmountError) -> Int64 {
        let factor = (0..<abs(to - from)).reduce(Int64(1)) { factor, _ in factor * 10 }
        guard to < from else { return try steps.multiplied(by: factor, dividedBy: 1, rounding: .down) }
        guard steps.isMultiple(of: factor) else {
            throw AmountError(.badNumber, "The sum is finer than the steps it must be counted in.")
        }
        return steps / factor
    }
}
