// The ways in which a quantity becomes a price.

import BuskerCore

/// One step of a price that changes with the quantity.
public struct Tier: Sendable, Hashable {
    /// The last base unit that belongs to the tier; `nil` for all that follow.
    public let upTo: Int64?
    /// The price of one unit of the measure.
    public let rate: ExactDecimal
    /// What is added once when the tier is reached.
    public let flat: ExactDecimal

    /// Makes a tier.
    public init(upTo: Int64?, rate: ExactDecimal, flat: ExactDecimal = .zero) {
        self.upTo = upTo
        self.rate = rate
        self.flat = flat
    }
}

/// How a quantity is priced.
///
/// Nothing costs nothing: a quantity of 0, or one wholly free, has no price in any of them.
public enum Price: Sendable, Hashable {
    /// The same for any quantity.
    case flat(ExactDecimal)
    /// So much for each unit of the measure, and its share of a part of one.
    case perUnit(ExactDecimal)
    /// So much for each started package of `size` base units.
    case package(size: Int64, ExactDecimal)
    /// Each part of the quantity at the price of the tier it falls into.
    case graduated([Tier])
    /// The whole quantity at the price of the tier it ends in.
    case volume([Tier])

    /// Checks the figures: tiers rise, the last one is open.
    func validate() throws(LedgerError) {
        switch self {
        case .flat, .perUnit:
            return
        case .package(let size, _):
            guard (1...PricingLimits.quantityMax).contains(size) else {
                throw .pricing("A package holds at least 1 base unit.")
            }
        case .graduated(let tiers), .volume(let tiers):
            guard (1...PricingLimits.tiersMax).contains(tiers.count) else {
                throw .pricing("A price has 1 to \(PricingLimits.tiersMax) tiers.")
            }
            var last: Int64 = 0
            for tier in tiers.dropLast() {
                guard let end = tier.upTo, end > last, end <= PricingLimits.quantityMax else {
                    throw .pricing("Each tier but the last ends higher than the one before.")
                }
                last = end
            }
            guard tiers.last?.upTo == nil else { throw .pricing("The last tier is open: leave out where it ends.") }
        }
    }

    /// What a quantity costs, part by part, in units of the card.
    func parts(_ quantity: Int64, _ measure: Measure) throws(LedgerError) -> [QuotePart] {
        guard quantity > 0 else { return [] }
        switch self {
        case .flat(let price):
            return [QuotePart(.flat, quantity: quantity, rate: price, amount: try price.fraction)]
        case .perUnit(let rate):
            return [try Self.part(.units, quantity, rate, measure)]
        case .package(let size, let price):
            let count = try Fraction(Int128(quantity), over: Int128(size)).rounded(.up)
            let amount = try price.fraction.multiplied(by: Fraction(Int128(count)))
            return [QuotePart(.packages(count), quantity: quantity, rate: price, amount: amount)]
        case .graduated(let tiers):
            return try Self.graduated(tiers, quantity, measure)
        case .volume(let tiers):
            guard let at = tiers.firstIndex(where: { quantity <= $0.upTo ?? .max }) else { return [] }
            let units = try Self.part(.tier(at + 1), quantity, tiers[at].rate, measure)
            return try [units] + Self.flat(tiers[at], at)
        }
    }

    private static func graduated(
        _ tiers: [Tier], _ quantity: Int64, _ measure: Measure
    ) throws(LedgerError) -> [QuotePart] {
        var parts: [QuotePart] = []
        var from: Int64 = 0
        for (at, tier) in tiers.enumerated() where quantity > from {
            let to = min(quantity, tier.upTo ?? .max)
            parts.append(try part(.tier(at + 1), to - from, tier.rate, measure))
            parts += try flat(tier, at)
            from = to
        }
        return parts
    }

    private static func flat(_ tier: Tier, _ at: Int) throws(LedgerError) -> [QuotePart] {
        if tier.flat.isZero { return [] }
        return [QuotePart(.tierFlat(at + 1), quantity: 0, rate: tier.flat, amount: try tier.flat.fraction)]
    }

    private static func part(
        _ kind: QuotePart.Kind, _ quantity: Int64, _ rate: ExactDecimal, _ measure: Measure
    ) throws(LedgerError) -> QuotePart {
        let units = try Fraction(Int128(quantity), over: Int128(measure.unit))
        return QuotePart(kind, quantity: quantity, rate: rate, amount: try units.multiplied(by: rate.fraction))
    }
}
