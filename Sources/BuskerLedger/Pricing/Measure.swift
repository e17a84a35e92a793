// How what was used becomes what is billed.

public import BuskerCore

/// How a quantity is counted: in which base units it arrives, how many of them make the unit that has a price, and to which
/// step it is rounded.
///
/// Quantities stay whole numbers of base units throughout. A started minute: base `us`, unit and step 60,000,000, rounded up.
/// Half minutes, the same with a step of 30,000,000: 70 s are billed as 1.5 minutes.
public struct Measure: Sendable, Hashable {
    /// What the priced unit is called, such as `minute`.
    ///
    /// 1 to 50 bytes.
    public let name: String
    /// What the base unit is called, such as `us`.
    ///
    /// 1 to 50 bytes.
    public let base: String
    /// Base units in one priced unit, at least 1.
    public let unit: Int64
    /// The base units to whose multiples quantities are rounded, at least 1.
    public let step: Int64
    /// How they are rounded.
    public let rounding: Rounding
    /// The least that is billed for one use, in base units and a multiple of the step; it holds for a use of 0 too.
    public let minimum: Int64

    /// Makes a measure.
    ///
    /// - Throws: ``LedgerError`` with `badPricing` when a figure is out of its range.
    public init(
        _ name: String, base: String, unit: Int64 = 1, step: Int64? = nil, rounding: Rounding = .up, minimum: Int64 = 0
    ) throws(LedgerError) {
        let step = step ?? unit
        let range = 1...PricingLimits.quantityMax
        guard NameRule.holds(name, bytesMax: 50), NameRule.holds(base, bytesMax: 50) else {
            throw .pricing("A measure and its base unit are named by 1 to 50 bytes without control characters.")
        }
        guard range.contains(unit), range.contains(step) else {
            throw .pricing("The unit and the step of a measure are at least 1 base unit.")
        }
        guard (0...PricingLimits.quantityMax).contains(minimum), minimum.isMultiple(of: step) else {
            throw .pricing("The minimum of a measure is a multiple of its step.")
        }
        self.init(checked: name, base: base, unit: unit, step: step, rounding: rounding, minimum: minimum)
    }

    private init(checked name: String, base: String, unit: Int64, step: Int64, rounding: Rounding, minimum: Int64) {
        self.name = name
        self.base = base
        self.unit = unit
        self.step = step
        self.rounding = rounding
        self.minimum = minimum
    }

    /// Whole jobs.
    public static let jobs = Measure(checked: "job", base: "job", unit: 1, step: 1, rounding: .up, minimum: 0)
    /// Started minutes of a duration.
    public static let startedMinutes = Measure(
        checked: "minute", base: "us", unit: 60_000_000, step: 60_000_000, rounding: .up, minimum: 0)
    /// Started seconds of a duration.
    public static let startedSeconds = Measure(
        checked: "second", base: "us", unit: 1_000_000, step: 1_000_000, rounding: .up, minimum: 0)

    /// Minutes of a duration, rounded to a number of seconds; at least so many seconds for each use.
    ///
    /// - Throws: ``LedgerError`` with `badPricing` when the minimum is not a multiple of the step.
    public static func minutes(
        stepSeconds: Int64 = 60, rounding: Rounding = .up, minimumSeconds: Int64 = 0
    ) throws(LedgerError) -> Measure {
        let most = PricingLimits.quantityMax / 1_000_000
        guard (1...most).contains(stepSeconds), (0...most).contains(minimumSeconds) else {
            throw .pricing("The step of a measure is at least one second.")
        }
        return try Measure(
            "minute", base: "us", unit: 60_000_000, step: stepSeconds * 1_000_000, rounding: rounding,
            minimum: minimumSeconds * 1_000_000)
    }

    /// What is billed of a quantity, in base units: rounded to the step, then at least the minimum.
    ///
    /// - Throws: ``LedgerError`` with `badPricing` when the quantity is negative, with `overflow` when it is too large.
    public func billed(_ quantity: Int64) throws(LedgerError) -> Int64 {
        guard quantity >= 0 else { throw .pricing("A quantity of \(base) is not negative.") }
        guard quantity <= PricingLimits.quantityMax else { throw .tooLarge("The quantity of \(base)") }
        let count = try Fraction(Int128(quantity), over: Int128(step)).rounded(rounding)
        let (rounded, overflow) = count.multipliedReportingOverflow(by: step)
        guard !overflow else { throw .tooLarge("The quantity of \(base)") }
        return max(rounded, minimum)
    }

    /// A quantity of base units as a number of priced units, such as `1.5` or `1/3`.
    func text(_ quantity: Int64) -> String {
        let (whole, rest) = quantity.quotientAndRemainder(dividingBy: unit)
        if rest == 0 { return "\(whole)" }
        var decimals = 0
        var factor: Int64 = 1
        while decimals < 6 {
            decimals += 1
            factor *= 10
            let scaled = Int128(rest) * Int128(factor)
            if scaled % Int128(unit) == 0 {
                let steps = Int128(whole) * Int128(factor) + scaled / Int128(unit)
                if let steps = Int64(exactly: steps) { return DecimalText.text(steps, scale: decimals) }
            }
        }
        return "\(quantity)/\(unit)"
    }
}

/// What was used of one meter.
public struct Usage: Sendable, Hashable {
    /// The name of the meter on the card.
    public var meter: String
    /// How much, in the base units of the meter's measure: 0 to 2^53 − 1.
    public var quantity: Int64
    /// Which step of the job it was, for the host's own eyes; 0 where there is only one.
    public var step: Int64

    /// A quantity of base units.
    public init(_ meter: String, _ quantity: Int64, step: Int64 = 0) {
        self.meter = meter
        self.quantity = quantity
        self.step = step
    }

    /// A duration, in microseconds; a started one counts.
    public init(_ meter: String, _ duration: Duration, step: Int64 = 0) {
        let whole = duration.microseconds64
        let isStarted = Duration.microseconds(whole) < duration && whole < .max
        self.init(meter, isStarted ? whole + 1 : whole, step: step)
    }
}
