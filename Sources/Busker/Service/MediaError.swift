// Why the service did not do what was asked.

import BuskerCore
import BuskerDatabase
import BuskerJobs
public import BuskerLedger
import BuskerStorage

/// A refusal or failure of the service: a code to act on, a sentence to show, and the figures behind it.
///
/// Two errors are equal when their codes are equal.
public struct MediaError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, as a value that can be compared; new codes may appear in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private let name: String

        private init(_ name: String) { self.name = name }

        /// The stable name of the code, such as `insufficient_credits`.
        public var description: String { name }

        /// There is no such job, file or output, or it is somebody else's: which of them is not told.
        public static let notFound = Code("not_found")
        /// The service has no such work, or the work has no such options.
        public static let badOptions = Code("bad_options")
        /// The file cannot be worked on: it was not accepted, was deleted, or holds no sound.
        public static let badFile = Code("bad_file")
        /// The account has less credit than the work costs; the figures say how much.
        public static let insufficientCredits = Code("insufficient_credits")
        /// The work costs more now than the caller agreed to; show the new price and ask again.
        public static let priceChanged = Code("price_changed")
        /// A payment of the account is fought over, or credit that it spent was taken back: nothing is taken on or handed out.
        public static let locked = Code("account_locked")
        /// The key was used for another order.
        public static let conflict = Code("conflict")
        /// The job is not in a state that allows this.
        public static let wrongState = Code("wrong_state")
        /// The cursor is damaged or belongs to another list.
        public static let badCursor = Code("bad_cursor")
        /// The output's time was over, and it was deleted.
        public static let expired = Code("expired")
        /// The file is sold by itself; ``DownloadShop`` hands it out.
        public static let paymentRequired = Code("payment_required")
        /// A part of the service cannot be reached; try again later.
        public static let unavailable = Code("unavailable")
        /// The database failed; repeat the same call.
        public static let databaseFailed = Code("database_failed")
        /// The task was cancelled.
        public static let cancelled = Code("cancelled")
    }

    /// What went wrong.
    public let code: Code
    /// One or two sentences saying what is wrong and what to do.
    public let detail: String
    /// The figures behind a refusal for lack of credit.
    public let figures: LedgerError.Figures?
    /// What was reported below.
    public let underlying: (any Error)?

    /// Makes an error.
    public init(
        _ code: Code, _ detail: String, figures: LedgerError.Figures? = nil, underlying: (any Error)? = nil
    ) {
        self.code = code
        self.detail = detail
        self.figures = figures
        self.underlying = underlying
    }

    /// The code and the sentence.
    public var description: String { "\(code): \(detail)" }

    /// Whether two errors have the same code.
    public static func == (a: MediaError, b: MediaError) -> Bool { a.code == b.code }

    static let noJob = MediaError(.notFound, "There is no such job.")
    static let noFile = MediaError(.notFound, "There is no such file.")

    static func strangeRow(_ what: String) -> MediaError {
        MediaError(.databaseFailed, "A stored \(what) cannot be read; was it written by a newer release?")
    }

    /// What a failure looks like to whoever asked the service.
    init(any error: any Error) {
        switch error {
        case let error as MediaError: self = error
        case let error as LedgerError: self = .ofLedger(error)
        case let error as JobError: self = .ofJobs(error)
        case let error as StorageError: self = .ofStorage(error)
        case let error as DatabaseError: self.init(.databaseFailed, error.detail, underlying: error)
        case is CancellationError: self.init(.cancelled, "The task was cancelled.")
        default: self.init(.unavailable, "A part of the service failed; try again later.", underlying: error)
        }
    }

    private static func ofLedger(_ error: LedgerError) -> MediaError {
        switch error.code {
        case .insufficient, .unknownAccount, .tooManyGrants:
            MediaError(.insufficientCredits, error.detail, figures: error.figures, underlying: error)
        case .badPricing: MediaError(.priceChanged, error.detail, underlying: error)
        case .databaseFailed, .unknownOutcome: MediaError(.databaseFailed, error.detail, underlying: error)
        case .cancelled: MediaError(.cancelled, error.detail, underlying: error)
        case .conflict: MediaError(.conflict, error.detail, underlying: error)
        case .accountClosed: MediaError(.locked, error.detail, underlying: error)
        default: MediaError(.unavailable, error.detail, figures: error.figures, underlying: error)
        }
    }

    private static func ofJobs(_ error: JobError) -> MediaError {
        if error.code == .hostFailed, let cause = error.underlying { return MediaError(any: cause) }
        return switch error.code {
        case .unknown: noJob
        case .wrongState, .duplicate: MediaError(.wrongState, error.detail, underlying: error)
        case .badCursor: MediaError(.badCursor, error.detail, underlying: error)
        case .badRequest: MediaError(.badOptions, error.detail, underlying: error)
        case .databaseFailed: MediaError(.databaseFailed, error.detail, underlying: error)
        case .cancelled: MediaError(.cancelled, error.detail, underlying: error)
        default: MediaError(.unavailable, error.detail, underlying: error)
        }
    }

    private static func ofStorage(_ error: StorageError) -> MediaError {
        switch error.code {
        case .notFound: noFile
        case .badState: MediaError(.wrongState, error.detail, underlying: error)
        case .databaseFailed: MediaError(.databaseFailed, error.detail, underlying: error)
        case .cancelled: MediaError(.cancelled, error.detail, underlying: error)
        default: MediaError(.unavailable, error.detail, underlying: error)
        }
    }
}
