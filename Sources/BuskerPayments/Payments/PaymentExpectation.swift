// What a payment must be to pay for something.

public import BuskerCore

/// What the host knows about a purchase from its own tables: frozen when the purchase was made, never taken from a request.
public struct PaymentExpectation: Sendable, Hashable {
    /// The provider's id of the payment, looked up by the purchase.
    public var payment: String
    /// The exact price, more than nothing.
    public var price: Money
    /// Whether real money is meant.
    public var mode: PaymentMode
    /// What the payment is for: the id of a job or of a purchase of credits.
    public var purpose: String
    /// The notes that the payment must carry, such as the user and the job, as the host wrote them at the provider; at least one.
    public var notes: [String: String]
    /// What the payment was used for before; the same purpose may use it again.
    public var consumedBy: String?
    /// Whether what is paid for can be delivered.
    public var isReady: Bool
    /// Whether the answer must include what happened to the money later, such as Stripe's expanded `latest_charge`.
    public var needsCharge: Bool
    /// How much may have been refunded without the payment losing its worth; normally nothing.
    public var refundMax: Money
    /// Whether a payment counts although the buyer disputes it: only where what it bought is taken back in the same transaction.
    public var mayBeDisputed: Bool

    /// Makes an expectation.
    public init(
        payment: String, price: Money, mode: PaymentMode, purpose: String, notes: [String: String],
        consumedBy: String? = nil, isReady: Bool = true, needsCharge: Bool = true, refundMax: Money? = nil,
        mayBeDisputed: Bool = false
    ) {
        self.payment = payment
        self.price = price
        self.mode = mode
        self.purpose = purpose
        self.notes = notes
        self.consumedBy = consumedBy
        self.isReady = isReady
        self.needsCharge = needsCharge
        self.refundMax = refundMax ?? Money(minorUnits: 0, currency: price.currency)
        self.mayBeDisputed = mayBeDisputed
    }
}
