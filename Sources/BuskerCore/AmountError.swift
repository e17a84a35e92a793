// What can be wrong with a quantity of money or credits.

/// A failure of counting: a code to act on and a sentence to show.
///
/// Two errors are equal when their codes are equal.
public struct AmountError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, as a value that can be compared; new codes may appear in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private let name: String

        private init(_ name: String) { self.name = name }

        /// The stable name of the code, such as `unit_mismatch`.
        public var description: String { name }

        /// The result does not fit into 64 bits, or a divisor is zero.
        public static let overflow = Code("overflow")
        /// Two quantities are counted in different units or currencies.
        public static let unitMismatch = Code("unit_mismatch")
        /// A text is not a decimal number of the unit's scale.
        public static let badNumber = Code("bad_number")
        /// A unit's code or scale is outside its documented range.
        public static let badUnit = Code("bad_unit")
        /// ISO 4217 has no active currency of that code with minor units.
        public static let unknownCurrency = Code("unknown_currency")
        /// The parts or weights of a split are outside their documented range.
        public static let badSplit = Code("bad_split")
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
    public static func == (a: AmountError, b: AmountError) -> Bool { a.code == b.code }
}
