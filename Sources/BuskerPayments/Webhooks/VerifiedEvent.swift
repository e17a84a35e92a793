// An event that its provider signed.

public import BuskerCore

/// Proof that a provider said something; only a ``WebhookVerifier`` makes it.
///
/// The type says how far to believe it. A `VerifiedEvent<HintOnly>` has no body: what it names must be fetched from the provider
/// before anything is granted. The body of a `VerifiedEvent<FullBody>` is genuine, yet may be older than others that came before.
public struct VerifiedEvent<Trust: EventTrust>: Sendable {
    /// Who signed the event.
    public let provider: PaymentProvider
    /// The provider's id of the event, the same on every delivery.
    public let id: String
    /// What happened.
    public let type: EventType
    /// When the provider says it happened.
    public let createdAt: Timestamp?
    /// Whether real money is meant; nothing when the verifier was not told and the event does not say.
    public let mode: PaymentMode?
    /// What the event is about.
    public let subject: EventSubject?
    /// The provider's version of the body's form, such as `2026-07-29.dahlia`.
    public let apiVersion: String?
    /// Whether another body came under the same signature before; see ``SignedBody/isSecondBody``.
    public let isSecondBody: Bool

    private let json: JSONValue

    init(_ envelope: EventEnvelope, trusting json: JSONValue, isSecondBody: Bool) {
        self.isSecondBody = isSecondBody
        provider = envelope.provider
        id = envelope.id
        type = envelope.type
        createdAt = envelope.createdAt
        mode = envelope.mode
        subject = envelope.subject
        apiVersion = envelope.apiVersion
        self.json = Trust.self == FullBody.self ? json : .null
    }
}

extension VerifiedEvent {
    /// Whether this release knows the type; one that is not known is acknowledged and ignored.
    public var isKnownType: Bool { EventType.known(to: provider).contains(type) }

    /// The body where the signature covers it.
    var trustedBody: JSONValue? { Trust.self == FullBody.self ? json : nil }
}

extension VerifiedEvent where Trust == FullBody {
    /// The signed body.
    public var body: JSONValue { json }
}

/// The object an event is about, to be fetched from the provider.
public struct EventSubject: Sendable, Hashable {
    /// The provider's kind of object, such as `payment_intent`; nothing when the event does not say.
    public let kind: String?
    /// The provider's id of the object.
    public let id: String

    package init(kind: String?, id: String) {
        self.kind = kind
        self.id = id
    }
}
