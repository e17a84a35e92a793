// What can go wrong between a host and its database.

/// A failure of the database room: a code to act on and a sentence to show.
///
/// Two errors are equal when their codes are equal.
public struct DatabaseError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, as a value that can be compared; new codes may appear in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private let name: String

        private init(_ name: String) { self.name = name }

        /// The stable name of the code, such as `unique_violation`.
        public var description: String { name }

        /// Another process holds the database file.
        public static let inUse = Code("in_use")
        /// The commit failed and may or may not have happened: repeat the operation under the same key.
        public static let unknownOutcome = Code("unknown_outcome")
        /// The server cannot be reached or went away; nothing was changed.
        public static let unavailable = Code("unavailable")
        /// A lock, a connection or a statement took longer than allowed; nothing was changed.
        public static let timeout = Code("timeout")
        /// The transaction lost a race more often than retries are allowed; nothing was changed.
        public static let contention = Code("contention")
        /// A row with the same unique value exists.
        public static let uniqueViolation = Code("unique_violation")
        /// A row would break a rule of its table.
        public static let checkViolation = Code("check_violation")
        /// A row refers to another that is not there.
        public static let foreignKeyViolation = Code("foreign_key_violation")
        /// A column that must hold a value would be empty.
        public static let notNullViolation = Code("not_null_violation")
        /// A migration that was applied has been changed since.
        public static let migrationChanged = Code("migration_changed")
        /// The database was migrated by a newer release.
        public static let migrationUnknown = Code("migration_unknown")
        /// The migrations of a room are not numbered from 1 without gaps.
        public static let badMigration = Code("bad_migration")
        /// The database is set up in a way that could lose what was acknowledged.
        public static let unsafeSettings = Code("unsafe_settings")
        /// A column holds another kind of value than was asked for.
        public static let typeMismatch = Code("type_mismatch")
        /// The statement is wrong or speaks of something that does not exist.
        public static let badStatement = Code("bad_statement")
        /// The file is damaged or not a database.
        public static let corrupt = Code("corrupt")
        /// The disk or the file is full, or cannot be written.
        public static let storage = Code("storage")
        /// The database was opened for reading, or may not be written.
        public static let readOnly = Code("read_only")
        /// A limit of the room was passed.
        public static let limit = Code("limit")
        /// The database was closed, or the transaction is over.
        public static let closed = Code("closed")
        /// Anything else the database reports.
        public static let failed = Code("failed")
    }

    /// What went wrong.
    public let code: Code
    /// One or two sentences saying what happened and what to do; never a bound value.
    public let detail: String
    /// The name of the constraint or index that refused, where the database tells.
    public let constraint: String?

    /// Makes an error.
    public init(_ code: Code, _ detail: String, constraint: String? = nil) {
        self.code = code
        self.detail = detail
        self.constraint = constraint
    }

    /// Whether a rule of a table refused a row, so that the same would be refused again; everything else may pass.
    public var isViolation: Bool {
        [.uniqueViolation, .checkViolation, .foreignKeyViolation, .notNullViolation].contains(code)
    }

    /// The code and the sentence.
    public var description: String { "\(code): \(detail)" }

    /// Whether two errors have the same code.
    public static func == (a: DatabaseError, b: DatabaseError) -> Bool { a.code == b.code }
}
