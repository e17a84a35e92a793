// What kinds of transactions a ledger holds.

/// What a transaction did; the raw values are those of the tables.
public enum TransactionKind: Int64, Sendable, Hashable, CaseIterable {
    /// An account was opened.
    case open = 1
    /// Credit was given.
    case grant = 2
    /// Credit was spent.
    case charge = 3
    /// Credit was set aside.
    case hold = 4
    /// A hold was spent.
    case capture = 5
    /// A hold was freed.
    case release = 6
    /// A grant reached its end.
    case expireGrant = 7
    /// A hold reached its end.
    case expireHold = 8
    /// A charge or capture was given back.
    case reverse = 9
    /// Credit of a reversed payment was taken back.
    case clawback = 10
    /// Credit taken back was given again.
    case reinstate = 11
    /// A balance was corrected by hand.
    case adjust = 12
    /// Credit moved to another account.
    case transfer = 13
    /// An account was closed.
    case close = 14
}
