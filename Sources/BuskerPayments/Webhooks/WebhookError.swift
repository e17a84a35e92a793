// Why a webhook was refused.

/// A refusal of a webhook or of a verifier's settings: a code to act on and a sentence to show.
///
/// The sentence names no secret and repeats nothing that was sent. Two errors are equal when their codes are equal.
public struct WebhookError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, as a value that can be compared; new codes may appear in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private let name: String

        private init(_ name: String) { self.name = name }

        /// The stable name of the code, such as `signature_mismatch`.
        public var description: String { name }

        /// The verifier was given no secret, or one that is blank, too short, too long or unreadable.
        public static let missingSecret = Code("missing_secret")
        /// The verifier was given no notification address, or one that is blank or too long.
        public static let missingURL = Code("missing_url")
        /// A header that the scheme needs is absent or empty.
        public static let missingHeader = Code("missing_header")
        /// A header does not have the form of the scheme, is there more than once, or is too long.
        public static let malformedHeader = Code("malformed_header")
        /// The header holds no signature of a kind that this verifier checks.
        public static let noSupportedSignature = Code("no_supported_signature")
        /// No signature in the header fits the body and one of the secrets.
        public static let signatureMismatch = Code("signature_mismatch")
        /// The signed moment lies further back than the window allows.
        public static let timestampTooOld = Code("timestamp_too_old")
        /// The signed moment lies further ahead than the window allows.
        public static let timestampInFuture = Code("timestamp_in_future")
        /// The header announces another algorithm than the one that is allowed.
        public static let weakAlgorithm = Code("weak_algorithm")
        /// The certificate's address is not an https address of the provider.
        public static let certificateURL = Code("cert_url")
        /// The certificate could not be had; try again later.
        public static let certificateUnavailable = Code("cert_unavailable")
        /// The certificate is not valid yet or not any more.
        public static let certificateExpired = Code("cert_expired")
        /// The certificate was made out to somebody else.
        public static let certificateSubject = Code("cert_subject")
        /// The certificate cannot be read or leads to no trusted root.
        public static let certificateChain = Code("cert_chain")
        /// The body is larger than allowed.
        public static let bodyTooLarge = Code("body_too_large")
        /// The body is empty where the scheme allows none.
        public static let emptyBody = Code("empty_body")
        /// The signed body is not an event of the provider's form.
        public static let malformedBody = Code("malformed_body")
        /// The signed body is of another kind than an event that carries its object.
        public static let wrongObject = Code("wrong_object")
        /// The event was made in test mode and the verifier is for live money, or the other way round.
        public static let wrongMode = Code("livemode_mismatch")
    }

    /// What went wrong.
    public let code: Code
    /// One or two sentences saying what is wrong and what to do.
    public let detail: String

    /// Makes an error.
    public init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    /// The code and the sentence.
    public var description: String { "\(code): \(detail)" }

    /// Whether two errors have the same code.
    public static func == (a: WebhookError, b: WebhookError) -> Bool { a.code == b.code }
}
