// What all doubles have in common.

import BuskerCore
import BuskerPayments
import BuskerTesting
import Testing

@Suite struct FakeProviderTests {
    @Test(arguments: FakeShop.providers)
    func webhooksAreSignedSoThatOurVerifiersBelieveThem(provider: PaymentProvider) async throws {
        for seed in 1...6 as ClosedRange<UInt64> {
            let shop = try await FakeShop(provider, seed: seed)
            let payment = try await shop.buy("pur_1")
            #expect(shop.refund(payment, 250, key: "refund:1").status < 300, "seed \(seed)")
            shop.fake.dispute(payment: payment, amount: 100, ends: .lost)
            let deliveries = shop.fake.deliveries()
            #expect(deliveries.count >= 4, "seed \(seed)")
            for delivery in deliveries {
                let hint = try await shop.verified(delivery)
                #expect(hint.id == delivery.id && hint.type.name == delivery.type && hint.subject != nil)
                var body = delivery.body
                body[body.count / 2] ^= 1
                let damaged = body
                await #expect(throws: WebhookError.self) { _ = try await shop.verified(delivery, body: damaged) }
            }
            await shop.fake.stop()
        }
    }

    @Test(arguments: FakeShop.providers)
    func booksTellWhatBecameOfTheMoney(provider: PaymentProvider) async throws {
        let shop = try await FakeShop(provider)
        let payment = try await shop.buy("pur_1")
        let other = try await shop.buy("pur_2", amount: 500)
        #expect(shop.refund(payment, 250, key: "refund:1").status < 300)
        #expect(shop.fake.refund(payment: payment, amount: 100, fails: .later) != nil)
        #expect(shop.fake.refund(payment: payment, amount: 651, fails: .never) == nil)
        #expect(shop.fake.dispute(payment: other, amount: 200, ends: .lost) != nil)
        #expect(shop.refund(other, 1, key: "refund:2").status >= 400)
        func book(_ payment: String) throws -> FakeBook {
            try #require(shop.fake.books().first { $0.payment == payment })
        }
        #expect(try book(payment).notes["busker_purchase"] == "pur_1")
        #expect(try book(payment).paid == Money(minorUnits: 1000, currency: .usd))
        #expect(try book(payment).refunded.minorUnits == 350)
        #expect(try book(other).contested.minorUnits == 200 && book(other).lost.minorUnits == 0)
        #expect(try book(other).isDisputed)
        shop.fake.pass(.seconds(31 * 86_400))
        #expect(try book(payment).refunded.minorUnits == 250)
        #expect(try book(other).contested.minorUnits == 200 && book(other).lost.minorUnits == 200)
        #expect(try !book(other).isDisputed)
        await shop.fake.stop()
    }

    @Test(arguments: FakeShop.providers)
    func theSameKeyIsTheSameCall(provider: PaymentProvider) async throws {
        let shop = try await FakeShop(provider)
        let heedsKeys = provider != .polar
        let first = try #require(shop.open("pur_1"))
        #expect((shop.open("pur_1") == first) == heedsKeys)
        let payment = try await shop.buy("pur_2")
        let refund = shop.refund(payment, 250, key: "refund:1")
        let again = shop.refund(payment, 250, key: "refund:1")
        #expect((refund.body == again.body) == heedsKeys)
        #expect(shop.fake.books().first?.refunded.minorUnits == (heedsKeys ? 250 : 500))
        let other = shop.refund(payment, 251, key: "refund:1")
        #expect((other.status >= 400) == heedsKeys)
        await shop.fake.stop()
    }

    @Test(arguments: FakeShop.providers) func strangersAreTurnedAway(provider: PaymentProvider) async throws {
        let shop = try await FakeShop(provider)
        let path = shop.request(purchase: "pur_1").path
        for key in ["Bearer sk_test_wrong", "Bearer ", "Basic Og==", ""] {
            shop.client.headers["Authorization"] = key
            let request = shop.request(purchase: "pur_1")
            let answer = shop.client.send("POST", path, body: request.body, headers: request.headers)
            #expect(answer.status == 401 && answer.json.kind == .object, "\(key)")
        }
        await shop.fake.stop()
    }

    @Test(arguments: FakeShop.providers) func unknownThingsAreNotThere(provider: PaymentProvider) async throws {
        let shop = try await FakeShop(provider)
        for path in ["/", "/v1", "/v2/", "/v1/nothing/at/all", "/v1/checkouts/x", "/v2/orders/x", "/pay/x", "//", "/?"]
        {
            #expect(shop.client.send("GET", path).status == 404, "\(path)")
        }
        await shop.fake.stop()
    }

