// Square's requests as they are sent, and its answers as they are read.

import BuskerCore
import BuskerHTTP
import BuskerPayments
import Testing

@Suite struct SquareGatewayTests {
    static func payment(_ status: String = "COMPLETED", reference: String? = Gateways.purchase, refunded: Int? = nil)
        -> String
    {
        let note = reference.map { ",\"reference_id\":\"\($0)\"" } ?? ""
        let back = refunded.map { ",\"refunded_money\":{\"amount\":\($0),\"currency\":\"USD\"}" } ?? ""
        return """
            {"payment":{"id":"pay_1","status":"\(status)","amount_money":{"amount":1250,"currency":"USD"},
            "total_money":{"amount":1250,"currency":"USD"},"order_id":"ord_1","location_id":"L1"\(note)\(back)}}
            """
    }

    static func order(_ state: String, tenders: String = "", total: Int = 1250, id: String = "ord_1") -> String {
        """
        {"order":{"id":"\(id)","state":"\(state)","location_id":"L1","reference_id":"\(Gateways.purchase)",
        "total_money":{"amount":\(total),"currency":"USD"},"tenders":[\(tenders)]}}
        """
    }

    @Test func aLinkIsMadeForAnOrderWithTheNote() async throws {
        let link = #"{"payment_link":{"id":"LINK1","order_id":"ord_1","url":"https://square.example/u"}}"#
        let wire = ScriptedTransport(["POST /v2/online-checkout/payment-links": .ok(link)])
        let checkout = try await Gateways.square(wire).open(Gateways.order())
        #expect(checkout.id == "ord_1" && checkout.url == "https://square.example/u" && checkout.state == .open)
        let asked = try #require(wire.asked.first)
        #expect(asked.authority == "connect.squareupsandbox.com" && asked["Square-Version"] == SquareGateway.version)
        #expect(asked["Authorization"] == "Bearer sq_hunter2")
        let order = asked.json?["order"]
        #expect(asked.json?["idempotency_key"]?.text == "checkout:\(Gateways.purchase)")
        #expect(order?["reference_id"]?.text == Gateways.purchase && order?["location_id"]?.text == "L1")
        let item = order?["line_items"]?.elements?.first
        #expect(item?["quantity"]?.text == "1" && item?["base_price_money"]?["amount"]?.integer == 1250)
        #expect(item?["base_price_money"]?["currency"]?.text == "USD" && item?["name"]?.text == "Starter & more")
        #expect(asked.json?["checkout_options"]?["allow_tipping"]?.flag == false)
    }

    @Test(arguments: [
        ("DRAFT", "", 1250, Checkout.State.open), ("OPEN", "", 1250, .open), ("CANCELED", "", 1250, .expired),
        ("COMPLETED", "", 0, .free), ("COMPLETED", "", 1250, .unknown), ("NEW_WORD", "", 1250, .unknown),
        ("OPEN", "COMPLETED", 1250, .paid), ("COMPLETED", "COMPLETED", 1250, .paid),
        ("OPEN", "APPROVED", 1250, .pending),
        ("OPEN", "PENDING", 1250, .pending), ("OPEN", "FAILED", 1250, .open), ("CANCELED", "CANCELED", 1250, .failed),
        ("OPEN", "NEW_WORD", 1250, .unknown),
    ])
    func anOrderIsAsPaidAsItsPayment(state: String, payment: String, total: Int, stands: Checkout.State) async throws {
        let tender = payment.isEmpty ? "" : #"{"id":"t_1","payment_id":"pay_1"}"#
        let wire = ScriptedTransport([
            "GET /v2/orders/ord_1": .ok(Self.order(state, tenders: tender, total: total)),
            "GET /v2/payments/pay_1": .ok(Self.payment(payment)),
        ])
        let checkout = try await Gateways.square(wire).checkout("ord_1")
        #expect(checkout.state == stands && checkout.payment == (payment.isEmpty ? nil : "pay_1"))
        #expect(checkout.notes[CheckoutOrder.purchaseNote] == Gateways.purchase)
    }

    static func dispute(_ state: String, payment: String = "pay_1") -> String {
        """
        {"id":"d_1","state":"\(state)","amount_money":{"amount":700,"currency":"USD"},
        "disputed_payment":{"payment_id":"\(payment)"}}
        """
    }

    @Test(arguments: [
        ("WON", Int64(0), Int64(0), false), ("INQUIRY_EVIDENCE_REQUIRED", 0, 0, false), ("INQUIRY_CLOSED", 0, 0, false),
        ("EVIDENCE_REQUIRED", 700, 0, true), ("PROCESSING", 700, 0, true), ("NEW_WORD", 700, 0, true),
        ("LOST", 700, 700, false), ("ACCEPTED", 700, 700, false),
    ])
    func aStandingHasRefundsAndDisputes(state: String, contested: Int64, lost: Int64, open: Bool) async throws {
        let wire = ScriptedTransport { asked, _ in
            switch asked.line {
            case "GET /v2/payments/pay_1": .ok(Self.payment(refunded: 300))
            case "GET /v2/disputes?location_id=L1":
                .ok("{\"disputes\":[\(Self.dispute("LOST", payment: "pay_2"))],\"cursor\":\"next/1\"}")
            case "GET /v2/disputes?location_id=L1&cursor=next%2F1": .ok("{\"disputes\":[\(Self.dispute(state))]}")
            default: .bad(404, "")
            }
        }
        let standing = try await Gateways.square(wire).standing(of: "pay_1")
        #expect(standing.state == .paid && standing.refunded.minorUnits == 300)
        #expect(standing.contested.minorUnits == contested && standing.lost.minorUnits == lost)
        #expect(standing.isDisputed == open)
        _ = try PaymentPolicy.verifyPayment(standing.object, expecting: Gateways.expectation("pay_1"))
    }

