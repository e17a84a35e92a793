// Something that somebody buys.

public import BuskerCore

/// The kind of purchase ids: `pur_…`.
public enum PurchaseKind: IDKind {
    /// `pur`.
    public static let prefix = "pur"
}

/// The id of a purchase.
public typealias PurchaseID = ID<PurchaseKind>

/// Something that somebody buys at a price that was frozen when the purchase was made.
public struct Purchase: Sendable, Hashable {
    /// The host's id.
    public let id: PurchaseID
    /// Who takes the money.
    public let provider: PaymentProvider
    /// Whether the money is real.
    public let mode: PaymentMode
    /// The host's id of the buyer, never an address of mail.
    public let buyer: String
    /// What kind of thing is bought, such as `credits` or `download`; the handler of effects knows the kinds.
    public let kind: String
    /// What is bought, such as `starter@1` or `job_…`.
    public let item: String
    /// The exact price.
    public let price: Money
    /// When the purchase was made.
    public let createdAt: Timestamp
    /// The provider's id of the checkout.
    public internal(set) var checkout: String?
    /// Where the buyer pays.
    public internal(set) var checkoutURL: String?
    /// The provider's id of the payment.
    public internal(set) var payment: String?
    /// Where the purchase stands.
    public internal(set) var state: PurchaseState
    /// What of the price is given back, contested or lost in all.
    public internal(set) var reversed: Money
    /// Whether a dispute is open.
    public internal(set) var isFrozen: Bool
    /// Until when the checkout can be paid, where the provider says so.
    public internal(set) var expiresAt: Timestamp?
    /// The number of the look at the provider that the purchase stands on; 0 before the first, and it only grows.
    public internal(set) var look: Int64
    /// What was given for it.
    public internal(set) var gift: PurchaseGift
}

extension Purchase {
    /// Whether what was bought was given, and none of its money went back or is disputed.
    public var isStanding: Bool { gift != .none && !isFrozen && reversed.minorUnits == 0 }

    /// Whether it may still be paid, as far as is known.
    public var isWaiting: Bool { gift == .none && [.created, .open, .pending].contains(state) }

    /// A purchase of which nothing happened yet.
    package init(
        _ id: PurchaseID, at provider: PaymentProvider, _ mode: PaymentMode, buyer: String, kind: String, item: String,
        price: Money, createdAt: Timestamp
    ) {
        self.init(
            id: id, provider: provider, mode: mode, buyer: buyer, kind: kind, item: item, price: price,
            createdAt: createdAt, state: .created, reversed: Money(minorUnits: 0, currency: price.currency),
            isFrozen: false, look: 0, gift: .none)
    }
}

/// What was given for a purchase, once and for ever.
public enum PurchaseGift: Int64, Sendable, Hashable, CaseIterable {
    /// Nothing yet.
    case none = 0
    /// What was bought, for money.
    case paid = 1
    /// What was bought, for no money.
    case free = 2
}

/// Where a purchase stands.
public enum PurchaseState: String, Sendable, Hashable, CaseIterable {
    /// It was made; no checkout is known yet.
    case created
    /// The buyer can pay.
    case open
    /// Money is on its way.
    case pending
    /// Money arrived, and what was bought was given.
    case paid
    /// A part of the money was given back.
    case partlyRefunded
    /// All of the money was given back.
    case refunded
    /// A dispute is open.
    case disputed
    /// A dispute was lost.
    case lost
    /// The money did not come.
    case failed
    /// The checkout was closed or its time is over.
    case expired
    /// Money came that the judge refuses; a person must look.
    case refused
}
