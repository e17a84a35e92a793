// The secrets a host shares with a sender.

import BuskerCore

/// Checks secrets when a verifier is made, so that a server without one does not start.
enum WebhookSecret {
    /// The secrets, each with at least ``WebhookLimits/secretBytesMin`` bytes that are not white space around it or a prefix.
    static func check(_ secrets: [String]) throws(WebhookError) {
        guard !secrets.isEmpty else {
            throw WebhookError(.missingSecret, "There is no webhook secret; set the one the provider shows.")
        }
        guard secrets.count <= WebhookLimits.secretsMax else {
            throw WebhookError(
                .missingSecret, "There are more than \(WebhookLimits.secretsMax) secrets; drop old ones.")
        }
        for secret in secrets {
            let trimmed = trimmed(secret)
            let count = withoutPrefix(trimmed).count
            guard count >= WebhookLimits.secretBytesMin else {
                let what = trimmed.isEmpty ? "is blank" : "has fewer than \(WebhookLimits.secretBytesMin) characters"
                throw WebhookError(.missingSecret, "A webhook secret \(what); set the one the provider shows.")
            }
            guard secret.utf8.count <= WebhookLimits.secretBytesMax else {
                throw WebhookError(
                    .missingSecret, "A webhook secret has more than \(WebhookLimits.secretBytesMax) bytes.")
            }
        }
    }

    /// The bytes without white space around them.
    static func trimmed(_ secret: String) -> ArraySlice<UInt8> {
        var bytes = Array(secret.utf8)[...]
        while bytes.first?.isWhiteSpace == true { bytes = bytes.dropFirst() }
        while bytes.last?.isWhiteSpace == true { bytes = bytes.dropLast() }
        return bytes
    }

    /// The bytes behind `whsec_`, or all of them.
    static func withoutPrefix(_ secret: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        secret.starts(with: "whsec_".utf8) ? secret.dropFirst(6) : secret
    }

    /// A hint for whoever looks for a mismatch; empty when no secret has white space around it.
    static func hint(_ secrets: [String]) -> String {
        let odd = secrets.contains { trimmed($0).count != $0.utf8.count }
        return odd ? " A secret has white space around it; was it read together with its line end?" : ""
    }
}
