// Senders that sign as the providers do.

import BuskerCore
import BuskerPayments
import Crypto
import HTTPTypes

/// Signs deliveries with a secret.
enum Sender {
    static let now = Timestamp(microseconds: 1_795_000_000_000_000)
    static let secret = "whsec_4f1c2d7e9a8b4c6d8e0f1a2b3c4d5e6f"
    static let event =
        Array(
            #"{"id":"evt_1","object":"event","api_version":"2026-07-29.dahlia","created":1794999995,"livemode":true,"#
                .utf8)
        + Array(
            #""type":"payment_intent.succeeded","data":{"object":{"id":"pi_1","object":"payment_intent","amount":4900}}}"#
                .utf8)
    static let order = Array(
        #"{"type":"order.paid","timestamp":"2026-11-18T09:06:35.120000Z","data":{"id":"ord_1","net_amount":1000}}"#.utf8
    )

    static func code(_ key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: key)))
    }

    static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// A `Stripe-Signature` header with one signature for each secret.
    static func stripe(_ body: [UInt8], at seconds: Int64 = 1_795_000_000, secrets: [String] = [secret]) -> String {
        let signatures = secrets.map { "v1=" + hex(code(Array($0.utf8), Array("\(seconds).".utf8) + body)) }
        return (["t=\(seconds)"] + signatures).joined(separator: ",")
    }

    /// The headers of Standard Webhooks.
    static func standard(_ body: [UInt8], id: String = "msg_1", at seconds: Int64 = 1_795_000_000, key: [UInt8])
        -> HTTPFields
    {
        let signature = Base64.encode(code(key, Array("\(id).\(seconds).".utf8) + body))
        return fields([
            "webhook-id": id, "webhook-timestamp": String(seconds), "webhook-signature": "v1,\(signature)",
        ])
    }

    static func fields(_ values: KeyValuePairs<String, String>) -> HTTPFields {
        var fields = HTTPFields()
        for (name, value) in values {
            if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        return fields
    }
}
