// Money to be given back.

public import BuskerCore

/// A refund to be made.
public struct RefundOrder: Sendable, Hashable {
    /// The host's key, such as `refund:pur_…:1`: the same key makes one refund.
    ///
    /// 1 to 108 bytes of ASCII.
    public var key: String
    /// The provider's id of the payment.
    public var payment: String
    /// How much; the price or a part of it.
    public var amount: Money
    /// Why, for the provider's records.
    ///
    /// At most 120 characters.
    public var reason: String?

    /// Makes an order.
    public init(key: String, payment: String, amount: Money, reason: String? = nil) {
        self.key = key
        self.payment = payment
        self.amount = amount
        self.reason = reason
    }
}

/// A refund as its provider sees it; it can still fail after it succeeded.
public struct Refund: Sendable {
    /// The provider's id.
    public let id: String
    /// The provider's word for its state, such as `pending`.
    public let status: String
    /// How much.
    public let amount: Money
    /// What the provider answered.
    public let object: FetchedObject

    package init(id: String, status: String, amount: Money, object: FetchedObject) {
        self.id = id
        self.status = status
        self.amount = amount
        self.object = object
    }
}
