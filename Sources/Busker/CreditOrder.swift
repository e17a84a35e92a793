// A package of credits that somebody wants.

public import BuskerLedger
public import BuskerPayments

/// A package of credits to be bought for an account.
public struct CreditOrder: Sendable, Hashable {
    /// The name of the package, such as `starter`; the version on offer is bought.
    public var package: String
    /// Whose credit it becomes; also the buyer's name for payments.
    public var account: AccountName
    /// Who takes the money.
    public var provider: PaymentProvider
    /// The host's key, unique for the account: the same key is the same purchase.
    ///
    /// 1 to 200 bytes.
    public var key: String
    /// Where the buyer goes after paying.
    public var successURL: String
    /// Where the buyer goes who does not pay.
    public var cancelURL: String?
    /// The provider's own product, where it sells products: Polar's id.
    public var product: String?
    /// The buyer's address for the provider's receipt; it identifies nobody.
    public var email: String?
    /// How long the checkout may be paid; the provider's usual time where nothing is said.
    public var timeToLive: Duration?

    /// Makes an order.
    public init(
        _ package: String, for account: AccountName, at provider: PaymentProvider, key: String, successURL: String,
        cancelURL: String? = nil, product: String? = nil, email: String? = nil, timeToLive: Duration? = nil
    ) {
        self.package = package
        self.account = account
        self.provider = provider
        self.key = key
        self.successURL = successURL
        self.cancelURL = cancelURL
        self.product = product
        self.email = email
        self.timeToLive = timeToLive
    }
}
