// One sentence of a policy.

/// A rule: which files, what happens to them and when, and why.
public struct RetentionRule: Sendable, Hashable {
    /// Whether a rule acts.
    public enum Mode: String, Sendable, Hashable, CaseIterable {
        /// It acts.
        case enforce
        /// It only shows in plans what it would do.
        case dryRun
        /// It is as if it were not there.
        case off
    }

    /// The name, unlike that of other rules: 1...64 letters, digits, `-`, `_` and `.` of ASCII.
    public var id: String
    /// Which files.
    public var when: FilePredicate
    /// What happens and when.
    public var effect: RetentionEffect
    /// Whether it acts.
    public var mode: Mode
    /// Why, in words that a person reads; 1...500 bytes.
    public var reason: String

    /// Makes a rule.
    public init(
        _ id: String, when: FilePredicate, _ effect: RetentionEffect, mode: Mode = .enforce, reason: String
    ) {
        self.id = id
        self.when = when
        self.effect = effect
        self.mode = mode
        self.reason = reason
    }
}
