// The three headers of Standard Webhooks.

import BuskerCore
import HTTPTypes

/// What `webhook-id`, `webhook-timestamp` and `webhook-signature` say.
struct StandardHeaders {
    private static let id = HTTPField.Name("webhook-id")
    private static let moment = HTTPField.Name("webhook-timestamp")
    private static let signature = HTTPField.Name("webhook-signature")

    /// The sender's name for the message, the same on every attempt.
    let id: String
    /// What stands before the body in the signed message.
    let prefix: [UInt8]
    /// Their value.
    let seconds: Int64
    /// The decoded `v1` signatures.
    private(set) var codes: [[UInt8]] = []
    /// The decoded `v1a` signatures.
    private(set) var signatures: [[UInt8]] = []
    /// Whether there are elements of the two versions, decodable or not.
    private(set) var hasCodes = false
    private(set) var hasSignatures = false

    init(_ headers: HTTPFields) throws(WebhookError) {
        let id = try headers.single(Self.id)
        let moment = try headers.single(Self.moment)
        let signatures = try headers.single(Self.signature)
        guard id.count <= WebhookLimits.nameBytesMax, !id.contains(UInt8(ascii: ".")) else {
            throw WebhookError(.malformedHeader, "The id of the message has a point or more than 255 bytes.")
        }
        self.id = String(decoding: id, as: UTF8.self)
        prefix = id + CollectionOfOne(UInt8(ascii: ".")) + moment + CollectionOfOne(UInt8(ascii: "."))
        seconds = try SignedSeconds.parse(moment)
        let elements = signatures.split(whereSeparator: \.isWhiteSpace)
        guard elements.count <= WebhookLimits.signaturesMax else {
            throw WebhookError(.malformedHeader, "There are more than \(WebhookLimits.signaturesMax) signatures.")
        }
        for element in elements { take(element) }
        guard self.signatures.count <= WebhookLimits.publicSignaturesMax else {
            throw WebhookError(
                .malformedHeader, "There are more than \(WebhookLimits.publicSignaturesMax) v1a signatures.")
        }
    }

    /// Keeps an element of the form `version,base64`; others are passed over, as the specification asks.
    private mutating func take(_ element: ArraySlice<UInt8>) {
        guard let comma = element.firstIndex(of: UInt8(ascii: ",")) else { return }
        let bytes = Base64.decode(element[(comma + 1)...])
        if element[..<comma].elementsEqual("v1".utf8) {
            hasCodes = true
            if let bytes { codes.append(bytes) }
        } else if element[..<comma].elementsEqual("v1a".utf8) {
            hasSignatures = true
            if let bytes { signatures.append(bytes) }
        }
    }
}