    @Test func theNoteOfTheOrderIsThePaymentsNote() async throws {
        for (id, isGood) in [("ord_1", true), ("ord_2", false)] {
            let wire = ScriptedTransport([
                "GET /v2/payments/pay_1": .ok(Self.payment(reference: nil)),
                "GET /v2/orders/ord_1": .ok(Self.order("COMPLETED", id: id)), "GET /v2/disputes": .ok("{}"),
            ])
            let standing = try? await Gateways.square(wire).standing(of: "pay_1")
            let payment = standing.flatMap {
                try? PaymentPolicy.verifyPayment($0.object, expecting: Gateways.expectation("pay_1"))
            }
            #expect((payment != nil) == isGood)
        }
    }

    @Test func disputesAreNotReadForEver() async throws {
        let wire = ScriptedTransport { asked, number in
            asked.path == "/v2/disputes" ? .ok("{\"cursor\":\"c\(number)\"}") : .ok(Self.payment())
        }
        #expect(await code { try await Gateways.square(wire).standing(of: "pay_1") } == .badAnswer)
        #expect(wire.asked.count < 50)
    }

    @Test func aPaymentIsMadeFromASource() async throws {
        let wire = ScriptedTransport([
            "POST /v2/payments": .ok(Self.payment()), "GET /v2/payments/pay_1": .ok(Self.payment()),
            "GET /v2/disputes": .ok("{}"),
        ])
        let standing = try await Gateways.square(wire).pay(Gateways.order(), source: "cnon:card-nonce-ok")
        #expect(standing.payment == "pay_1" && standing.state == .paid)
        let body = wire.asked.first?.json
        #expect(body?["source_id"]?.text == "cnon:card-nonce-ok" && body?["autocomplete"]?.flag == true)
        #expect(
            body?["reference_id"]?.text == Gateways.purchase && body?["idempotency_key"]?.text?.utf8.count ?? 99 <= 45)
    }

    @Test func aRefundHasAKeyThatSquareTakes() async throws {
        let answer = """
            {"refund":{"id":"ref_1","status":"PENDING","payment_id":"pay_1",
            "amount_money":{"amount":500,"currency":"USD"}}}
            """
        let wire = ScriptedTransport(["POST /v2/refunds": .ok(answer)])
        let square = try Gateways.square(wire)
        var keys: Set<String> = []
        for key in ["refund:1", String(repeating: "k", count: 46), String(repeating: "k", count: 108)] {
            #expect(try await square.refund(Gateways.refund("pay_1", key: key)).id == "ref_1")
            let sent = try #require(wire.asked.last?.json?["idempotency_key"]?.text)
            #expect(sent.utf8.count <= 45 && keys.insert(sent).inserted)
        }
        #expect(wire.asked.first?.json?["idempotency_key"]?.text == "refund:1")
        #expect(wire.asked.first?.json?["amount_money"]?["amount"]?.integer == 500)
    }

    static let places: [(String, String, PaymentPlace?)] = [
        (
            "payment", #"{"id":"x_1","order_id":"ord_1","reference_id":"pur_1"}"#,
            PaymentPlace(checkout: "ord_1", payment: "x_1", purchase: "pur_1")
        ),
        (
            "payment", #"{"id":"x_1","order_id":"ord_1"}"#,
            PaymentPlace(checkout: "ord_1", payment: "x_1", purchase: Gateways.purchase)
        ),
        ("refund", #"{"id":"x_1","payment_id":"pay_1"}"#, PaymentPlace(payment: "pay_1")),
        ("dispute", #"{"id":"x_1","disputed_payment":{"payment_id":"pay_1"}}"#, PaymentPlace(payment: "pay_1")),
        ("dispute", #"{"id":"x_1"}"#, nil), ("catalog", #"{"id":"x_1"}"#, nil),
    ]

    @Test(arguments: places)
    func anEventIsPlacedByItsSignedBody(kind: String, object: String, place: PaymentPlace?) async throws {
        let wire = ScriptedTransport(["GET /v2/orders/ord_1": .ok(Self.order("OPEN"))])
        let body = "{\"data\":{\"object\":{\"\(kind)\":\(object)}}}"
        let hint = try Gateways.hint(.square, "\(kind).updated", kind, "x_1", body)
        #expect(try await Gateways.square(wire).place(of: hint) == place)
    }

    @Test(arguments: [
        (400, "IDEMPOTENCY_KEY_REUSED", "INVALID_REQUEST_ERROR", PaymentError.Code.keyReused),
        (200, "PAYMENT_NOT_REFUNDABLE", "REFUND_ERROR", .notRefundable),
        (400, "REFUND_AMOUNT_INVALID", "", .notRefundable),
        (402, "CARD_DECLINED", "PAYMENT_METHOD_ERROR", .declined), (401, "UNAUTHORIZED", "", .unauthorised),
        (429, "RATE_LIMITED", "", .rateLimited), (400, "NEW_WORD", "", .badRequest),
        (503, "SERVICE_UNAVAILABLE", "", .unavailable),
    ])
    func everyErrorHasAMeaning(status: Int, name: String, category: String, meaning: PaymentError.Code) async throws {
        let body = "{\"errors\":[{\"code\":\"\(name)\",\"category\":\"\(category)\",\"detail\":\"x\"}]}"
        let wire = ScriptedTransport { _, _ in .bad(status, body) }
        #expect(await code { try await Gateways.square(wire).refund(Gateways.refund("pay_1")) } == meaning)
    }
}
