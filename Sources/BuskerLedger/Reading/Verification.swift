// What a verification found.

/// What a verification found: whether every figure of the ledger follows from its transactions, and what does not.
public struct Verification: Sendable, Hashable {
    /// A rule that always holds in a sound ledger.
    public enum Invariant: String, Sendable, Hashable, CaseIterable {
        /// The lines of a transaction sum to zero.
        case linesBalance = "I1"
        /// What is posted on an account is the sum of its lines, and what its last line says.
        case postedFollows = "I2"
        /// What is posted on a customer's account is what its grants have left.
        case grantsCover = "I3"
        /// What an account holds is what its active holds set aside, and what its grants have pinned for them.
        case holdsCover = "I4"
        /// Every account, grant and hold keeps to its own bounds.
        case bounds = "I5"
        /// The slices of a hold, charge or capture sum to its amount.
        case slicesCover = "I6"
        /// A key has one transaction, and a hold is closed once.
        case once = "I7"
        /// What was given back of a transaction is no more than it took.
        case reversalsFit = "I8"
        /// The sums of all accounts of a unit cancel each other, and the debts are those the ledger claims.
        case booksBalance = "I9"
        /// Every transaction is there, later than the one before, and bound to it by its hash.
        case chain = "I10"
    }

    /// One thing that is wrong.
    public struct Problem: Sendable, Hashable, CustomStringConvertible {
        /// Which rule is broken.
        public let invariant: Invariant
        /// The transaction at which it shows; nothing where it shows on an account, grant or hold only.
        public let sequence: Int64?
        /// What is wrong, for the person who has to look into it.
        public let text: String

        /// The rule and the sentence.
        public var description: String { "\(invariant.rawValue): \(text)" }
    }

    /// How far a verification has come.
    public struct Progress: Sendable, Hashable {
        /// Rows that were checked.
        public let done: Int64
        /// Rows there are, as far as can be told beforehand.
        public let total: Int64
        /// From 0 to 1.
        public var fraction: Double { total > 0 ? min(1, Double(done) / Double(total)) : 1 }
    }

    /// Whether nothing is wrong.
    public var ok: Bool { problemCount == 0 }
    /// How many transactions there are.
    public let transactions: Int64
    /// The hash over the last transaction and all before it: 32 bytes.
    public let headHash: [UInt8]
    /// What is wrong: the first broken transaction first, then what shows on accounts, grants and holds; at most
    /// ``LedgerLimits/problemsMax``.
    public let problems: [Problem]
    /// How many things are wrong in all.
    public let problemCount: Int
    /// What to keep elsewhere, to see with ``Ledger/verify(against:progress:)`` that nothing was cut off or rewritten.
    public var anchor: LedgerAnchor { LedgerAnchor(sequence: transactions, hash: headHash) }
}

/// The end of the ledger at one moment, to be kept where whoever can change the database cannot.
public struct LedgerAnchor: Sendable, Hashable, CustomStringConvertible {
    /// The last transaction.
    public let sequence: Int64
    /// The hash over it and all before it: 32 bytes.
    public let hash: [UInt8]

    /// The anchor of a transaction.
    public init(sequence: Int64, hash: [UInt8]) {
        self.sequence = sequence
        self.hash = hash
    }

    /// Reads what ``description`` wrote; nothing when it is not that.
    public init?(parsing text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let sequence = Int64(parts[0]), sequence >= 0, String(sequence) == parts[0],
            parts[1].utf8.count == 64
        else { return nil }
        var hash: [UInt8] = []
        var digits = parts[1].utf8[...]
        while let high = digits.popFirst(), let low = digits.popFirst() {
            guard let high = Self.value(high), let low = Self.value(low) else { return nil }
            hash.append(high << 4 | low)
        }
        self.init(sequence: sequence, hash: hash)
    }

    /// The sequence, a colon and the hash in hexadecimal.
    public var description: String { "\(sequence):\(Self.text(hash))" }

    static func text(_ hash: some Sequence<UInt8>) -> String {
        hash.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
