// Whether the books balance, unit by unit.

public import BuskerCore

/// What stands on one of the ledger's own accounts.
public struct HouseBalance: Sendable, Hashable {
    /// The account, such as `~revenue:credits`.
    public let account: AccountName
    /// What stands on it: negative where it gave, as the accounts that issue credit do.
    public let posted: Amount
}

/// The sums of all accounts of one unit.
public struct TrialBalance: Sendable, Hashable {
    /// The unit.
    public let unit: Amount.Unit
    /// How many accounts hosts have opened in it, closed ones included.
    public let accounts: Int64
    /// What stands on them all.
    public let customers: Amount
    /// What holds on them have set aside.
    public let held: Amount
    /// What they owe.
    public let debt: Amount
    /// What stands on the ledger's own accounts.
    public let house: Amount
    /// What the ledger's own account of debts says; it mirrors ``debt``, negative.
    public let receivable: Amount

    /// Whether everything given is accounted for: the sums cancel each other, and the debts are those the ledger claims.
    public var isBalanced: Bool {
        customers.steps.addingReportingOverflow(house.steps) == (0, false)
            && debt.steps.addingReportingOverflow(receivable.steps) == (0, false)
    }
}
