// What a policy says of one file at one moment.

public import BuskerCore

/// What is to be done with a file now, and why nothing else is.
public struct RetentionDecision: Sendable, Hashable {
    /// What is to be done now, in this order; at most the last one touches the bytes or the row.
    public let steps: [RetentionStep]
    /// Until when the file is kept, and by which rule.
    public let floor: Bound?
    /// From when on the file may go, and by what.
    public let ceiling: Bound?
    /// What stands between a file whose time is up and its end.
    public let blocks: [RetentionBlock]
    /// A deletion that waits for a rule that keeps the file.
    public let conflict: Conflict?
    /// What would be done if the rules that are only rehearsed acted, where that is something else.
    public let rehearsal: [RetentionStep]?

    /// A moment and what sets it.
    public struct Bound: Sendable, Hashable {
        /// The moment.
        public let moment: Timestamp
        /// What sets it.
        public let cause: RetentionCause
    }

    /// A deletion that is due before a rule lets the file go.
    public struct Conflict: Sendable, Hashable {
        /// What lets it go.
        public let deletes: RetentionCause
        /// The name of the rule that keeps it.
        public let keeps: RetentionCause
    }

    /// Whether nothing is to be done.
    public var keeps: Bool { steps.isEmpty }

    /// What is done to the bytes or the row, if anything.
    public var physical: RetentionStep? { steps.last.flatMap { $0.action.isPhysical ? $0 : nil } }

    /// Whether the file goes, be it in a way that can be undone.
    public var deletes: Bool { physical.map { $0.action.isDeletion } ?? false }
}

/// Why something happens to a file.
public enum RetentionCause: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The rule of this name.
    case rule(String)
    /// Its owner went away or asked for it.
    case erasure
    /// It was deleted before, and the time to undo that is over.
    case deletion

    /// The cause as plans write it: the name of the rule, `@erasure` or `@deletion`.
    public var description: String {
        switch self {
        case .rule(let id): id
        case .erasure: "@erasure"
        case .deletion: "@deletion"
        }
    }

    /// Reads what ``description`` wrote.
    public init(_ text: String) {
        switch text {
        case "@erasure": self = .erasure
        case "@deletion": self = .deletion
        default: self = .rule(text)
        }
    }

    /// An order without meaning, so that ties are always decided alike.
    public static func < (a: RetentionCause, b: RetentionCause) -> Bool { a.description < b.description }
}

/// One thing that is to be done with a file.
public struct RetentionStep: Sendable, Hashable {
    /// What.
    public let action: Action
    /// Since when it is due.
    public let due: Timestamp
    /// Why.
    public let cause: RetentionCause

    /// What can be done with a file.
    public enum Action: Sendable, Hashable {
        /// Addresses that were given out end.
        case expireLinks
        /// Somebody is told over this channel that the file goes then.
        case notify(channel: String, deletion: Timestamp)
        /// It goes to a cheaper class of its store.
        case archive(class: String)
        /// It moves.
        case move(MoveTarget)
        /// Nobody reads it any more, but its row and bytes stay, because something keeps it.
        case restrict
        /// It is deleted in a way that can be undone.
        case delete
        /// Its bytes go for good.
        case purge

        /// Whether the bytes or the row change.
        public var isPhysical: Bool {
            switch self {
            case .expireLinks, .notify: false
            default: true
            }
        }

        /// Whether the file goes.
        public var isDeletion: Bool { self == .delete || self == .purge }

        /// The place in the order of what is done.
        var rank: Int {
            switch self {
            case .expireLinks: 0
            case .notify: 1
            case .archive: 2
            case .move: 3
            case .restrict: 4
            case .delete: 5
            case .purge: 6
            }
        }
    }

    /// The step as plans and journals write it, such as `archive:GLACIER`; what has the same name is done once.
    public var name: String {
        switch action {
        case .expireLinks: "expire-links"
        case .notify(let channel, let deletion): "notify:\(channel):\(deletion.iso8601)"
        case .archive(class: let name): "archive:\(name)"
        case .move(let target): "move:\(target)"
        case .restrict: "restrict"
        case .delete: "delete"
        case .purge: "purge"
        }
    }
}

/// What stands between a file whose time is up and its end.
public enum RetentionBlock: Sendable, Hashable, CustomStringConvertible {
    /// A rule keeps it until then.
    case kept(until: Timestamp, rule: String)
    /// A person or a court keeps it.
    case legalHold(String)
    /// Somebody uses it: a job, an upload, a zip, a migration; until then where that is known.
    case inUse(until: Timestamp?)
    /// An address that was given out works until then.
    case openLink(until: Timestamp)
    /// It is too young before then.
    case tooYoung(until: Timestamp)
    /// It belongs to nothing, and is left alone until then; nothing when nobody noted since when.
    case orphanGrace(until: Timestamp?)
    /// The deletion can be undone until then.
    case undoable(until: Timestamp)
    /// Something that could keep it is not known.
    case unknown(FactSet)

    /// The obstacle in plain words.
    public var description: String {
        switch self {
        case .kept(let until, let rule): "rule '\(rule)' keeps it until \(until.iso8601)"
        case .legalHold(let reason): "a legal hold keeps it: \(reason)"
        case .inUse(let until): "it is in use" + (until.map { " until \($0.iso8601)" } ?? "")
        case .openLink(let until): "a link to it works until \(until.iso8601)"
        case .tooYoung(let until): "it is too young until \(until.iso8601)"
        case .orphanGrace(let until):
            until.map { "it belongs to nothing and is left alone until \($0.iso8601)" }
                ?? "it belongs to nothing, and nobody noted since when"
        case .undoable(let until): "its deletion can be undone until \(until.iso8601)"
        case .unknown(let facts): "not known: \(facts)"
        }
    }
}
