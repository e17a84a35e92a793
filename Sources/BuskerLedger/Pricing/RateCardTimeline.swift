// The versions of a card, and which may follow.

public import BuskerCore

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
