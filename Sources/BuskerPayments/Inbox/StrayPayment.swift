// Money that buys nothing.

public import BuskerCore

/// A payment that belongs to a purchase here but buys nothing: paid twice, refused by the judge, or impossible to deliver.
public struct StrayPayment: Sendable, Hashable {
    /// Who took the money.
    public let provider: PaymentProvider
    /// Whether the money is real.
    public let mode: PaymentMode
    /// The provider's id of the payment.
    public let payment: String
    /// The purchase it names, where there is one.
    public let purchase: PurchaseID?
    /// Why it buys nothing, such as `paid_twice` or `amount_mismatch`.
    public let reason: String
    /// The sum that may be given back, where it is known.
    public let amount: Money?
    /// When it was noticed.
    public let createdAt: Timestamp
    /// When it was given back or put aside.
    public let closedAt: Timestamp?
}
