// What can go wrong with jobs, in codes to act on.

import BuskerDatabase

/// A failure of the job room: a code to act on and a sentence to show.
///
/// Two errors are equal when their codes are equal.
public struct JobError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, as a value that can be compared; new codes may appear in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private let name: String

        private init(_ name: String) { self.name = name }

        /// The stable name of the code, such as `lease_lost`.
        public var description: String { name }

        /// The lease is over: another worker may have the job, so nothing that was done under it may count.
        public static let leaseLost = Code("lease_lost")
        /// There is no such job, endpoint, message or schedule.
        public static let unknown = Code("unknown")
        /// What was asked for breaks a documented range.
        public static let badRequest = Code("bad_request")
        /// The job's state does not allow what was asked for.
        public static let wrongState = Code("wrong_state")
        /// Another job with the same unique key waits or runs.
        public static let duplicate = Code("duplicate")
        /// The cursor is damaged or belongs to another list.
        public static let badCursor = Code("bad_cursor")
        /// An address to which nothing is sent, because of its form or of where it leads.
        public static let refusedAddress = Code("refused_address")
        /// The database failed; the same call may be repeated.
        public static let databaseFailed = Code("database_failed")
        /// What the host does in the same transaction failed, and nothing was changed.
        public static let hostFailed = Code("host_failed")
        /// The task was cancelled before anything was changed.
        public static let cancelled = Code("cancelled")
    }

    /// What went wrong.
    public let code: Code
    /// One or two sentences saying what happened and what to do.
    public let detail: String
    /// What lies beneath, where there is more to know.
    public let underlying: (any Error)?

    /// Makes an error.
    public init(_ code: Code, _ detail: String, underlying: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.underlying = underlying
    }

    /// The code and the sentence.
    public var description: String { "\(code): \(detail)" }

    /// Whether two errors have the same code.
    public static func == (a: JobError, b: JobError) -> Bool { a.code == b.code }

    /// What a failure looks like from the room of jobs.
    init(any error: any Error) {
        switch error {
        case let error as JobError: self = error
        case let error as DatabaseError:
            self.init(.databaseFailed, "The database failed; repeat the call. \(error.detail)", underlying: error)
        case is CancellationError:
            self.init(.cancelled, "The task was cancelled before anything was changed.")
        default:
            self.init(
                .hostFailed, "What belongs to the change could not be carried out; nothing was changed.",
                underlying: error)
        }
    }

    static let lost = JobError(
        .leaseLost, "The lease is over; drop the result, and change nothing that counts as this job's work.")
    static let noJob = JobError(.unknown, "There is no such job.")

    static func strangeRow(_ what: String) -> JobError {
        JobError(.databaseFailed, "A stored \(what) cannot be read; was it written by a newer release?")
    }
}
