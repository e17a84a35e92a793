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

    /// The meter with a name, compared byte by byte: what looks alike is not the same.
    ///
    /// - Throws: ``LedgerError`` with `badPricing` when the card has none.
    public func meter(named name: String) throws(LedgerError) -> Meter {
        guard let meter = meters.first(where: { $0.name.utf8.elementsEqual(name.utf8) }) else {
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
