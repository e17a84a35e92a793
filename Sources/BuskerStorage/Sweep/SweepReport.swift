// What a sweep found and did.

public import BuskerCore

/// What a sweep found and did, or, when it was a dry run, would have done.
public struct SweepReport: Sendable, Hashable {
    /// What was done.
    public enum Action: String, Sendable, Hashable, CaseIterable {
        /// An object without a row was put into quarantine.
        case quarantine
        /// An object was deleted whose key was closed, whose row is gone, or whose time in quarantine is over.
        case delete
        /// A row whose upload does not go on was made a tombstone.
        case expire
        /// The bytes of a tombstone were deleted, and its row is gone.
        case vanish
        /// An upload in parts that does not go on was aborted.
        case abort
    }

    /// One thing that was done.
    public struct Line: Sendable, Hashable {
        /// What.
        public let action: Action
        /// To which key.
        public let key: ObjectKey
        /// Bytes, where they are known.
        public let size: Int64?
    }

    /// How it ended.
    public enum End: Sendable, Hashable {
        /// Everything was looked at.
        case finished
        /// As many were deleted as may be for now; the next call goes on.
        case paused(until: Timestamp)
        /// Too many deletions failed; the next call goes on from there.
        case stopped
    }

    /// Whether nothing was changed.
    public let isDry: Bool
    /// Objects that were looked at.
    public internal(set) var looked = 0
    /// Objects that something needs.
    public internal(set) var kept = 0
    /// Objects that were seen without a row for the first time.
    public internal(set) var sighted = 0
    /// Objects without a row whose time has not come.
    public internal(set) var waiting = 0
    /// How often each thing was done.
    public internal(set) var counts: [Action: Int] = [:]
    /// Bytes that were deleted, as far as they are known.
    public internal(set) var bytes: Int64 = 0
    /// Deletions that failed; their keys are tried again.
    public internal(set) var failures = 0
    /// What was done, as far as the limit of lines allows.
    public internal(set) var lines: [Line] = []
    /// How it ended.
    public internal(set) var end = End.finished

    init(isDry: Bool) { self.isDry = isDry }

    mutating func add(_ action: Action, _ key: ObjectKey, size: Int64?, linesMax: Int) {
        counts[action, default: 0] += 1
        if action == .delete || action == .vanish {
            let (sum, overflow) = bytes.addingReportingOverflow(size ?? 0)
            bytes = overflow ? .max : sum
        }
        if lines.count < linesMax { lines.append(Line(action: action, key: key, size: size)) }
    }
}
