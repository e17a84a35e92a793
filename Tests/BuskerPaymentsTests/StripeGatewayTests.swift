// Stripe's requests as they are sent, and its answers as they are read.

import BuskerCore
import BuskerHTTP
import BuskerPayments
import Testing

@Suite struct StripeGatewayTests {
    static func session(_ status: String, _ paid: String, id: String = "cs_test_1", more: String = "") -> String {
        """
        {"id":"\(id)","object":"checkout.session","status":"\(status)","payment_status":"\(paid)","livemode":false,
        "url":"https://checkout.example/c","payment_intent":"pi_1","expires_at":1795003600\(more),
        "metadata":{"busker_purchase":"\(Gateways.purchase)"}}
        """
    }

    static func intent(
        status: String = "succeeded", charge: String? = nil, id: String = "pi_1", more: String = ""
    ) -> String {
        let standard = """
            {"id":"ch_1","object":"charge","payment_intent":"pi_1","amount_refunded":0,"captured":true,"paid":true,
            "refunded":false,"disputed":false,"status":"succeeded"}
            """
        return """
            {"id":"\(id)","object":"payment_intent","amount":1250,"amount_received":1250,"currency":"usd",
            "status":"\(status)","livemode":false\(more),"latest_charge":\(charge ?? standard),
            "metadata":{"busker_purchase":"\(Gateways.purchase)","user":"u_17"}}
            """
    }

    static func charge(refunded: Int, disputed: Bool) -> String {
        """
        {"id":"ch_1","payment_intent":"pi_1","amount_refunded":\(refunded),"captured":true,"paid":true,
        "refunded":\(refunded == 1250),"disputed":\(disputed),"status":"succeeded"}
        """
    }

