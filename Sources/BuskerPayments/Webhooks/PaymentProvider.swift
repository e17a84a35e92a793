// Whose payments and events these are.

/// A payment provider, or a sender of Standard Webhooks; new ones may appear in any release.
public struct PaymentProvider: Sendable, Hashable, CustomStringConvertible {
    /// The stable name, such as `stripe`.
    public let name: String

    private init(_ name: String) { self.name = name }

    /// The provider of a name that a table vouches for.
    init(stored name: String) { self.name = name }

    /// Stripe.
    public static let stripe = PaymentProvider("stripe")
    /// Polar.
    public static let polar = PaymentProvider("polar")
    /// PayPal.
    public static let payPal = PaymentProvider("paypal")
    /// Square.
    public static let square = PaymentProvider("square")
    /// Any sender that follows the Standard Webhooks specification.
    public static let standardWebhooks = PaymentProvider("standard-webhooks")

    /// The name.
    public var description: String { name }
}

/// Whether money is real.
public enum PaymentMode: String, Sendable, Hashable {
    /// Real money.
    case live
    /// A provider's sandbox or test mode.
    case test
}
