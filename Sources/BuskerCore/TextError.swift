// What can be wrong with a text that names something.

/// A refused text: a code to act on and a sentence to show.
///
/// Two errors are equal when their codes are equal.
public struct TextError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, as a value that can be compared; new codes may appear in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private let name: String

        private init(_ name: String) { self.name = name }

        /// The stable name of the code, such as `bad_cursor`.
        public var description: String { name }

        /// A text or its bytes are not an id of the wanted kind.
        public static let badID = Code("bad_id")
        /// A text is not a cursor, or one of another list.
        public static let badCursor = Code("bad_cursor")
        /// A text is not a point in time, or lies outside the range.
        public static let badTimestamp = Code("bad_timestamp")
    }

    /// What went wrong.
    public let code: Code
    /// One or two sentences saying what is wrong and what to do; the refused text is not repeated.
    public let detail: String

    /// Makes an error.
    public init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    /// The code and the sentence.
    public var description: String { "\(code): \(detail)" }

    /// Whether two errors have the same code.
    public static func == (a: TextError, b: TextError) -> Bool { a.code == b.code }
}
