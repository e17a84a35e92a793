// The double of Stripe behaves like Stripe.

import BuskerCore
import BuskerPayments
import BuskerTesting
import Testing

/// A shop that talks to a double of Stripe.
struct StripeShop {
    let fake: FakeProvider
    let client: FakeClient
    let clock: VirtualClock

    init(nature: FakeNature = .calm, seed: UInt64 = 1) async throws {
        clock = VirtualClock()
        fake = try await FakeProvider.start(.stripe, seed: seed, clock: clock, nature: nature)
        client = FakeClient(
            fake,
            headers: [
                "Authorization": "Bearer \(fake.secretKey)", "Content-Type": "application/x-www-form-urlencoded",
                "Stripe-Version": "2026-07-29.dahlia",
            ])
    }

    static func form(amount: Int64 = 1000, currency: String = "usd", purchase: String = "pur_1") -> String {
        [
            "mode=payment", "success_url=https%3A%2F%2Fshop.example.com%2Fdone%3Fs%3D{CHECKOUT_SESSION_ID}",
            "line_items[0][quantity]=1", "line_items[0][price_data][currency]=\(currency)",
            "line_items[0][price_data][unit_amount]=\(amount)",
            "line_items[0][price_data][product_data][name]=100+credits", "metadata[busker_purchase]=\(purchase)",
            "payment_intent_data[metadata][busker_purchase]=\(purchase)", "client_reference_id=\(purchase)",
        ].joined(separator: "&")
    }

    func open(_ form: String = form(), key: String? = nil) -> FakeClient.Answer {
        client.send(
            "POST", "/v1/checkout/sessions", body: form, headers: key.map { ["Idempotency-Key": $0] } ?? [:])
    }

    func look(_ intent: String) -> FakeClient.Answer {
        client.send("GET", "/v1/payment_intents/\(intent)?expand[]=latest_charge")
    }

    /// A paid checkout's payment.
    func buy(amount: Int64 = 1000) async throws -> String {
        let session = try #require(open(Self.form(amount: amount))["id"]?.text)
        return try #require(await fake.pay(checkout: session))
    }

    func types() -> [String] { fake.deliveries().map(\.type) }
}

