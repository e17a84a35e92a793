// What a bucket can do of a policy by itself, as a backstop.

import BuskerCore
public import BuskerStorage

/// The part of a policy that a bucket can be told, two days later than the policy, and what it cannot be told.
public struct S3LifecyclePlan: Sendable, Hashable {
    /// Days by which a bucket is later than the policy, so that it never deletes first.
    public static let lateDays: Int64 = 2
    /// The rules for the bucket.
    public let rules: [LifecycleRule]
    /// What a bucket does not do, rule by rule.
    public let lost: [Loss]

    /// Something of a policy that a bucket does not do.
    public struct Loss: Sendable, Hashable, CustomStringConvertible {
        /// The name of the rule; blank for the guards.
        public let rule: String
        /// What is lost, in words.
        public let what: String

        /// Rule and words.
        public var description: String { rule.isEmpty ? what : "\(rule): \(what)" }
    }

    /// The document for `PutBucketLifecycleConfiguration`.
    ///
    /// - Throws: `StorageError` with `badRequest` when there are no rules, or too many.
    public func document() throws(StorageError) -> [UInt8] { try S3Body.lifecycle(rules) }
}

extension RetentionPolicy {
    /// Tells a bucket as much of the policy as it understands: rules for prefixes, tags and sizes that count whole days from the
    /// creation, and the end of uploads in parts that nobody goes on with.
    ///
    /// A bucket knows no floors, holds, payments or owners, and nothing of it can be undone. So a rule that deletes is told
    /// only where no rule that keeps could be for the same files; everything comes two days late.
    ///
    /// - Parameters:
    ///   - abortsUploadsAfterDays: days after which uploads in parts are given up, 1 or more; two are added.
    public func compileToS3Lifecycle(abortsUploadsAfterDays: Int64 = 7) -> S3LifecyclePlan {
        var compiler = LifecycleCompiler(policy: self)
        compiler.compile()
        var abort = LifecycleRule(id: "abort-uploads", filter: LifecycleRule.Filter())
        abort.abortsUploadsAfterDays = max(1, abortsUploadsAfterDays) + S3LifecyclePlan.lateDays
        return S3LifecyclePlan(rules: compiler.rules + [abort], lost: compiler.lost)
    }
}

/// Compiles one policy.
private struct LifecycleCompiler {
    let policy: RetentionPolicy
    var rules: [LifecycleRule] = []
    var lost: [S3LifecyclePlan.Loss] = []

    mutating func compile() {
        for rule in policy.rules {
            guard rule.mode == .enforce else {
                lose(rule.id, "the rule does not act; it is \(rule.mode.rawValue)")
                continue
            }
            switch rule.effect {
            case .deleteAt(let moment): delete(rule, moment)
            case .archiveAt(let moment, class: let name):
                guard let days = days(rule, moment), let filter = filter(rule) else { continue }
                var made = LifecycleRule(id: rule.id, filter: filter)
                made.transitions = [LifecycleRule.Transition(.days(days), storageClass: name)]
                rules.append(made)
            case .retainUntil: lose(rule.id, "a bucket cannot keep what another rule deletes")
            case .moveAt: lose(rule.id, "a bucket does not move objects to other keys or tiers")
            case .expireLinksAt: lose(rule.id, "a bucket does not end links")
            case .notifyBefore: lose(rule.id, "a bucket tells nobody")
            }
        }
        lose("", "legal holds, use, open links, the least age, the brake and undoing are not known to a bucket")
    }

    private mutating func delete(_ rule: RetentionRule, _ moment: RetentionMoment) {
        guard let days = days(rule, moment), let filter = filter(rule) else { return }
        let keepers = policy.rules.filter { other in
            guard other.mode == .enforce, case .retainUntil = other.effect else { return false }
            return !Self.areApart(rule.when, other.when)
        }
        guard keepers.isEmpty else {
            return lose(rule.id, "rule '\(keepers[0].id)' could keep the same files, which a bucket does not see")
        }
        var made = LifecycleRule(id: rule.id, filter: filter)
        let grace = (policy.guards.undoWindow + 86_399) / 86_400
        made.expiration = .days(days + grace)
        rules.append(made)
    }

    /// Whole days from the creation, with the two days, or the loss.
    private mutating func days(_ rule: RetentionRule, _ moment: RetentionMoment) -> Int64? {
        guard moment.anchor == .created else {
            lose(rule.id, "a bucket counts from the creation of an object only")
            return nil
        }
        let days: Int64
        switch moment.after {
        case .seconds(let seconds): days = (seconds + 86_399) / 86_400
        case .calendar(let years, let months, let more, _):
            if years != 0 || months != 0 { lose(rule.id, "years and months are told as their most days") }
            days = years * 366 + months * 31 + more
        }
        if case .seconds(let seconds) = moment.after, seconds % 86_400 != 0 { lose(rule.id, "days are rounded up") }
        return max(1, days) + S3LifecyclePlan.lateDays
    }

    /// The filter, where all of the condition can be said.
    private mutating func filter(_ rule: RetentionRule) -> LifecycleRule.Filter? {
        var filter = LifecycleRule.Filter()
        let parts: [FilePredicate]
        switch rule.when {
        case .everything: return filter
        case .all(let all): parts = all
        default: parts = [rule.when]
        }
        for part in parts {
            switch part {
            case .prefix(let prefix) where filter.prefix == nil: filter.prefix = prefix
            case .tag(let name, let value): filter.tags.append(ObjectTag(key: name, value: value))
            case .size(let from, let below) where filter.largerThan == nil && filter.smallerThan == nil:
                filter.largerThan = from > 0 ? from - 1 : nil
                filter.smallerThan = below
            default:
                lose(rule.id, "a bucket knows prefixes, tags and sizes that all must hold, and nothing else")
                return nil
            }
        }
        return filter
    }

    /// Whether no file can meet both, as far as prefixes tell.
    private static func areApart(_ a: FilePredicate, _ b: FilePredicate) -> Bool {
        let (left, right) = (prefixes(a), prefixes(b))
        return left.contains { one in
            right.contains { !one.utf8.starts(with: $0.utf8) && !$0.utf8.starts(with: one.utf8) }
        }
    }

    /// Prefixes that every file of the condition has.
    private static func prefixes(_ predicate: FilePredicate) -> [String] {
        switch predicate {
        case .prefix(let text): [text]
        case .all(let parts): parts.flatMap(prefixes)
        default: []
        }
    }

    private mutating func lose(_ rule: String, _ what: String) {
        lost.append(S3LifecyclePlan.Loss(rule: rule, what: what))
    }
}
