// Why the room of accounts did not do what was asked.

/// A failure of the room of accounts: a code to act on and a sentence to show, which names no secret and no address.
///
/// Two errors are equal when their codes are equal.
public struct AccountsError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, as a value that can be compared; new codes may appear in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private let name: String

        private init(_ name: String) { self.name = name }

        /// The stable name of the code, such as `bad_credentials`.
        public var description: String { name }

        /// The text is no e-mail address.
        public static let badEmail = Code("bad_email")
        /// The password does not keep the rules.
        public static let badPassword = Code("bad_password")
        /// A name, label, scope or lifetime is empty, too long or not allowed.
        public static let badRequest = Code("bad_request")
        /// The secret key is too short, too regular, or an example.
        public static let weakSecret = Code("weak_secret")
        /// Address and password do not belong together, or there is no such account: nobody is told which.
        public static let badCredentials = Code("bad_credentials")
        /// The account is disabled; told only to who knows its password or holds its token.
        public static let disabled = Code("account_disabled")
        /// Too many attempts; see ``AccountsError/retryAfter``.
        public static let throttled = Code("throttled")
        /// Too much work waits; try again in a moment.
        public static let busy = Code("busy")
        /// The token is damaged, forged, of another kind, not for here, or over; or its session or key is.
        public static let badToken = Code("bad_token")
        /// The token was good and its time is over.
        public static let expired = Code("token_expired")
        /// The refresh token was used a moment ago; use the one that came of that.
        public static let justUsed = Code("token_just_used")
        /// The refresh token was used before: someone has a copy, and the session was ended.
        public static let reused = Code("token_reused")
        /// The account or key may not do this.
        public static let forbidden = Code("forbidden")
        /// There is no such account, session or key, or it is another's.
        public static let notFound = Code("not_found")
        /// The last administrator can be neither disabled, nor demoted, nor erased.
        public static let lastAdmin = Code("last_admin")
        /// The account has as many keys or sessions as it may have.
        public static let tooMany = Code("too_many")
        /// The account changed while this was being done; do it again.
        public static let changed = Code("changed")
        /// Carrying out an effect in another room failed; nothing was changed.
        public static let effectFailed = Code("effect_failed")
        /// The cursor was not made by this list.
        public static let badCursor = Code("bad_cursor")
        /// The database reported an error.
        public static let databaseFailed = Code("database_failed")
        /// The task was cancelled.
        public static let cancelled = Code("cancelled")
    }

    /// What went wrong.
    public let code: Code
    /// One or two sentences saying what is wrong and what to do.
    public let detail: String
    /// How long to wait before the next attempt.
    public let retryAfter: Duration?
    /// What was reported below.
    public let underlying: (any Error)?

    /// Makes an error.
    public init(_ code: Code, _ detail: String, retryAfter: Duration? = nil, underlying: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.retryAfter = retryAfter
        self.underlying = underlying
    }

    /// The code and the sentence.
    public var description: String { "\(code): \(detail)" }

    /// Whether two errors have the same code.
    public static func == (a: AccountsError, b: AccountsError) -> Bool { a.code == b.code }
}
