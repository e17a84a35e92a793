// The three headers of Standard Webhooks.

import BuskerCore
import HTTPTypes

/// What `webhook-id`, `webhook-timestamp` and `webhook-signature` say.
struct StandardHeaders {
    private static let names = ["webhook-id", "webhook-timestamp", "webhook-signature"].compactMap {
        HTTPField.Name($0)
    }

    /// The sender's name for the message, the same on every attempt.
    let id: String
    /// The digits of the moment.
    let moment: String
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
        var values: [String] = []
        for name in Self.names { values.append(try headers.single(name)) }
        guard values.count == 3 else { throw WebhookError(.missingHeader, "A header has no name.") }
        id = values[0]
        moment = values[1]
        guard id.utf8.count <= WebhookLimits.nameBytesMax, !id.utf8.contains(UInt8(ascii: ".")) else {
            throw WebhookError(.malformedHeader, "The id of the message has a point or more than 255 bytes.")
        }
        seconds = try SignedSeconds.parse(moment.utf8)
        let elements = Array(values[2].utf8).split(whereSeparator: \.isWhiteSpace)
        guard elements.count <= WebhookLimits.signaturesMax else {
            throw WebhookError(.malformedHeader, "There are more than \(WebhookLimits.signaturesMax) signatures.")
        }
        for element in elements { take(element) }
        guard signatures.count <= WebhookLimits.publicSignaturesMax else {
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

    /// What stands before the body in the signed message.
    var prefix: [UInt8] { Array("\(id).\(moment).".utf8) }
}
