// What a buyer wants to buy.

public import BuskerCore

/// A purchase to be made, from the host's own tables and never from a browser.
public struct PurchaseRequest: Sendable, Hashable {
    /// Who takes the money.
    public var provider: PaymentProvider
    /// Whether the money is real.
    public var mode: PaymentMode
    /// The host's id of the buyer, never an address of mail.
    ///
    /// 1 to 200 bytes.
    public var buyer: String
    /// The host's key, unique for the buyer: the same key is the same purchase.
    ///
    /// 1 to 200 bytes.
    public var key: String
    /// What kind of thing is bought; one that a handler was given for.
    ///
    /// 1 to 200 bytes.
    public var kind: String
    /// What is bought.
    ///
    /// 1 to 200 bytes.
    public var item: String
    /// The exact price; nothing to pay at all makes it a free purchase, which needs no provider.
    public var price: Money
    /// What the buyer reads at the provider.
    public var title: String
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

    /// Makes a request.
    public init(
        provider: PaymentProvider, mode: PaymentMode, buyer: String, key: String, kind: String, item: String,
        price: Money, title: String, successURL: String, cancelURL: String? = nil, product: String? = nil,
        email: String? = nil, timeToLive: Duration? = nil
    ) {
        self.provider = provider
        self.mode = mode
        self.buyer = buyer
        self.key = key
        self.kind = kind
        self.item = item
        self.price = price
        self.title = title
        self.successURL = successURL
        self.cancelURL = cancelURL
        self.product = product
        self.email = email
        self.timeToLive = timeToLive
    }

    /// Whether a purchase is the one that is asked for.
    func asks(for purchase: Purchase) -> Bool {
        purchase.provider == provider && purchase.mode == mode && purchase.kind == kind && purchase.item == item
            && purchase.price == price
    }

    /// The checkout to open for a purchase.
    func order(for purchase: Purchase) -> CheckoutOrder {
        CheckoutOrder(
            key: "checkout:\(purchase.id)", title: title, price: purchase.price,
            notes: [CheckoutOrder.purchaseNote: purchase.id.description], successURL: successURL, product: product,
            cancelURL: cancelURL, email: email, buyer: purchase.buyer, timeToLive: timeToLive)
    }

    func check() throws(PaymentError) {
        for text in [buyer, key, kind, item] where !InboxText.holds(text) {
            throw PaymentError(
                .badRequest, "Buyer, key, kind and item have 1 to 200 bytes without control characters.")
        }
        guard price.minorUnits >= 0 else { throw PaymentError(.badAmount, "A price is not negative.") }
    }
}
