// Why the room of retention did not do what was asked.

/// A failure of the room of retention: a code to act on and a sentence to show.
///
/// Two errors are equal when their codes are equal.
public struct RetentionError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, as a value that can be compared; new codes may appear in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private let name: String

        private init(_ name: String) { self.name = name }

        /// The stable name of the code, such as `bad_policy`.
        public var description: String { name }

        /// A policy or its document is not one; `path` says where.
        public static let badPolicy = Code("bad_policy")
        /// The rules of a time zone cannot be read, or nobody knows the zone.
        public static let badZone = Code("bad_zone")
        /// The items of a plan are not those that were planned, or their text cannot be read.
        public static let badPlan = Code("bad_plan")
        /// There is no such plan.
        public static let unknownPlan = Code("unknown_plan")
        /// The plan is older than an hour; make a new one.
        public static let stalePlan = Code("stale_plan")
        /// The plan was made with another policy; make a new one.
        public static let otherPolicy = Code("other_policy")
        /// The plan was applied or given up before.
        public static let badState = Code("bad_state")
        /// The plan deletes more than is usual; nothing was done.
        ///
        /// `brakes` says what is unusual.
        public static let brake = Code("brake")
        /// The clock says less than at the run before; nothing was done.
        public static let clockWentBack = Code("clock_went_back")
        /// Many fewer files are known than at the run before; nothing was done.
        public static let filesVanished = Code("files_vanished")
        /// There is no such file.
        public static let unknownFile = Code("unknown_file")
        /// The time in which a deletion can be undone is over, or nothing was deleted.
        public static let notUndoable = Code("not_undoable")
        /// The chain of the audit does not fit together.
        public static let brokenAudit = Code("broken_audit")
        /// The database did not do its part; repeat the same call.
        public static let databaseFailed = Code("database_failed")
        /// Whoever takes the items of a plan failed.
        public static let sinkFailed = Code("sink_failed")
    }

    /// What went wrong.
    public let code: Code
    /// One or two sentences saying what is wrong and what to do.
    public let detail: String
    /// Where in a document it is, such as `rules[2].effect.deleteAt`; blank where there is no document.
    public let path: String
    /// What the brake found; empty for other codes.
    public let brakes: [Brake]

    /// Makes an error.
    public init(_ code: Code, _ detail: String, path: String = "", brakes: [Brake] = []) {
        self.code = code
        self.detail = detail
        self.path = path
        self.brakes = brakes
    }

    /// The code, the place and the sentence.
    public var description: String { path.isEmpty ? "\(code): \(detail)" : "\(code): \(path): \(detail)" }

    /// Whether two errors have the same code.
    public static func == (a: RetentionError, b: RetentionError) -> Bool { a.code == b.code }
}
