// What really happened to a payment's money.

public import BuskerCore

/// The provider's own account of one payment whose money arrived: the truth to compare with.
///
/// What the provider kept for the host is `paid − refunded − contested`.
public struct FakeBook: Sendable, Hashable {
    /// The provider's id of the payment.
    public let payment: String
    /// The provider's id of the checkout, where there was one.
    public let checkout: String?
    /// What the payment carries.
    public let notes: [String: String]
    /// What arrived.
    public let paid: Money
    /// What was given back by refunds that stand.
    public let refunded: Money
    /// What the buyer's bank holds in open disputes or took back in lost ones.
    public let contested: Money
    /// Of ``contested``, what was lost for good.
    public let lost: Money
    /// Whether a dispute is open.
    public let isDisputed: Bool

    /// The currency of all sums.
    public var currency: Currency { paid.currency }
}

/// The sums of a book in the provider's own steps.
struct FakeSums {
    var paid: Int64 = 0
    var refunded: Int64 = 0
    var contested: Int64 = 0
    var lost: Int64 = 0
    var isDisputed = false
}
