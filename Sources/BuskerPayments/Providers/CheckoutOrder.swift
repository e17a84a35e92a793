// What a buyer is asked to pay for.

public import BuskerCore

/// A checkout to be opened at a provider.
public struct CheckoutOrder: Sendable, Hashable {
    /// The host's key, such as `checkout:pur_…`: the same key opens the same checkout.
    ///
    /// 1 to 108 bytes of ASCII.
    public var key: String
    /// What the buyer reads.
    ///
    /// 1 to 120 characters.
    public var title: String
    /// The exact sum.
    public var price: Money
    /// What the payment will carry, written by the server and never by a browser; the judge asks for each of them.
    ///
    /// At most 20 notes, names of 40 and texts of 400 bytes. PayPal and Square keep only the note ``purchaseNote``.
    public var notes: [String: String]
    /// The provider's own product, where it sells products: Polar's id.
    public var product: String?
    /// Where the buyer goes after paying; providers may add their id of the checkout.
    public var successURL: String
    /// Where the buyer goes who does not pay.
    public var cancelURL: String?
    /// The buyer's address for the provider's receipt; it identifies nobody.
    public var email: String?
    /// The host's id of the buyer.
    public var buyer: String?
    /// How long the checkout may be paid; the provider's usual time where nothing is said.
    public var timeToLive: Duration?

    /// The name of the note that holds the host's id of the purchase.
    public static let purchaseNote = "busker_purchase"

    /// Makes an order.
    public init(
        key: String, title: String, price: Money, notes: [String: String], successURL: String, product: String? = nil,
        cancelURL: String? = nil, email: String? = nil, buyer: String? = nil, timeToLive: Duration? = nil
    ) {
        self.key = key
        self.title = title
        self.price = price
        self.notes = notes
        self.successURL = successURL
        self.product = product
        self.cancelURL = cancelURL
        self.email = email
        self.buyer = buyer
        self.timeToLive = timeToLive
    }
}
