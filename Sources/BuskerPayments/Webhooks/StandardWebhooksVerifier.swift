// Verifies webhooks of senders that follow Standard Webhooks.

public import BuskerCore
import Crypto
public import HTTPTypes

/// Verifies `webhook-id`, `webhook-timestamp` and `webhook-signature` as the Standard Webhooks specification (1.0) says.
///
/// A secret is base 64, with or without `whsec_` before it, and checks `v1` signatures (HMAC-SHA256); a public key is base 64
/// behind `whpk_` and checks `v1a` signatures (Ed25519). Elements of the list that cannot be read are passed over. The id of the
/// message must have no point, since a point ends it in the signed text.
public struct StandardWebhooksVerifier: WebhookVerifier {
    /// Standard Webhooks.
    public var provider: PaymentProvider { .standardWebhooks }

    private let keys: MessageKeys?
    private let publicKeys: [Curve25519.Signing.PublicKey]
    private let mode: PaymentMode?
    private let window: ReplayWindow
    private let limits: WebhookLimits

    /// Makes a verifier.
    ///
    /// - Parameters:
    ///   - secrets: secrets (`whsec_…`) or public keys (`whpk_…`), 1...8; a decoded secret has 8...1,024 bytes.
    ///   - mode: what ``VerifiedEvent/mode`` shall say.
    ///   - window: how far the signed moment may lie from now.
    ///   - limits: how much of a body is read.
    /// - Throws: ``WebhookError`` with `missingSecret`.
    public init(
        secrets: [String], mode: PaymentMode? = nil, window: ReplayWindow = .standard,
        limits: WebhookLimits = .standard
    ) throws(WebhookError) {
        try WebhookSecret.check(secrets)
        var keys: [[UInt8]] = []
        var publicKeys: [Curve25519.Signing.PublicKey] = []
        for secret in secrets {
            let text = WebhookSecret.trimmed(secret)
            if text.starts(with: "whpk_".utf8) {
                publicKeys.append(try Self.publicKey(text.dropFirst(5)))
            } else {
                keys.append(try Self.secret(text))
            }
        }
        self.keys = keys.isEmpty ? nil : MessageKeys(keys, hint: "")
        self.publicKeys = publicKeys
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
        try check(standard, rawBody)
        return SignedBody(
            rawBody, by: provider, mode: mode, limits: limits, deliveryID: standard.id, signedAt: standard.seconds)
    }

    /// Checks the signature and reads the event.
    ///
    /// - Throws: ``WebhookError``.
    public func verify(rawBody: [UInt8], headers: HTTPFields, at now: Timestamp) throws(WebhookError)
        -> VerifiedEvent<FullBody>
    {
        try signature(of: rawBody, headers: headers, at: now).event()
    }

    private func check(_ standard: StandardHeaders, _ rawBody: [UInt8]) throws(WebhookError) {
        if standard.hasSignatures, !publicKeys.isEmpty {
            let message = standard.prefix + rawBody
            for key in publicKeys {
                for signature in standard.signatures where key.isValidSignature(signature, for: message) { return }
            }
        }
        if standard.hasCodes, let keys {
            return try keys.check(standard.prefix, rawBody, candidates: standard.codes)
        }
        guard standard.hasSignatures, !publicKeys.isEmpty else {
            throw WebhookError(
                .noSupportedSignature, "The header has no signature of a version that the secrets check.")
        }
        throw WebhookError(
            .signatureMismatch, "No signature fits the body; check the public key and that the body is the raw one.")
    }

    private static func secret(_ text: ArraySlice<UInt8>) throws(WebhookError) -> [UInt8] {
        guard !text.starts(with: "whsk_".utf8) else {
            throw WebhookError(.missingSecret, "A receiver needs the public key (whpk_), not the sender's private one.")
        }
        guard let key = Base64.decode(WebhookSecret.withoutPrefix(text), paddingMayMiss: true) else {
            throw WebhookError(.missingSecret, "A webhook secret is not base 64; set the one the sender shows.")
        }
        guard key.count >= WebhookLimits.secretBytesMin else {
            throw WebhookError(
                .missingSecret, "A webhook secret decodes to fewer than \(WebhookLimits.secretBytesMin) bytes.")
        }
        return key
    }

    private static func publicKey(_ text: ArraySlice<UInt8>) throws(WebhookError) -> Curve25519.Signing.PublicKey {
        guard let bytes = Base64.decode(text, paddingMayMiss: true),
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)
        else { throw WebhookError(.missingSecret, "A public key is not 32 bytes in base 64.") }
        return key
    }
}
