// Why a mail was not made or not sent.

/// A failure of the room of mail: a code to act on and a sentence to show, which names no secret.
///
/// Two errors are equal when their codes are equal.
public struct MailError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, as a value that can be compared; new codes may appear in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private let name: String

        private init(_ name: String) { self.name = name }

        /// The stable name of the code, such as `bad_address`.
        public var description: String { name }

        /// The text is no address that mail can be sent to.
        public static let badAddress = Code("bad_address")
        /// A header, name or type of the message cannot be sent as it is.
        public static let badMessage = Code("bad_message")
        /// The message is larger than it may be.
        public static let tooLarge = Code("too_large")
        /// The settings of the server cannot be used.
        public static let badSettings = Code("bad_settings")
        /// The server refused the message for good.
        public static let refused = Code("refused")
        /// The server asks to try again later.
        public static let deferred = Code("deferred")
        /// The server cannot be reached, or the connection broke.
        public static let unreachable = Code("unreachable")
        /// The server did not answer in time.
        public static let timedOut = Code("timed_out")
        /// The connection would not be secret, or its certificate is not to be trusted.
        public static let insecure = Code("insecure")
        /// The server refused user and password.
        public static let loginDenied = Code("login_denied")
        /// Too many mails wait to be sent.
        public static let busy = Code("busy")
        /// The file could not be written.
        public static let storage = Code("storage")
        /// There is no such mail in the outbox.
        public static let notFound = Code("not_found")
        /// The cursor was not made by this list.
        public static let badCursor = Code("bad_cursor")
        /// The database reported an error.
        public static let databaseFailed = Code("database_failed")
        /// The task was cancelled.
        public static let cancelled = Code("cancelled")
        /// Anything else that the mail client reports.
        public static let failed = Code("failed")
    }

    /// What went wrong.
    public let code: Code
    /// One or two sentences saying what is wrong and what to do.
    public let detail: String
    /// The code of the server's reply, such as 550, where there was one.
    public let reply: Int?
    /// What was reported below.
    public let underlying: (any Error)?

    /// Makes an error.
    public init(_ code: Code, _ detail: String, reply: Int? = nil, underlying: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.reply = reply
        self.underlying = underlying
    }

    /// Whether sending the same message again is in vain.
    public var isFinal: Bool { [.refused, .badMessage, .badAddress, .tooLarge].contains(code) }

    /// The code and the sentence.
    public var description: String { "\(code): \(detail)" }

    /// Whether two errors have the same code.
    public static func == (a: MailError, b: MailError) -> Bool { a.code == b.code }
}
