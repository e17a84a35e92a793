// A sum of money, exact to the minor unit.

/// A whole number of a currency's minor units: 1250 of USD are 12.50 dollars, 1250 of JPY are 1250 yen.
///
/// Arithmetic is exact and checked: it throws where it would overflow or mix currencies, and never uses floating point.
public struct Money: Sendable, Hashable, CustomStringConvertible {
    /// The number of minor units, such as cents.
    public let minorUnits: Int64
    /// The currency.
    public let currency: Currency

    /// Makes a sum.
    public init(minorUnits: Int64, currency: Currency) {
        self.minorUnits = minorUnits
        self.currency = currency
    }

    /// Reads a decimal number such as `12.50`; fewer decimals than the currency has are filled with zeros.
    ///
    /// - Throws: ``AmountError`` with `badNumber` when the text is not such a number or has more decimals than the currency,
    ///   with `overflow` when it does not fit.
    public init(parsing text: String, currency: Currency) throws(AmountError) {
        self.init(minorUnits: try DecimalText.steps(text, scale: currency.exponent), currency: currency)
    }

    /// The number with all decimals of the currency, such as `12.50`.
    public var decimalText: String { DecimalText.text(minorUnits, scale: currency.exponent) }

    /// The same sum as an amount of the currency's unit.
    public var amount: Amount { Amount(steps: minorUnits, unit: Amount.Unit(currency)) }

    /// The number and the currency, such as `12.50 USD`.
    public var description: String { "\(decimalText) \(currency)" }

    /// The sum.
    ///
    /// - Throws: ``AmountError`` with `unitMismatch` or `overflow`.
    public func adding(_ other: Money) throws(AmountError) -> Money {
        try matching(other)
        return Money(minorUnits: try minorUnits.checkedSum(other.minorUnits), currency: currency)
    }

    /// The difference; it may be negative.
    ///
    /// - Throws: ``AmountError`` with `unitMismatch` or `overflow`.
    public func subtracting(_ other: Money) throws(AmountError) -> Money {
        try matching(other)
        return Money(minorUnits: try minorUnits.checkedDifference(other.minorUnits), currency: currency)
    }

    /// The product with a whole number.
    ///
    /// - Throws: ``AmountError`` with `overflow`.
    public func multiplied(by factor: Int64) throws(AmountError) -> Money {
        Money(minorUnits: try minorUnits.checkedProduct(factor), currency: currency)
    }

    /// `self × factor ÷ divisor`, rounded once to a whole minor unit.
    ///
    /// - Throws: ``AmountError`` with `overflow` when the divisor is zero or the result does not fit.
    public func multiplied(by factor: Int64, dividedBy divisor: Int64, rounding: Rounding) throws(AmountError)
        -> Money
    {
        Money(
            minorUnits: try minorUnits.multiplied(by: factor, dividedBy: divisor, rounding: rounding),
            currency: currency)
    }

    /// Whether this is less than another sum.
    ///
    /// - Throws: ``AmountError`` with `unitMismatch`.
    public func isLess(than other: Money) throws(AmountError) -> Bool {
        try matching(other)
        return minorUnits < other.minorUnits
    }

    /// Equal parts that sum to the whole: they differ by at most one minor unit, the larger ones first.
    ///
    /// - Throws: ``AmountError`` with `badSplit` when `count` is not in 1...65,536.
    public func split(into count: Int) throws(AmountError) -> [Money] {
        try Split.equal(minorUnits, into: count).map { Money(minorUnits: $0, currency: currency) }
    }

    /// Parts in proportion to weights that sum to the whole; each is less than one minor unit from its exact share.
    ///
    /// What rounding leaves over goes to the parts with the largest fractions, of equal ones to the earlier.
    ///
    /// - Throws: ``AmountError`` with `badSplit` when there are none or more than 65,536 weights, one is negative, all are
    ///   zero or their sum does not fit into 64 bits.
    public func split(by weights: [Int64]) throws(AmountError) -> [Money] {
        try Split.proportional(minorUnits, by: weights).map { Money(minorUnits: $0, currency: currency) }
    }

    private func matching(_ other: Money) throws(AmountError) {
        guard currency == other.currency else {
            throw AmountError(
                .unitMismatch, "\(currency) and \(other.currency) do not go together; exchange one first.")
        }
    }
}
