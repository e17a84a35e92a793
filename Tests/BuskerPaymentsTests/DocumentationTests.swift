// The examples of the documentation page, with what they say.

import BuskerCore
import BuskerPayments
import Testing

@Suite struct DocumentationTests {
    @Test func theEventIsVerifiedAsThePageSays() throws {
        let verifier = try StripeVerifier(secrets: ["whsec_4f1c2d7e9a8b4c6d8e0f1a2b3c4d5e6f"], mode: .live)
        let headers = Sender.fields(["Stripe-Signature": Sender.stripe(Sender.event)])
        let event = try verifier.verify(rawBody: Sender.event, headers: headers, at: Sender.now)
        var fetched: String?
        switch event.type {
        case EventType.Stripe.paymentIntentSucceeded: fetched = event.subject?.id
        default: break
        }
        #expect(fetched == "pi_1")
    }

    @Test func theFiguresOfThePageHold() throws {
        #expect(WebhookLimits.headerBytesMax == 8192 && WebhookLimits.signaturesMax == 64)
        #expect(WebhookLimits.secretsMax == 8 && ReplayWindow.standard.seconds == 300)
        #expect(WebhookLimits.standard.body == JSONLimits(bytesMax: 1_048_576, depthMax: 64))
        #expect(try AmountConvention.stripe.money(steps: 4900, code: "krw") == Money(minorUnits: 4900, currency: .krw))
        #expect(try AmountConvention.payPal.text(of: Money(minorUnits: 1000, currency: .usd)) == "10.00")
    }
}
