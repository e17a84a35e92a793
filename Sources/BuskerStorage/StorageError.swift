// Why the room of storage did not do what was asked.

/// A failure of the room of storage: a code to act on and a sentence to show, which names no secret.
///
/// Two errors are equal when their codes are equal.
public struct StorageError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, as a value that can be compared; new codes may appear in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private let name: String

        private init(_ name: String) { self.name = name }

        /// The stable name of the code, such as `bad_key`.
        public var description: String { name }

        /// A text is not the key of an object.
        public static let badKey = Code("bad_key")
        /// The request cannot be made or was refused as it is; trying again does not help.
        public static let badRequest = Code("bad_request")
        /// An address, bucket name or region is not one.
        public static let badAddress = Code("bad_address")
        /// The bucket lies in another region than the one that requests are signed for; the sentence names it.
        public static let wrongRegion = Code("wrong_region")
        /// A secret, token or private key cannot be used as it is.
        public static let badCredentials = Code("bad_credentials")
        /// A signed address would live for no time or longer than a week.
        public static let badExpiry = Code("bad_expiry")
        /// The sender is not known, or its signature, token or clock is wrong.
        public static let unauthenticated = Code("unauthenticated")
        /// The sender may not do this; whether the object exists is not known.
        public static let forbidden = Code("forbidden")
        /// There is no such object, bucket or upload.
        public static let notFound = Code("not_found")
        /// There is an object of that key already.
        public static let alreadyExists = Code("already_exists")
        /// The object is not, or not any more, what the request asked it to be.
        public static let precondition = Code("precondition")
        /// The object is what the caller has already.
        public static let notModified = Code("not_modified")
        /// Another change of the same object is being made; try again.
        public static let conflict = Code("conflict")
        /// The object has no such bytes.
        public static let badRange = Code("bad_range")
        /// The bytes that arrived are not those that were sent.
        public static let badDigest = Code("bad_digest")
        /// The content has more or fewer bytes than were promised.
        public static let badLength = Code("bad_length")
        /// The disk has not enough room.
        public static let noSpace = Code("no_space")
        /// The task was cancelled; what it wrote is not seen.
        public static let cancelled = Code("cancelled")
        /// The content is not of a type that is accepted, or not what its name and type say.
        public static let badType = Code("bad_type")
        /// The file, upload or plan is not in a state that allows this.
        public static let badState = Code("bad_state")
        /// The database did not do its part; repeat the same call.
        public static let databaseFailed = Code("database_failed")
        /// The store cannot do this.
        public static let unsupported = Code("unsupported")
        /// An object, a part or a list is too large, or too small.
        public static let tooLarge = Code("too_large")
        /// Too many requests; try again later.
        public static let rateLimited = Code("rate_limited")
        /// The store failed or could not be reached; try again later.
        public static let unavailable = Code("unavailable")
        /// The answer of the store lacks what it must have, or is not well-formed.
        public static let badAnswer = Code("bad_answer")
    }

    /// What went wrong.
    public let code: Code
    /// One or two sentences saying what is wrong and what to do; no secret is in them.
    public let detail: String

    /// Makes an error.
    public init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    /// The code and the sentence.
    public var description: String { "\(code): \(detail)" }

    /// Whether two errors have the same code.
    public static func == (a: StorageError, b: StorageError) -> Bool { a.code == b.code }
}