    @Test func aSessionIsOpenedWithNotesOnBothObjects() async throws {
        let wire = ScriptedTransport(["POST /v1/checkout/sessions": .ok(Self.session("open", "unpaid"))])
        let checkout = try await Gateways.stripe(wire).open(
            Gateways.order { $0.timeToLive = .seconds(3600) })
        #expect(checkout.id == "cs_test_1" && checkout.state == .open && checkout.payment == "pi_1")
        #expect(checkout.url == "https://checkout.example/c")
        #expect(checkout.expiresAt == Timestamp(microseconds: 1_795_003_600_000_000))
        let asked = try #require(wire.asked.first)
        #expect(asked.scheme == "https" && asked.authority == "api.stripe.com")
        #expect(asked["Authorization"] == "Bearer sk_test_hunter2" && asked["Stripe-Version"] == StripeGateway.version)
        #expect(asked["Idempotency-Key"] == "checkout:\(Gateways.purchase)")
        #expect(asked["Content-Type"] == "application/x-www-form-urlencoded")
        let made = try PurchaseID(parsing: Gateways.purchase).timestamp.microseconds / 1_000_000
        #expect(
            asked.body.split(separator: "&").map(String.init) == [
                "mode=payment", "line_items[0][quantity]=1", "line_items[0][price_data][currency]=usd",
                "line_items[0][price_data][unit_amount]=1250",
                "line_items[0][price_data][product_data][name]=Starter%20%26%20more",
                "success_url=https%3A%2F%2Fshop.example%2Fdone%3Fa%3D1%26session_id%3D%7BCHECKOUT_SESSION_ID%7D",
                "cancel_url=https%3A%2F%2Fshop.example%2Fno", "client_reference_id=\(Gateways.purchase)",
                "customer_email=a%40b.example", "expires_at=\(made + 3600)",
                "metadata[busker_purchase]=\(Gateways.purchase)", "metadata[user]=u_17",
                "payment_intent_data[metadata][busker_purchase]=\(Gateways.purchase)",
                "payment_intent_data[metadata][user]=u_17",
            ])
    }

    @Test(arguments: [
        ("open", "unpaid", Checkout.State.open), ("complete", "paid", .paid),
        ("complete", "no_payment_required", .free), ("expired", "unpaid", .expired), ("complete", "hopeful", .unknown),
        ("dreaming", "paid", .unknown), ("open", "paid", .unknown),
    ])
    func aSessionStandsWhereStripeSays(status: String, paid: String, state: Checkout.State) async throws {
        let wire = ScriptedTransport(["GET /v1/checkout/sessions/cs_test_1": .ok(Self.session(status, paid))])
        let checkout = try await Gateways.stripe(wire).checkout("cs_test_1")
        #expect(checkout.state == state)
        #expect((checkout.url == nil) == (state != .open))
    }

    @Test(arguments: [
        ("processing", "", Checkout.State.pending),
        ("requires_payment_method", ",\"last_payment_error\":{\"code\":\"x\"}", .failed), ("canceled", "", .failed),
        ("succeeded", "", .pending), ("made_up", "", .pending),
    ])
    func aDelayedPaymentIsPendingUntilItsIntentFails(status: String, more: String, state: Checkout.State)
        async throws
    {
        let wire = ScriptedTransport([
            "GET /v1/checkout/sessions": .ok(Self.session("complete", "unpaid")),
            "GET /v1/payment_intents": .ok(Self.intent(status: status, charge: "null", more: more)),
        ])
        #expect(try await Gateways.stripe(wire).checkout("cs_test_1").state == state)
    }

    @Test func aSessionThatWasPaidMeanwhileIsAnsweredAsItIs() async throws {
        let refusal = #"{"error":{"type":"invalid_request_error","message":"Only open sessions"}}"#
        let wire = ScriptedTransport([
            "POST /v1/checkout/sessions/cs_test_1/expire": .bad(400, refusal),
            "GET /v1/checkout/sessions/cs_test_1": .ok(Self.session("complete", "paid")),
        ])
        #expect(try await Gateways.stripe(wire).expire("cs_test_1").state == .paid)
        #expect(wire.asked.first?["Idempotency-Key"] == "expire:cs_test_1")
        let open = ScriptedTransport([
            "POST /v1/checkout/sessions/cs_test_1/expire": .bad(400, refusal),
            "GET /v1/checkout/sessions/cs_test_1": .ok(Self.session("open", "unpaid")),
        ])
        #expect(await code { try await Gateways.stripe(open).expire("cs_test_1") } == .badRequest)
    }

    @Test func aStandingIsReadFromTheChargeWithoutAskingForDisputesInVain() async throws {
        let wire = ScriptedTransport(["GET /v1/payment_intents/pi_1": .ok(Self.intent())])
        let standing = try await Gateways.stripe(wire).standing(of: "pi_1")
        #expect(wire.lines == ["GET /v1/payment_intents/pi_1?expand[]=latest_charge"])
        #expect(standing.state == .paid && standing.refunded.minorUnits == 0 && standing.contested.minorUnits == 0)
        #expect(standing.notes["user"] == "u_17" && standing.object.fetchedAt == Sender.now)
        let payment = try PaymentPolicy.verifyPayment(standing.object, expecting: Gateways.expectation("pi_1"))
        #expect(payment.money == Gateways.price)
    }

    static let disputes: [(String, contested: Int64, lost: Int64, open: Bool)] = [
        ("won", 0, 0, false), ("prevented", 0, 0, false), ("warning_needs_response", 0, 0, false),
        ("warning_under_review", 0, 0, false), ("warning_closed", 0, 0, false), ("needs_response", 700, 0, true),
        ("under_review", 700, 0, true), ("lost", 700, 700, false), ("invented_tomorrow", 700, 0, true),
    ]

    @Test(arguments: disputes)
    func aDisputeCountsWhileItIsOpenOrLost(status: String, contested: Int64, lost: Int64, open: Bool) async throws {
        let list = """
            {"object":"list","has_more":false,"data":[{"id":"du_1","amount":700,"currency":"usd",
            "payment_intent":"pi_1","status":"\(status)"}]}
            """
        let charge = Self.charge(refunded: 500, disputed: true)
        let wire = ScriptedTransport([
            "GET /v1/payment_intents/pi_1": .ok(Self.intent(charge: charge)), "GET /v1/disputes": .ok(list),
        ])
        let standing = try await Gateways.stripe(wire).standing(of: "pi_1")
        #expect(wire.lines.last == "GET /v1/disputes?payment_intent=pi_1&limit=100")
        #expect(standing.contested.minorUnits == contested && standing.lost.minorUnits == lost)
        #expect(standing.isDisputed == open && standing.refunded.minorUnits == 500)
        _ = try PaymentPolicy.verifyPayment(standing.object, expecting: Gateways.expectation("pi_1"))
    }

    @Test(arguments: [
        #"{"id":"du_1","status":"lost","amount":"700","currency":"usd"}"#, #"{"id":"du_1","status":"lost"}"#,
        #"{"id":"du_1","status":"lost","amount":700,"currency":"eur"}"#,
        #"{"id":"du_1","status":"lost","amount":-700,"currency":"usd"}"#,
        #"{"id":"du_1","status":"lost","amount":9223372036854775807,"currency":"usd"}"#,
    ])
    func aDisputeWhoseSumCannotBeCountedIsAboutTheWholePayment(dispute: String) async throws {
        let wire = ScriptedTransport([
            "GET /v1/payment_intents/pi_1": .ok(Self.intent(charge: Self.charge(refunded: 0, disputed: true))),
            "GET /v1/disputes": .ok("{\"data\":[\(dispute)]}"),
        ])
        let standing = try await Gateways.stripe(wire).standing(of: "pi_1")
        #expect(standing.lost == Gateways.price)
    }

    @Test func disputesAreReadPageByPageAndNotForEver() async throws {
        let intent = Said.ok(Self.intent(charge: Self.charge(refunded: 0, disputed: true)))
        let paged = ScriptedTransport { asked, number in
            guard asked.path == "/v1/disputes" else { return intent }
            let last = number >= 3
            let dispute = "{\"id\":\"du_\(number)\",\"amount\":100,\"currency\":\"usd\",\"status\":\"lost\"}"
            return .ok("{\"data\":[\(dispute)],\"has_more\":\(!last)}")
        }
        #expect(try await Gateways.stripe(paged).standing(of: "pi_1").lost.minorUnits == 300)
        #expect(paged.lines.last == "GET /v1/disputes?payment_intent=pi_1&limit=100&starting_after=du_2")
        let endless = ScriptedTransport { asked, number in
            guard asked.path == "/v1/disputes" else { return intent }
            return .ok("{\"data\":[{\"id\":\"du_\(number)\"}],\"has_more\":true}")
        }
        #expect(await code { try await Gateways.stripe(endless).standing(of: "pi_1") } == .badAnswer)
        #expect(endless.asked.count < 50)
        let circle = ScriptedTransport { asked, _ in
            asked.path == "/v1/disputes" ? .ok("{\"data\":[{\"id\":\"du_1\"}],\"has_more\":true}") : intent
        }
        #expect(await code { try await Gateways.stripe(circle).standing(of: "pi_1") } == .badAnswer)
    }

    @Test(arguments: [
        "\"ch_1\"", "{\"id\":\"ch_1\"}", "{\"id\":\"ch_1\",\"amount_refunded\":\"0\"}",
        "{\"id\":\"ch_1\",\"amount_refunded\":-5}", "[]",
    ])
    func aChargeThatDoesNotSayWhatWasRefundedIsABadAnswer(charge: String) async throws {
        let wire = ScriptedTransport(["GET /v1/payment_intents/pi_1": .ok(Self.intent(charge: charge))])
        #expect(await code { try await Gateways.stripe(wire).standing(of: "pi_1") } == .badAnswer)
    }

    @Test(arguments: [
        ("processing", Checkout.State.pending), ("requires_capture", .pending), ("requires_action", .open),
        ("requires_payment_method", .open), ("canceled", .failed), ("paid_by_magic", .unknown),
    ])
    func aPaymentWithoutAChargeHasNothingToGiveBack(status: String, state: Checkout.State) async throws {
        let wire = ScriptedTransport([
            "GET /v1/payment_intents/pi_1": .ok(Self.intent(status: status, charge: "null"))
        ])
        let standing = try await Gateways.stripe(wire).standing(of: "pi_1")
        #expect(standing.state == state && standing.refunded.minorUnits == 0)
        #expect(throws: PaymentRefusal.self) {
            try PaymentPolicy.verifyPayment(standing.object, expecting: Gateways.expectation("pi_1"))
        }
    }

    static let made =
        #"{"id":"re_1","object":"refund","amount":500,"currency":"usd","status":"pending","payment_intent":"pi_1","#
        + "\"metadata\":{\"busker_refund\":\"refund:\(Gateways.purchase):1\"}}"

    @Test func aRefundCarriesItsKeyTwice() async throws {
        let wire = ScriptedTransport(["GET /v1/refunds": .ok("{\"data\":[]}"), "POST /v1/refunds": .ok(Self.made)])
        let refund = try await Gateways.stripe(wire).refund(Gateways.refund("pi_1"))
        #expect(refund.id == "re_1" && refund.status == "pending" && refund.amount.minorUnits == 500)
        #expect(wire.lines == ["GET /v1/refunds?payment_intent=pi_1&limit=100", "POST /v1/refunds"])
        let asked = try #require(wire.asked.last)
        #expect(asked["Idempotency-Key"] == "refund:\(Gateways.purchase):1")
        #expect(asked.body.hasPrefix("payment_intent=pi_1&amount=500&metadata[busker_refund]=refund%3Apur_"))
    }

    /// A Stripe that fails once for each of so many keys, and remembers its failures when it says so.
    static func failing(_ failures: Int, isStored: Bool, made: Int) -> ScriptedTransport {
        ScriptedTransport { asked, number in
            if asked.method == "GET" { return .ok("{\"data\":[\(number >= made ? Self.made : "")]}") }
            let key = asked["Idempotency-Key"] ?? ""
            let attempt = key.split(separator: "~").dropFirst().first.flatMap { Int($0) } ?? 1
            guard attempt <= failures else { return .ok(Self.made) }
            return .bad(500, #"{"error":{"type":"api_error"}}"#, isStored ? [("Idempotent-Replayed", "true")] : [])
        }
    }

    @Test func onlyAStoredFailureSpendsAKey() async throws {
        let stored = Self.failing(2, isStored: true, made: .max)
        #expect(try await Gateways.stripe(stored).refund(Gateways.refund("pi_1")).id == "re_1")
        #expect(stored.asked.map(\.method) == ["GET", "POST", "GET", "POST", "GET", "POST"])
        #expect(stored.asked.last?["Idempotency-Key"] == "refund:\(Gateways.purchase):1~3")
        let passing = Self.failing(1, isStored: false, made: .max)
        #expect(await code { try await Gateways.stripe(passing).refund(Gateways.refund("pi_1")) } == .unavailable)
        #expect(passing.asked.map(\.method) == ["GET", "POST"])
        let hopeless = Self.failing(99, isStored: true, made: .max)
        #expect(await code { try await Gateways.stripe(hopeless).open(Gateways.order()) } == .unavailable)
        #expect(hopeless.asked.count == 5)
    }

    @Test(arguments: [0, 2])
    func aRefundThatWasMadeIsFoundByItsKey(made: Int) async throws {
        let wire = Self.failing(1, isStored: true, made: made)
        #expect(try await Gateways.stripe(wire).refund(Gateways.refund("pi_1")).id == "re_1")
        #expect(wire.asked.map(\.method) == (made == 0 ? ["GET"] : ["GET", "POST", "GET"]))
    }

    @Test func whereNoAnswerCameTheSameKeyIsUsedAgain() async throws {
        let wire = ScriptedTransport { _, number in
            number == 0 ? .cut(.interrupted) : .ok(Self.session("open", "unpaid"))
        }
        _ = try await Gateways.stripe(wire, attempts: 2).open(Gateways.order())
        #expect(Set(wire.asked.map { $0["Idempotency-Key"] }).count == 1 && wire.asked.count == 2)
        let dead = ScriptedTransport { _, _ in .cut(.timedOut) }
        #expect(await code { try await Gateways.stripe(dead).open(Gateways.order()) } == .unavailable)
        #expect(dead.asked.count == 1)
    }

    static let places: [(String, String, PaymentPlace?)] = [
        (
            "checkout.session", #"{"id":"x_1","payment_intent":"pi_1","metadata":{"busker_purchase":"pur_1"}}"#,
            PaymentPlace(checkout: "x_1", payment: "pi_1", purchase: "pur_1")
        ),
        (
            "payment_intent", #"{"id":"x_1","metadata":{"busker_purchase":"pur_1"}}"#,
            PaymentPlace(payment: "x_1", purchase: "pur_1")
        ), ("charge", #"{"id":"x_1","payment_intent":{"id":"pi_1"}}"#, PaymentPlace(payment: "pi_1")),
        ("charge", #"{"id":"x_1","payment_intent":null}"#, nil),
        ("refund", #"{"id":"x_1","charge":"ch_1"}"#, PaymentPlace(payment: "pi_1")),
        ("dispute", #"{"id":"x_1","payment_intent":"pi_1","charge":"ch_1"}"#, PaymentPlace(payment: "pi_1")),
        ("subscription", #"{"id":"x_1"}"#, PaymentPlace(subscription: "x_1")),
        (
            "invoice", #"{"id":"x_1","parent":{"subscription_details":{"subscription":"sub_1"}}}"#,
            PaymentPlace(subscription: "sub_1")
        ), ("invoice", #"{"id":"x_1"}"#, nil), ("customer", #"{"id":"x_1"}"#, nil),
    ]

    @Test(arguments: places)
    func anEventIsPlacedByItsSignedBody(kind: String, object: String, place: PaymentPlace?) async throws {
        let charge = #"{"id":"ch_1","object":"charge","payment_intent":"pi_1"}"#
        let wire = ScriptedTransport(["GET /v1/charges/ch_1": .ok(charge)])
        let hint = try Gateways.hint(.stripe, "some.event", kind, "x_1", "{\"data\":{\"object\":\(object)}}")
        #expect(try await Gateways.stripe(wire).place(of: hint) == place)
        #expect(wire.asked.count == (object.contains("\"charge\":\"ch_1\"") && kind == "refund" ? 1 : 0))
    }

    @Test func anEventWithoutABodyIsAskedFor() async throws {
        let refund = #"{"id":"re_1","object":"refund","payment_intent":"pi_1"}"#
        let wire = ScriptedTransport(["GET /v1/refunds/re_1": .ok(refund)])
        let place = try await Gateways.stripe(wire).place(of: Gateways.hint(.stripe, "refund.failed", "refund", "re_1"))
        #expect(place == PaymentPlace(payment: "pi_1"))
    }

    @Test(arguments: [("active", true), ("trialing", true), ("past_due", false), ("paused", false), ("new", false)])
    func aSubscriptionSaysWhetherItMayBeUsed(status: String, isActive: Bool) async throws {
        let answer = """
            {"id":"sub_1","object":"subscription","status":"\(status)","metadata":{"u":"1"},
            "items":{"data":[{"current_period_end":1795003600}]}}
            """
        let wire = ScriptedTransport(["GET /v1/subscriptions/sub_1": .ok(answer)])
        let standing = try await Gateways.stripe(wire).subscription("sub_1")
        #expect(standing.isActive == isActive && standing.status == status && standing.notes == ["u": "1"])
        #expect(standing.periodEnd == Timestamp(microseconds: 1_795_003_600_000_000))
    }

    @Test func anIntentIsMadeForAPageOfTheHost() async throws {
        let answer = #"{"id":"pi_1","object":"payment_intent","livemode":false,"client_secret":"pi_1_secret_2"}"#
        let wire = ScriptedTransport(["POST /v1/payment_intents": .ok(answer)])
        let intent = try await Gateways.stripe(wire).makeIntent(Gateways.order())
        #expect(intent.id == "pi_1" && intent.clientSecret.secret == "pi_1_secret_2")
        #expect(!"\(intent.clientSecret)".contains("secret_2"))
        #expect(
            wire.asked.first?.body.hasPrefix("amount=1250&currency=usd&automatic_payment_methods[enabled]=true") == true
        )
    }

    @Test(arguments: [
        (PaymentMode.live, "sk_test_1"), (.live, "rk_test_1"), (.test, "sk_live_1"), (.test, "rk_live_1"),
        (.live, "pk_live_1"), (.test, "pk_test_1"),
    ])
    func aKeyOfTheOtherModeIsRefused(mode: PaymentMode, key: String) throws {
        let wire = ScriptedTransport([:])
        #expect(throws: PaymentError(.unauthorised, "")) {
            try StripeGateway(
                key: APIKey(key), mode: mode, transport: wire, retry: Gateways.retry(), clock: StillClock())
        }
    }

    static let errors: [(Int, String, PaymentError.Code, String?)] = [
        (
            402, #"{"error":{"type":"card_error","code":"card_declined","decline_code":"insufficient_funds"}}"#,
            .declined, "insufficient_funds"
        ),
        (400, #"{"error":{"type":"idempotency_error","message":"other parameters"}}"#, .keyReused, "idempotency_error"),
        (
            409, #"{"error":{"type":"invalid_request_error","code":"idempotency_key_in_use"}}"#, .inProgress,
            "idempotency_key_in_use"
        ),
        (429, #"{"error":{"code":"lock_timeout"}}"#, .inProgress, "lock_timeout"),
        (400, #"{"error":{"code":"rate_limit"}}"#, .rateLimited, "rate_limit"), (429, "{}", .rateLimited, nil),
        (404, #"{"error":{"code":"resource_missing"}}"#, .notFound, "resource_missing"),
        (400, #"{"error":{"code":"charge_already_refunded"}}"#, .notRefundable, "charge_already_refunded"),
        (400, #"{"error":{"code":"charge_disputed"}}"#, .notRefundable, "charge_disputed"),
        (400, #"{"error":{"code":"made_up_tomorrow"}}"#, .badRequest, "made_up_tomorrow"),
        (401, #"{"error":{"message":"Invalid API Key"}}"#, .unauthorised, nil), (403, "{}", .forbidden, nil),
        (400, #"{"error":"text"}"#, .badRequest, nil), (400, #"{"error":{"code":7,"type":[]}}"#, .badRequest, nil),
        (500, "<html>sorry</html>", .unavailable, nil), (302, "", .badAnswer, nil),
    ]

    @Test(arguments: errors)
    func everyErrorHasAMeaning(status: Int, body: String, meaning: PaymentError.Code, reason: String?) async throws {
        let wire = ScriptedTransport { asked, _ in
            guard asked.method == "POST" else { return .ok("{\"data\":[]}") }
            return .bad(status, body, [("Request-Id", "req_1"), ("Retry-After", "7")])
        }
        let error = try #require(
            await #expect(throws: PaymentError.self) {
                try await Gateways.stripe(wire).refund(Gateways.refund("pi_1"))
            })
        #expect(error.code == meaning && error.reason == reason && error.status == status)
        #expect(error.request == "req_1" && error.retryAfter == .seconds(7))
    }
}
