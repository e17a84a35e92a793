// Polar's requests as they are sent, and its answers as they are read.

import BuskerCore
import BuskerHTTP
import BuskerPayments
import Testing

@Suite struct PolarGatewayTests {
    static let empty = Said.ok(#"{"items":[],"pagination":{"total_count":0,"max_page":0}}"#)

    static func checkout(_ status: String, id: String = "co-1", key: String = "") -> String {
        """
        {"id":"\(id)","status":"\(status)","url":"https://polar.example/c","expires_at":"2026-11-22T00:00:00Z",
        "metadata":{"busker_purchase":"\(Gateways.purchase)","busker_checkout":"\(key)"}}
        """
    }

    static func order(
        status: String = "paid", paid: Bool = true, refunded: String = "0", total: Int = 1500, more: String = ""
    ) -> String {
        """
        {"id":"ord-1","checkout_id":"co-1","status":"\(status)","paid":\(paid),"billing_reason":"purchase",
        "currency":"usd","net_amount":1250,"tax_amount":250,"total_amount":\(total),"refunded_amount":\(refunded)\(more),
        "metadata":{"busker_purchase":"\(Gateways.purchase)"}}
        """
    }

    static func list(_ items: String) -> String { "{\"items\":[\(items)],\"pagination\":{\"max_page\":1}}" }

    @Test func aCheckoutIsOpenedAtTheExactPrice() async throws {
        let wire = ScriptedTransport([
            "GET /v1/checkouts/?": Self.empty, "POST /v1/checkouts/": .bad(201, Self.checkout("open")),
        ])
        let checkout = try await Gateways.polar(wire).open(Gateways.order { $0.product = "prod-1" })
        #expect(checkout.id == "co-1" && checkout.state == .open && checkout.url == "https://polar.example/c")
        #expect(
            wire.lines == [
                "GET /v1/checkouts/?product_id=prod-1&sorting=-created_at&limit=100&page=1",
                "POST /v1/checkouts/",
            ])
        let asked = try #require(wire.asked.last)
        #expect(asked.authority == "sandbox-api.polar.sh" && asked["Polar-Version"] == PolarGateway.version)
        #expect(asked["Authorization"] == "Bearer polar_oat_hunter2" && asked["Content-Type"] == "application/json")
        let body = try #require(asked.json)
        #expect(body["products"]?.elements?.first?.text == "prod-1")
        let price = body["prices"]?["prod-1"]?.elements?.first
        #expect(price?["price_amount"]?.integer == 1250 && price?["price_currency"]?.text == "usd")
        #expect(body["allow_discount_codes"]?.flag == false && body["external_customer_id"]?.text == "u_17")
        #expect(body["success_url"]?.text == "https://shop.example/done?a=1&checkout_id={CHECKOUT_ID}")
        #expect(body["metadata"]?["busker_checkout"]?.text == "checkout:\(Gateways.purchase)")
        #expect(body["metadata"]?["busker_purchase"]?.text == Gateways.purchase)
    }

    @Test func theCheckoutOfTheSameKeyIsFoundInsteadOfMadeAgain() async throws {
        let mine = Self.checkout("open", id: "co-7", key: "checkout:\(Gateways.purchase)")
        let wire = ScriptedTransport { asked, number in
            let items = number == 0 ? Self.checkout("open", key: "another") : mine
            return .ok("{\"items\":[\(items)],\"pagination\":{\"max_page\":9}}")
        }
        #expect(try await Gateways.polar(wire).open(Gateways.order { $0.product = "prod-1" }).id == "co-7")
        #expect(wire.asked.map(\.method) == ["GET", "GET"] && wire.lines[1].hasSuffix("&page=2"))
    }

