// Why an exchange did not come to a response.

/// An exchange without a response: a code to act on and a sentence to show, which names no secret.
///
/// Two errors are equal when their codes are equal.
public struct HTTPError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, as a value that can be compared; new codes may appear in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private let name: String

        private init(_ name: String) { self.name = name }

        /// The stable name of the code, such as `timed_out`.
        public var description: String { name }

        /// The address is none that can be asked, or the request cannot be sent as it is.
        public static let badRequest = Code("bad_request")
        /// No connection was made, so the other server has not seen the request.
        public static let unreachable = Code("unreachable")
        /// The other server's certificate is not trusted; trying again does not help.
        public static let untrusted = Code("untrusted")
        /// The connection ended in the middle: the other server may have acted on the request.
        public static let interrupted = Code("interrupted")
        /// The time limit passed: the other server may have acted on the request.
        public static let timedOut = Code("timed_out")
        /// The answer is no HTTP.
        public static let malformedResponse = Code("malformed_response")
        /// The body is larger than was allowed.
        public static let bodyTooLarge = Code("body_too_large")
        /// The task was cancelled.
        public static let cancelled = Code("cancelled")
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
    public static func == (a: HTTPError, b: HTTPError) -> Bool { a.code == b.code }

    /// What ended a body that was read piece by piece.
    package init(any error: any Error) {
        switch error {
        case let error as HTTPError: self = error
        case is CancellationError: self.init(.cancelled, "The task was cancelled.")
        default: self.init(.interrupted, "The body ended before its end.")
        }
    }
}
