// The judge: every reason, their order, and the other providers.

import BuskerCore
import BuskerPayments
import Testing

@Suite struct PaymentPolicyTests {
    static let price = Money(minorUnits: 4900, currency: .krw)

    static func expectation(_ change: (inout PaymentExpectation) -> Void = { _ in }) -> PaymentExpectation {
        var expected = PaymentExpectation(
            payment: "pi_1", price: price, mode: .live, purpose: "job_42",
            notes: ["user_id": "u_17", "job_id": "job_42"])
        change(&expected)
        return expected
    }

    static let intent = #"""
        {"id":"pi_1","object":"payment_intent","amount":4900,"amount_received":4900,"currency":"krw","status":"succeeded",
        "livemode":true,"metadata":{"user_id":"u_17","job_id":"job_42"},"latest_charge":{"id":"ch_1","payment_intent":"pi_1",
        "amount_refunded":0,"captured":true,"paid":true,"refunded":false,"disputed":false,"status":"succeeded"}}
        """#

    static func verdict(_ text: String, _ expected: PaymentExpectation = expectation()) throws -> String {
        let json = try JSONValue(parsing: Array(text.utf8))
        return PaymentPolicy.verdict(onPaymentIntent: json, expecting: expected).description
    }

    /// One change for each reason, in the order in which the judge asks.
    static let changes: [(String, String, String)] = [
        ("\"payment_intent\",\"amount\"", "\"charge\",\"amount\"", "wrong_object"),
        ("\"id\":\"pi_1\"", "\"id\":\"pi_2\"", "id_mismatch"),
        ("\"livemode\":true", "\"livemode\":false", "livemode_mismatch"),
        ("\"captured\":true", "\"captured\":false", "not_captured"),
        ("\"paid\":true", "\"paid\":false", "not_paid"),
        ("\"amount_refunded\":0,", "", "incomplete_object"),
        ("\"krw\"", "\"usd\"", "currency_mismatch"),
        ("\"amount\":4900", "\"amount\":4901", "amount_mismatch"),
        ("\"user_id\":\"u_17\"", "\"user_id\":\"u_18\"", "metadata_mismatch"),
        ("\"refunded\":false", "\"refunded\":true", "refunded"),
        ("\"disputed\":false", "\"disputed\":true", "disputed"),
    ]

    @Test func aGoodIntentIsGood() throws { #expect(try Self.verdict(Self.intent) == "ok") }

    @Test func theFirstFailingQuestionGivesTheReason() throws {
        for first in Self.changes.indices {
            for second in Self.changes.indices where second >= first {
                let text = Self.intent.replacing(Self.changes[first].0, with: Self.changes[first].1)
                    .replacing(Self.changes[second].0, with: Self.changes[second].1)
                #expect(try Self.verdict(text) == Self.changes[first].2, "\(first) and \(second)")
            }
        }
    }

    @Test func useAndReadinessAreAskedLast() throws {
        let used = Self.expectation {
            $0.consumedBy = "job_41"
            $0.isReady = false
        }
        #expect(try Self.verdict(Self.intent, used) == "already_consumed")
        #expect(try Self.verdict(Self.intent, Self.expectation { $0.isReady = false }) == "job_not_ready")
        #expect(try Self.verdict(Self.intent, Self.expectation { $0.consumedBy = "job_42" }) == "ok")
        let disputed = Self.intent.replacing("\"disputed\":false", with: "\"disputed\":true")
        #expect(try Self.verdict(disputed, used) == "disputed")
    }

    @Test(arguments: [
        ("\"status\":\"succeeded\",\n", "\"status\":\"made_up\",\n", "not_paid"),
        ("\"status\":\"succeeded\",\n", "", "not_paid"),
        ("\"amount_received\":4900,", "", "incomplete_object"),
        ("\"amount_received\":4900,", "\"amount_received\":4900.0,", "incomplete_object"),
        ("\"amount_received\":4900,", "\"amount_received\":\"4900\",", "incomplete_object"),
        ("\"amount_received\":4900,", "\"amount_received\":49e2,", "incomplete_object"),
        ("\"amount_received\":4900,", "\"amount_received\":99999999999999999999,", "incomplete_object"),
        ("\"amount_received\":4900,", "\"amount_received\":-4900,", "amount_mismatch"),
        ("\"krw\"", "\"KRW\"", "ok"), ("\"krw\"", "\"zzz\"", "currency_mismatch"),
        ("\"krw\"", "\"\"", "currency_mismatch"),
        ("\"krw\"", "null", "incomplete_object"), ("\"livemode\":true,", "", "livemode_mismatch"),
        ("\"payment_intent\":\"pi_1\",", "\"payment_intent\":\"pi_9\",", "id_mismatch"),
        ("\"amount_refunded\":0", "\"amount_refunded\":1", "refunded"),
        ("\"amount_refunded\":0", "\"amount_refunded\":-1", "refunded"),
        ("\"disputed\":false,", "", "incomplete_object"), ("\"paid\":true,", "", "incomplete_object"),
        ("\"captured\":true,", "", "incomplete_object"),
        ("\"job_id\":\"job_42\"", "\"job_id\":42", "metadata_mismatch"),
        (",\"job_id\":\"job_42\"", "", "metadata_mismatch"),
    ])
    func whatIsMissingOrOddDenies(old: String, new: String, code: String) throws {
        let text = Self.intent.replacing(old, with: new)
        #expect(text != Self.intent)
        #expect(try Self.verdict(text) == code)
    }

    @Test(arguments: ["null", "\"ch_1\"", "[]", "true"])
    func aChargeThatIsNotExpandedIsIncomplete(charge: String) throws {
        let head =
            Self.intent.prefix { $0 != "\n" }
            + Self.intent.split(separator: "\"latest_charge\":")[0].drop { $0 != "\n" }
        let text = head + "\"latest_charge\":" + charge + "}"
        #expect(try Self.verdict(String(text)) == "incomplete_object")
        #expect(try Self.verdict(String(text), Self.expectation { $0.needsCharge = false }) == "ok")
    }

    @Test func anExpectationWithoutPriceOrNotesDenies() throws {
        let free = Self.intent.replacing(":4900", with: ":0")
        let nothing = Self.expectation { $0.price = Money(minorUnits: 0, currency: .krw) }
        #expect(try Self.verdict(free, nothing) == "amount_mismatch")
        #expect(try Self.verdict(Self.intent, Self.expectation { $0.notes = [:] }) == "metadata_mismatch")
    }

    @Test func aThresholdForRefundsIsNamedAndKept() throws {
        let partly = Self.intent.replacing("\"amount_refunded\":0", with: "\"amount_refunded\":500")
        let lenient = Self.expectation { $0.refundMax = Money(minorUnits: 500, currency: .krw) }
        #expect(try Self.verdict(partly, lenient) == "ok")
        #expect(try Self.verdict(partly.replacing(":500", with: ":501"), lenient) == "refunded")
        let foreign = Self.expectation { $0.refundMax = Money(minorUnits: 500, currency: .usd) }
        #expect(try Self.verdict(partly, foreign) == "refunded")
    }

    @Test func aPaymentIsProvedOnlyInTheModeItWasFetchedIn() throws {
        let json = try JSONValue(parsing: Array(Self.intent.utf8))
        let live = FetchedObject(json, from: .stripe, mode: .live, at: Sender.now)
        let payment = try PaymentPolicy.verifyPayment(live, expecting: Self.expectation())
        #expect(payment.id == "pi_1" && payment.money == Self.price && payment.mode == .live)
        #expect(payment.purpose == "job_42" && payment.verifiedAt == Sender.now && payment.refunded.minorUnits == 0)
        let test = FetchedObject(json, from: .stripe, mode: .test, at: Sender.now)
        #expect(throws: PaymentRefusal.self) { try PaymentPolicy.verifyPayment(test, expecting: Self.expectation()) }
        let stranger = FetchedObject(json, from: .standardWebhooks, mode: .live, at: Sender.now)
        #expect(throws: PaymentRefusal.self) {
            try PaymentPolicy.verifyPayment(stranger, expecting: Self.expectation())
        }
    }
}
