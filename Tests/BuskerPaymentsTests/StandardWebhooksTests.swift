// Standard Webhooks, Polar's two keys, and Square.

import BuskerCore
import BuskerPayments
import Crypto
import HTTPTypes
import Testing

@Suite struct StandardWebhooksTests {
    static let key: [UInt8] = Array(7..<39)
    static let secret = "whsec_" + Base64.encode(key)
    static let signer = try? Curve25519.Signing.PrivateKey(rawRepresentation: key)

    static func outcome(_ headers: HTTPFields, secrets: [String] = [secret], body: [UInt8] = Sender.order) -> String {
        StripeVerifierTests.outcome {
            try StandardWebhooksVerifier(secrets: secrets).verify(rawBody: body, headers: headers, at: Sender.now)
        }
    }

    @Test func aSignedMessageIsRead() throws {
        let headers = Sender.standard(Sender.order, key: Self.key)
        let verifier = try StandardWebhooksVerifier(secrets: [Self.secret], mode: .test)
        let event = try verifier.verify(rawBody: Sender.order, headers: headers, at: Sender.now)
        #expect(event.provider == .standardWebhooks && event.id == "msg_1" && event.mode == .test)
        #expect(event.type == EventType("order.paid") && !event.isKnownType)
        #expect(try event.createdAt == Timestamp(iso8601: "2026-11-18T09:06:35.12Z"))
        #expect(event.subject == EventSubject(kind: "order", id: "ord_1"))
    }

    /// A header of the asymmetric version.
    static func signed(_ signatures: String, id: String = "msg_1") -> HTTPFields {
        Sender.fields(["webhook-id": id, "webhook-timestamp": "1795000000", "webhook-signature": signatures])
    }

    @Test func ed25519SignaturesAreCheckedWithAPublicKey() throws {
        let signer = try #require(Self.signer)
        let publicKey = "whpk_" + Base64.encode(Array(signer.publicKey.rawRepresentation))
        let message = Array("msg_1.1795000000.".utf8) + Sender.order
        let signature = "v1a," + Base64.encode(Array(try signer.signature(for: message)))
        #expect(Self.outcome(Self.signed(signature), secrets: [publicKey]) == "ok")
        #expect(Self.outcome(Self.signed("v1a,AAAA v1a,!! " + signature), secrets: [publicKey]) == "ok")
        #expect(Self.outcome(Self.signed(signature), secrets: [publicKey, Self.secret]) == "ok")
        let symmetric = Sender.standard(Sender.order, key: Self.key)
        #expect(Self.outcome(symmetric, secrets: [publicKey, Self.secret]) == "ok")
        #expect(Self.outcome(Self.signed(signature), secrets: [publicKey], body: [0]) == "signature_mismatch")
        #expect(Self.outcome(Self.signed("v1a,AAAA"), secrets: [publicKey]) == "signature_mismatch")
        #expect(Self.outcome(Self.signed(signature)) == "no_supported_signature")
        #expect(Self.outcome(symmetric, secrets: [publicKey]) == "no_supported_signature")
        let relabelled = signature.replacing("v1a,", with: "v1,")
        #expect(Self.outcome(Self.signed(relabelled), secrets: [publicKey, Self.secret]) == "signature_mismatch")
    }

    @Test func theKeyOfV1CannotBeThePublicKey() throws {
        let signer = try #require(Self.signer)
        let publicKey = Array(signer.publicKey.rawRepresentation)
        let forged = Sender.standard(Sender.order, key: publicKey)
        #expect(Self.outcome(forged, secrets: ["whpk_" + Base64.encode(publicKey)]) == "no_supported_signature")
    }

    @Test(arguments: [
        ("msg.1", "1795000000", "malformed_header"),
        (String(repeating: "i", count: 256), "1795000000", "malformed_header"),
        ("msg_1", "1795000000.5", "malformed_header"), ("msg_1", "0x6afd", "malformed_header"),
        ("msg_1", "1e9", "malformed_header"), ("msg_1", "-1", "malformed_header"), ("", "1795000000", "missing_header"),
        ("msg_1", "", "missing_header"), ("msg_1", "1795000000000", "timestamp_in_future"),
        ("msg_1", "0", "timestamp_too_old"), ("msg_2", "1795000000", "signature_mismatch"),
    ])
    func idAndMomentHaveTheirForm(id: String, moment: String, code: String) {
        let signature = Base64.encode(Sender.code(Self.key, Array("msg_1.1795000000.".utf8) + Sender.order))
        let headers = Sender.fields([
            "webhook-id": id, "webhook-timestamp": moment, "webhook-signature": "v1,\(signature)",
        ])
        #expect(Self.outcome(headers) == code)
    }

