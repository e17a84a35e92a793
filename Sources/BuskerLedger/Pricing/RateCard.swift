// What things cost, in one version that never changes.

public import BuskerCore

/// What things cost from an instant on: one version of a card, which never changes once it is in force.
public struct RateCard: Sendable, Hashable {
    /// The name of the card: 1 to 100 of `A-Z a-z 0-9 . _ - : /`.
    public let name: String
    /// The version, from 1 upward without gaps.
    public let version: Int
    /// From when on it is in force, until the next version is.
    public let effectiveAt: Timestamp
    /// What amounts are counted in.
    public let unit: Amount.Unit
    /// How an exact amount becomes whole steps of the unit, once, at the end of a line.
    public let rounding: Rounding
    /// What has a price, each under a name of its own.
    public let meters: [Meter]

    /// Makes a version of a card.
    ///
    /// - Throws: ``LedgerError`` with `badPricing` that names what is out of range.
    public init(
        _ name: String, version: Int = 1, effectiveAt: Timestamp, unit: Amount.Unit, rounding: Rounding = .halfUp,
        meters: [Meter]
    ) throws(LedgerError) {
        guard Self.allows(name) else { throw .pricing("A card is named by 1 to 100 of A-Z a-z 0-9 . _ - : and /.") }
        guard (1...1_000_000_000).contains(version) else { throw .pricing("The versions of a card begin at 1.") }
        guard (1...PricingLimits.metersMax).contains(meters.count) else {
            throw .pricing("A card has 1 to \(PricingLimits.metersMax) meters.")
        }
        guard Set(meters.map(\.name)).count == meters.count else {
            throw .pricing("Each meter of a card has a name of its own.")
        }
        for meter in meters { try meter.validate(unit) }
        self.name = name
        self.version = version
        self.effectiveAt = effectiveAt
        self.unit = unit
        self.rounding = rounding
        self.meters = meters
    }

    /// The card and version as commands carry them: `separation@3`.
    public var reference: String { "\(name)@\(version)" }

    /// The meter with a name.
    ///
    /// - Throws: ``LedgerError`` with `badPricing` when the card has none.
    public func meter(named name: String) throws(LedgerError) -> Meter {
        guard let meter = meters.first(where: { $0.name == name }) else {
            throw .pricing("The card \(reference) has no meter of that name.")
        }
        return meter
    }

    static func allows(_ name: String) -> Bool {
        (1...100).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
                case UInt8(ascii: "-")...UInt8(ascii: ":"), UInt8(ascii: "_"): true
                default: false
                }
            }
    }
}

/// All versions of one card, in order; the rules by which a new one may join.
public struct RateCardTimeline: Sendable, Hashable {
    /// What became of a version that was published.
    public enum Outcome: Sendable, Hashable {
        /// It is new.
        case added
        /// It takes the place of the same version, which was not yet in force.
        case replaced
        /// It was there, with the same content.
        case unchanged
    }

    /// The versions, from 1 upward.
    public private(set) var versions: [RateCard] = []

    /// An empty timeline.
    public init() {}

    /// Adds a version, or replaces the last one while it is not yet in force.
    ///
    /// A new version takes effect after the one before, and not in the past, so that no price that was in force is ever
    /// another afterwards. Only the first version may reach back.
    ///
    /// - Throws: ``LedgerError`` with `badPricing`.
    @discardableResult
    public mutating func publish(_ card: RateCard, now: Timestamp) throws(LedgerError) -> Outcome {
        if versions.contains(card) { return .unchanged }
        let outcome = try Self.check(card, among: versions.suffix(2), now: now)
        if outcome == .replaced { versions.removeLast() }
        versions.append(card)
        return outcome
    }

    /// The version in force at an instant.
    public func card(at instant: Timestamp) -> RateCard? { versions.last { $0.effectiveAt <= instant } }

    /// What publishing a version that is not there yet would do, judged by the last two versions there are.
    static func check(
        _ card: RateCard, among last: some BidirectionalCollection<RateCard>, now: Timestamp
    ) throws(LedgerError) -> Outcome {
        let latest = last.last?.version ?? 0
        let isReplacement = card.version == latest && latest > 0
        guard card.version == latest + 1 || isReplacement else {
            throw .pricing(
                "The last version of \(card.name) is \(latest): the next is \(latest + 1); earlier ones never change.")
        }
        if isReplacement, let old = last.last, old.effectiveAt <= now {
            throw .pricing("\(card.reference) is in force and never changes; publish version \(latest + 1).")
        }
        let before = isReplacement ? last.dropLast().last : last.last
        if let before, before.name != card.name || before.unit != card.unit {
            throw .pricing("Every version of a card has the same name and unit: \(before.name) in \(before.unit).")
        }
        if let before, card.effectiveAt <= before.effectiveAt {
            throw .pricing("\(card.reference) must take effect after \(before.reference).")
        }
        guard card.effectiveAt >= now || before == nil && !isReplacement else {
            throw .pricing("\(card.reference) would take effect in the past; only a first version may.")
        }
        return isReplacement ? .replaced : .added
    }
}
