// Prices and percentages as exact decimal numbers.

import BuskerCore

/// A decimal number that is never negative and never rounded: a price of `0.0125` or a discount of `12.5` percent.
///
/// At most 9 decimals, and at most 10^15 without the point.
public struct ExactDecimal: Sendable, Hashable, CustomStringConvertible {
    /// Nothing.
    public static let zero = ExactDecimal(normal: 0, scale: 0)

    /// The number without its point.
    public let digits: Int64
    /// How many of the digits stand behind the point; zeros at the end are not kept.
    public let scale: Int

    /// The number `digits × 10^−scale`.
    ///
    /// - Throws: ``LedgerError`` with `badPricing` when it is negative or too long.
    public init(digits: Int64, scale: Int = 0) throws(LedgerError) {
        guard (0...PricingLimits.digitsMax).contains(digits), (0...PricingLimits.decimalsMax).contains(scale) else {
            throw .pricing("A price is not negative, has at most 9 decimals and 10^15 without its point.")
        }
        var digits = digits
        var scale = scale
        while scale > 0, digits.isMultiple(of: 10) {
            digits /= 10
            scale -= 1
        }
        self.init(normal: digits, scale: scale)
    }

    /// Reads a number such as `0.0125`.
    ///
    /// - Throws: ``LedgerError`` with `badPricing` when the text is not such a number.
    public init(_ text: String) throws(LedgerError) {
        let decimals = text.utf8.reversed().prefix { $0 != UInt8(ascii: ".") }.count
        let scale = text.utf8.contains(UInt8(ascii: ".")) ? decimals : 0
        guard text.utf8.count <= 20, scale <= PricingLimits.decimalsMax else {
            throw .pricing("A price has at most 9 decimals and 20 characters.")
        }
        let digits: Int64
        do {
            digits = try DecimalText.steps(text, scale: scale)
        } catch {
            throw .pricing("A price is written like 12 or 0.0125, without signs or spaces.")
        }
        guard text.utf8.first != UInt8(ascii: "-") else {
            throw .pricing("A price is not negative; give a discount instead.")
        }
        try self.init(digits: digits, scale: scale)
    }

    private init(normal digits: Int64, scale: Int) {
        self.digits = digits
        self.scale = scale
    }

    /// The number, without zeros at its end.
    public var description: String { DecimalText.text(digits, scale: scale) }

    /// Whether the number is nothing.
    public var isZero: Bool { digits == 0 }

    /// The number as a fraction.
    var fraction: Fraction {
        get throws(LedgerError) { try Fraction(Int128(digits), over: Fraction.power(ofTen: scale)) }
    }

    /// The number as whole steps of a unit; nothing when the unit is too coarse or the number too large.
    func steps(of unit: Amount.Unit) -> Int64? {
        guard scale <= unit.scale, let factor = Int64(exactly: Fraction.power(ofTen: unit.scale - scale)) else {
            return nil
        }
        let (steps, overflow) = digits.multipliedReportingOverflow(by: factor)
        return overflow ? nil : steps
    }
}

extension LedgerError {
    /// A refusal of something priced wrongly.
    static func pricing(_ detail: String) -> LedgerError { LedgerError(.badPricing, detail) }

    /// A refusal of a sum that is too large.
    static func tooLarge(_ what: String) -> LedgerError {
        LedgerError(.overflow, "\(what) is too large to be counted; use smaller quantities or prices.")
    }
}
