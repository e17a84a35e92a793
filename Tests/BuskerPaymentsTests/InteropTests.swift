// Deliveries from and for the official clients; Tests/Interop/run starts this.

import BuskerCore
import BuskerPayments
import Foundation
import HTTPTypes
import TestSupport
import Testing

/// Where the deliveries are exchanged.
private let exchange = ProcessInfo.processInfo.environment["BUSKER_INTEROP_FOLDER"].map { URL(filePath: $0) }

@Suite(.enabled(if: exchange != nil, "Tests/Interop/run gives the folder"))
struct InteropTests {
    @Test func weAgreeWithTheOfficialClientsAboutTheirDeliveries() async throws {
        let file = try #require(exchange).appending(path: "theirs.json")
        let json = try JSONValue(
            parsing: [UInt8](try Data(contentsOf: file)), limits: JSONLimits(bytesMax: 1 << 26, valuesMax: 1 << 20))
        let deliveries = (json["vectors"]?.elements ?? []).map(Delivery.init)
        #expect(deliveries.count >= 400)
        for delivery in deliveries {
            do throws(WebhookError) {
                _ = try await delivery.check(file: json)
                #expect(delivery.expect == "accept", "\(delivery.id)")
            } catch {
                #expect(delivery.expect == "reject", "\(delivery.id): \(error)")
            }
        }
    }

    @Test func ourDeliveriesAreWritten() throws {
        let file = try #require(exchange).appending(path: "ours.json")
        var random = SeededGenerator(seed: 41)
        let now = SystemClock().now.microseconds / 1_000_000
        var deliveries: [[String: Any]] = []
        for number in 0..<400 {
            let scheme = ["stripe", "standard-webhooks", "polar", "square"][number % 4]
            var body = number % 8 < 4 ? Sender.event : Sender.order
            body.insert(contentsOf: Array("\"번호\":\(number),".utf8), at: 1)
            var delivery = try Self.signed(body, scheme: scheme, at: now, &random)
            let isDamaged = Bool.random(using: &random)
            if isDamaged { body[body.count - 3] ^= 0x01 }
            delivery["id"] = "\(scheme)-\(number)"
            delivery["scheme"] = scheme
            delivery["payload_b64"] = Base64.encode(body)
            delivery["expect"] = isDamaged ? "reject" : "accept"
            deliveries.append(delivery)
        }
        try JSONSerialization.data(withJSONObject: ["vectors": deliveries]).write(to: file)
    }

    private static func signed(_ body: [UInt8], scheme: String, at now: Int64, _ random: inout SeededGenerator) throws
        -> [String: Any]
    {
        let key = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
        switch scheme {
        case "stripe":
            let secret = "whsec_" + Sender.hex(key)
            let header = Sender.stripe(body, at: now, secrets: ["whsec_another", secret])
            return ["secret": secret, "headers": ["Stripe-Signature": header]]
        case "square":
            let secret = Sender.hex(key)
            let url = "https://shop.example.com/webhooks"
            let code = Sender.code(Array(secret.utf8), Array(url.utf8) + body)
            return [
                "secret": secret, "notification_url": url,
                "headers": ["x-square-hmacsha256-signature": Base64.encode(code)],
            ]
        default:
            let secret = "whsec_" + Base64.encode(key)
            let isLegacy = scheme == "polar" && Bool.random(using: &random)
            let fields = Sender.standard(body, at: now, key: isLegacy ? Array(secret.utf8) : key)
            return [
                "secret": secret,
                "headers": Dictionary(fields.map { ($0.name.canonicalName, $0.value) }) { first, _ in first },
            ]
        }
    }
}
