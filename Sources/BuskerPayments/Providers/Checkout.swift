// A checkout as its provider sees it.

public import BuskerCore

/// A page or an order at a provider on which one buyer pays once.
public struct Checkout: Sendable {
    /// Where the checkout stands.
    public enum State: String, Sendable, Hashable {
        /// It can be paid.
        case open
        /// The buyer did what was asked; the money is on its way and may still not come.
        case pending
        /// Money arrived; judge the payment before anything is granted.
        case paid
        /// It needed no money, such as with a coupon of 100 percent; there may be no payment.
        case free
        /// The money did not come.
        case failed
        /// It was closed or its time is over.
        case expired
        /// The provider says something that this release does not know.
        case unknown
    }

    /// The provider's id.
    public let id: String
    /// Where it stands.
    public let state: State
    /// Where the buyer pays; nothing once it is closed.
    public let url: String?
    /// The provider's id of the payment that the judge asks for; nothing before there is one.
    public let payment: String?
    /// What it carries.
    public let notes: [String: String]
    /// Until when it can be paid.
    public let expiresAt: Timestamp?
    /// What the provider answered.
    public let object: FetchedObject

    package init(
        id: String, state: State, url: String?, payment: String?, notes: [String: String], expiresAt: Timestamp?,
        object: FetchedObject
    ) {
        self.id = id
        self.state = state
        self.url = url
        self.payment = payment
        self.notes = notes
        self.expiresAt = expiresAt
        self.object = object
    }
}
