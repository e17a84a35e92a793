// What an export writes, and what it wrote.

/// What an export writes.
public struct CSVExport: Sendable, Hashable {
    /// Which rows an export has.
    public enum Content: Sendable, Hashable {
        /// The history of one account, one row for each transaction that it saw, oldest first.
        case history(AccountName)
        /// Every line of every transaction, oldest first; the lines of a transaction sum to zero.
        case journal
    }

    /// Which rows.
    public var content: Content
    /// Which transactions.
    public var filter: HistoryFilter
    /// Whether a byte order mark comes first, which some spreadsheets need to see that this is UTF-8.
    public var byteOrderMark: Bool

    /// Describes an export.
    public init(_ content: Content, filter: HistoryFilter = HistoryFilter(), byteOrderMark: Bool = false) {
        self.content = content
        self.filter = filter
        self.byteOrderMark = byteOrderMark
    }

    /// What an export wrote.
    public struct Report: Sendable, Hashable {
        /// How many rows, without the heading.
        public let rows: Int
        /// How many bytes.
        public let bytes: Int
        /// The last transaction of the ledger when the export began; later ones are not in it.
        public let asOfSequence: Int64
    }
}
