// Why a form could not be read.

/// A form that cannot be read: a code to act on and a sentence to show.
///
/// Two errors are equal when their codes are equal.
public struct MultipartError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, as a value that can be compared; new codes may appear in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private let name: String

        private init(_ name: String) { self.name = name }

        /// The stable name of the code, such as `too_large`.
        public var description: String { name }

        /// The type of the body is not `multipart/form-data` with a good boundary.
        ///
        /// Answer 415.
        public static let badType = Code("bad_type")
        /// The bytes are no form.
        ///
        /// Answer 400.
        public static let malformed = Code("malformed")
        /// The body ended before the form did.
        ///
        /// Answer 400.
        public static let cut = Code("cut")
        /// There are too many parts, or a header or field is too long.
        ///
        /// Answer 413.
        public static let tooLarge = Code("too_large")
    }

    /// What went wrong.
    public let code: Code
    /// One sentence saying what is wrong and what to do.
    public let detail: String

    /// Makes an error.
    public init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    /// The code and the sentence.
    public var description: String { "\(code): \(detail)" }

    /// Whether two errors have the same code.
    public static func == (a: MultipartError, b: MultipartError) -> Bool { a.code == b.code }
}
