// Who takes the money for downloads, and how much.

public import BuskerCore
public import BuskerPayments

/// How downloads are sold.
public struct SaleSettings: Sendable {
    /// Who takes the money.
    public let provider: PaymentProvider
    /// Whether the money is real.
    public let mode: PaymentMode
    /// What a job costs; asked when a purchase is made, which keeps the price.
    public let price: @Sendable (MediaJob) -> Money
    /// What the buyer reads at the provider.
    public let title: @Sendable (MediaJob) -> String
    /// How long a checkout may be paid, half an hour to a day, as Stripe allows.
    public let checkoutTime: Duration

    /// Says how.
    public init(
        provider: PaymentProvider, mode: PaymentMode, checkoutTime: Duration = .seconds(3_600),
        price: @escaping @Sendable (MediaJob) -> Money, title: @escaping @Sendable (MediaJob) -> String
    ) {
        self.provider = provider
        self.mode = mode
        self.price = price
        self.title = title
        self.checkoutTime = min(max(checkoutTime, .seconds(1_800)), .seconds(86_400))
    }
}
