// What no gateway lets through: foreign ids, odd answers, secrets in errors.

import BuskerCore
import BuskerHTTP
import BuskerPayments
import Synchronization
import TestSupport
import Testing

/// A clock whose hands a test moves.
final class MovedClock: WallClock {
    private let moment = Mutex(Sender.now)

    var now: Timestamp { moment.withLock { $0 } }

    func move(_ duration: Duration) { moment.withLock { $0 = $0.advanced(by: duration) } }
}

@Suite struct GatewayAbuseTests {
    static let ids = [
        "", "..", ".", "a/b", "../../v1/refunds", "a?b=c", "a#b", "a%2fb", "a b", "a\r\nX: y", "a\u{0}", "ä", "a\\b",
        "a;b", "a.b",
        String(repeating: "a", count: 256),
    ]

    @Test(arguments: ids)
    func anIdThatIsNoneNeverBecomesARequest(id: String) async throws {
        let wire = ScriptedTransport { _, _ in .ok("{}") }
        for gateway in try Gateways.all(wire) {
            #expect(await code { try await gateway.checkout(id) } == .notFound)
            #expect(await code { try await gateway.standing(of: id) } == .notFound)
            #expect(await code { try await gateway.refund(Gateways.refund(id)) } == .notFound)
        }
        #expect(await code { try await Gateways.stripe(wire).expire(id) } == .notFound)
        #expect(await code { try await Gateways.stripe(wire).subscription(id) } == .notFound)
        for kind in ["charge", "refund", "capture", "payment", "dispute"] {
            let hint = try Gateways.hint(.payPal, "X", kind, id)
            _ = await code { try await Gateways.payPal(wire).place(of: hint) }
        }
        #expect(wire.asked.isEmpty)
    }

