// Why the ledger refused.

public import BuskerCore

/// A refusal or failure of the ledger: a code to act on, a sentence to show, and the figures behind it.
///
/// Two errors are equal when their codes are equal.
public struct LedgerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, as a value that can be compared; new codes may appear in any release.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private let name: String

        package init(_ name: String) { self.name = name }

        /// The stable name of the code, such as `insufficient`.
        public var description: String { name }

        /// The account has less available than needed.
        public static let insufficient = Code("insufficient")
        /// The key was used for another request.
        public static let conflict = Code("conflict")
        /// There is no such account.
        public static let unknownAccount = Code("unknown_account")
        /// The account was closed.
        public static let accountClosed = Code("account_closed")
        /// The account still holds, owes or has something.
        public static let accountNotEmpty = Code("account_not_empty")
        /// There is no such hold.
        public static let unknownHold = Code("unknown_hold")
        /// The hold was captured or released before.
        public static let holdClosed = Code("hold_closed")
        /// The hold's time was over.
        public static let holdExpired = Code("hold_expired")
        /// More was to be captured than held.
        public static let exceedsHold = Code("exceeds_hold")
        /// There is no such transaction, or it is not of a kind that can be reversed.
        public static let unknownTransaction = Code("unknown_transaction")
        /// More was to be given back than is left of the charge.
        public static let exceedsCharge = Code("exceeds_charge")
        /// No grant belongs to the payment.
        public static let unknownPayment = Code("unknown_payment")
        /// The payment has been granted before.
        public static let paymentUsed = Code("payment_used")
        /// Two different units or currencies met.
        public static let unitMismatch = Code("unit_mismatch")
        /// A sum left the range of the ledger.
        public static let overflow = Code("overflow")
        /// The amount is out of range.
        public static let badAmount = Code("bad_amount")
        /// The key is out of range.
        public static let badKey = Code("bad_key")
        /// A name, scope, job, payment or note is out of range.
        public static let badName = Code("bad_name")
        /// The terms, time to live or instants are out of range.
        public static let badTerms = Code("bad_terms")
        /// A limit of the room was passed.
        public static let limit = Code("limit")
        /// More grants would have to bear the amount than one command may draw on.
        public static let tooManyGrants = Code("too_many_grants")
        /// Another command of the same linked group was refused.
        public static let groupRefused = Code("group_refused")
        /// The rate card, package, code or rule is wrong or unknown.
        public static let badPricing = Code("bad_pricing")
        /// The promotion code is unknown, over, used up, or not for this account.
        public static let codeRefused = Code("code_refused")
        /// The cursor was not made by this ledger.
        public static let badCursor = Code("bad_cursor")
        /// The commit failed and may or may not have happened: repeat the command under the same key.
        public static let unknownOutcome = Code("unknown_outcome")
        /// The database failed; nothing was changed.
        public static let databaseFailed = Code("database_failed")
        /// The task was cancelled before the command began.
        public static let cancelled = Code("cancelled")
        /// The tables say something that the ledger never writes.
        public static let corrupt = Code("corrupt")
    }

    /// The figures behind a refusal.
    public struct Figures: Sendable, Hashable {
        /// What was needed.
        public var needed: Amount
        /// What could be spent or captured.
        public var available: Amount
        /// What other holds have set aside.
        public var held: Amount
        /// What the account owes.
        public var debt: Amount

        package init(needed: Amount, available: Amount, held: Amount, debt: Amount) {
            self.needed = needed
            self.available = available
            self.held = held
            self.debt = debt
        }
    }

    /// What went wrong.
    public let code: Code
    /// One or two sentences saying what happened and what to do.
    public let detail: String
    /// The figures, where they explain the refusal.
    public let figures: Figures?
    /// Whether this is the answer that the same command got before.
    public let replayed: Bool
    /// What lies behind it: what the database reported, or why a code was refused.
    public let underlying: (any Error)?

    package init(
        _ code: Code, _ detail: String, figures: Figures? = nil, replayed: Bool = false, underlying: (any Error)? = nil
    ) {
        self.code = code
        self.detail = detail
        self.figures = figures
        self.replayed = replayed
        self.underlying = underlying
    }

    /// The code and the sentence.
    public var description: String { "\(code): \(detail)" }

    /// Whether two errors have the same code.
    public static func == (a: LedgerError, b: LedgerError) -> Bool { a.code == b.code }
}
