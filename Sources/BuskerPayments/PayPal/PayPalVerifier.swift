// Verifies the webhooks of PayPal.

public import BuskerCore
public import HTTPTypes

/// Verifies PayPal's five transmission headers: RSA (PKCS#1 v1.5, SHA-256) over the transmission's id and moment, the webhook's
/// id from the app's settings, and the CRC-32 of the body.
///
/// A body with the same checksum is made in a moment, so a verified event is only a hint: fetch what it names; where two bodies
/// came under one signature, ``SignedBody/isSecondBody`` says so. The scheme has no
/// window of time, since PayPal repeats a delivery for three days; replays are seen by the event's id. The certificate's address
/// is checked before anything is fetched, then its dates, its name and its way to a trusted root.
public struct PayPalVerifier: WebhookVerifier {
    private static let names = [
        "PAYPAL-TRANSMISSION-ID", "PAYPAL-TRANSMISSION-TIME", "PAYPAL-TRANSMISSION-SIG", "PAYPAL-CERT-URL",
        "PAYPAL-AUTH-ALGO",
    ].compactMap { HTTPField.Name($0) }

    /// PayPal.
    public var provider: PaymentProvider { .payPal }

    private let webhookIDs: [String]
    private let certificates: any PayPalCertificates
    private let roots: TrustedRoots
    private let mode: PaymentMode?
    private let limits: WebhookLimits
    private let transmissions: PayPalTransmissions

    /// Makes a verifier.
    ///
    /// - Parameters:
    ///   - webhookIDs: the ids of the app's webhooks in PayPal's settings, 1...8, at least 8 characters each.
    ///   - certificates: what fetches and remembers certificates.
    ///   - roots: the authorities to believe.
    ///   - mode: what ``VerifiedEvent/mode`` shall say: PayPal's sandbox has apps and webhooks of its own.
    ///   - limits: how much of a body is read.
    ///   - transmissions: which bodies came before, to tell a second one under one signature.
    /// - Throws: ``WebhookError`` with `missingSecret`.
    public init(
        webhookIDs: [String], certificates: any PayPalCertificates, roots: TrustedRoots, mode: PaymentMode?,
        limits: WebhookLimits = .standard, transmissions: PayPalTransmissions = PayPalTransmissions()
    ) throws(WebhookError) {
        try WebhookSecret.check(webhookIDs)
        self.webhookIDs = webhookIDs
        self.certificates = certificates
        self.roots = roots
        self.mode = mode
        self.limits = limits
        self.transmissions = transmissions
    }

    /// Checks the signature alone, whatever the body says.
    ///
    /// - Throws: ``WebhookError``.
    public func signature(of rawBody: [UInt8], headers: HTTPFields, at now: Timestamp) async throws(WebhookError)
        -> SignedBody<HintOnly>
    {
        try limits.check(rawBody)
        let transmission = try Transmission(headers, names: Self.names)
        let certificate = try await certificate(at: transmission.address, at: now)
        let checksum = CRC32.of(rawBody)
        let isSigned = webhookIDs.contains { webhookID in
            let message = "\(transmission.id)|\(transmission.moment)|\(webhookID)|\(checksum)"
            return certificate.hasSigned(Array(message.utf8), as: transmission.signature)
        }
        let isSecond = transmissions.isSecond(
            rawBody, id: transmission.id, signature: transmission.signature, checksum: checksum, isSigned: isSigned)
        guard isSigned else {
            throw WebhookError(
                .signatureMismatch,
                "The signature does not fit; check the webhook's id from the app's settings and that the body is the raw one."
            )
        }
        return SignedBody(
            rawBody, by: .payPal, mode: mode, limits: limits, deliveryID: transmission.id, isSecondBody: isSecond)
    }

    /// Checks the signature and reads what the event names.
    ///
    /// - Throws: ``WebhookError``.
    public func verify(rawBody: [UInt8], headers: HTTPFields, at now: Timestamp) async throws(WebhookError)
        -> VerifiedEvent<HintOnly>
    {
        try await signature(of: rawBody, headers: headers, at: now).event()
    }

    /// The certificate at an address, once it is known to be PayPal's.
    private func certificate(at address: PayPalCertificateAddress, at now: Timestamp) async throws(WebhookError)
        -> Certificate
    {
        let bytes: [UInt8]
        do {
            bytes = try await certificates.certificate(at: address)
        } catch {
            throw WebhookError(.certificateUnavailable, "PayPal's certificate could not be had; PayPal will try again.")
        }
        let found = try Certificate.read(bytes)
        guard let leaf = found.first else { throw WebhookError(.certificateChain, "There is no certificate.") }
        guard leaf.isValid(at: now) else {
            throw WebhookError(.certificateExpired, "The certificate is not valid at this moment.")
        }
        guard Self.isPayPal(leaf) else {
            throw WebhookError(.certificateSubject, "The certificate was not made out to PayPal.")
        }
        try roots.check(leaf, through: Array(found.dropFirst()), at: now)
        return leaf
    }

    /// Whether the subject, and one of the host names when there are any, ends with `.paypal.com`.
    private static func isPayPal(_ certificate: Certificate) -> Bool {
        let hosts = certificate.extensions.hosts
        guard let name = certificate.commonName, isPayPal(name) else { return false }
        return hosts.isEmpty || hosts.contains(where: isPayPal)
    }

    private static func isPayPal(_ name: String) -> Bool {
        let isPlain = name.utf8.allSatisfy { (0x2A...0x7A).contains($0) && $0 != UInt8(ascii: "/") }
        return isPlain && name.lowercased().hasSuffix(".paypal.com")
    }
}

/// The five headers of a delivery.
private struct Transmission {
    let id: String
    let moment: String
    let signature: [UInt8]
    let address: PayPalCertificateAddress

    init(_ headers: HTTPFields, names: [HTTPField.Name]) throws(WebhookError) {
        var values: [String] = []
        for name in names { values.append(String(decoding: try headers.single(name), as: UTF8.self)) }
        guard values.count == 5 else { throw WebhookError(.missingHeader, "A header has no name.") }
        guard values[0].utf8.count <= 50, values[1].utf8.count <= 50, !values[0].contains("|"), !values[1].contains("|")
        else {
            throw WebhookError(.malformedHeader, "The transmission's id or moment is too long or has a bar.")
        }
        guard values[4] == "SHA256withRSA" else {
            throw WebhookError(.weakAlgorithm, "The algorithm is not SHA256withRSA, the only one that is believed.")
        }
        id = values[0]
        moment = values[1]
        address = try PayPalCertificateAddress(values[3])
        guard let signature = Base64.decode(values[2].utf8) else {
            throw WebhookError(.signatureMismatch, "The signature is not base 64.")
        }
        self.signature = signature
    }
}
