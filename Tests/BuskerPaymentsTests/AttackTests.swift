// The attacks on webhooks' bytes, by their numbers; the others are in the tests of the whole service.

import BuskerCore
import BuskerPayments
import HTTPTypes
import Testing

@Suite struct AttackTests {
    @Test(arguments: ["", " ", "\n", "whsec_"]) func attack14ForgedWebhookWithoutASecret(secret: String) {
        #expect(throws: WebhookError(.missingSecret, "")) { _ = try StripeVerifier(secrets: [secret], mode: .live) }
        #expect(throws: WebhookError(.missingSecret, "")) { _ = try StripeVerifier(secrets: [], mode: .live) }
        #expect(throws: WebhookError(.missingSecret, "")) { _ = try PolarVerifier(secrets: [secret], mode: .live) }
        #expect(throws: WebhookError(.missingSecret, "")) { _ = try StandardWebhooksVerifier(secrets: [secret]) }
        #expect(throws: WebhookError(.missingSecret, "")) {
            _ = try SquareVerifier(secrets: [secret], notificationURL: "https://shop.example.com/hooks", mode: .live)
        }
    }

    @Test(arguments: ["v0", "v2", "sha1", "none", "V1", ""]) func attack16WeakerSchemes(scheme: String) throws {
        let verifier = try StripeVerifier(secrets: [Sender.secret], mode: .live)
        let header = Sender.stripe(Sender.event).replacing("v1=", with: "\(scheme)=")
        #expect(throws: WebhookError.self) {
            _ = try verifier.verify(
                rawBody: Sender.event, headers: Sender.fields(["Stripe-Signature": header]), at: Sender.now)
        }
    }

    @Test(arguments: ["SHA1withRSA", "none", "SHA256withRSA,SHA1withRSA", "MD5withRSA"])
    func attack16WeakerAlgorithms(name: String) async throws {
        let genuine = try #require(PayPalVerifierTests.genuine)
        var headers = genuine.headers
        headers[try #require(HTTPField.Name("PAYPAL-AUTH-ALGO"))] = name
        let watched = PayPalVerifierTests.Watched(PayPalVerifierTests.leaf)
        #expect(try await PayPalVerifierTests.outcome(watched, headers: headers) == "weak_algorithm")
        #expect(watched.addresses.isEmpty)
    }

    @Test func attack17BodySwappedUnderAnEqualChecksum() async throws {
        let swapped = try #require(PayPalVerifierTests.genuine)
        let verifier = try PayPalVerifierTests.verifier(PayPalVerifierTests.Watched(PayPalVerifierTests.leaf))
        let event = try await verifier.verify(rawBody: swapped.body, headers: swapped.headers, at: Sender.now)
        #expect(type(of: event) == VerifiedEvent<HintOnly>.self)
        #expect(EventHint(event).body == nil)
        #expect(!Mirror(reflecting: event).children.contains { "\($0.value)".contains("9999") })
    }

    @Test(arguments: [
        "http://api.paypal.com/cert", "https://api.paypal.com.evil.example/cert", "https://evilpaypal.com/cert",
        "https://user@api.paypal.com/cert", "https://api.paypal.com:8443/cert", "https://127.0.0.1/cert",
        "https://api.paypal.com@evil.example/cert", "https://evil.example/?.paypal.com", "file:///etc/passwd", "",
    ])
    func attack17CertificateOfAnotherHost(address: String) async throws {
        let genuine = try #require(PayPalVerifierTests.genuine)
        var headers = genuine.headers
        headers[try #require(HTTPField.Name("PAYPAL-CERT-URL"))] = address
        let watched = PayPalVerifierTests.Watched(PayPalVerifierTests.leaf)
        #expect(try await PayPalVerifierTests.outcome(watched, headers: headers) != "ok")
        #expect(watched.addresses.isEmpty)
    }
}
