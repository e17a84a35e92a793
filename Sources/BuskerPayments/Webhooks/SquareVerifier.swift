// Verifies the webhooks of Square.

public import BuskerCore
public import HTTPTypes

/// Verifies the `x-square-hmacsha256-signature` header: HMAC-SHA256 over the notification address and the body.
///
/// The address is the exact text that was registered with Square: give it from the configuration, since behind a proxy a request
/// does not know it. Nothing in the scheme is dated, so replays are only seen by the event's id.
public struct SquareVerifier: WebhookVerifier {
    private static let header = HTTPField.Name("x-square-hmacsha256-signature")

    /// Square.
    public var provider: PaymentProvider { .square }

    private let keys: MessageKeys
    private let address: [UInt8]
    private let mode: PaymentMode?
    private let limits: WebhookLimits

    /// Makes a verifier.
    ///
    /// - Parameters:
    ///   - secrets: the subscription's signature keys, 1...8, at least 8 characters each.
    ///   - notificationURL: the address as it was registered, 1...2,048 bytes.
    ///   - mode: what ``VerifiedEvent/mode`` shall say: Square's sandbox has subscriptions and keys of its own.
    ///   - limits: how much of a body is read.
    /// - Throws: ``WebhookError`` with `missingSecret` or `missingURL`.
    public init(secrets: [String], notificationURL: String, mode: PaymentMode?, limits: WebhookLimits = .standard)
        throws(WebhookError)
    {
        try WebhookSecret.check(secrets)
        guard !WebhookSecret.trimmed(notificationURL).isEmpty, notificationURL.utf8.count <= 2048 else {
            throw WebhookError(.missingURL, "The notification address is blank or too long; set the registered one.")
        }
        keys = MessageKeys(secrets.map { Array($0.utf8) }, hint: WebhookSecret.hint(secrets))
        address = Array(notificationURL.utf8)
        self.mode = mode
        self.limits = limits
    }

    /// Checks the signature alone, whatever the body says; an empty body is refused, since Square sends none.
    ///
    /// - Throws: ``WebhookError``.
    public func signature(of rawBody: [UInt8], headers: HTTPFields, at now: Timestamp) throws(WebhookError)
        -> SignedBody<FullBody>
    {
        try limits.check(rawBody)
        let header = try headers.single(Self.header)
        guard !rawBody.isEmpty else { throw WebhookError(.emptyBody, "The body is empty.") }
        let candidate = Base64.decode(header[...])
        try keys.check(address, rawBody, candidates: candidate.map { [$0] } ?? [])
        return SignedBody(rawBody, by: .square, mode: mode, limits: limits)
    }

    /// Checks the signature and reads the event.
    ///
    /// - Throws: ``WebhookError``.
    public func verify(rawBody: [UInt8], headers: HTTPFields, at now: Timestamp) throws(WebhookError)
        -> VerifiedEvent<FullBody>
    {
        try signature(of: rawBody, headers: headers, at: now).event()
    }
}
