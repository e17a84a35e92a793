// A quantity of credits or money, exact to the step.

/// A whole number of steps of a unit: 1250 steps of a unit with two decimals are 12.50.
///
/// Arithmetic is exact and checked: it throws where it would overflow or mix units, and never uses floating point.
public struct Amount: Sendable, Hashable, CustomStringConvertible {
    /// The number of steps; one step is 10^−scale of the unit.
    public let steps: Int64
    /// What is counted.
    public let unit: Unit

    /// Makes an amount.
    public init(steps: Int64, unit: Unit) {
        self.steps = steps
        self.unit = unit
    }

    /// Reads a decimal number such as `12.50`; fewer decimals than the scale are filled with zeros.
    ///
    /// - Throws: ``AmountError`` with `badNumber` when the text is not such a number or has more decimals than the unit,
    ///   with `overflow` when it does not fit.
    public init(parsing text: String, unit: Unit) throws(AmountError) {
        self.init(steps: try DecimalText.steps(text, scale: unit.scale), unit: unit)
    }

    /// The number with all decimals of the unit, such as `12.50`.
    public var decimalText: String { DecimalText.text(steps, scale: unit.scale) }

    /// The number and the unit, such as `12.50 credits`.
    public var description: String { "\(decimalText) \(unit)" }

    /// The sum.
    ///
    /// - Throws: ``AmountError`` with `unitMismatch` or `overflow`.
    public func adding(_ other: Amount) throws(AmountError) -> Amount {
        try matching(other)
        return Amount(steps: try steps.checkedSum(other.steps), unit: unit)
    }

    /// The difference; it may be negative.
    ///
    /// - Throws: ``AmountError`` with `unitMismatch` or `overflow`.
    public func subtracting(_ other: Amount) throws(AmountError) -> Amount {
        try matching(other)
        return Amount(steps: try steps.checkedDifference(other.steps), unit: unit)
    }

    /// The product with a whole number.
    ///
    /// - Throws: ``AmountError`` with `overflow`.
    public func multiplied(by factor: Int64) throws(AmountError) -> Amount {
        Amount(steps: try steps.checkedProduct(factor), unit: unit)
    }

    /// `self × factor ÷ divisor`, rounded once to a whole step.
    ///
    /// - Throws: ``AmountError`` with `overflow` when the divisor is zero or the result does not fit.
    public func multiplied(by factor: Int64, dividedBy divisor: Int64, rounding: Rounding) throws(AmountError)
        -> Amount
    {
        Amount(steps: try steps.multiplied(by: factor, dividedBy: divisor, rounding: rounding), unit: unit)
    }

    /// Whether this is less than another amount.
    ///
    /// - Throws: ``AmountError`` with `unitMismatch`.
    public func isLess(than other: Amount) throws(AmountError) -> Bool {
        try matching(other)
        return steps < other.steps
    }

    /// Equal parts that sum to the whole: they differ by at most one step, the larger ones first.
    ///
    /// - Throws: ``AmountError`` with `badSplit` when `count` is not in 1...65,536.
    public func split(into count: Int) throws(AmountError) -> [Amount] {
        try Split.equal(steps, into: count).map { Amount(steps: $0, unit: unit) }
    }

    /// Parts in proportion to weights that sum to the whole; each is less than one step from its exact share.
    ///
    /// What rounding leaves over goes to the parts with the largest fractions, of equal ones to the earlier.
    ///
    /// - Throws: ``AmountError`` with `badSplit` when there are none or more than 65,536 weights, one is negative, all are
    ///   zero or their sum does not fit into 64 bits.
    public func split(by weights: [Int64]) throws(AmountError) -> [Amount] {
        try Split.proportional(steps, by: weights).map { Amount(steps: $0, unit: unit) }
    }

    private func matching(_ other: Amount) throws(AmountError) {
        guard unit == other.unit else {
            throw AmountError(
                .unitMismatch,
                "\(unit) with \(unit.scale) decimals and \(other.unit) with \(other.unit.scale) do not go together.")
        }
    }
}
