// Verifies the webhooks of Stripe.

public import BuskerCore
public import HTTPTypes

/// Verifies the `Stripe-Signature` header: HMAC-SHA256 over the moment, a point and the body, keyed with the whole secret text.
///
/// Several signatures (while Stripe rolls a secret) and several secrets (while the host does) may be there; one fitting pair is
/// enough. Only `v1` counts.
public struct StripeVerifier: WebhookVerifier {
    private static let header = HTTPField.Name("Stripe-Signature")

    /// Stripe.
    public var provider: PaymentProvider { .stripe }

    private let keys: MessageKeys
    private let mode: PaymentMode?
    private let window: ReplayWindow
    private let limits: WebhookLimits

    /// Makes a verifier.
    ///
    /// - Parameters:
    ///   - secrets: the endpoint's signing secrets (`whsec_…`), 1...8, at least 8 characters each.
    ///   - mode: whether events of live or of test mode are accepted; `nil` accepts both.
    ///   - window: how far the signed moment may lie from now.
    ///   - limits: how much of a body is read.
    /// - Throws: ``WebhookError`` with `missingSecret`.
    public init(
        secrets: [String], mode: PaymentMode?, window: ReplayWindow = .standard, limits: WebhookLimits = .standard
    ) throws(WebhookError) {
        try WebhookSecret.check(secrets)
        keys = MessageKeys(secrets.map { Array($0.utf8) }, hint: WebhookSecret.hint(secrets))
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
        let header = try StripeSignatureHeader(try headers.single(Self.header))
        try keys.check(header.moment + [UInt8(ascii: ".")], rawBody, candidates: header.signatures)
        try window.check(header.seconds, at: now)
        return SignedBody(rawBody, by: .stripe, mode: mode, limits: limits, signedAt: header.seconds)
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

/// The parts of a `Stripe-Signature` header.
struct StripeSignatureHeader {
    /// The digits of `t`.
    let moment: [UInt8]
    /// Their value.
    let seconds: Int64
    /// What the `v1` elements decode to; those that are no hexadecimal digits are left out.
    let signatures: [[UInt8]]

    init(_ header: [UInt8]) throws(WebhookError) {
        var moment: ArraySlice<UInt8>?
        var signatures: [[UInt8]] = []
        var count = 0
        for element in header.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let key = element.prefix { $0 != UInt8(ascii: "=") }
            let isMoment = key.elementsEqual("t".utf8)
            guard isMoment || key.elementsEqual("v1".utf8) else { continue }
            let value = element.dropFirst(key.count + 1)
            guard key.count < element.count, !value.contains(UInt8(ascii: "=")) else {
                throw WebhookError(.malformedHeader, "An element of the header is not of the form key=value.")
            }
            if isMoment {
                guard moment == nil else { throw WebhookError(.malformedHeader, "The header has two moments.") }
                moment = value
            } else {
                count += 1
                guard count <= WebhookLimits.signaturesMax else {
                    throw WebhookError(
                        .malformedHeader, "The header has more than \(WebhookLimits.signaturesMax) signatures.")
                }
                if let signature = Self.hex(value) { signatures.append(signature) }
            }
        }
        guard let moment else { throw WebhookError(.malformedHeader, "The header has no moment.") }
        seconds = try SignedSeconds.parse(moment)
        guard count > 0 else {
            throw WebhookError(.noSupportedSignature, "The header has no v1 signature.")
        }
        self.moment = Array(moment)
        self.signatures = signatures
    }

    private static func hex(_ digits: ArraySlice<UInt8>) -> [UInt8]? {
        guard digits.count == 2 * MessageKeys.codeBytes else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(MessageKeys.codeBytes)
        var high: UInt8?
        for digit in digits {
            let value: UInt8
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }
}