@Suite struct FakeStripeTests {
    @Test func aCardPaysAndTheEventsComeTogether() async throws {
        let shop = try await StripeShop()
        let session = shop.open()
        #expect(session.status == 200 && session["status"]?.text == "open" && session["payment_intent"]?.isNull == true)
        #expect(session.headers["stripe-version"] == "2026-07-29.dahlia")
        #expect(session.headers["request-id"]?.hasPrefix("req_") == true)
        let id = try #require(session["id"]?.text)
        #expect(id.hasPrefix("cs_test_"))
        let payment = try #require(await shop.fake.pay(checkout: id))
        let after = shop.client.send("GET", "/v1/checkout/sessions/\(id)?expand[]=payment_intent.latest_charge")
        #expect(after["status"]?.text == "complete" && after["payment_status"]?.text == "paid")
        #expect(after["payment_intent", "id"]?.text == payment)
        #expect(after["payment_intent", "latest_charge", "amount_captured"]?.integer == 1000)
        #expect(after["payment_intent", "metadata", "busker_purchase"]?.text == "pur_1")
        #expect(
            shop.types() == [
                "payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed",
            ])
        let book = try #require(shop.fake.books().first)
        #expect(book.payment == payment && book.checkout == id && book.notes == ["busker_purchase": "pur_1"])
        #expect(book.paid == Money(minorUnits: 1000, currency: .usd) && book.refunded.minorUnits == 0)
        await shop.fake.stop()
    }

    @Test func aDeclinedCardLeavesTheCheckoutOpen() async throws {
        let shop = try await StripeShop()
        let id = try #require(shop.open()["id"]?.text)
        let payment = try #require(await shop.fake.pay(checkout: id, .declined))
        let look = shop.look(payment)
        #expect(look["status"]?.text == "requires_payment_method")
        #expect(look["last_payment_error", "code"]?.text == "card_declined")
        #expect(look["latest_charge", "paid"]?.flag == false && look["amount_received"]?.integer == 0)
        #expect(shop.types() == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"])
        #expect(shop.fake.books().isEmpty)
        #expect(await shop.fake.pay(checkout: id, .card) == payment)
        #expect(shop.look(payment)["status"]?.text == "succeeded")
        #expect(await shop.fake.pay(checkout: id, .card) == nil)
        await shop.fake.stop()
    }

    @Test func threeDSecureTakesHalfAMinute() async throws {
        let shop = try await StripeShop()
        let id = try #require(shop.open()["id"]?.text)
        let payment = try #require(await shop.fake.pay(checkout: id, .threeDSecure))
        #expect(shop.look(payment)["status"]?.text == "requires_action")
        shop.fake.pass(.seconds(29))
        #expect(shop.look(payment)["status"]?.text == "requires_action")
        shop.fake.pass(.seconds(1))
        #expect(shop.look(payment)["status"]?.text == "succeeded")
        await shop.fake.stop()
    }

    @Test(arguments: [true, false]) func delayedMoneyComesOrNot(success: Bool) async throws {
        let shop = try await StripeShop()
        let id = try #require(shop.open()["id"]?.text)
        let payment = try #require(await shop.fake.pay(checkout: id, .delayed(success: success)))
        let during = shop.client.send("GET", "/v1/checkout/sessions/\(id)")
        #expect(during["status"]?.text == "complete" && during["payment_status"]?.text == "unpaid")
        #expect(shop.look(payment)["status"]?.text == "processing")
        #expect(shop.types().last == "checkout.session.completed")
        #expect(shop.fake.books().isEmpty)
        shop.fake.pass(.seconds(3 * 86_400))
        let end = "checkout.session.async_payment_" + (success ? "succeeded" : "failed")
        #expect(shop.types().last == end)
        #expect(shop.look(payment)["status"]?.text == (success ? "succeeded" : "requires_payment_method"))
        #expect(shop.fake.books().count == (success ? 1 : 0))
        await shop.fake.stop()
    }

    @Test func aFullCouponNeedsNoPayment() async throws {
        let shop = try await StripeShop()
        let id = try #require(shop.open()["id"]?.text)
        #expect(await shop.fake.pay(checkout: id, .free) == nil)
        let after = shop.client.send("GET", "/v1/checkout/sessions/\(id)")
        #expect(after["payment_status"]?.text == "no_payment_required" && after["amount_total"]?.integer == 0)
        #expect(shop.types() == ["checkout.session.completed"] && shop.fake.books().isEmpty)
        await shop.fake.stop()
    }

    @Test func aCheckoutExpiresByItselfOrWhenAsked() async throws {
        let shop = try await StripeShop()
        let id = try #require(shop.open()["id"]?.text)
        let other = try #require(shop.open(StripeShop.form(purchase: "pur_2"))["id"]?.text)
        #expect(shop.client.send("POST", "/v1/checkout/sessions/\(other)/expire")["status"]?.text == "expired")
        #expect(shop.client.send("POST", "/v1/checkout/sessions/\(other)/expire").status == 400)
        shop.fake.pass(.seconds(86_400))
        #expect(shop.client.send("GET", "/v1/checkout/sessions/\(id)")["status"]?.text == "expired")
        #expect(shop.types() == ["checkout.session.expired", "checkout.session.expired"])
        #expect(await shop.fake.pay(checkout: id) == nil)
        await shop.fake.stop()
    }

    @Test func refundsAddUpAndMayComeBack() async throws {
        let shop = try await StripeShop()
        let payment = try await shop.buy()
        _ = shop.types()
        let body = "payment_intent=\(payment)&amount=300"
        let first = shop.client.send("POST", "/v1/refunds", body: body, headers: ["Idempotency-Key": "refund:1"])
        let again = shop.client.send("POST", "/v1/refunds", body: body, headers: ["Idempotency-Key": "refund:1"])
        #expect(first.status == 200 && first["status"]?.text == "succeeded" && first.body == again.body)
        #expect(again.headers["idempotent-replayed"] == "true")
        #expect(shop.types() == ["refund.created", "charge.refunded", "charge.refund.updated"])
        let tooMuch = shop.client.send("POST", "/v1/refunds", body: "payment_intent=\(payment)&amount=701")
        #expect(tooMuch.status == 400 && tooMuch["error", "param"]?.text == "amount")
        #expect(shop.fake.refund(payment: payment, fails: .later) != nil)
        #expect(shop.look(payment)["latest_charge", "refunded"]?.flag == true)
        let none = shop.client.send("POST", "/v1/refunds", body: "payment_intent=\(payment)")
        #expect(none["error", "code"]?.text == "charge_already_refunded")
        shop.fake.pass(.seconds(5 * 86_400))
        #expect(shop.look(payment)["latest_charge", "amount_refunded"]?.integer == 300)
        #expect(shop.look(payment)["latest_charge", "refunded"]?.flag == false)
        #expect(shop.types().contains("refund.failed"))
        #expect(shop.fake.books().first?.refunded.minorUnits == 300)
        #expect(shop.fake.refund(payment: payment, amount: 100, fails: .atOnce) != nil)
        #expect(shop.fake.books().first?.refunded.minorUnits == 300)
        let list = shop.client.send("GET", "/v1/refunds?payment_intent=\(payment)")
        #expect(list["data"]?.elements?.map { $0["status"]?.text } == ["failed", "failed", "succeeded"])
        await shop.fake.stop()
    }

    @Test(arguments: [FakeDispute.won, .lost, .open, .inquiry])
    func disputesHoldMoneyAndForbidRefunds(ends: FakeDispute) async throws {
        let shop = try await StripeShop()
        let payment = try await shop.buy()
        let id = try #require(shop.fake.dispute(payment: payment, ends: ends))
        #expect(shop.look(payment)["latest_charge", "disputed"]?.flag == true)
        let list = shop.client.send("GET", "/v1/disputes?payment_intent=\(payment)")
        #expect(list["data"]?.elements?.compactMap { $0["id"]?.text } == [id])
        let held = ends == .inquiry ? 0 : 1000
        #expect(shop.fake.books().first?.contested.minorUnits == Int64(held))
        if ends != .inquiry {
            let refused = shop.client.send("POST", "/v1/refunds", body: "payment_intent=\(payment)&amount=1")
            #expect(refused.status == 400 && refused["error", "code"]?.text == "charge_disputed")
        }
        shop.fake.pass(.seconds(30 * 86_400))
        let book = try #require(shop.fake.books().first)
        #expect(book.contested.minorUnits == (ends == .lost || ends == .open ? 1000 : 0))
        #expect(book.lost.minorUnits == (ends == .lost ? 1000 : 0) && book.isDisputed == (ends == .open))
        let after = shop.client.send("POST", "/v1/refunds", body: "payment_intent=\(payment)&amount=1")
        #expect((after.status == 200) == (ends == .won || ends == .inquiry))
        await shop.fake.stop()
    }

    @Test func subscriptionsCanBeFetched() async throws {
        let shop = try await StripeShop()
        let id = try #require(shop.fake.subscribe(notes: ["user": "u_1"]))
        #expect(shop.client.send("GET", "/v1/subscriptions/\(id)")["status"]?.text == "active")
        shop.fake.subscribe(id, status: "past_due")
        let after = shop.client.send("GET", "/v1/subscriptions/\(id)")
        #expect(after["status"]?.text == "past_due" && after["metadata", "user"]?.text == "u_1")
        #expect(after["items", "data", "0", "current_period_end"]?.integer != nil)
        #expect(shop.types() == ["customer.subscription.created", "customer.subscription.updated"])
        await shop.fake.stop()
    }
}
