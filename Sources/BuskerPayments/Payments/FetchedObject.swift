// An object that came from a provider's own interface.

public import BuskerCore

/// What a provider answered when it was asked; only this room's provider clients make it.
///
/// A payment is judged from such an answer and never from what a browser or a webhook's body says.
public struct FetchedObject: Sendable {
    /// Who answered.
    public let provider: PaymentProvider
    /// The mode of the keys that were used to ask.
    public let mode: PaymentMode
    /// When it was answered.
    public let fetchedAt: Timestamp
    /// What was answered.
    public let body: JSONValue

    package init(_ body: JSONValue, from provider: PaymentProvider, mode: PaymentMode, at fetchedAt: Timestamp) {
        self.body = body
        self.provider = provider
        self.mode = mode
        self.fetchedAt = fetchedAt
    }
}
