// What can be wrong with a person's audio, in words.

/// A failure of the audio room: a code to act on and a sentence to show.
///
/// Two errors are equal when their codes are equal.
public struct AudioError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, as a value that can be compared; new codes may appear in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private let name: String

        /// Makes a code of your own, for a model or an output that can fail in its own way; the name is lower-case words.
        public init(_ name: String) { self.name = name }

        /// The stable name of the code, such as `unsupported_format`.
        public var description: String { name }

        /// A setting is outside its documented range.
        public static let badArgument = Code("bad_argument")
        /// The system ran out of memory.
        public static let outOfMemory = Code("out_of_memory")
        /// The work was cancelled.
        public static let cancelled = Code("cancelled")
        /// A part of the signal core failed in a way that should not happen.
        public static let coreFailed = Code("core_failed")
    }

    /// What went wrong.
    public let code: Code
    /// One or two sentences for the person whose file or setting it is, saying what to do.
    public let detail: String

    /// Makes an error; models and outputs of your own throw it.
    public init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    /// The code and the sentence.
    public var description: String { "\(code): \(detail)" }

    /// Whether two errors have the same code.
    public static func == (a: AudioError, b: AudioError) -> Bool { a.code == b.code }
}
