// What a rule does to a file, and when.

/// What a rule does.
public enum RetentionEffect: Sendable, Hashable {
    /// The file is kept until then, whatever other rules say.
    case retainUntil(RetentionMoment)
    /// The file goes then, unless something keeps it.
    case deleteAt(RetentionMoment)
    /// The file moves then.
    case moveAt(RetentionMoment, MoveTarget)
    /// The file goes to a cheaper class of its store then, such as `GLACIER`.
    case archiveAt(RetentionMoment, class: String)
    /// Addresses that were given out end then.
    case expireLinksAt(RetentionMoment)
    /// Somebody is told over a channel so many seconds before the file goes.
    case notifyBefore(seconds: Int64, channel: String)

    /// The moment at which the effect is due; nothing for what depends on another one.
    var moment: RetentionMoment? {
        switch self {
        case .retainUntil(let moment), .deleteAt(let moment), .expireLinksAt(let moment): moment
        case .moveAt(let moment, _): moment
        case .archiveAt(let moment, class: _): moment
        case .notifyBefore: nil
        }
    }
}

/// Where a file moves.
public enum MoveTarget: Sendable, Hashable, CustomStringConvertible {
    /// To a key that begins like this, with its slash.
    case prefix(String)
    /// To this tier alone.
    case tier(FilePredicate.Tier)

    /// The target in a word, such as `prefix:permanent/`.
    public var description: String {
        switch self {
        case .prefix(let prefix): "prefix:\(prefix)"
        case .tier(let tier): "tier:\(tier.rawValue)"
        }
    }
}
