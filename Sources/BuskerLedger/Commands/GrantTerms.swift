// On what terms credit is given.

public import BuskerCore

/// Where credit comes from.
public enum GrantCategory: Int64, Sendable, Hashable, CaseIterable {
    /// Bought.
    case paid = 1
    /// Given by a promotion.
    case promo = 2
    /// Given to a new customer.
    case welcome = 3
    /// Given back.
    case refund = 4
    /// Given by hand.
    case adjust = 5
    /// Part of a subscription.
    case subscription = 6
}

/// The terms of a grant: in which order it burns, what for, from when, until when, and what it cost.
///
/// Burn-down order, the first difference decides: lower priority number; a matching scope before none; earlier expiry, none
/// last; free before paid; earlier effect; earlier grant.
public struct GrantTerms: Sendable, Hashable {
    /// Where the credit comes from.
    public var category: GrantCategory
    /// 0 burns first, 100 last; 50 where nothing is said.
    public var priority: Int
    /// What the credit may be spent on, such as `stems`; `nil` for everything.
    ///
    /// 1 to 100 bytes.
    public var scope: String?
    /// When it begins to count; `nil` for at once.
    public var effectiveAt: Timestamp?
    /// When it ends, exclusive; `nil` for never.
    public var expiresAt: Timestamp?
    /// What was paid for it; `nil` when it was free.
    public var cost: Money?
    /// The payment behind it, one grant of each category for each payment.
    ///
    /// 1 to 200 bytes.
    public var payment: String?

    /// Makes terms; without arguments, bought credit that never ends.
    public init(
        _ category: GrantCategory = .paid, priority: Int = 50, scope: String? = nil, effectiveAt: Timestamp? = nil,
        expiresAt: Timestamp? = nil, cost: Money? = nil, payment: String? = nil
    ) {
        self.category = category
        self.priority = priority
        self.scope = scope
        self.effectiveAt = effectiveAt
        self.expiresAt = expiresAt
        self.cost = cost
        self.payment = payment
    }
}
