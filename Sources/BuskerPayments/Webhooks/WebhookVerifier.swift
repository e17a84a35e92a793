// One way to ask whether a webhook is real.

public import BuskerCore
public import HTTPTypes

/// Tells events that a provider signed from everything else.
///
/// A verifier works on the raw bytes of the body: do not parse and write them again before. Answer 2xx also to a verified event
/// whose type is not known, and 4xx to a refusal.
public protocol WebhookVerifier<Trust>: Sendable {
    /// How far the body of a verified event may be believed.
    associatedtype Trust: EventTrust

    /// Whose events these are.
    var provider: PaymentProvider { get }

    /// Checks the signature alone, whatever the body says.
    ///
    /// - Throws: ``WebhookError``.
    func signature(of rawBody: [UInt8], headers: HTTPFields, at now: Timestamp) async throws(WebhookError)
        -> SignedBody<Trust>

    /// Checks the signature and reads the event.
    ///
    /// - Parameters:
    ///   - rawBody: the bytes of the request's body as they came.
    ///   - headers: the request's headers.
    ///   - now: the present moment.
    /// - Throws: ``WebhookError``.
    func verify(rawBody: [UInt8], headers: HTTPFields, at now: Timestamp) async throws(WebhookError)
        -> VerifiedEvent<Trust>
}

extension WebhookLimits {
    /// Refuses a body that is too large to look at.
    func check(_ rawBody: [UInt8]) throws(WebhookError) {
        guard rawBody.count <= body.bytesMax else {
            throw WebhookError(.bodyTooLarge, "The body has more than \(body.bytesMax) bytes.")
        }
    }
}
