// One thing on a rate card that has a price.

import BuskerCore

/// One thing that has a price: how it is counted, what of it is free, what the rest costs, and within which bounds.
///
/// The order is fixed: the measure converts and rounds the quantity; what is free is taken off; the tiers price the rest; the
/// discount is taken off; then the maximum, then the minimum; and only then is the amount rounded, once, to a step of the
/// card's unit. (OpenMeter computes in the same order.)
public struct Meter: Sendable, Hashable {
    /// The name that usages carry.
    ///
    /// 1 to 100 bytes.
    public let name: String
    /// How it is counted.
    public let measure: Measure
    /// What is free.
    public let free: FreeQuota?
    /// What the rest costs.
    public let price: Price
    /// Percent taken off, 0 to 100.
    public let discount: ExactDecimal
    /// The most that one use costs, a whole number of the unit's steps.
    public let maximum: ExactDecimal?
    /// The least that one use costs, unless all of it was free; a whole number of the unit's steps.
    public let minimum: ExactDecimal?

    /// Makes a meter; ``RateCard`` checks that its figures suit the unit.
    public init(
        _ name: String, _ measure: Measure = .jobs, free: FreeQuota? = nil, price: Price,
        discount: ExactDecimal = .zero, maximum: ExactDecimal? = nil, minimum: ExactDecimal? = nil
    ) {
        self.name = name
        self.measure = measure
        self.free = free
        self.price = price
        self.discount = discount
        self.maximum = maximum
        self.minimum = minimum
    }

    func validate(_ unit: Amount.Unit) throws(LedgerError) {
        guard NameRule.holds(name, bytesMax: 100) else {
            throw .pricing("A meter is named by 1 to 100 bytes without control characters.")
        }
        try price.validate()
        guard try !discount.fraction.exceeds(Fraction(100)) else {
            throw .pricing("A discount is 0 to 100 percent.")
        }
        for bound in [maximum, minimum] {
            guard let bound else { continue }
            guard let steps = bound.steps(of: unit), steps <= LedgerLimits.amountMax else {
                throw .pricing("A maximum or minimum is a whole number of steps of \(unit), at most 2^53 − 1.")
            }
        }
        if let maximum, let minimum, try minimum.fraction.exceeds(maximum.fraction) {
            throw .pricing("The minimum of \(name) is above its maximum.")
        }
    }
}
