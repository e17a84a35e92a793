// Why a download is refused.

/// A refused download: a code to act on and a sentence to show.
///
/// Two errors are equal when their codes are equal.
public struct DownloadError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, as a value that can be compared; new codes may appear in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private let name: String

        private init(_ name: String) { self.name = name }

        /// The stable name of the code, such as `payment_required`.
        public var description: String { name }

        /// There is no such purchase or link, or it is somebody else's: which of them is not told.
        ///
        /// Answer 404.
        public static let notFound = Code("not_found")
        /// It is not paid.
        ///
        /// Answer 402.
        public static let paymentRequired = Code("payment_required")
        /// It was paid, and the money went back or is fought over.
        ///
        /// Answer 402.
        public static let revoked = Code("revoked")
        /// The link's time is over or it was used up; ask for another.
        ///
        /// Answer 410.
        public static let expired = Code("expired")
        /// Whether it is paid cannot be known now; try again later.
        ///
        /// Answer 503.
        public static let unavailable = Code("unavailable")
        /// The work is not done, or came to nothing: there is nothing to sell yet.
        ///
        /// Answer 409.
        public static let notReady = Code("not_ready")
        /// The file was deleted when its time was over.
        ///
        /// Answer 410.
        public static let gone = Code("gone")
        /// The host described a file that cannot be delivered.
        public static let badFile = Code("bad_file")
        /// The database reported an error.
        ///
        /// Answer 503.
        public static let databaseFailed = Code("database_failed")
    }

    /// What went wrong.
    public let code: Code
    /// One or two sentences saying what is wrong and what to do.
    public let detail: String
    /// How long to wait before the next attempt, where that helps.
    public let retryAfter: Duration?
    /// What was reported below.
    public let underlying: (any Error)?

    /// Makes an error.
    public init(
        _ code: Code, _ detail: String, retryAfter: Duration? = nil, underlying: (any Error)? = nil
    ) {
        self.code = code
        self.detail = detail
        self.retryAfter = retryAfter
        self.underlying = underlying
    }

    /// The code and the sentence.
    public var description: String { "\(code): \(detail)" }

    /// Whether two errors have the same code.
    public static func == (a: DownloadError, b: DownloadError) -> Bool { a.code == b.code }
}