    @Test(arguments: FakeShop.providers) func threeDSecureAndDelayedMoneyTakeTime(provider: PaymentProvider)
        async throws
    {
        let shop = try await FakeShop(provider)
        let late = try #require(shop.open("pur_1"))
        await shop.fake.pay(checkout: late, .threeDSecure)
        shop.fake.pass(.seconds(30))
        if provider == .payPal { _ = shop.client.send("POST", "/v2/checkout/orders/\(late)/capture", body: "{}") }
        #expect(shop.fake.books().count == 1)
        _ = try await shop.buy("pur_2", .delayed(success: true))
        _ = try await shop.buy("pur_3", .delayed(success: false))
        #expect(shop.fake.books().count == 1)
        shop.fake.pass(.seconds(3 * 86_400))
        if provider == .payPal { shop.signIn() }
        #expect(shop.fake.books().count == 2)
        await shop.fake.stop()
    }

    @Test(arguments: FakeShop.providers) func thePageOfACheckoutPlaysTheBuyer(provider: PaymentProvider) async throws {
        let shop = try await FakeShop(provider)
        let checkout = try #require(shop.open("pur_1"))
        let landing = shop.client.send("GET", "/pay/\(checkout)")
        #expect(landing.status == 200)
        #expect(String(decoding: landing.body, as: UTF8.self).contains("/pay/\(checkout)/card"))
        let paid = shop.client.send("POST", "/pay/\(checkout)/card")
        #expect(paid.status == 303 && paid.headers["location"]?.contains("https://shop.example.com/done?s=") == true)
        #expect(shop.fake.deliveries().count >= 1)
        await shop.fake.stop()
    }

    @Test(arguments: FakeShop.providers) func aDeclinedBuyerStaysOnThePage(provider: PaymentProvider) async throws {
        let shop = try await FakeShop(provider)
        let id = try #require(shop.open("pur_1"))
        func page(_ path: String) -> String { String(decoding: shop.client.send("GET", path).body, as: UTF8.self) }
        let declined = shop.client.send("POST", "/pay/\(id)/declined")
        let next = try #require(declined.headers["location"])
        // PayPal's bank is asked when the host captures, so its buyer is gone by then.
        guard provider != .payPal else { return #expect(next.hasPrefix("https://shop.example.com/done?s=")) }
        #expect(declined.status == 303 && next == "/pay/\(id)?declined")
        #expect(page(next).contains("role=\"alert\"") && page(next).contains("/pay/\(id)/card"))
        #expect(!page("/pay/\(id)").contains("role=\"alert\""), "a page that is opened anew says nothing of it")
        #expect(shop.client.send("POST", "/pay/\(id)/card").headers["location"]?.hasPrefix("https://") == true)
        #expect(shop.fake.books().count == 1)
        await shop.fake.stop()
    }

    @Test(arguments: FakeShop.providers) func aPageThatWasPaidPlaysTheBank(provider: PaymentProvider) async throws {
        let shop = try await FakeShop(provider)
        for (name, action) in [("pur_1", "refund"), ("pur_2", "dispute")] {
            let id = try #require(shop.open(name))
            #expect(shop.client.send("POST", "/pay/\(id)/card").status == 303)
            if provider == .payPal { _ = shop.client.send("POST", "/v2/checkout/orders/\(id)/capture", body: "{}") }
            let again = shop.client.send("POST", "/pay/\(id)/card")
            #expect(again.status == 303 && again.headers["location"] == "/pay/\(id)", "it was paid already")
            let page = String(decoding: shop.client.send("GET", "/pay/\(id)").body, as: UTF8.self)
            #expect(page.contains("/pay/\(id)/\(action)") && !page.contains("/pay/\(id)/card"))
            #expect(shop.client.send("POST", "/pay/\(id)/\(action)").headers["location"] == "/pay/\(id)")
            let book = try #require(shop.fake.books().first { $0.checkout == id })
            #expect(book.refunded.minorUnits == (action == "refund" ? 1000 : 0))
            #expect(book.isDisputed == (action == "dispute"))
        }
        await shop.fake.stop()
    }

    @Test func theWayBackOfACheckoutIsNoHTML() async throws {
        let shop = try await FakeShop(.stripe)
        let form = StripeShop.form() + "&cancel_url=https%3A%2F%2Fshop.example.com%2F%3Fa%3D1%26b%3D%22%3E%3Cb"
        let made = shop.client.send("POST", "/v1/checkout/sessions", body: form)
        let id = try #require(made["id"]?.text)
        let page = String(decoding: shop.client.send("GET", "/pay/\(id)").body, as: UTF8.self)
        #expect(page.contains("href=\"https://shop.example.com/?a=1&amp;b=&quot;>&lt;b\""))
        shop.fake.pass(.seconds(86_400))
        let over = String(decoding: shop.client.send("GET", "/pay/\(id)").body, as: UTF8.self)
        #expect(!over.contains("<form") && over.contains("href="))
        #expect(shop.client.send("POST", "/pay/\(id)/card").headers["location"] == "/pay/\(id)")
        #expect(shop.fake.books().isEmpty)
        await shop.fake.stop()
    }
}