    @Test func manySignaturesAreRefused() {
        let junk = Array(repeating: "v1,AAAA", count: 65).joined(separator: " ")
        #expect(Self.outcome(Self.signed(junk)) == "malformed_header")
        let costly = Array(repeating: "v1a,AAAA", count: 9).joined(separator: " ")
        #expect(Self.outcome(Self.signed(costly)) == "malformed_header")
        #expect(Self.outcome(Self.signed("v1;AAAA")) == "no_supported_signature")
        #expect(Self.outcome(Self.signed("v1,")) == "signature_mismatch")
    }
}

@Suite struct PolarVerifierTests {
    static func outcome(_ headers: HTTPFields, secret: String) -> String {
        StripeVerifierTests.outcome {
            try PolarVerifier(secrets: [secret], mode: .live).verify(
                rawBody: Sender.order, headers: headers, at: Sender.now)
        }
    }

    @Test func theWholeSecretAndTheDecodedOneAreKeys() throws {
        let secret = StandardWebhooksTests.secret
        for key in [Array(secret.utf8), StandardWebhooksTests.key] {
            #expect(Self.outcome(Sender.standard(Sender.order, key: key), secret: secret) == "ok")
        }
        let bare = Array(secret.utf8.dropFirst(6))
        #expect(Self.outcome(Sender.standard(Sender.order, key: bare), secret: secret) == "signature_mismatch")
    }

    @Test func aChosenSecretThatDecodesToFewBytesOpensNoDoor() {
        let headers = Sender.standard(Sender.order, key: Base64.decode("password".utf8) ?? [])
        #expect(Self.outcome(headers, secret: "password") == "signature_mismatch")
        #expect(Self.outcome(Sender.standard(Sender.order, key: Array("password".utf8)), secret: "password") == "ok")
    }

    @Test func anOrderIsRead() throws {
        let headers = Sender.standard(Sender.order, key: StandardWebhooksTests.key)
        let verifier = try PolarVerifier(secrets: [StandardWebhooksTests.secret], mode: .live)
        let event = try verifier.verify(rawBody: Sender.order, headers: headers, at: Sender.now)
        #expect(event.provider == .polar && event.type == EventType.Polar.orderPaid && event.isKnownType)
        #expect(event.body["data"]?["net_amount"]?.integer == 1000 && event.mode == .live)
    }
}

@Suite struct SquareVerifierTests {
    static let url = "https://shop.example.com/webhooks/square"
    static let body = Array(
        #"{"type":"payment.updated","event_id":"ev_1","created_at":"2026-11-18T09:06:35Z","data":{"type":"payment","id":"p_1"}}"#
            .utf8)

    static func headers(_ text: String) -> HTTPFields { Sender.fields(["X-Square-HmacSha256-Signature": text]) }

    @Test func aSignedEventIsReadAndNothingElse() throws {
        let key = "asdf1234asdf1234asdf12"
        let verifier = try SquareVerifier(secrets: ["an-older-key", key], notificationURL: Self.url, mode: .live)
        let code = Base64.encode(Sender.code(Array(key.utf8), Array(Self.url.utf8) + Self.body))
        let event = try verifier.verify(rawBody: Self.body, headers: Self.headers(code), at: Sender.now)
        #expect(event.id == "ev_1" && event.type == EventType.Square.paymentUpdated)
        #expect(event.subject == EventSubject(kind: "payment", id: "p_1"))
        #expect(try event.createdAt == Timestamp(iso8601: "2026-11-18T09:06:35Z"))
        for other in [String(code.dropLast()), code + "=", "AAAA", "!", code.lowercased()] {
            #expect(throws: WebhookError(.signatureMismatch, "")) {
                try verifier.verify(rawBody: Self.body, headers: Self.headers(other), at: Sender.now)
            }
        }
        #expect(throws: WebhookError(.emptyBody, "")) {
            try verifier.signature(of: [], headers: Self.headers(code), at: Sender.now)
        }
    }
}
