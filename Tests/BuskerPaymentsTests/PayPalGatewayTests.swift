// PayPal's requests as they are sent, and its answers as they are read.

import BuskerCore
import BuskerHTTP
import BuskerPayments
import HTTPTypes
import Testing

@Suite struct PayPalGatewayTests {
    static let token = Said.ok(#"{"access_token":"A21.token","token_type":"Bearer","expires_in":32400}"#)

    static func wire(_ answers: [String: Said]) -> ScriptedTransport {
        ScriptedTransport(answers.merging(["POST /v1/oauth2/token": token]) { old, _ in old })
    }

    static func capture(_ status: String = "COMPLETED", more: String = "") -> String {
        """
        {"id":"CAP1","status":"\(status)","amount":{"currency_code":"USD","value":"12.50"},"final_capture":true,
        "custom_id":"\(Gateways.purchase)","supplementary_data":{"related_ids":{"order_id":"ORD1"}}\(more)}
        """
    }

    static func order(_ status: String, captures: String = "", refunds: String = "", id: String = "ORD1") -> String {
        """
        {"id":"\(id)","status":"\(status)","update_time":"2026-11-20T10:00:00Z","purchase_units":[
        {"custom_id":"\(Gateways.purchase)","payments":{"captures":[\(captures)],"refunds":[\(refunds)]}}],
        "links":[{"rel":"self","href":"x"},{"rel":"payer-action","href":"https://paypal.example/agree"}]}
        """
    }

    static let noDisputes = Said.ok(#"{"items":[],"links":[]}"#)

    @Test func anOrderIsOpenedWithTheNoteAndTheKey() async throws {
        let wire = Self.wire(["POST /v2/checkout/orders": .bad(201, Self.order("PAYER_ACTION_REQUIRED"))])
        let checkout = try await Gateways.payPal(wire).open(Gateways.order())
        #expect(checkout.id == "ORD1" && checkout.state == .open && checkout.url == "https://paypal.example/agree")
        #expect(checkout.notes[CheckoutOrder.purchaseNote] == Gateways.purchase && checkout.payment == nil)
        #expect(wire.lines == ["POST /v1/oauth2/token", "POST /v2/checkout/orders"])
        let login = wire.asked[0]
        #expect(login["Authorization"] == "Basic " + Base64.encode(Array("client:secret_hunter2".utf8)))
        #expect(login.body == "grant_type=client_credentials" && login.authority == "api-m.sandbox.paypal.com")
        let asked = wire.asked[1]
        #expect(asked["Authorization"] == "Bearer A21.token" && asked["Prefer"] == "return=representation")
        #expect(asked["PayPal-Request-Id"] == "checkout:\(Gateways.purchase)")
        let unit = asked.json?["purchase_units"]?.elements?.first
        #expect(asked.json?["intent"]?.text == "CAPTURE" && unit?["custom_id"]?.text == Gateways.purchase)
        #expect(unit?["amount"]?["value"]?.text == "12.50" && unit?["amount"]?["currency_code"]?.text == "USD")
        let context = asked.json?["payment_source"]?["paypal"]?["experience_context"]
        #expect(context?["return_url"]?.text == "https://shop.example/done?a=1")
    }

    @Test func anAgreedOrderIsCapturedOnce() async throws {
        let wire = Self.wire([
            "GET /v2/checkout/orders/ORD1": .ok(Self.order("APPROVED")),
            "POST /v2/checkout/orders/ORD1/capture": .bad(201, Self.order("COMPLETED", captures: Self.capture())),
        ])
        let checkout = try await Gateways.payPal(wire).checkout("ORD1")
        #expect(checkout.state == .paid && checkout.payment == "CAP1")
        #expect(wire.asked.last?["PayPal-Request-Id"] == "capture:ORD1:20261120100000")
    }

    @Test func anOrderThatIsNotOursIsLeftAlone() async throws {
        let foreign = Self.order("APPROVED").replacing("\"custom_id\":\"\(Gateways.purchase)\",", with: "")
        let wire = Self.wire(["GET /v2/checkout/orders/ORD1": .ok(foreign)])
        #expect(try await Gateways.payPal(wire).checkout("ORD1").state == .open)
        #expect(wire.asked.map(\.method) == ["POST", "GET"])
    }

    @Test(arguments: [
        ("ORDER_ALREADY_CAPTURED", Checkout.State.paid), ("INSTRUMENT_DECLINED", .open), ("ORDER_NOT_APPROVED", .open),
        ("PAYER_ACTION_REQUIRED", .open),
    ])
    func aCaptureThatIsRefusedLeavesTheOrderAsItIs(issue: String, state: Checkout.State) async throws {
        let refusal = "{\"name\":\"UNPROCESSABLE_ENTITY\",\"details\":[{\"issue\":\"\(issue)\"}]}"
        let wire = ScriptedTransport { asked, number in
            switch asked.path {
            case "/v1/oauth2/token": Self.token
            case "/v2/checkout/orders/ORD1/capture": .bad(422, refusal)
            default: .ok(number < 2 ? Self.order("APPROVED") : Self.order("COMPLETED", captures: Self.capture()))
            }
        }
        #expect(try await Gateways.payPal(wire).checkout("ORD1").state == state)
    }

    @Test(arguments: [
        ("COMPLETED", "COMPLETED", Checkout.State.paid), ("COMPLETED", "PENDING", .pending),
        ("COMPLETED", "DECLINED", .failed), ("COMPLETED", "FAILED", .failed), ("COMPLETED", "REFUNDED", .paid),
        ("COMPLETED", "NEW_WORD", .unknown), ("CREATED", "", .open), ("SAVED", "", .open), ("VOIDED", "", .expired),
        ("COMPLETED", "", .unknown), ("NEW_WORD", "COMPLETED", .unknown),
    ])
    func anOrderIsAsPaidAsItsCapture(status: String, capture: String, state: Checkout.State) async throws {
        let captures = capture.isEmpty ? "" : Self.capture(capture)
        let wire = Self.wire(["GET /v2/checkout/orders/ORD1": .ok(Self.order(status, captures: captures))])
        #expect(try await Gateways.payPal(wire).checkout("ORD1").state == state)
    }

    @Test func aTokenIsFetchedOnceForManyAndAnewWhenItIsRefused() async throws {
        let wire = ScriptedTransport { asked, number in
            if asked.path == "/v1/oauth2/token" { return .ok("{\"access_token\":\"T\(number)\",\"expires_in\":100}") }
            return asked["Authorization"] == "Bearer T0" && number > 20 ? .bad(401, "{}") : .ok(Self.order("CREATED"))
        }
        let payPal = try Gateways.payPal(wire)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<20 { group.addTask { _ = try? await payPal.checkout("ORD1") } }
        }
        #expect(wire.asked.filter { $0.path == "/v1/oauth2/token" }.count == 1)
        #expect(try await payPal.checkout("ORD1").state == .open)
        #expect(
            wire.lines.suffix(3) == [
                "GET /v2/checkout/orders/ORD1", "POST /v1/oauth2/token", "GET /v2/checkout/orders/ORD1",
            ])
        let barred = ScriptedTransport { asked, _ in asked.path == "/v1/oauth2/token" ? Self.token : .bad(401, "{}") }
        #expect(await code { try await Gateways.payPal(barred).checkout("ORD1") } == .unauthorised)
        #expect(barred.asked.count == 4)
        let locked = ScriptedTransport { _, _ in .bad(401, #"{"error":"invalid_client"}"#) }
        #expect(await code { try await Gateways.payPal(locked).checkout("ORD1") } == .unauthorised)
        #expect(await code { try await Gateways.payPal(locked).checkout("ORD1") } == .unauthorised)
        #expect(locked.asked.count == 2)
    }

    static func refund(_ value: String, _ status: String = "COMPLETED", of capture: String = "CAP1") -> String {
        """
        {"id":"REF1","status":"\(status)","amount":{"currency_code":"USD","value":"\(value)"},
        "links":[{"rel":"up","href":"https://api.example/v2/payments/captures/\(capture)"}]}
        """
    }

    @Test(arguments: [
        ("COMPLETED", "", Int64(0)), ("PARTIALLY_REFUNDED", refund("3.00"), 300),
        ("PARTIALLY_REFUNDED", refund("3.00") + "," + refund("1.00", "FAILED") + "," + refund("0.50", "PENDING"), 350),
        ("PARTIALLY_REFUNDED", refund("3.00") + "," + refund("9.00", of: "CAP2"), 300), ("REFUNDED", "", 1250),
        ("REFUNDED", refund("12.50"), 1250),
    ])
    func theOrderSaysWhatWasRefundedOfACapture(status: String, refunds: String, sum: Int64) async throws {
        let wire = Self.wire([
            "GET /v2/payments/captures/CAP1": .ok(Self.capture(status)),
            "GET /v2/checkout/orders/ORD1": .ok(
                Self.order("COMPLETED", captures: Self.capture(status), refunds: refunds)),
            "GET /v1/customer/disputes": Self.noDisputes,
        ])
        let standing = try await Gateways.payPal(wire).standing(of: "CAP1")
        #expect(standing.refunded.minorUnits == sum && standing.state == .paid && !standing.isDisputed)
        let payment = try PaymentPolicy.verifyPayment(standing.object, expecting: Gateways.expectation("CAP1"))
        #expect(payment.refunded.minorUnits == sum)
        var strict = Gateways.expectation("CAP1")
        strict.refundMax = Money(minorUnits: 0, currency: .usd)
        let isGood = (try? PaymentPolicy.verifyPayment(standing.object, expecting: strict)) != nil
        #expect(isGood == (sum == 0))
    }

    @Test func aPartOfUnknownSizeIsABadAnswer() async throws {
        let wire = Self.wire(["GET /v2/payments/captures/CAP1": .ok(Self.capture("PARTIALLY_REFUNDED"))])
        #expect(await code { try await Gateways.payPal(wire).standing(of: "CAP1") } == .badAnswer)
        let odd = Self.wire([
            "GET /v2/payments/captures/CAP1": .ok(Self.capture("PARTIALLY_REFUNDED")),
            "GET /v2/checkout/orders/ORD1": .ok(Self.order("COMPLETED", refunds: #"{"id":"R","status":"COMPLETED"}"#)),
        ])
        #expect(await code { try await Gateways.payPal(odd).standing(of: "CAP1") } == .badAnswer)
    }

    @Test(arguments: [
        ("OPEN", "", Int64(700), Int64(0), true), ("WAITING_FOR_SELLER_RESPONSE", "", 700, 0, true),
        ("NEW_WORD", "", 700, 0, true), ("RESOLVED", "RESOLVED_BUYER_FAVOUR", 600, 600, false),
        ("RESOLVED", "ACCEPTED", 600, 600, false), ("RESOLVED", "RESOLVED_SELLER_FAVOUR", 0, 0, false),
        ("RESOLVED", "CANCELED_BY_BUYER", 0, 0, false), ("RESOLVED", "NEW_WORD", 700, 0, true),
    ])
    func aResolvedDisputeIsAskedHowItEnded(status: String, outcome: String, contested: Int64, lost: Int64, open: Bool)
        async throws
    {
        let dispute = """
            "dispute_id":"PP-D-1","status":"\(status)","dispute_amount":{"currency_code":"USD","value":"7.00"}
            """
        let detail = """
            {\(dispute),"dispute_outcome":{"outcome_code":"\(outcome)",
            "amount_refunded":{"currency_code":"USD","value":"6.00"}}}
            """
        let wire = Self.wire([
            "GET /v2/payments/captures/CAP1": .ok(Self.capture()),
            "GET /v1/customer/disputes?disputed_transaction_id=CAP1&page_size=50": .ok("{\"items\":[{\(dispute)}]}"),
            "GET /v1/customer/disputes/PP-D-1": .ok(detail),
        ])
        let standing = try await Gateways.payPal(wire).standing(of: "CAP1")
        #expect(standing.contested.minorUnits == contested && standing.lost.minorUnits == lost)
        #expect(standing.isDisputed == open)
    }

    @Test func disputesAreReadPageByPage() async throws {
        let wire = ScriptedTransport { asked, number in
            switch asked.path {
            case "/v1/oauth2/token": return Self.token
            case "/v2/payments/captures/CAP1": return .ok(Self.capture())
            default:
                let isLast = asked.query.contains("next_page_token=ab%3D")
                let link = #"{"rel":"next","href":"https://x/v1/customer/disputes?page_size=50&next_page_token=ab%3D"}"#
                return .ok(
                    "{\"items\":[{\"dispute_id\":\"D\(number)\",\"status\":\"OPEN\",\"dispute_amount\":"
                        + "{\"currency_code\":\"USD\",\"value\":\"1.00\"}}],\"links\":[\(isLast ? "" : link)]}")
            }
        }
        #expect(try await Gateways.payPal(wire).standing(of: "CAP1").contested.minorUnits == 200)
    }

    @Test func aRefundIsMadeUnderItsKey() async throws {
        let wire = Self.wire(["POST /v2/payments/captures/CAP1/refund": .bad(201, Self.refund("5.00", "PENDING"))])
        let refund = try await Gateways.payPal(wire).refund(Gateways.refund("CAP1"))
        #expect(refund.id == "REF1" && refund.status == "PENDING" && refund.amount.minorUnits == 500)
        #expect(wire.asked.last?["PayPal-Request-Id"] == "refund:\(Gateways.purchase):1")
        #expect(wire.asked.last?.json?["amount"]?["value"]?.text == "5.00")
        let other = Self.wire(["POST /v2/payments/captures/CAP1/refund": .ok(Self.refund("4.00"))])
        #expect(await code { try await Gateways.payPal(other).refund(Gateways.refund("CAP1")) } == .badAnswer)
    }

    @Test(arguments: [
        ("CHECKOUT.ORDER.APPROVED", "checkout-order", "ORD1"), ("PAYMENT.CAPTURE.COMPLETED", "capture", "CAP1"),
        ("PAYMENT.CAPTURE.REFUNDED", "refund", "REF1"), ("PAYMENT.CAPTURE.REVERSED", nil, "REF1"),
        ("CUSTOMER.DISPUTE.CREATED", "dispute", "PP-D-1"), ("CUSTOMER.DISPUTE.CREATED", nil, "PP-D-1"),
        ("BILLING.PLAN.CREATED", "plan", "P1"),
    ])
    func anEventIsPlacedByAsking(type: String, kind: String?, id: String) async throws {
        let dispute = #"{"dispute_id":"PP-D-1","disputed_transactions":[{"seller_transaction_id":"CAP1"}]}"#
        let wire = Self.wire([
            "GET /v2/payments/captures/CAP1": .ok(Self.capture()),
            "GET /v2/payments/refunds/REF1": .ok(Self.refund("1.00")),
            "GET /v1/customer/disputes/PP-D-1": .ok(dispute),
        ])
        let place = try await Gateways.payPal(wire).place(of: Gateways.hint(.payPal, type, kind, id))
        switch id {
        case "ORD1": #expect(place == PaymentPlace(checkout: "ORD1"))
        case "P1": #expect(place == nil)
        default: #expect(place == PaymentPlace(checkout: "ORD1", payment: "CAP1", purchase: Gateways.purchase))
        }
    }

    @Test func whatPayPalCannotDoIsSaid() async throws {
        let payPal = try Gateways.payPal(Self.wire([:]))
        #expect(await code { try await payPal.expire("ORD1") } == .unsupported)
        #expect(await code { try await payPal.subscription("I-1") } == .unsupported)
        #expect(await code { try await payPal.open(Gateways.order { $0.notes = [:] }) } == .badRequest)
        let forint = Money(minorUnits: 1250, currency: try Currency("HUF"))
        #expect(await code { try await payPal.open(Gateways.order { $0.price = forint }) } == .badAmount)
    }

    @Test(arguments: [
        (422, "CAPTURE_FULLY_REFUNDED", PaymentError.Code.notRefundable),
        (422, "REFUND_AMOUNT_EXCEEDED", .notRefundable),
        (404, "RESOURCE_NOT_FOUND", .notFound), (422, "INSTRUMENT_DECLINED", .declined),
        (429, "RATE_LIMIT_REACHED", .rateLimited),
        (403, "NOT_AUTHORIZED", .forbidden), (422, "NEW_WORD", .badRequest),
        (409, "PREVIOUS_REQUEST_IN_PROGRESS", .inProgress),
    ])
    func everyErrorHasAMeaning(status: Int, issue: String, meaning: PaymentError.Code) async throws {
        let wire = Self.wire([
            "POST /v2/payments": .bad(status, "{\"name\":\"X\",\"details\":[{\"issue\":\"\(issue)\"}]}")
        ])
        #expect(await code { try await Gateways.payPal(wire).refund(Gateways.refund("CAP1")) } == meaning)
    }
}

@Suite struct PayPalCertificateStoreTests {
    static func address(_ name: String) throws -> PayPalCertificateAddress {
        try PayPalCertificateAddress("https://api.paypal.com/v1/certs/\(name)?a=b")
    }

    @Test func aCertificateIsFetchedOnceAndKept() async throws {
        let wire = ScriptedTransport { _, _ in .ok("pem") }
        let store = PayPalCertificateStore(transport: wire, clock: StillClock())
        for _ in 0..<3 { #expect(try await store.certificate(at: Self.address("a")) == Array("pem".utf8)) }
        #expect(wire.lines == ["GET /v1/certs/a?a=b"])
        #expect(wire.asked[0].scheme == "https" && wire.asked[0].authority == "api.paypal.com")
        #expect(wire.asked[0]["Authorization"] == nil)
        for number in 0..<40 { _ = try await store.certificate(at: Self.address("b\(number)")) }
        #expect(wire.asked.count == 41)
    }

    @Test(arguments: [Said.bad(404, "no"), .bad(302, ""), .cut(.timedOut), .ok(String(repeating: "x", count: 70_000))])
    func whatFailedIsLeftAloneForAMinute(said: Said) async throws {
        let wire = ScriptedTransport { _, _ in said }
        let clock = MovedClock()
        let store = PayPalCertificateStore(transport: wire, clock: clock)
        for _ in 0..<5 { #expect(await code { try await store.certificate(at: Self.address("a")) } != nil) }
        #expect(wire.asked.count == 1)
        clock.move(.seconds(61))
        #expect(await code { try await store.certificate(at: Self.address("a")) } != nil)
        #expect(wire.asked.count == 2)
    }
}
