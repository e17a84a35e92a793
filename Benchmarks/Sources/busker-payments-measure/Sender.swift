// Signs events as the senders of the schemes with a shared secret do.

import Crypto
import Foundation
import HTTPTypes

/// A sender that shares a secret with the verifier under measure.
struct Sender {
    static let secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
    static let address = "https://host.example/webhooks"
    private static let key = SymmetricKey(data: Array(secret.utf8))
    private static let decoded = SymmetricKey(data: Array("0123456789abcdef0123456789abcdef".utf8))

    /// An event of about so many bytes.
    static func body(_ id: String, bytes: Int) -> [UInt8] {
        let head = """
            {"id":"\(id)","object":"event","event_id":"\(id)","api_version":"2026-07-29.dahlia","created":1795219200,\
            "livemode":true,"type":"payment_intent.succeeded","created_at":"2026-11-21T00:00:00Z","timestamp":\
            "2026-11-21T00:00:00Z","data":{"type":"payment","id":"pi_3QK","object":{"id":"pi_3QK","object":\
            "payment_intent","amount":4900,"currency":"krw","notes":[
            """
        let note = "{\"name\":\"purpose\",\"text\":\"twenty minutes of stems\",\"n\":17},"
        let count = max(0, bytes - head.utf8.count - 8) / note.utf8.count
        return Array((head + String(repeating: note, count: count) + "0]}}}").utf8)
    }

    /// The header of Stripe.
    static func stripe(_ body: [UInt8], at seconds: Int64) -> HTTPFields {
        let code = HMAC<SHA256>.authenticationCode(for: Array("\(seconds).".utf8) + body, using: key)
        return fields(["Stripe-Signature": "t=\(seconds),v1=\(hex(code))"])
    }

    /// The headers of Standard Webhooks.
    static func standard(_ body: [UInt8], _ id: String, at seconds: Int64) -> HTTPFields {
        let code = HMAC<SHA256>.authenticationCode(for: Array("\(id).\(seconds).".utf8) + body, using: decoded)
        return fields([
            "webhook-id": id, "webhook-timestamp": "\(seconds)",
            "webhook-signature": "v1,\(Data(code).base64EncodedString())",
        ])
    }

    /// The header of Square.
    static func square(_ body: [UInt8]) -> HTTPFields {
        let code = HMAC<SHA256>.authenticationCode(for: Array(address.utf8) + body, using: key)
        return fields(["x-square-hmacsha256-signature": Data(code).base64EncodedString()])
    }

    private static func hex(_ code: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef")
        return String(code.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    private static func fields(_ values: KeyValuePairs<String, String>) -> HTTPFields {
        var fields = HTTPFields()
        for (name, value) in values {
            if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        return fields
    }
}
