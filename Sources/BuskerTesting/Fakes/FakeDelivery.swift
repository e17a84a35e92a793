// A webhook on its way.

public import HTTPTypes

/// A webhook as a provider sends it: to be posted to the host as it is.
public struct FakeDelivery: Sendable {
    /// The provider's id of the event, the same on every delivery.
    public let id: String
    /// What happened, in the provider's words.
    public let type: String
    /// Which delivery of the event it is, from 1.
    public let attempt: Int
    /// The signed headers.
    public let headers: HTTPFields
    /// The body, exactly as it was signed.
    public let body: [UInt8]

    /// The event behind it, to be sent again.
    let event: FakeEvent
}

/// Something that a provider tells its hosts.
struct FakeEvent: Sendable {
    let id: String
    let type: String
    let body: String
}
