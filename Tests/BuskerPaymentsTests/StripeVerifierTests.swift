// Stripe's signatures: windows, rotation, forms of the header, what the event says.

import BuskerCore
import BuskerPayments
import HTTPTypes
import Testing

@Suite struct StripeVerifierTests {
    static func verify(
        _ header: String, _ body: [UInt8] = Sender.event, mode: PaymentMode? = .live, at now: Timestamp = Sender.now
    )
        throws -> VerifiedEvent<FullBody>
    {
        let verifier = try StripeVerifier(secrets: [Sender.secret], mode: mode)
        return try verifier.verify(rawBody: body, headers: Sender.fields(["stripe-signature": header]), at: now)
    }

    @Test func aSignedEventIsRead() throws {
        let event = try Self.verify(Sender.stripe(Sender.event))
        #expect(event.provider == .stripe && event.id == "evt_1" && event.mode == .live)
        #expect(event.type == EventType.Stripe.paymentIntentSucceeded && event.isKnownType)
        #expect(event.createdAt == Timestamp(microseconds: 1_794_999_995_000_000))
        #expect(event.subject == EventSubject(kind: "payment_intent", id: "pi_1"))
        #expect(event.apiVersion == "2026-07-29.dahlia")
        #expect(event.body["data"]?["object"]?["amount"]?.integer == 4900)
    }

    @Test(arguments: [
        (-301, "timestamp_too_old"), (-300, "ok"), (0, "ok"), (300, "ok"), (301, "timestamp_in_future"),
    ])
    func theWindowIsClosedAtBothEnds(offset: Int64, code: String) {
        let header = Sender.stripe(Sender.event, at: 1_795_000_000 + offset)
        #expect(Self.outcome { try Self.verify(header) } == code)
    }

