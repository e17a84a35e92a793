// How much of a webhook is read before it is refused.

public import BuskerCore

/// The bounds of what a sender may send and a host may configure.
public struct WebhookLimits: Sendable, Hashable {
    /// The most bytes of one header.
    public static let headerBytesMax = 8192
    /// The most signatures of one header.
    public static let signaturesMax = 64
    /// The most signatures with a public key of one header: each costs as much as a thousand comparisons.
    public static let publicSignaturesMax = 8
    /// The most secrets of one verifier.
    public static let secretsMax = 8
    /// The fewest bytes of a secret, counted without a `whsec_` prefix and without white space around it.
    public static let secretBytesMin = 8
    /// The most bytes of a secret.
    public static let secretBytesMax = 1024
    /// The most bytes of an event's id or type.
    public static let nameBytesMax = 255
    /// The most certificates of one answer of the provider.
    public static let certificatesMax = 8
    /// The most bytes of one answer with certificates.
    public static let certificateBytesMax = 65_536

    /// How much of a body is read.
    public let body: JSONLimits

    /// Makes limits.
    public init(body: JSONLimits = .standard) { self.body = body }

    /// One mebibyte of body, 64 levels deep.
    public static let standard = WebhookLimits()
}