    @Test func checkoutsThatAreOlderThanThePurchaseAreNotLookedThrough() async throws {
        let made = try PurchaseID(parsing: Gateways.purchase).timestamp
        for (age, pages) in [(Int64(-60), 10), (3600, 1)] {
            let created = made.advanced(by: .seconds(-age)).iso8601
            let wire = ScriptedTransport { asked, number in
                guard asked.method == "GET" else { return .ok(Self.checkout("open")) }
                return .ok(
                    "{\"items\":[{\"id\":\"c-\(number)\",\"created_at\":\"\(created)\"}],\"pagination\":{\"max_page\":99}}"
                )
            }
            _ = try await Gateways.polar(wire).open(Gateways.order { $0.product = "prod-1" })
            #expect(wire.asked.count == pages + 1)
        }
    }

    @Test func noAnswerToACreationIsNotSentAgain() async throws {
        let wire = ScriptedTransport { asked, _ in asked.method == "GET" ? Self.empty : .cut(.interrupted) }
        let polar = try Gateways.polar(wire, attempts: 3)
        #expect(await code { try await polar.open(Gateways.order { $0.product = "prod-1" }) } == .unavailable)
        #expect(await code { try await polar.refund(Gateways.refund("ord-1")) } == .unavailable)
        #expect(wire.asked.map(\.method) == ["GET", "POST", "GET", "POST"])
        #expect(await code { try await polar.open(Gateways.order()) } == .badRequest)
        #expect(wire.asked.count == 4)
    }

    @Test(arguments: [
        ("open", "", Checkout.State.open, nil), ("expired", "", .expired, nil), ("failed", "", .failed, nil),
        ("confirmed", "", .pending, nil), ("succeeded", "", .pending, nil), ("new_word", "", .unknown, nil),
        ("succeeded", order(), .paid, "ord-1"), ("succeeded", order(paid: false), .pending, "ord-1"),
        ("succeeded", order(total: 0), .free, nil), ("succeeded", order(status: "pending"), .pending, "ord-1"),
        ("succeeded", order(status: "odd"), .unknown, "ord-1"),
        ("succeeded", order().replacing("co-1", with: "co-2"), .pending, nil),
    ])
    func aCheckoutIsAsPaidAsItsOrder(status: String, order: String, state: Checkout.State, payment: String?)
        async throws
    {
        let wire = ScriptedTransport([
            "GET /v1/checkouts/co-1": .ok(Self.checkout(status)), "GET /v1/orders/?": .ok(Self.list(order)),
        ])
        let checkout = try await Gateways.polar(wire).checkout("co-1")
        #expect(checkout.state == state && checkout.payment == payment)
        #expect(wire.lines.last == "GET /v1/orders/?checkout_id=co-1&limit=100&page=1" || wire.asked.count == 1)
    }

    @Test(arguments: [
        ("won", Int64(0), Int64(0), false), ("prevented", 0, 0, false), ("early_warning", 0, 0, false),
        ("needs_response", 700, 0, true), ("under_review", 700, 0, true), ("lost", 700, 700, false),
        ("new_word", 700, 0, true),
    ])
    func theSumsOfAnOrderAreNetOfTax(status: String, contested: Int64, lost: Int64, open: Bool) async throws {
        let disputes = """
            {"id":"d-1","order_id":"ord-1","amount":700,"tax_amount":140,"currency":"usd","status":"\(status)"},
            {"id":"d-2","order_id":"ord-2","amount":9,"currency":"usd","status":"lost"}
            """
        let wire = ScriptedTransport([
            "GET /v1/orders/ord-1": .ok(Self.order(status: "partially_refunded", refunded: "300")),
            "GET /v1/disputes/?order_id=ord-1": .ok(Self.list(disputes)),
        ])
        let standing = try await Gateways.polar(wire).standing(of: "ord-1")
        #expect(standing.state == .paid && standing.refunded.minorUnits == 300)
        #expect(standing.contested.minorUnits == contested && standing.lost.minorUnits == lost)
        #expect(standing.isDisputed == open)
        let payment = try PaymentPolicy.verifyPayment(standing.object, expecting: Gateways.expectation("ord-1"))
        #expect(payment.refunded.minorUnits == 300 && payment.money == Gateways.price)
    }

