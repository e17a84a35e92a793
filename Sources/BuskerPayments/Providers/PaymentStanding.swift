// What became of a payment's money.

public import BuskerCore

/// A payment with all that happened to its money, from one look at the provider.
///
/// Sums are cumulative, so that a later look replaces an earlier one and nothing depends on the order of events.
public struct PaymentStanding: Sendable {
    /// The payment itself, for the judge.
    public let object: FetchedObject
    /// The provider's id of the payment.
    public let payment: String
    /// What it carries.
    public let notes: [String: String]
    /// Whether money is there, on its way, or never came.
    public let state: Checkout.State
    /// What was given back by refunds that stand now; failed and cancelled ones do not count.
    public let refunded: Money
    /// What the buyer's bank holds or has taken back: disputes that are open, and those that were lost.
    public let contested: Money
    /// Of ``contested``, what was lost for good.
    public let lost: Money
    /// Whether a dispute is open, which forbids refunds and freezes what was bought.
    public let isDisputed: Bool

    package init(
        object: FetchedObject, payment: String, notes: [String: String], state: Checkout.State, refunded: Money,
        contested: Money, lost: Money, isDisputed: Bool
    ) {
        self.object = object
        self.payment = payment
        self.notes = notes
        self.state = state
        self.refunded = refunded
        self.contested = contested
        self.lost = lost
        self.isDisputed = isDisputed
    }
}

/// A subscription as its provider sees it.
public struct SubscriptionStanding: Sendable {
    /// The provider's id.
    public let id: String
    /// The provider's word for its state, such as `past_due`.
    public let status: String
    /// Whether the provider says that the subscriber may use what was subscribed to.
    public let isActive: Bool
    /// The end of the period that is paid for.
    public let periodEnd: Timestamp?
    /// What it carries.
    public let notes: [String: String]
    /// What the provider answered.
    public let object: FetchedObject

    package init(
        id: String, status: String, isActive: Bool, periodEnd: Timestamp?, notes: [String: String],
        object: FetchedObject
    ) {
        self.id = id
        self.status = status
        self.isActive = isActive
        self.periodEnd = periodEnd
        self.notes = notes
        self.object = object
    }
}
