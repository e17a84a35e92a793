// A verifier without a usable secret cannot be made.

import BuskerCore
import BuskerPayments
import Testing

@Suite struct SecretTests {
    static let unusable: [[String]] = [
        [], [""], ["   "], ["\n\t"], ["whsec_"], [" whsec_ "], ["short"], ["whsec_short"], [Sender.secret, ""],
        Array(repeating: Sender.secret, count: 9), [String(repeating: "x", count: 1025)],
    ]

    @Test(arguments: unusable)
    func noVerifierStartsWithoutASecret(secrets: [String]) throws {
        let refusal = WebhookError(.missingSecret, "")
        #expect(throws: refusal) { try StripeVerifier(secrets: secrets, mode: .live) }
        #expect(throws: refusal) { try StandardWebhooksVerifier(secrets: secrets) }
        #expect(throws: refusal) { try PolarVerifier(secrets: secrets, mode: .live) }
        #expect(throws: refusal) {
            try SquareVerifier(secrets: secrets, notificationURL: "https://a.example/", mode: .live)
        }
        let roots = try TrustedRoots(pem: VectorFile.file["paypal_test_root"]?.text ?? "")
        #expect(throws: refusal) {
            try PayPalVerifier(webhookIDs: secrets, certificates: LentCertificate(pem: ""), roots: roots, mode: .live)
        }
    }

    @Test(arguments: [
        "whsec_!!!!!!!!!!!!!!!!", "whsec_AAAA", "whpk_AAAA", "whpk_not base 64 at all",
        "whsk_" + String(repeating: "A", count: 86),
        "whsec_" + String(repeating: "A", count: 33),
    ])
    func standardWebhooksNeedsABase64SecretOrAPublicKey(secret: String) {
        #expect(throws: WebhookError(.missingSecret, "")) { try StandardWebhooksVerifier(secrets: [secret]) }
    }

    @Test(arguments: ["", "  ", String(repeating: "u", count: 2049)])
    func squareNeedsTheRegisteredAddress(url: String) {
        #expect(throws: WebhookError(.missingURL, "")) {
            try SquareVerifier(secrets: ["asdf1234asdf1234"], notificationURL: url, mode: .live)
        }
    }

    @Test(arguments: ["", "not PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
    func payPalNeedsARootThatCanBeRead(pem: String) {
        #expect(throws: WebhookError(.certificateChain, "")) { try TrustedRoots(pem: pem) }
    }

    @Test func noMessageNamesTheSecret() {
        let error = #expect(throws: WebhookError.self) {
            try StandardWebhooksVerifier(secrets: ["whsec_hunter2!hunter2!"])
        }
        #expect(error?.description.contains("hunter2") == false)
    }
}
