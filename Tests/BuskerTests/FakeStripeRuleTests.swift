// The double of Stripe is as strict as Stripe.

import BuskerCore
import BuskerPayments
import BuskerTesting
import Testing

@Suite struct FakeStripeRuleTests {
    @Test(arguments: [
        ("amount=1000&currency=usd&colour=red", "parameter_unknown", "colour"),
        ("amount=1000", "parameter_missing", "currency"), ("currency=usd", "parameter_missing", "amount"),
        ("amount=&currency=usd", "parameter_invalid_empty", "amount"),
        ("amount=10.5&currency=usd", "parameter_invalid_integer", "amount"),
        ("amount=%2B100&currency=usd", "parameter_invalid_integer", "amount"),
        ("amount=-100&currency=usd", "parameter_invalid_integer", "amount"),
        ("amount=49&currency=usd", "amount_too_small", "amount"),
        ("amount=100000000&currency=usd", "amount_too_large", "amount"),
        ("amount=1001&currency=kwd", "invalid_amount", "amount"),
        ("amount=500&currency=xyz", "currency_invalid", "currency"),
        ("amount=500&currency=dollars", "currency_invalid", "currency"),
    ])
    func sumsAndParametersAreChecked(form: String, code: String, param: String) async throws {
        let shop = try await StripeShop()
        let answer = shop.client.send("POST", "/v1/payment_intents", body: form)
        #expect(answer.status == 400 && answer["error", "type"]?.text == "invalid_request_error")
        #expect(answer["error", "code"]?.text == code && answer["error", "param"]?.text == param)
        await shop.fake.stop()
    }

    @Test(arguments: [
        "amount", "amount=1&amount=2", "a[b=1", "a]b=1", "a[b]c=1", "[a]=1", "a[[b]]=1", "=1", "a=%zz", "a=%f", "a=%ff",
        "metadata[a]b=1", "metadata=1",
    ])
    func formsAreReadStrictly(form: String) async throws {
        let shop = try await StripeShop()
        let answer = shop.client.send("POST", "/v1/payment_intents", body: form)
        #expect(answer.status == 400 && answer.json["error"] != nil)
        #expect(shop.client.send("GET", "/v1/refunds?limit=0").status == 400)
        let json = shop.client.send(
            "POST", "/v1/payment_intents", body: "{}", headers: ["Content-Type": "application/json"])
        #expect(json.status == 400)
        await shop.fake.stop()
    }

    @Test(arguments: [
        ("mode=payment", "mode=setup"), ("success_url=https", "success_url=ftp"), ("[quantity]=1", "[quantity]=0"),
        ("client_reference_id=pur_1", "client_reference_id=" + String(repeating: "x", count: 201)),
        ("client_reference_id=pur_1", "customer_email=nobody"), ("client_reference_id=pur_1", "expires_at=17"),
        ("[unit_amount]=1000", "[unit_amount]=10"), ("[currency]=usd", "[currency]=USDD"),
        ("client_reference_id=pur_1", "metadata[" + String(repeating: "k", count: 41) + "]=1"),
        ("client_reference_id=pur_1", "metadata[k]=" + String(repeating: "v", count: 501)),
        ("client_reference_id=pur_1", "expand[]=customer.friends"),
    ])
    func checkoutsAreChecked(good: String, bad: String) async throws {
        let shop = try await StripeShop()
        let form = StripeShop.form().replacing(good, with: bad)
        let answer = shop.open(form, key: "checkout:1")
        #expect(answer.status == 400 && answer["error", "message"]?.text != nil)
        #expect(shop.open(key: "checkout:1").status == 200)
        await shop.fake.stop()
    }

    @Test func keysAreHeededAsStripeDoes() async throws {
        let shop = try await StripeShop()
        let first = shop.open(key: "k")
        #expect(first.headers["idempotent-replayed"] == nil)
        let again = shop.open(key: "k")
        #expect(again.body == first.body && again.headers["idempotent-replayed"] == "true")
        let other = shop.open(StripeShop.form(amount: 2000), key: "k")
        #expect(other.status == 400 && other["error", "type"]?.text == "idempotency_error")
        #expect(shop.open(key: String(repeating: "k", count: 256)).status == 400)
        shop.fake.pass(.seconds(86_401))
        #expect(shop.open(key: "k").body != first.body)
        await shop.fake.stop()
    }

    @Test func declinesComeAgainUnderTheSameKey() async throws {
        let shop = try await StripeShop()
        let form = "amount=1000&currency=usd&confirm=true&payment_method=pm_card_chargeDeclinedInsufficientFunds"
        let key = ["Idempotency-Key": "k"]
        let first = shop.client.send("POST", "/v1/payment_intents", body: form, headers: key)
        #expect(first.status == 402 && first["error", "type"]?.text == "card_error")
        #expect(first["error", "decline_code"]?.text == "insufficient_funds")
        #expect(first["error", "payment_intent", "status"]?.text == "requires_payment_method")
        let again = shop.client.send("POST", "/v1/payment_intents", body: form, headers: key)
        #expect(again.body == first.body && again.status == 402)
        await shop.fake.stop()
    }

    @Test func keysOfTheOtherModeSeeNothing() async throws {
        let shop = try await StripeShop()
        let payment = try await shop.buy()
        shop.client.headers["Authorization"] = "Bearer \(shop.fake.keys.otherModeSecret)"
        let answer = shop.look(payment)
        #expect(answer.status == 404 && answer["error", "code"]?.text == "resource_missing")
        #expect(answer["error", "message"]?.text?.contains("live mode key") == true)
        shop.client.headers["Stripe-Version"] = "yesterday"
        #expect(shop.look(payment).status == 400)
        await shop.fake.stop()
    }

    @Test func listsComeInPages() async throws {
        let shop = try await StripeShop()
        let payment = try await shop.buy()
        for _ in 0..<12 { shop.fake.refund(payment: payment, amount: 10) }
        var seen: [String] = []
        var after = ""
        for _ in 0..<9 {
            let page = shop.client.send("GET", "/v1/refunds?limit=5&expand[]=data.charge" + after)
            let items = page["data"]?.elements ?? []
            seen += items.compactMap { $0["id"]?.text }
            #expect(items.allSatisfy { $0["charge"]?["object"]?.text == "charge" })
            guard page["has_more"]?.flag == true, let last = seen.last else { break }
            after = "&starting_after=\(last)"
        }
        #expect(seen.count == 12 && Set(seen).count == 12)
        await shop.fake.stop()
    }

    @Test func manualCaptureTakesAPart() async throws {
        let shop = try await StripeShop()
        let form = "amount=1000&currency=usd&confirm=true&payment_method=pm_card_visa&capture_method=manual"
        let intent = shop.client.send("POST", "/v1/payment_intents", body: form)
        #expect(intent["status"]?.text == "requires_capture" && intent["amount_capturable"]?.integer == 1000)
        let id = try #require(intent["id"]?.text)
        #expect(shop.fake.books().isEmpty)
        let after = shop.client.send("POST", "/v1/payment_intents/\(id)/capture", body: "amount_to_capture=600")
        #expect(after["amount_received"]?.integer == 600 && after["status"]?.text == "succeeded")
        #expect(shop.fake.books().first?.paid.minorUnits == 600)
        #expect(shop.client.send("POST", "/v1/payment_intents/\(id)/cancel").status == 400)
        await shop.fake.stop()
    }
}
