// Why a provider or the room of payments did not do what was asked.

/// A failure of the room of payments: a code to act on and a sentence to show, which names no secret.
///
/// Two errors are equal when their codes are equal.
public struct PaymentError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, as a value that can be compared; new codes may appear in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private let name: String

        private init(_ name: String) { self.name = name }

        /// The stable name of the code, such as `card_declined`.
        public var description: String { name }

        /// The request cannot be made or was refused as it is; changing nothing and trying again does not help.
        public static let badRequest = Code("bad_request")
        /// The keys are missing, wrong, or of the other mode.
        public static let unauthorised = Code("unauthorised")
        /// The keys may not do this.
        public static let forbidden = Code("forbidden")
        /// There is no such object.
        public static let notFound = Code("not_found")
        /// The buyer's bank said no.
        public static let declined = Code("card_declined")
        /// The same key was used for something else.
        public static let keyReused = Code("key_reused")
        /// The same request is being carried out right now; try again.
        public static let inProgress = Code("in_progress")
        /// What was asked does not fit the state of the object, such as a capture of what was captured.
        public static let wrongState = Code("wrong_state")
        /// The payment cannot be refunded: all was given back, or a dispute is open.
        public static let notRefundable = Code("not_refundable")
        /// Too many requests; try again later.
        public static let rateLimited = Code("rate_limited")
        /// The provider could not be reached or failed, after every attempt; try again later, under the same key.
        public static let unavailable = Code("unavailable")
        /// The answer lacks what it must have.
        public static let badAnswer = Code("bad_answer")
        /// The provider or this release cannot do this.
        public static let unsupported = Code("unsupported")
        /// The sum cannot be sent to this provider.
        public static let badAmount = Code("bad_amount")
        /// There is no such purchase.
        public static let unknownPurchase = Code("unknown_purchase")
        /// There is no such receipt.
        public static let unknownReceipt = Code("unknown_receipt")
        /// The event is of a mode that is not served here.
        public static let wrongMode = Code("wrong_mode")
        /// What was paid for cannot be given, or not be taken back; a person must look.
        public static let refused = Code("refused")
        /// Too much waits already; try again later.
        public static let overloaded = Code("overloaded")
        /// Carrying out what a payment makes necessary failed; nothing was changed.
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
    /// The status of the provider's response, where there was one.
    public let status: Int?
    /// The provider's own code, such as `insufficient_funds`.
    public let reason: String?
    /// The provider's name of the request, for its support.
    public let request: String?
    /// How long to wait before the next attempt, where the provider says so.
    public let retryAfter: Duration?
    /// What was reported below.
    public let underlying: (any Error)?

    /// Makes an error.
    public init(
        _ code: Code, _ detail: String, status: Int? = nil, reason: String? = nil, request: String? = nil,
        retryAfter: Duration? = nil, underlying: (any Error)? = nil
    ) {
        self.code = code
        self.detail = detail
        self.status = status
        self.reason = reason
        self.request = request
        self.retryAfter = retryAfter
        self.underlying = underlying
    }

    /// The code and the sentence.
    public var description: String { "\(code): \(detail)" }

    /// Whether two errors have the same code.
    public static func == (a: PaymentError, b: PaymentError) -> Bool { a.code == b.code }
}
