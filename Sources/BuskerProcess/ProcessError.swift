// Why another program did not end well.

/// A program that could not be started, or was ended: a code to act on and a sentence to show.
///
/// Two errors are equal when their codes are equal.
public struct ProcessError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, as a value that can be compared; new codes may appear in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private let name: String

        private init(_ name: String) { self.name = name }

        /// The stable name of the code, such as `timed_out`.
        public var description: String { name }

        /// The command cannot be one: no absolute path, or a text with a byte 0.
        public static let badCommand = Code("bad_command")
        /// The system did not start the program.
        public static let notStarted = Code("not_started")
        /// The program took longer than it may, by the clock on the wall.
        public static let timedOut = Code("timed_out")
        /// The program used more processor time than it may.
        public static let processorTime = Code("processor_time")
        /// The program wrote more to its output than it may.
        public static let outputTooLarge = Code("output_too_large")
        /// The task that waited was cancelled, and the program ended.
        public static let cancelled = Code("cancelled")
        /// As many programs run, or wait, as may; try again later.
        public static let busy = Code("busy")
    }

    /// What went wrong.
    public let code: Code
    /// One or two sentences saying what is wrong and what to do; arguments and output are not repeated.
    public let detail: String
    /// The last lines that the program wrote to its standard error, for logs; they may hold what users sent.
    public let complaint: String

    /// Makes an error.
    public init(_ code: Code, _ detail: String, complaint: String = "") {
        self.code = code
        self.detail = detail
        self.complaint = complaint
    }

    /// The code and the sentence.
    public var description: String { "\(code): \(detail)" }

    /// Whether two errors have the same code.
    public static func == (a: ProcessError, b: ProcessError) -> Bool { a.code == b.code }
}
