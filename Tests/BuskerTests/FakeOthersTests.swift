// What is peculiar to the doubles of Polar, PayPal and Square.

import BuskerCore
import BuskerPayments
import BuskerTesting
import TestSupport
import Testing

@Suite struct FakeOthersTests {
    static func json(_ shop: FakeShop, _ method: String, _ path: String, _ body: String = "") -> FakeClient.Answer {
        shop.client.send(method, path, body: body)
    }

    // MARK: Polar

    @Test func polarTellsOfAPurchaseInItsOwnOrder() async throws {
        let shop = try await FakeShop(.polar)
        let order = try await shop.buy("pur_1")
        #expect(
            shop.fake.deliveries().map(\.type) == [
                "checkout.created", "checkout.updated", "order.created", "order.updated", "order.paid",
                "checkout.updated",
            ])
        let found = Self.json(shop, "GET", "/v1/orders/\(order)")
        #expect(found["status"]?.text == "paid" && found["paid"]?.flag == true)
        #expect(found["net_amount"]?.integer == 1000 && found["total_amount"]?.integer == 1200)
        shop.fake.refund(payment: order, amount: 400, fails: .later)
        #expect(shop.fake.deliveries().map(\.type) == ["refund.created", "order.updated", "order.refunded"])
        #expect(Self.json(shop, "GET", "/v1/orders/\(order)")["status"]?.text == "partially_refunded")
        shop.fake.pass(.seconds(5 * 86_400))
        #expect(shop.fake.deliveries().map(\.type) == ["order.updated", "refund.updated"])
        #expect(Self.json(shop, "GET", "/v1/orders/\(order)")["refunded_amount"]?.integer == 0)
        await shop.fake.stop()
    }

    @Test func polarListsInPagesAndByBuyer() async throws {
        let shop = try await FakeShop(.polar)
        for number in 0..<7 { #expect(shop.open("pur_\(number % 5)") != nil) }
        let page = Self.json(shop, "GET", "/v1/checkouts/?product_id=\(FakeShop.product)&limit=3&page=2")
        #expect(page["items"]?.elements?.count == 3 && page["pagination", "total_count"]?.integer == 7)
        #expect(page["pagination", "max_page"]?.integer == 3)
        let mine = Self.json(shop, "GET", "/v1/checkouts/?external_customer_id=u_pur_1&product_id=\(FakeShop.product)")
        #expect(mine["items"]?.elements?.count == 2)
        await shop.fake.stop()
    }

    @Test(arguments: [
        ("\"currency\"", "\"currencies\""), (FakeShop.product, "prod_1"), ("1000", "49"), ("1000", "1e3"),
        ("\"fixed\"", "\"gift\""), ("https://shop", "shop"), ("\"pur_1\"", "{}"), ("usd", "xyz"), ("{", "["),
        ("external_customer_id", "external_customer"),
    ])
    func polarChecksWhatItIsSent(good: String, bad: String) async throws {
        let shop = try await FakeShop(.polar)
        let request = shop.request(purchase: "pur_1")
        let answer = Self.json(shop, "POST", request.path, request.body.replacing(good, with: bad))
        let isUntouched = !request.body.contains(good)
        #expect(answer.status == (isUntouched ? 201 : 422))
        #expect(isUntouched || answer["detail", "0", "msg"]?.text != nil)
        await shop.fake.stop()
    }

    @Test func polarRefusesRefundsInItsWords() async throws {
        let shop = try await FakeShop(.polar)
        let order = try await shop.buy("pur_1")
        let tooMuch = shop.refund(order, 1001, key: "")
        #expect(tooMuch.status == 400 && tooMuch["error"]?.text == "RefundAmountTooHigh")
        #expect(shop.refund(order, 1000, key: "").status == 201)
        let again = shop.refund(order, 1, key: "")
        #expect(again.status == 403 && again["error"]?.text == "RefundedAlready")
        await shop.fake.stop()
    }

    // MARK: PayPal

    @Test func payPalWantsTheHostToCapture() async throws {
        let shop = try await FakeShop(.payPal)
        let order = try #require(shop.open("pur_1"))
        let path = "/v2/checkout/orders/\(order)"
        #expect(Self.json(shop, "GET", path)["status"]?.text == "PAYER_ACTION_REQUIRED")
        let early = Self.json(shop, "POST", path + "/capture", "{}")
        #expect(early.status == 422 && early["details", "0", "issue"]?.text == "ORDER_NOT_APPROVED")
        await shop.fake.pay(checkout: order, .declined)
        let declined = Self.json(shop, "POST", path + "/capture", "{}")
        #expect(declined.status == 422 && declined["details", "0", "issue"]?.text == "INSTRUMENT_DECLINED")
        let payment = try #require(await shop.fake.pay(checkout: order))
        #expect(Self.json(shop, "GET", path)["status"]?.text == "APPROVED" && shop.fake.books().isEmpty)
        let captured = Self.json(shop, "POST", path + "/capture", "{}")
        #expect(captured.status == 201 && captured["status"]?.text == "COMPLETED")
        let capture = captured["purchase_units", "0", "payments", "captures", "0"]
        #expect(capture?["id"]?.text == payment && capture?["amount"]?["value"]?.text == "10.00")
        let twice = Self.json(shop, "POST", path + "/capture", "{}")
        #expect(twice["details", "0", "issue"]?.text == "ORDER_ALREADY_CAPTURED")
        #expect(
            shop.fake.deliveries().map(\.type) == [
                "CHECKOUT.ORDER.APPROVED", "CHECKOUT.ORDER.APPROVED", "PAYMENT.CAPTURE.COMPLETED",
                "CHECKOUT.ORDER.COMPLETED",
            ])
        await shop.fake.stop()
    }

    @Test func payPalTakesAnInvoiceOnce() async throws {
        let shop = try await FakeShop(.payPal)
        _ = try await shop.buy("pur_1")
        shop.fake.pass(.seconds(7 * 3600))
        shop.signIn()
        let second = try #require(shop.open("pur_1"))
        await shop.fake.pay(checkout: second)
        let answer = Self.json(shop, "POST", "/v2/checkout/orders/\(second)/capture", "{}")
        #expect(answer["details", "0", "issue"]?.text == "DUPLICATE_INVOICE_ID" && shop.fake.books().count == 1)
        await shop.fake.stop()
    }

    @Test func payPalTokensEnd() async throws {
        let shop = try await FakeShop(.payPal)
        shop.fake.pass(.seconds(32_400))
        #expect(shop.open("pur_1") == nil)
        shop.signIn()
        #expect(shop.open("pur_1") != nil)
        await shop.fake.stop()
    }

    @Test func payPalsDisputesAreFoundByTheirTransaction() async throws {
        let shop = try await FakeShop(.payPal)
        let payment = try await shop.buy("pur_1")
        for _ in 0..<3 { shop.fake.dispute(payment: payment, amount: 100, ends: .lost) }
        let path = "/v1/customer/disputes?disputed_transaction_id=\(payment)&page_size=2"
        let page = Self.json(shop, "GET", path)
        #expect(page["items"]?.elements?.count == 2 && page["links", "0", "rel"]?.text == "next")
        #expect(Self.json(shop, "GET", path + "&next_page_token=2")["items"]?.elements?.count == 1)
        #expect(Self.json(shop, "GET", path + "&next_page_token=9223372036854775807").status == 400)
        shop.fake.pass(.seconds(30 * 86_400))
        shop.signIn()
        let id = try #require(page["items", "0", "dispute_id"]?.text)
        let detail = Self.json(shop, "GET", "/v1/customer/disputes/\(id)")
        #expect(detail["dispute_outcome", "outcome_code"]?.text == "RESOLVED_BUYER_FAVOUR")
        #expect(detail["disputed_transactions", "0", "seller_transaction_id"]?.text == payment)
        #expect(shop.fake.deliveries().map(\.type).contains("PAYMENT.CAPTURE.REVERSED"))
        await shop.fake.stop()
    }

    @Test(arguments: ["10.001", "0.00", "-1.00", "ten", "1e3", "99999999999.99"])
    func payPalReadsSumsExactly(value: String) async throws {
        let shop = try await FakeShop(.payPal)
        let request = shop.request(purchase: "pur_1")
        let answer = shop.client.send(
            "POST", request.path, body: request.body.replacing("10.00", with: value), headers: request.headers)
        #expect(answer.status == 422)
        let yen = request.body.replacing("USD", with: "JPY")
        let decimals = shop.client.send("POST", request.path, body: yen, headers: request.headers)
        #expect(decimals["details", "0", "issue"]?.text == "DECIMALS_NOT_SUPPORTED")
        await shop.fake.stop()
    }

    // MARK: Square

    @Test func squareTellsOfPaymentsAndRefunds() async throws {
        let shop = try await FakeShop(.square)
        let payment = try await shop.buy("pur_1")
        #expect(shop.fake.deliveries().map(\.type) == ["payment.created", "payment.updated"])
        let found = Self.json(shop, "GET", "/v2/payments/\(payment)")
        let order = try #require(found["payment", "order_id"]?.text)
        #expect(found["payment", "status"]?.text == "COMPLETED" && found["payment", "reference_id"] == nil)
        #expect(Self.json(shop, "GET", "/v2/orders/\(order)")["order", "reference_id"]?.text == "pur_1")
        let refund = shop.refund(payment, 300, key: "refund:1")
        #expect(refund["refund", "status"]?.text == "PENDING")
        shop.fake.pass(.seconds(60))
        let id = try #require(refund["refund", "id"]?.text)
        #expect(Self.json(shop, "GET", "/v2/refunds/\(id)")["refund", "status"]?.text == "COMPLETED")
        #expect(shop.fake.deliveries().map(\.type) == ["refund.created", "payment.updated", "refund.updated"])
        #expect(
            Self.json(shop, "GET", "/v2/payments/\(payment)")["payment", "refunded_money", "amount"]?.integer == 300)
        shop.fake.dispute(payment: payment, ends: .won)
        let refused = shop.refund(payment, 1, key: "refund:2")
        #expect(refused["errors", "0", "code"]?.text == "PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE")
        await shop.fake.stop()
    }

    @Test func squareTakesCardsWithoutALink() async throws {
        let shop = try await FakeShop(.square)
        func pay(_ source: String, _ key: String) -> FakeClient.Answer {
            let money = #"{"amount":900,"currency":"USD"}"#
            return Self.json(
                shop, "POST", "/v2/payments",
                #"{"idempotency_key":"\#(key)","source_id":"\#(source)","amount_money":\#(money),"reference_id":"pur_1"}"#
            )
        }
        let paid = pay("cnon:card-nonce-ok", "k1")
        #expect(paid["payment", "status"]?.text == "COMPLETED" && pay("cnon:card-nonce-ok", "k1").body == paid.body)
        #expect(pay("cnon:card-nonce-ok", "k2").body != paid.body)
        let declined = pay("cnon:card-nonce-declined", "k3")
        #expect(declined.status == 402 && declined["errors", "0", "category"]?.text == "PAYMENT_METHOD_ERROR")
        #expect(pay("cnon:card-nonce-ok", String(repeating: "k", count: 46)).status == 400)
        #expect(shop.fake.books().count == 2)
        #expect(shop.fake.books().allSatisfy { $0.notes["busker_purchase"] == "pur_1" })
        await shop.fake.stop()
    }

    @Test func squareListsDisputesWithACursor() async throws {
        let shop = try await FakeShop(.square)
        let payment = try await shop.buy("pur_1")
        for _ in 0..<130 { shop.fake.dispute(payment: payment, amount: 1, ends: .lost) }
        let first = Self.json(shop, "GET", "/v2/disputes?location_id=\(shop.fake.keys.locationID)")
        let cursor = try #require(first["cursor"]?.text)
        #expect(first["disputes"]?.elements?.count == 100)
        let rest = Self.json(shop, "GET", "/v2/disputes?cursor=\(cursor)")
        #expect(rest["disputes"]?.elements?.count == 30 && rest["cursor"] == nil)
        #expect(Self.json(shop, "GET", "/v2/disputes?cursor=9223372036854775807").status == 400)
        await shop.fake.stop()
    }

    // MARK: Anything

    @Test(arguments: FakeShop.providers) func nonsenseIsAnsweredAndHarmsNothing(provider: PaymentProvider) async throws
    {
        let shop = try await FakeShop(provider)
        var random = SeededGenerator(seed: 99)
        let good = shop.request(purchase: "pur_1")
        let paths = [good.path, "/v1/refunds", "/v1/payment_intents", "/v2/refunds", "/v2/payments/captures/x/refund"]
        for round in 0..<250 {
            var body = Array(good.body.utf8)
            for _ in 0..<Int(random.next() % 8) {
                let at = Int(random.next() % UInt64(body.count))
                switch random.next() % 3 {
                case 0: body[at] = UInt8(truncatingIfNeeded: random.next()) & 0x7F
                case 1: body.removeSubrange(at..<min(body.count, at + 9))
                default: body.insert(contentsOf: "9223372036854775807".utf8, at: at)
                }
                if body.isEmpty { body = [0x7B] }
            }
            let method = ["POST", "POST", "GET", "DELETE", "PATCH"][Int(random.next() % 5)]
            let path = paths[Int(random.next() % UInt64(paths.count))]
            let answer = shop.client.send(
                method, path, body: String(decoding: body, as: UTF8.self), headers: ["Idempotency-Key": "k\(round)"])
            #expect((200...422).contains(answer.status), "seed 99, round \(round): \(method) \(path)")
        }
        #expect(shop.open("pur_2") != nil)
        await shop.fake.stop()
    }
}
