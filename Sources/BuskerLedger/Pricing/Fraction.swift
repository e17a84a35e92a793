// Exact fractions of 128 bits, for sums that are rounded once.

public import BuskerCore

/// An exact fraction in lowest terms, with a denominator above zero.
public struct Fraction: Sendable, Hashable, CustomStringConvertible {
    /// Nothing.
    public static let zero = Fraction(lowest: 0, 1)

    /// What stands above the line.
    public let numerator: Int128
    /// What stands below the line, at least one.
    public let denominator: Int128

    /// The fraction in lowest terms.
    ///
    /// - Throws: ``LedgerError`` with `overflow` when the denominator is not above zero.
    public init(_ numerator: Int128, over denominator: Int128 = 1) throws(LedgerError) {
        guard denominator > 0, numerator > .min else { throw .tooLarge("The fraction") }
        let divisor = Self.commonDivisor(numerator.magnitude, denominator.magnitude)
        self.init(lowest: numerator / divisor, denominator / divisor)
    }

    private init(lowest numerator: Int128, _ denominator: Int128) {
        self.numerator = numerator
        self.denominator = denominator
    }

    /// The sum.
    ///
    /// - Throws: ``LedgerError`` with `overflow` when it leaves 128 bits.
    public func adding(_ other: Fraction) throws(LedgerError) -> Fraction {
        let common = Self.commonDivisor(denominator.magnitude, other.denominator.magnitude)
        let left = try Self.product(numerator, other.denominator / common)
        let right = try Self.product(other.numerator, denominator / common)
        let (sum, overflow) = left.addingReportingOverflow(right)
        guard !overflow else { throw .tooLarge("The price") }
        return try Fraction(sum, over: try Self.product(denominator, other.denominator / common))
    }

    /// The difference.
    ///
    /// - Throws: ``LedgerError`` with `overflow` when it leaves 128 bits.
    public func subtracting(_ other: Fraction) throws(LedgerError) -> Fraction {
        try adding(Fraction(lowest: -other.numerator, other.denominator))
    }

    /// The product; common factors are taken out first, so that only what is really too large is refused.
    ///
    /// - Throws: ``LedgerError`` with `overflow` when it leaves 128 bits.
    public func multiplied(by other: Fraction) throws(LedgerError) -> Fraction {
        let first = Self.commonDivisor(numerator.magnitude, other.denominator.magnitude)
        let second = Self.commonDivisor(other.numerator.magnitude, denominator.magnitude)
        return Fraction(
            lowest: try Self.product(numerator / first, other.numerator / second),
            try Self.product(denominator / second, other.denominator / first))
    }

    /// Whether this is more than another fraction.
    ///
    /// - Throws: ``LedgerError`` with `overflow` when the two cannot be compared in 128 bits.
    public func exceeds(_ other: Fraction) throws(LedgerError) -> Bool { try subtracting(other).numerator > 0 }

    /// The nearest whole number by a rule.
    ///
    /// - Throws: ``LedgerError`` with `overflow` when it does not fit into 64 bits.
    public func rounded(_ rule: Rounding) throws(LedgerError) -> Int64 {
        let (quotient, rest) = numerator.magnitude.quotientAndRemainder(dividingBy: denominator.magnitude)
        let missing = denominator.magnitude - rest
        let raises =
            switch rule {
            case .up: rest > 0
            case .down: false
            case .halfUp: rest >= missing
            case .halfEven: rest > missing || rest == missing && !quotient.isMultiple(of: 2)
            }
        guard let magnitude = Int64(exactly: quotient), magnitude < .max else { throw .tooLarge("The price") }
        let whole = raises ? magnitude + 1 : magnitude
        return numerator < 0 ? -whole : whole
    }

    /// The whole number, or the two numbers with a line between them, such as `10/3`.
    public var description: String { denominator == 1 ? "\(numerator)" : "\(numerator)/\(denominator)" }

    /// 10 to the power of 0...38.
    static func power(ofTen exponent: Int) -> Int128 {
        var power: Int128 = 1
        for _ in 0..<min(max(exponent, 0), 38) { power *= 10 }
        return power
    }

    private static func product(_ a: Int128, _ b: Int128) throws(LedgerError) -> Int128 {
        let (product, overflow) = a.multipliedReportingOverflow(by: b)
        guard !overflow, product > .min else { throw .tooLarge("The price") }
        return product
    }

    /// The largest number that divides both; 1 where both are zero.
    ///
    /// One of the two always comes from above zero.
    private static func commonDivisor(_ a: UInt128, _ b: UInt128) -> Int128 {
        var (a, b) = (a, b)
        while b != 0 { (a, b) = (b, a % b) }
        return Int128(exactly: a).map { max($0, 1) } ?? 1
    }
}
