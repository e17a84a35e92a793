// What an event may say before the provider was asked.

public import BuskerCore

/// An event as a reason to look: it names what to fetch and grants nothing.
public struct EventHint: Sendable {
    /// Who sent it.
    public let provider: PaymentProvider
    /// The provider's id of the event.
    public let id: String
    /// What happened.
    public let type: EventType
    /// What the event is about.
    public let subject: EventSubject?
    /// Whether real money is meant.
    public let mode: PaymentMode?
    /// The signed body, where the signature covers it.
    public let body: JSONValue?

    /// The hint of a verified event.
    public init<Trust>(_ event: VerifiedEvent<Trust>) {
        self.init(
            provider: event.provider, id: event.id, type: event.type, subject: event.subject, mode: event.mode,
            body: event.trustedBody)
    }

    package init(
        provider: PaymentProvider, id: String, type: EventType, subject: EventSubject?, mode: PaymentMode?,
        body: JSONValue?
    ) {
        self.provider = provider
        self.id = id
        self.type = type
        self.subject = subject
        self.mode = mode
        self.body = body
    }
}

/// What an event is about, in the provider's ids; what is not known is nothing.
public struct PaymentPlace: Sendable, Hashable {
    /// The checkout.
    public var checkout: String?
    /// The payment.
    public var payment: String?
    /// The subscription.
    public var subscription: String?
    /// The host's id of the purchase, from the note that the payment carries.
    public var purchase: String?

    /// Makes a place.
    public init(
        checkout: String? = nil, payment: String? = nil, subscription: String? = nil, purchase: String? = nil
    ) {
        self.checkout = checkout
        self.payment = payment
        self.subscription = subscription
        self.purchase = purchase
    }
}
