// Exact multiplication and division with a named rounding.

/// What becomes of the fraction when whole numbers are divided; every rule treats both signs alike.
public enum Rounding: String, Sendable, Hashable, CaseIterable {
    /// Away from zero: 1.1 becomes 2, −1.1 becomes −2.
    case up
    /// Towards zero: 1.9 becomes 1, −1.9 becomes −1.
    case down
    /// To the nearest, exact halves away from zero: 2.5 becomes 3, −2.5 becomes −3.
    case halfUp
    /// To the nearest, exact halves to the even neighbour: 2.5 becomes 2, 3.5 becomes 4.
    case halfEven
}

extension Int64 {
    /// `self × factor ÷ divisor`, rounded once; the product in between has 128 bits.
    ///
    /// - Throws: ``AmountError`` with `overflow` when the divisor is zero or the result does not fit.
    public func multiplied(by factor: Int64, dividedBy divisor: Int64, rounding: Rounding) throws(AmountError) -> Int64
    {
        guard divisor != 0 else { throw AmountError(.overflow, "A number cannot be divided by zero.") }
        let product = magnitude.multipliedFullWidth(by: factor.magnitude)
        guard product.high < divisor.magnitude else { throw .tooLarge }
        let (quotient, rest) = divisor.magnitude.dividingFullWidth(product)
        let negative = (self < 0) != ((factor < 0) != (divisor < 0))
        guard rounding.raises(quotient, rest: rest, of: divisor.magnitude) else {
            return try Int64(magnitude: quotient, negative: negative)
        }
        let (raised, overflow) = quotient.addingReportingOverflow(1)
        guard !overflow else { throw .tooLarge }
        return try Int64(magnitude: raised, negative: negative)
    }

    /// The number with this magnitude and sign.
    init(magnitude: UInt64, negative: Bool) throws(AmountError) {
        if negative, magnitude == Int64.min.magnitude {
            self = .min
            return
        }
        guard let value = Int64(exactly: magnitude) else { throw .tooLarge }
        self = negative ? -value : value
    }
}

extension Rounding {
    /// Whether a magnitude with a rest goes to the next one.
    func raises(_ quotient: UInt64, rest: UInt64, of divisor: UInt64) -> Bool {
        let missing = divisor - rest
        return switch self {
        case .up: rest > 0
        case .down: false
        case .halfUp: rest >= missing
        case .halfEven: rest > missing || rest == missing && !quotient.isMultiple(of: 2)
        }
    }
}

extension AmountError {
    static let tooLarge = AmountError(.overflow, "The result does not fit into 64 bits; use smaller numbers.")
}
