// Why a double cannot be had.

/// A double that cannot be started: a code to act on and a sentence to show.
public struct FakeError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, as a value that can be compared; new codes may appear in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private let name: String

        private init(_ name: String) { self.name = name }

        /// The stable name of the code, such as `unsupported`.
        public var description: String { name }

        /// There is no double of this provider.
        public static let unsupported = Code("unsupported")
    }

    /// What went wrong.
    public let code: Code
    /// What is wrong and what to do.
    public let detail: String

    /// Makes an error.
    public init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    /// The code and the sentence.
    public var description: String { "\(code): \(detail)" }

    /// Whether two errors have the same code.
    public static func == (a: FakeError, b: FakeError) -> Bool { a.code == b.code }
}
