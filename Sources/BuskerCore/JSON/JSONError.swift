// What can be wrong with a JSON text.

/// A refused JSON text: a code to act on, a sentence to show and the place.
///
/// Two errors are equal when their codes are equal.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, as a value that can be compared; new codes may appear in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private let name: String

        private init(_ name: String) { self.name = name }

        /// The stable name of the code, such as `duplicate_name`.
        public var description: String { name }

        /// The bytes are not one JSON value.
        public static let malformed = Code("malformed")
        /// A text is not UTF-8.
        public static let badText = Code("bad_text")
        /// An object has two members of the same name.
        public static let duplicateName = Code("duplicate_name")
        /// The text is longer, deeper or has more values than allowed.
        public static let limit = Code("limit")
    }

    /// What went wrong.
    public let code: Code
    /// One or two sentences saying what is wrong and what to do; the refused text is not repeated.
    public let detail: String
    /// The number of bytes before the place where reading stopped.
    public let offset: Int

    /// Makes an error.
    public init(_ code: Code, _ detail: String, offset: Int = 0) {
        self.code = code
        self.detail = detail
        self.offset = offset
    }

    /// The code, the sentence and the place.
    public var description: String { "\(code): \(detail) (byte \(offset))" }

    /// Whether two errors have the same code.
    public static func == (a: JSONError, b: JSONError) -> Bool { a.code == b.code }
}