    /// Answers that are not the object that was asked for, whatever it is.
    static let odd: [Said] = [
        .ok(""), .ok("null"), .ok("[]"), .ok("\"text\""), .ok("{}"), .ok("<html><body>hello</body></html>"),
        .ok(#"{"id":"x1","id":"x1"}"#), .ok(#"{"error":{"message":"no"}}"#), .ok(#"{"errors":[{"code":"X"}]}"#),
        .ok(#"{"id":17,"object":"payment_intent","status":[],"payment":[],"order":7}"#),
        .ok(
            #"{"id":"other","object":"payment_intent","status":"succeeded","amount":1,"currency":"usd","#
                + #""payment":{"id":"other"},"order":{"id":"other"}}"#), .ok("{\"id\":\"x1\""),
        .ok(String(repeating: "[", count: 5000)), .ok("{\"id\":\"" + String(repeating: "x", count: 2_200_000) + "\"}"),
        Said(status: 204, body: ""), .bad(301, ""), .ok("\u{FEFF}{}"),
    ]

    @Test(arguments: odd.indices)
    func anOddAnswerIsAnErrorAndNothingElse(number: Int) async throws {
        let said = Self.odd[number]
        let wire = ScriptedTransport { asked, _ in
            asked.path == "/v1/oauth2/token" ? PayPalGatewayTests.token : said
        }
        for gateway in try Gateways.all(wire) {
            let checkout = await code { try await gateway.checkout("x1") }
            let standing = await code { try await gateway.standing(of: "x1") }
            let refund = await code { try await gateway.refund(Gateways.refund("x1")) }
            for found in [checkout, standing, refund] {
                #expect(found == .badAnswer || found == .badRequest, "\(gateway.provider) said \(found as Any)")
            }
        }
    }

    @Test func mutatedAnswersNeverTrapAndNeverPayMore() async throws {
        let seed = FuzzTests.seed &+ 7
        var random = SeededGenerator(seed: seed)
        let bodies = [
            StripeGatewayTests.intent(), PolarGatewayTests.order(), PayPalGatewayTests.capture(),
            SquareGatewayTests.payment(),
        ]
        let ids = ["pi_1", "ord-1", "CAP1", "pay_1"]
        for _ in 0..<400 {
            for (number, body) in bodies.enumerated() {
                let text = String(decoding: Mutation.bytes(Array(body.utf8), &random), as: UTF8.self)
                let wire = ScriptedTransport([
                    "POST /v1/oauth2/token": PayPalGatewayTests.token,
                    "GET /v1/customer/disputes": PayPalGatewayTests.noDisputes,
                    "GET /v1/disputes/": PolarGatewayTests.empty, "GET /v1/disputes?": .ok("{\"data\":[]}"),
                    "GET /v2/disputes": .ok("{}"), "GET /v1/payment_intents": .ok(text), "GET /v1/orders": .ok(text),
                    "GET /v2/payments": .ok(text),
                ])
                let gateway = try Gateways.all(wire)[number]
                guard let standing = try? await gateway.standing(of: ids[number]) else { continue }
                let expected = Gateways.expectation(ids[number])
                if let payment = try? PaymentPolicy.verifyPayment(standing.object, expecting: expected) {
                    #expect(payment.money == Gateways.price && payment.id == ids[number], "seed \(seed): \(text)")
                }
            }
        }
    }

    @Test func noErrorNamesAKey() async throws {
        let echo = "<html>sk_test_hunter2 polar_oat_hunter2 secret_hunter2 sq_hunter2\u{1B}[31m</html>"
        for body in [echo, "{\"error\":{\"message\":\"\(echo.replacing("\u{1B}", with: ""))\"}}"] {
            let wire = ScriptedTransport { _, _ in .bad(502, body) }
            for gateway in try Gateways.all(wire) {
                let error = await #expect(throws: PaymentError.self) { try await gateway.checkout("x1") }
                let text = "\(error as Any) \(error?.detail ?? "")"
                let secrets = ["stripe": "sk_test_", "polar": "polar_oat_", "paypal": "secret_", "square": "sq_"]
                #expect(!text.contains((secrets[gateway.provider.name] ?? "?") + "hunter2"))
                #expect(!text.unicodeScalars.contains { $0.value < 0x20 } && text.utf8.count < 1500)
            }
        }
        let key = try APIKey("sk_test_hunter2")
        var dumped = ""
        dump(key, to: &dumped)
        dump(try Gateways.stripe(ScriptedTransport([:])), to: &dumped)
        #expect(!"\(key) \(String(reflecting: key)) \(dumped)".contains("hunter2"))
    }

    @Test(arguments: ["", " ", "sk_test_1\n", "sk test", "sk_\u{7F}", "schlüssel", String(repeating: "k", count: 4097)])
    func aKeyThatIsNoneIsRefused(text: String) {
        #expect(throws: PaymentError(.unauthorised, "")) { try APIKey(text) }
    }

    @Test(arguments: [
        "http://api.stripe.com", "ftp://x", "https://", "https://user@host", "https://host?x", "https://ho st",
        "api.stripe.com",
        "http://127.0.0.1.evil.example", "http://localhost@evil.example", "https://host#x",
    ])
    func keysAreSentOnlyWhereTheyAreSafe(url: String) throws {
        #expect(throws: PaymentError(.badRequest, "")) {
            try StripeGateway(
                key: APIKey("sk_test_1"), mode: .test, transport: ScriptedTransport([:]), retry: Gateways.retry(),
                clock: StillClock(), baseURL: url)
        }
    }

    @Test func theAddressOfTheOtherModeIsRefused() throws {
        let wire = ScriptedTransport([:])
        let key = try APIKey("key_12345")
        #expect(throws: PaymentError(.unauthorised, "")) {
            try PolarGateway(
                accessToken: key, mode: .live, transport: wire, retry: Gateways.retry(), clock: StillClock(),
                baseURL: "https://sandbox-api.polar.sh")
        }
        #expect(throws: PaymentError(.unauthorised, "")) {
            try PayPalGateway(
                clientID: "c", clientSecret: key, mode: .test, transport: wire, retry: Gateways.retry(),
                clock: StillClock(), baseURL: "https://api-m.paypal.com/")
        }
        #expect(throws: PaymentError(.unauthorised, "")) {
            try SquareGateway(
                accessToken: key, locationID: "L", mode: .test, transport: wire, retry: Gateways.retry(),
                clock: StillClock(), baseURL: "https://connect.squareup.com")
        }
    }

    static let refused: [(String, PaymentError.Code, @Sendable (inout CheckoutOrder) -> Void)] = [
        ("no key", .badRequest, { $0.key = "" }),
        ("long key", .badRequest, { $0.key = String(repeating: "k", count: 109) }),
        ("key with a line end", .badRequest, { $0.key = "a\r\nX-Evil: 1" }),
        ("no title", .badRequest, { $0.title = "" }),
        ("nothing", .badAmount, { $0.price = Money(minorUnits: 0, currency: .usd) }),
        ("less than nothing", .badAmount, { $0.price = Money(minorUnits: -5, currency: .usd) }),
        ("a note's name", .badRequest, { $0.notes["a]b["] = "x" }),
        ("a note's text", .badRequest, { $0.notes["a"] = String(repeating: "x", count: 401) }),
        ("many notes", .badRequest, { for number in 0..<30 { $0.notes["n\(number)"] = "x" } }),
        ("a script", .badRequest, { $0.successURL = "javascript:alert(1)" }),
        ("an address", .badRequest, { $0.cancelURL = "https://a b" }),
        ("a product", .badRequest, { $0.product = "../x" }),
        ("shilling", .badAmount, { $0.price = Money(minorUnits: 500, currency: (try? Currency("UGX")) ?? .usd) }),
    ]

    @Test(arguments: refused.indices)
    func anOrderThatCannotBeSentIsNotSent(number: Int) async throws {
        let wire = ScriptedTransport { asked, _ in
            asked.path == "/v1/oauth2/token"
                ? PayPalGatewayTests.token : asked.method == "GET" ? PolarGatewayTests.empty : .ok("{}")
        }
        let (name, meaning, change) = Self.refused[number]
        for gateway in try Gateways.all(wire) {
            let order = Gateways.order {
                $0.product = "prod-1"
                change(&$0)
            }
            #expect(await code { try await gateway.open(order) } == meaning, "\(gateway.provider): \(name)")
        }
        #expect(wire.asked.allSatisfy { $0.method == "GET" || $0.path == "/v1/oauth2/token" })
    }
}