    @Test(arguments: ["\"300\"", "null", "3.5", "-3"])
    func anOrderThatDoesNotSayWhatWasRefundedIsABadAnswer(refunded: String) async throws {
        let wire = ScriptedTransport(["GET /v1/orders/ord-1": .ok(Self.order(refunded: refunded))])
        #expect(await code { try await Gateways.polar(wire).standing(of: "ord-1") } == .badAnswer)
    }

    @Test func aRefundOfTheSameKeyIsFoundInsteadOfMadeAgain() async throws {
        let key = "refund:\(Gateways.purchase):1"
        let refund = """
            {"id":"re-1","order_id":"ord-1","amount":500,"currency":"usd","status":"pending",
            "metadata":{"busker_refund":"\(key)"}}
            """
        let fresh = ScriptedTransport([
            "GET /v1/refunds/?order_id=ord-1": Self.empty, "POST /v1/refunds/": .ok(refund),
        ])
        #expect(try await Gateways.polar(fresh).refund(Gateways.refund("ord-1")).id == "re-1")
        let body = try #require(fresh.asked.last?.json)
        #expect(body["order_id"]?.text == "ord-1" && body["amount"]?.integer == 500)
        #expect(body["reason"]?.text == "customer_request" && body["metadata"]?["busker_refund"]?.text == key)
        let known = ScriptedTransport(["GET /v1/refunds/?order_id=ord-1": .ok(Self.list(refund))])
        #expect(try await Gateways.polar(known).refund(Gateways.refund("ord-1")).status == "pending")
        #expect(known.asked.count == 1)
    }

    static let places: [(String, String, PaymentPlace?)] = [
        ("checkout", #"{"id":"x-1"}"#, PaymentPlace(checkout: "x-1")),
        (
            "order", #"{"id":"x-1","checkout_id":"co-1","metadata":{"busker_purchase":"pur_1"}}"#,
            PaymentPlace(checkout: "co-1", payment: "x-1", purchase: "pur_1")
        ), ("refund", #"{"id":"x-1","order_id":"ord-1"}"#, PaymentPlace(payment: "ord-1")),
        ("refund", #"{"id":"x-1"}"#, nil), ("subscription", #"{"id":"x-1"}"#, PaymentPlace(subscription: "x-1")),
        ("benefit", #"{"id":"x-1"}"#, nil),
    ]

    @Test(arguments: places)
    func anEventIsPlacedByItsSignedBody(kind: String, data: String, place: PaymentPlace?) async throws {
        let wire = ScriptedTransport([:])
        let hint = try Gateways.hint(.polar, "\(kind).updated", kind, "x-1", "{\"data\":\(data)}")
        #expect(try await Gateways.polar(wire).place(of: hint) == place)
        #expect(wire.asked.isEmpty)
    }

    @Test func aSubscriptionIsRead() async throws {
        let answer = #"{"id":"sub-1","status":"past_due","current_period_end":"2026-12-01T00:00:00Z"}"#
        let wire = ScriptedTransport(["GET /v1/subscriptions/sub-1": .ok(answer)])
        let standing = try await Gateways.polar(wire).subscription("sub-1")
        let end = try Timestamp(iso8601: "2026-12-01T00:00:00Z")
        #expect(!standing.isActive && standing.periodEnd == end)
    }

    @Test(arguments: [
        (403, #"{"error":"RefundedAlready","detail":"all gone"}"#, PaymentError.Code.notRefundable),
        (404, #"{"error":"ResourceNotFound","detail":"Not found"}"#, .notFound),
        (422, #"{"detail":[{"msg":"Field required","loc":["body"]}]}"#, .badRequest),
        (401, #"{"error":"invalid_token"}"#, .unauthorised), (409, "{}", .inProgress), (429, "", .rateLimited),
        (500, "Internal Server Error", .unavailable),
    ])
    func everyErrorHasAMeaning(status: Int, body: String, meaning: PaymentError.Code) async throws {
        let wire = ScriptedTransport { asked, _ in asked.method == "GET" ? Self.empty : .bad(status, body) }
        #expect(await code { try await Gateways.polar(wire).refund(Gateways.refund("ord-1")) } == meaning)
    }
}
