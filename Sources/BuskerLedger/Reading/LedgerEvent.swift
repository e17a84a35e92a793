// Something on an account that somebody should hear of.

public import BuskerCore

/// Something on an account that somebody should hear of: written with the transaction that caused it, kept until it is done.
public struct LedgerEvent: Sendable, Hashable {
    /// What happened; new kinds may appear in any release.
    public struct Kind: Sendable, Hashable, CustomStringConvertible {
        /// The stable name, such as `low_balance`.
        public let name: String

        init(_ name: String) { self.name = name }

        /// The name.
        public var description: String { name }

        /// What is available fell below a threshold.
        public static let lowBalance = Kind("low_balance")
        /// Nothing is available any more.
        public static let depleted = Kind("depleted")
        /// A grant of which something is left will soon end.
        public static let grantExpiring = Kind("grant_expiring")
        /// The account began to owe.
        public static let debtCreated = Kind("debt_created")
        /// The account owes nothing any more.
        public static let debtCleared = Kind("debt_cleared")
        /// A rule asks for credit to be bought.
        public static let topUpDue = Kind("topup_due")
        /// A rule asked for so many top-ups in a short time that it paused itself.
        public static let topUpPaused = Kind("topup_paused")
        /// A rule switched itself off after charges failed.
        public static let topUpOff = Kind("topup_off")
    }

    /// Its place in the order of all events; also the key under which a receiver can tell that it has seen it.
    public let sequence: Int64
    /// What happened.
    public let kind: Kind
    /// On which account.
    public let account: AccountName
    /// The transaction that caused it.
    public let transaction: TransactionID?
    /// The figures, as a JSON object.
    public let body: String
    /// When it was written.
    public let createdAt: Timestamp
    /// When it was done; nothing while it waits.
    public let doneAt: Timestamp?
}