    @Test func theWindowCountsMicroseconds() {
        let header = Sender.stripe(Sender.event, at: 1_794_999_700)
        #expect(
            Self.outcome { try Self.verify(header, at: Sender.now.advanced(byMicroseconds: 1)) } == "timestamp_too_old")
    }

    @Test(arguments: [Timestamp(microseconds: .min), Timestamp(microseconds: .max)])
    func clocksAtTheEndsOfTimeDoNotOverflow(now: Timestamp) {
        for seconds in [0, Int64.max] {
            let code = Self.outcome { try Self.verify(Sender.stripe(Sender.event, at: seconds), at: now) }
            #expect(["timestamp_too_old", "timestamp_in_future"].contains(code))
        }
    }

    @Test func anyOfSeveralSecretsIsEnoughWhileOneIsRolled() throws {
        let verifier = try StripeVerifier(secrets: ["whsec_the_new_one", Sender.secret], mode: .live)
        for secrets in [["whsec_the_new_one"], [Sender.secret], ["whsec_unknown", Sender.secret]] {
            let header = Sender.fields(["Stripe-Signature": Sender.stripe(Sender.event, secrets: secrets)])
            #expect(throws: Never.self) { try verifier.verify(rawBody: Sender.event, headers: header, at: Sender.now) }
        }
        let header = Sender.fields(["Stripe-Signature": Sender.stripe(Sender.event, secrets: ["whsec_unknown"])])
        #expect(throws: WebhookError(.signatureMismatch, "")) {
            try verifier.verify(rawBody: Sender.event, headers: header, at: Sender.now)
        }
    }

    @Test(arguments: [
        ("t=+1795000000,v1=SIG", "malformed_header"), ("t=-1,v1=SIG", "malformed_header"),
        ("t=,v1=SIG", "malformed_header"), ("t,v1=SIG", "malformed_header"), ("v1=SIG", "malformed_header"),
        ("t=1795000000.0,v1=SIG", "malformed_header"), ("t= 1795000000,v1=SIG", "malformed_header"),
        ("t=1795000000,v1", "malformed_header"), ("t=1795000000,v1=SIG=", "malformed_header"),
        ("t=1795000000,t=1795000000,v1=SIG", "malformed_header"), ("garbage", "malformed_header"),
        ("t=1795000000", "no_supported_signature"), ("t=1795000000,v0=SIG", "no_supported_signature"),
        ("t=1795000000,V1=SIG", "no_supported_signature"), ("t=1795000000,v1=", "signature_mismatch"),
        ("t=1795000000,v1=zz", "signature_mismatch"), ("t=1795000000,v1=00", "signature_mismatch"),
        ("t=99999999999999999999,v1=SIG", "signature_mismatch"), ("t=1795000001,v1=SIG", "signature_mismatch"),
        ("t=1795000000,v2=x=y,v1=SIG", "ok"), ("t=1795000000,v1=SIG,", "ok"), ("t=1795000000,v1=zz,v1=SIG", "ok"),
        ("", "missing_header"), ("   ", "missing_header"),
    ])
    func onlyTheFormOfTheHeaderIsAccepted(form: String, code: String) throws {
        let signature = try #require(Sender.stripe(Sender.event).split(separator: "v1=").last)
        let header = form.replacing("SIG", with: signature)
        #expect(Self.outcome { try Self.verify(header) } == code)
    }

    @Test func aHeaderThatIsThereTwiceIsRefused() throws {
        let header = Sender.stripe(Sender.event)
        let verifier = try StripeVerifier(secrets: [Sender.secret], mode: .live)
        let twice = Sender.fields(["stripe-signature": header, "Stripe-Signature": header])
        #expect(throws: WebhookError(.malformedHeader, "")) {
            try verifier.verify(rawBody: Sender.event, headers: twice, at: Sender.now)
        }
        #expect(throws: WebhookError(.missingHeader, "")) {
            try verifier.verify(rawBody: Sender.event, headers: HTTPFields(), at: Sender.now)
        }
    }

    @Test func longHeadersManySignaturesAndLargeBodiesAreRefused() throws {
        let header = Sender.stripe(Sender.event)
        let junk = ",v1=" + String(repeating: "0", count: 64)
        #expect(Self.outcome { try Self.verify(header + String(repeating: junk, count: 63)) } == "ok")
        #expect(Self.outcome { try Self.verify(header + String(repeating: ",v1=0", count: 64)) } == "malformed_header")
        #expect(
            Self.outcome { try Self.verify(header + "," + String(repeating: "x", count: 8192)) } == "malformed_header")
        let small = WebhookLimits(body: JSONLimits(bytesMax: 10))
        let verifier = try StripeVerifier(secrets: [Sender.secret], mode: .live, limits: small)
        #expect(throws: WebhookError(.bodyTooLarge, "")) {
            try verifier.signature(
                of: Sender.event, headers: Sender.fields(["Stripe-Signature": header]), at: Sender.now)
        }
    }

    @Test(arguments: [
        ("", "malformed_body"), ("null", "malformed_body"), ("[]", "malformed_body"), ("{}", "wrong_object"),
        (#"{"object":"v2.core.event","id":"evt_1","type":"a","livemode":true}"#, "wrong_object"),
        (#"{"object":"event","id":"evt_1","type":"a"}"#, "malformed_body"),
        (#"{"object":"event","id":"evt_1","type":"a","livemode":"true"}"#, "malformed_body"),
        (#"{"object":"event","id":"evt_1","type":"a","livemode":false}"#, "livemode_mismatch"),
        (#"{"object":"event","id":"","type":"a","livemode":true}"#, "malformed_body"),
        (#"{"object":"event","id":"evt_1","id":"evt_2","type":"a","livemode":true}"#, "malformed_body"),
        (#"{"object":"event","id":7,"type":"a","livemode":true}"#, "malformed_body"),
        (#"{"object":"event","id":"evt_1","livemode":true}"#, "malformed_body"),
        (#"{"object":"event","id":"evt_1","type":"made.up.tomorrow","livemode":true}"#, "ok"),
    ])
    func aSignedBodyMustBeAnEventOfTheMode(body: String, code: String) {
        #expect(Self.outcome { try Self.verify(Sender.stripe(Array(body.utf8)), Array(body.utf8)) } == code)
    }

    @Test func bytesThatAreNoTextAreSignedLikeOthersAndThenRefused() throws {
        let body: [UInt8] = [0xFF, 0xFE, 0x00, 0xC0]
        let verifier = try StripeVerifier(secrets: [Sender.secret], mode: .live)
        let headers = Sender.fields(["Stripe-Signature": Sender.stripe(body)])
        let signed = try verifier.signature(of: body, headers: headers, at: Sender.now)
        #expect(signed.signedAt == Sender.now && signed.deliveryID == nil)
        #expect(throws: WebhookError(.malformedBody, "")) { try signed.event() }
    }

    @Test func anUncheckedWindowIsAskedForByName() throws {
        let verifier = try StripeVerifier(secrets: [Sender.secret], mode: .live, window: .unchecked)
        let headers = Sender.fields(["Stripe-Signature": Sender.stripe(Sender.event, at: 1)])
        #expect(try verifier.verify(rawBody: Sender.event, headers: headers, at: Sender.now).id == "evt_1")
        #expect(ReplayWindow.seconds(0) == .seconds(1) && ReplayWindow.seconds(.max).seconds == 604_800)
    }

    @Test func aSecretWithItsLineEndIsHintedAt() throws {
        let headers = Sender.fields(["Stripe-Signature": Sender.stripe(Sender.event)])
        let verifier = try StripeVerifier(secrets: [Sender.secret + "\n"], mode: .live)
        let error = #expect(throws: WebhookError(.signatureMismatch, "")) {
            try verifier.verify(rawBody: Sender.event, headers: headers, at: Sender.now)
        }
        #expect(error?.detail.contains("white space") == true && error?.detail.contains("4f1c") == false)
    }

    /// `ok` or the code of the refusal.
    static func outcome(_ body: () throws -> some Sendable) -> String {
        do {
            _ = try body()
            return "ok"
        } catch {
            return (error as? WebhookError)?.code.description ?? "\(error)"
        }
    }
}
