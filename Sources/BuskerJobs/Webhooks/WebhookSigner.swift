// Signs what is sent, by Standard Webhooks.

public import BuskerCore
import Crypto

/// A key of an endpoint: `whsec_…` signs with HMAC-SHA256, `whsk_…` with Ed25519 (Standard Webhooks 1.0).
public struct WebhookKey: Sendable {
    private enum Kind: Sendable {
        case shared(SymmetricKey)
        case own(Curve25519.Signing.PrivateKey)
    }

    private let kind: Kind
    /// The key as text; whoever has it can sign.
    public let text: String

    /// Reads a key: `whsec_` and base 64 of 24 to 64 bytes, or `whsk_` and base 64 of 32 or 64 bytes.
    ///
    /// - Throws: ``JobError`` with `badRequest`.
    public init(_ text: String) throws(JobError) {
        self.text = text
        if text.hasPrefix("whsec_"),
            let bytes = Base64.decode(Array(text.utf8.dropFirst(6))[...], paddingMayMiss: true),
            (24...64).contains(bytes.count)
        {
            kind = .shared(SymmetricKey(data: bytes))
        } else if text.hasPrefix("whsk_"),
            let bytes = Base64.decode(Array(text.utf8.dropFirst(5))[...], paddingMayMiss: true),
            bytes.count == 32 || bytes.count == 64,
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes.prefix(32))
        {
            kind = .own(key)
        } else {
            throw JobError(.badRequest, "A webhook key is whsec_ and 24 to 64 bytes in base 64, or whsk_ and 32.")
        }
    }

    /// A new shared key of 32 bytes.
    static func make(random: inout some RandomNumberGenerator) -> String {
        var bytes: [UInt8] = []
        for _ in 0..<4 {
            let bits = random.next()
            for shift in stride(from: 0, to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
            }
        }
        return "whsec_" + Base64.encode(bytes)
    }

    /// What the receiver checks with: the key itself, or `whpk_…`, the public half.
    public var receiverText: String {
        switch kind {
        case .shared: text
        case .own(let key): "whpk_" + Base64.encode(Array(key.publicKey.rawRepresentation))
        }
    }

    func sign(_ message: [UInt8]) throws(JobError) -> String {
        switch kind {
        case .shared(let key):
            return "v1," + Base64.encode(Array(HMAC<SHA256>.authenticationCode(for: message, using: key)))
        case .own(let key):
            guard let signature = try? key.signature(for: message) else {
                throw JobError(.hostFailed, "The message could not be signed.")
            }
            return "v1a," + Base64.encode(Array(signature))
        }
    }
}

/// The headers by which a receiver knows a message and its sender.
public enum WebhookSigner {
    /// Signs a body.
    ///
    /// - Parameters:
    ///   - body: the very bytes that are sent.
    ///   - id: the name of the message, the same with every attempt, without a point.
    ///   - moment: the time of the attempt.
    ///   - keys: the key, and while it is being replaced the old one too.
    /// - Returns: `webhook-id`, `webhook-timestamp` and `webhook-signature`.
    /// - Throws: ``JobError`` with `badRequest` when the id has a point or there is no key.
    public static func headers(
        _ body: [UInt8], id: String, at moment: Timestamp, keys: [WebhookKey]
    ) throws(JobError) -> [(name: String, value: String)] {
        guard !keys.isEmpty, !id.isEmpty, !id.utf8.contains(UInt8(ascii: ".")) else {
            throw JobError(.badRequest, "A message needs a key, and a name without a point.")
        }
        let seconds = String(CivilDate.floorDivide(moment.microseconds, by: 1_000_000).quotient)
        let message = Array("\(id).\(seconds).".utf8) + body
        var signatures: [String] = []
        for key in keys { signatures.append(try key.sign(message)) }
        return [
            ("webhook-id", id), ("webhook-timestamp", seconds),
            ("webhook-signature", signatures.joined(separator: " ")),
        ]
    }
}
