// Verifies the webhooks of Polar.

public import BuskerCore
public import HTTPTypes

/// Verifies Polar's webhooks: Standard Webhooks with two ways to make a key from a secret, of which nothing tells the right one.
///
/// The key of secrets made before 2026-09-08, and of those a merchant chose, is the whole text of the secret with its prefix; of
/// later ones it is what the text behind `whsec_` decodes to. Both are tried; a decoded key counts from 16 bytes on, so that a
/// chosen secret that happens to be base 64 opens no weak door.
public struct PolarVerifier: WebhookVerifier {
    /// The fewest bytes of a decoded key.
    private static let decodedBytesMin = 16

    /// Polar.
    public var provider: PaymentProvider { .polar }

    private let keys: MessageKeys
    private let mode: PaymentMode?
    private let window: ReplayWindow
    private let limits: WebhookLimits

    /// Makes a verifier.
    ///
    /// - Parameters:
    ///   - secrets: the endpoint's secrets as Polar shows them, 1...8, at least 8 characters each.
    ///   - mode: what ``VerifiedEvent/mode`` shall say: Polar's sandbox has endpoints and secrets of its own.
    ///   - window: how far the signed moment may lie from now.
    ///   - limits: how much of a body is read.
    /// - Throws: ``WebhookError`` with `missingSecret`.
    public init(
        secrets: [String], mode: PaymentMode?, window: ReplayWindow = .standard, limits: WebhookLimits = .standard
    ) throws(WebhookError) {
        try WebhookSecret.check(secrets)
        var keys: [[UInt8]] = []
        for secret in secrets {
            keys.append(Array(secret.utf8))
            let encoded = WebhookSecret.withoutPrefix(WebhookSecret.trimmed(secret))
            if let decoded = Base64.decode(encoded, paddingMayMiss: true), decoded.count >= Self.decodedBytesMin {
                keys.append(decoded)
            }
        }
        self.keys = MessageKeys(keys, hint: WebhookSecret.hint(secrets))
        self.mode = mode
        self.window = window
        self.limits = limits
    }

    /// Checks the signature alone, whatever the body says.
    ///
    /// - Throws: ``WebhookError``.
    public func signature(of rawBody: [UInt8], headers: HTTPFields, at now: Timestamp) throws(WebhookError)
        -> SignedBody<FullBody>
    {
        try limits.check(rawBody)
        let standard = try StandardHeaders(headers)
        try window.check(standard.seconds, at: now)
        guard standard.hasCodes else {
            throw WebhookError(.noSupportedSignature, "The header has no v1 signature.")
        }
        try keys.check(standard.prefix, rawBody, candidates: standard.codes)
        return SignedBody(
            rawBody, by: .polar, mode: mode, limits: limits, deliveryID: standard.id, signedAt: standard.seconds)
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
