// A body whose signature was checked, not read yet.

public import BuskerCore

/// Proof that a provider signed the bytes of a body; only a ``WebhookVerifier`` makes it.
public struct SignedBody<Trust: EventTrust>: Sendable {
    /// Who signed.
    public let provider: PaymentProvider
    /// The sender's name for the delivery, the same on every attempt; nothing where the scheme has none.
    public let deliveryID: String?
    /// The signed moment in whole seconds; nothing where the scheme has none.
    public let signedAt: Timestamp?
    /// Whether another body came under the same signature before, one of the two a forgery; only where the signature does not
    /// cover the body, and only while the other is remembered.
    public let isSecondBody: Bool

    let bytes: [UInt8]
    let mode: PaymentMode?
    let limits: WebhookLimits

    init(
        _ bytes: [UInt8], by provider: PaymentProvider, mode: PaymentMode?, limits: WebhookLimits,
        deliveryID: String? = nil, signedAt: Int64? = nil, isSecondBody: Bool = false
    ) {
        self.bytes = bytes
        self.provider = provider
        self.mode = mode
        self.limits = limits
        self.deliveryID = deliveryID
        self.isSecondBody = isSecondBody
        self.signedAt = signedAt.map { seconds in
            let (microseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
            return Timestamp(microseconds: overflow ? .max : microseconds)
        }
    }

    /// Reads the event.
    ///
    /// - Throws: ``WebhookError`` with `malformedBody`, `wrongObject` or `wrongMode`.
    public func event() throws(WebhookError) -> VerifiedEvent<Trust> {
        let json: JSONValue
        do {
            json = try JSONValue(parsing: bytes, limits: limits.body)
        } catch {
            throw WebhookError(.malformedBody, "The body is signed but no JSON that can be read: \(error.detail)")
        }
        return VerifiedEvent(try EventEnvelope(json, of: self), trusting: json, isSecondBody: isSecondBody)
    }
}
