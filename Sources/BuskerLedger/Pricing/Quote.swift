// What something costs, and why.

public import BuskerCore

/// One part of a line's price.
public struct QuotePart: Sendable, Hashable {
    /// Where the part comes from.
    public enum Kind: Sendable, Hashable {
        /// A price for any quantity.
        case flat
        /// A price for each unit.
        case units
        /// So many started packages.
        case packages(Int64)
        /// What falls into a tier, counted from 1.
        case tier(Int)
        /// What is added once for reaching a tier, counted from 1.
        case tierFlat(Int)
    }

    /// Where the part comes from.
    public let kind: Kind
    /// How many base units it covers; 0 for what is added once.
    public let quantity: Int64
    /// The price of a unit, a package, or of the whole.
    public let rate: ExactDecimal
    /// What the part costs, exact, in whole units.
    public let amount: Fraction

    init(_ kind: Kind, quantity: Int64, rate: ExactDecimal, amount: Fraction) {
        self.kind = kind
        self.quantity = quantity
        self.rate = rate
        self.amount = amount
    }
}

/// One line of a quote: what was used, what of it is free, and how the rest came to its amount.
public struct QuoteLine: Sendable, Hashable {
    /// Which bound decided the amount.
    public enum Bound: Sendable, Hashable {
        /// The most that one use costs.
        case maximum
        /// The least that one use costs.
        case minimum
    }

    /// What was used.
    public let usage: Usage
    /// How it is counted.
    public let measure: Measure
    /// The quantity after conversion, in base units.
    public let billed: Int64
    /// Base units that were free for the job.
    public let freeForJob: Int64
    /// Base units that were free for the account in the period.
    public let freeForPeriod: Int64
    /// When that period began, where there is one.
    public let periodStart: Timestamp?
    /// What the rest costs, part by part.
    public let parts: [QuotePart]
    /// The sum of the parts, exact, in whole units.
    public let subtotal: Fraction
    /// Percent taken off.
    public let discountPercent: ExactDecimal
    /// What the discount takes off, exact, in whole units.
    public let discount: Fraction
    /// The bound that decided, if one did.
    public let bound: Bound?
    /// The amount before it is rounded, in whole units.
    public let exact: Fraction
    /// What the line costs, rounded once.
    public let amount: Amount

    /// Base units that have a price.
    public var payable: Int64 { billed - freeForJob - freeForPeriod }
}

/// What something costs by one version of a card, line by line.
public struct Quote: Sendable, Hashable {
    /// The name of the card.
    public let card: String
    /// Its version.
    public let version: Int
    /// For when it was computed.
    public let at: Timestamp
    /// How exact amounts were rounded.
    public let rounding: Rounding
    /// The lines, in the order of the usages.
    public let lines: [QuoteLine]
    /// The sum of the lines.
    public let total: Amount

    /// The card and version as commands carry them: `separation@3`.
    public var reference: String { "\(card)@\(version)" }

    /// The quote in plain English, a sentence for each line and one for the total.
    public var explanation: [String] { lines.map { $0.explanation(rounding) } + ["Total: \(total)."] }
}

extension QuoteLine {
    func explanation(_ rounding: Rounding) -> String {
        var steps = ["\(usage.quantity) \(measure.base) count as \(measure.text(billed)) \(measure.name)"]
        if freeForJob > 0 { steps.append("\(measure.text(freeForJob)) free for the job") }
        if freeForPeriod > 0 { steps.append("\(measure.text(freeForPeriod)) free in this period") }
        for part in parts { steps.append(part.explanation(measure)) }
        if !discount.isZero { steps.append("\(discountPercent) % off") }
        if let bound { steps.append(bound == .maximum ? "the maximum holds" : "the minimum holds") }
        if exact.denominator != 1, Int128(amount.steps) * exact.denominator != exact.scaled(amount.unit.scale) {
            steps.append("rounded \(rounding.words)")
        }
        return "\(usage.meter): \(steps.joined(separator: "; ")) = \(amount)."
    }
}

extension QuotePart {
    func explanation(_ measure: Measure) -> String {
        switch kind {
        case .flat: "\(rate) flat"
        case .units: "\(measure.text(quantity)) × \(rate)"
        case .packages(let count): "\(count) packages × \(rate)"
        case .tier(let number): "tier \(number): \(measure.text(quantity)) × \(rate)"
        case .tierFlat(let number): "tier \(number): \(rate) once"
        }
    }
}

extension Fraction {
    var isZero: Bool { numerator == 0 }

    /// The numerator of the same fraction in steps of a scale; nothing where that is too large.
    func scaled(_ scale: Int) -> Int128? {
        let (product, overflow) = numerator.multipliedReportingOverflow(by: Self.power(ofTen: scale))
        return overflow ? nil : product
    }
}

extension Rounding {
    var words: String {
        switch self {
        case .up: "up"
        case .down: "down"
        case .halfUp: "half up"
        case .halfEven: "half to even"
        }
    }
}
