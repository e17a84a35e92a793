// One line of a plan.

public import BuskerCore
public import BuskerStorage

/// One thing that a plan wants to do with one file.
public struct PlanItem: Sendable, Hashable {
    /// The file.
    public let file: FileID
    /// Where its bytes were when it was planned.
    public let key: String
    /// The version of the row that was judged; another one is not touched.
    public let version: Int64
    /// Bytes; 0 where they are not known.
    public let size: Int64
    /// What to do.
    public let step: RetentionStep
    /// Why, in words: the reason of the rule.
    public let reason: String
    /// Whether a rule that is only rehearsed wants it, so that it is shown and never done.
    public let isRehearsed: Bool

    /// The item as a line of a file, without the line's end.
    public var line: JSON {
        [
            "file": .text(file.description), "key": .text(key), "version": .number(version), "bytes": .number(size),
            "action": .text(step.name), "due": .text(step.due.iso8601), "cause": .text(step.cause.description),
            "reason": .text(reason), "rehearsed": isRehearsed ? true : nil,
        ]
    }

    /// Reads a line.
    ///
    /// - Throws: ``RetentionError`` with `badPlan`.
    public init(line bytes: [UInt8]) throws(RetentionError) {
        guard let value = try? JSONValue(parsing: bytes), let file = value["file"]?.text, let key = value["key"]?.text,
            let version = value["version"]?.integer, let size = value["bytes"]?.integer,
            let action = value["action"]?.text.flatMap(RetentionStep.Action.init(name:)),
            let due = value["due"]?.text, let cause = value["cause"]?.text, let reason = value["reason"]?.text,
            let id = try? FileID(parsing: file), let moment = try? Timestamp(iso8601: due)
        else { throw RetentionError(.badPlan, "A line of the plan is no item; make a new plan.") }
        self.init(
            file: id, key: key, version: version, size: size,
            step: RetentionStep(action: action, due: moment, cause: RetentionCause(cause)), reason: reason,
            isRehearsed: value["rehearsed"]?.flag ?? false)
    }

    init(
        file: FileID, key: String, version: Int64, size: Int64, step: RetentionStep, reason: String, isRehearsed: Bool
    ) {
        self.file = file
        self.key = key
        self.version = version
        self.size = size
        self.step = step
        self.reason = reason
        self.isRehearsed = isRehearsed
    }
}

extension RetentionStep.Action {
    /// Reads what ``RetentionStep/name`` wrote; nothing for other texts.
    public init?(name: String) {
        let parts = name.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        switch (parts[0], parts.count) {
        case ("expire-links", 1): self = .expireLinks
        case ("restrict", 1): self = .restrict
        case ("delete", 1): self = .delete
        case ("purge", 1): self = .purge
        case ("archive", 2): self = .archive(class: parts[1])
        case ("move", 3) where parts[1] == "prefix": self = .move(.prefix(parts[2]))
        case ("move", 3) where parts[1] == "tier":
            guard let tier = FilePredicate.Tier(rawValue: parts[2]) else { return nil }
            self = .move(.tier(tier))
        case ("notify", 3):
            guard let deletion = try? Timestamp(iso8601: parts[2]) else { return nil }
            self = .notify(channel: parts[1], deletion: deletion)
        default: return nil
        }
    }
}

/// The items of a plan, in their order, as often as they are asked for.
public protocol PlanItems: Sendable {
    /// Calls `body` with each item.
    ///
    /// - Throws: what `body` throws, or why the items cannot be read.
    func each(_ body: (PlanItem) async throws -> Void) async throws
}

/// Items that are at hand.
public struct ListedItems: PlanItems {
    /// The items.
    public var items: [PlanItem]

    /// Makes a list.
    public init(_ items: [PlanItem] = []) { self.items = items }

    /// Calls `body` with each item.
    public func each(_ body: (PlanItem) async throws -> Void) async throws {
        for item in items { try await body(item) }
    }
}
