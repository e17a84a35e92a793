// Every gateway over a real socket: from the checkout to the last cent given back.

import BuskerCore
import BuskerHTTP
import BuskerHTTPClient
import BuskerPayments
import BuskerTesting
import Testing

/// A shop at a double: its gateway speaks real HTTP over the loopback interface.
struct JourneyShop {
    static let product = "0b5bbe4c-5f0c-4b3e-9d68-0c2f4b1f7c11"
    static let price = Money(minorUnits: 1250, currency: .usd)

    let fake: FakeProvider
    let gateway: any PaymentGateway
    let transport: HTTPClientTransport
    let clock = VirtualClock()

    init(_ provider: PaymentProvider, seed: UInt64, nature: FakeNature = .calm) async throws {
        fake = try await FakeProvider.start(provider, seed: seed, clock: clock, nature: nature)
        transport = try HTTPClientTransport()
        let limits = HTTPRetryLimits(
            attemptsMax: 4, waitFirst: .milliseconds(1), waitMax: .milliseconds(1), budgetRetries: 10_000)
        let retry = HTTPRetry(limits, wall: clock, clock: ContinuousClock(), random: SystemRandom())
        let key = try APIKey(fake.secretKey)
        switch provider {
        case .stripe:
            gateway = try StripeGateway(
                key: key, mode: .test, transport: transport, retry: retry, clock: clock, baseURL: fake.baseURL)
        case .polar:
            gateway = try PolarGateway(
                accessToken: key, mode: .test, transport: transport, retry: retry, clock: clock, baseURL: fake.baseURL)
        case .payPal:
            gateway = try PayPalGateway(
                clientID: fake.keys.clientID, clientSecret: key, mode: .test, transport: transport, retry: retry,
                clock: clock, baseURL: fake.baseURL)
        default:
            gateway = try SquareGateway(
                accessToken: key, locationID: fake.keys.locationID, mode: .test, transport: transport, retry: retry,
                clock: clock, baseURL: fake.baseURL)
        }
    }
}

extension JourneyShop {
    /// An order for a new purchase, and the id of that.
    func order(_ change: (inout CheckoutOrder) -> Void = { _ in }) -> (order: CheckoutOrder, purchase: String) {
        let purchase = Self.ids.make(PurchaseKind.self).description
        var order = CheckoutOrder(
            key: "checkout:\(purchase)", title: "Starter", price: Self.price,
            notes: [CheckoutOrder.purchaseNote: purchase], successURL: "https://shop.example/done",
            product: fake.provider == .polar ? Self.product : nil, email: "a@b.example", buyer: "u_\(purchase)",
            timeToLive: .seconds(7200))
        change(&order)
        return (order, purchase)
    }

    private static let ids = IDGenerator(clock: VirtualClock(), random: SystemRandom())

    /// What the judge says about a payment for a purchase.
    func judge(_ standing: PaymentStanding, _ purchase: String) throws -> VerifiedPayment {
        try PaymentPolicy.verifyPayment(
            standing.object,
            expecting: PaymentExpectation(
                payment: standing.payment, price: Self.price, mode: .test, purpose: purchase,
                notes: [CheckoutOrder.purchaseNote: purchase], refundMax: Self.price, mayBeDisputed: true))
    }

    /// Whether the gateway sees what the provider's books say.
    func agrees(_ standing: PaymentStanding) -> Bool {
        guard let book = fake.books().first(where: { $0.payment == standing.payment }) else { return false }
        return book.refunded == standing.refunded && book.contested == standing.contested && book.lost == standing.lost
            && book.isDisputed == standing.isDisputed
    }

    func close() async {
        await transport.close()
        await fake.stop()
    }
}

@Suite struct GatewayJourneyTests {
    static let providers: [PaymentProvider] = [.stripe, .polar, .payPal, .square]

    /// Runs a story at a double, and closes everything afterwards.
    static func visit(
        _ provider: PaymentProvider, nature: FakeNature = .calm, _ story: (JourneyShop) async throws -> Void
    ) async throws {
        let shop = try await JourneyShop(provider, seed: 2026, nature: nature)
        do {
            try await story(shop)
        } catch {
            await shop.close()
            throw error
        }
        await shop.close()
    }

    @Test(arguments: providers)
    func aPurchaseIsPaidJudgedAndGivenBack(provider: PaymentProvider) async throws {
        try await Self.visit(provider) { shop in
            let (order, purchase) = shop.order()
            let opened = try await shop.gateway.open(order)
            #expect(opened.state == .open && opened.url != nil)
            #expect(try await shop.gateway.open(order).id == opened.id)
            #expect(try await shop.gateway.checkout(opened.id).state == .open)
            await shop.fake.pay(checkout: opened.id)
            let paid = try await shop.gateway.checkout(opened.id)
            let payment = try #require(paid.payment)
            #expect(paid.state == .paid && paid.notes[CheckoutOrder.purchaseNote] == purchase)
            let clean = try await shop.gateway.standing(of: payment)
            #expect(clean.state == .paid && shop.agrees(clean))
            #expect(try shop.judge(clean, purchase).money == JourneyShop.price)
            let half = Money(minorUnits: 500, currency: .usd)
            for _ in 0..<2 {
                let refund = try await shop.gateway.refund(RefundOrder(key: "r:1", payment: payment, amount: half))
                #expect(refund.amount == half)
            }
            let partly = try await shop.gateway.standing(of: payment)
            #expect(partly.refunded == half && shop.agrees(partly))
            #expect(try shop.judge(partly, purchase).refunded == half)
            let rest = Money(minorUnits: 750, currency: .usd)
            _ = try await shop.gateway.refund(RefundOrder(key: "r:2", payment: payment, amount: rest, reason: "gone"))
            let whole = try await shop.gateway.standing(of: payment)
            #expect(whole.refunded == JourneyShop.price && shop.agrees(whole))
            #expect(try shop.judge(whole, purchase).refunded == JourneyShop.price)
            await #expect(throws: PaymentError.self) {
                try await shop.gateway.refund(RefundOrder(key: "r:3", payment: payment, amount: half))
            }
        }
    }

    @Test(arguments: providers, [FakeDispute.won, .lost, .inquiry])
    func aDisputeIsSeenFromItsBeginningToItsEnd(provider: PaymentProvider, ends: FakeDispute) async throws {
        try await Self.visit(provider) { shop in
            let (order, purchase) = shop.order()
            let opened = try await shop.gateway.open(order)
            await shop.fake.pay(checkout: opened.id)
            let payment = try #require(try await shop.gateway.checkout(opened.id).payment)
            shop.fake.dispute(payment: payment, amount: 700, ends: ends)
            let during = try await shop.gateway.standing(of: payment)
            #expect(shop.agrees(during), "\(during)")
            #expect(try shop.judge(during, purchase).money == JourneyShop.price)
            shop.fake.pass(.seconds(40 * 86_400))
            let after = try await shop.gateway.standing(of: payment)
            #expect(shop.agrees(after), "\(after)")
            #expect(!after.isDisputed && after.lost.minorUnits == (ends == .lost ? 700 : 0))
        }
    }

    @Test(arguments: providers)
    func aRefundThatFailsLaterIsMoneyAgain(provider: PaymentProvider) async throws {
        try await Self.visit(provider) { shop in
            let opened = try await shop.gateway.open(shop.order().order)
            await shop.fake.pay(checkout: opened.id)
            let payment = try #require(try await shop.gateway.checkout(opened.id).payment)
            shop.fake.refund(payment: payment, amount: 300, fails: .later)
            #expect(try await shop.gateway.standing(of: payment).refunded.minorUnits == 300)
            shop.fake.pass(.seconds(6 * 86_400))
            let after = try await shop.gateway.standing(of: payment)
            #expect(after.refunded.minorUnits == 0 && shop.agrees(after))
        }
    }

    @Test(
        arguments: providers, [FakePayment.declined, .threeDSecure, .delayed(success: true), .delayed(success: false)])
    func noMoneyIsSeenBeforeItIsThere(provider: PaymentProvider, how: FakePayment) async throws {
        try await Self.visit(provider) { shop in
            let (order, purchase) = shop.order()
            let opened = try await shop.gateway.open(order)
            await shop.fake.pay(checkout: opened.id, how)
            let early = try await shop.gateway.checkout(opened.id)
            #expect(early.state == .open || early.state == .pending, "\(how) is \(early.state)")
            if let payment = early.payment {
                let standing = try await shop.gateway.standing(of: payment)
                #expect(standing.state != .paid && standing.state != .free)
                #expect(throws: PaymentRefusal.self) { try shop.judge(standing, purchase) }
            }
            shop.fake.pass(.seconds(4 * 86_400))
            let late = try await shop.gateway.checkout(opened.id)
            let comes = how == .threeDSecure || how == .delayed(success: true)
            #expect((late.state == .paid) == comes, "\(how) ends as \(late.state)")
            if let payment = late.payment, comes {
                #expect(
                    try shop.judge(try await shop.gateway.standing(of: payment), purchase).money == JourneyShop.price)
            }
        }
    }

    @Test(arguments: providers)
    func everyWebhookLeadsToItsPurchase(provider: PaymentProvider) async throws {
        try await Self.visit(provider) { shop in
            let (order, purchase) = shop.order()
            let opened = try await shop.gateway.open(order)
            await shop.fake.pay(checkout: opened.id)
            let payment = try #require(try await shop.gateway.checkout(opened.id).payment)
            shop.fake.refund(payment: payment, amount: 300)
            shop.fake.dispute(payment: payment, amount: 200, ends: .lost)
            shop.fake.pass(.seconds(40 * 86_400))
            var placed: Set<String> = []
            for delivery in shop.fake.deliveries() {
                let hint = try await shop.hint(delivery)
                guard let place = try await shop.gateway.place(of: hint) else { continue }
                placed.insert(hint.subject?.kind ?? "")
                #expect(place.purchase == purchase || place.payment == payment || place.checkout == opened.id)
            }
            #expect(placed.count >= 3, "only \(placed.sorted()) were placed")
        }
    }

    @Test(arguments: providers)
    func callsThatFailHalfWayNeitherOpenNorRefundTwice(provider: PaymentProvider) async throws {
        try await Self.visit(provider) { shop in
            for (number, failure) in FakeNature.Failure.allCases.enumerated() where failure != .stall {
                for isDone in [false, true] {
                    let (order, _) = shop.order()
                    let creation = ["stripe": "checkout/sessions", "polar": "checkouts", "paypal": "checkout/orders"]
                    shop.fake.failNext(failure, done: isDone, path: creation[provider.name] ?? "payment-links")
                    let opened = try await Self.insist { try await shop.gateway.open(order) }
                    await shop.fake.pay(checkout: opened.id)
                    let payment = try #require(
                        try await Self.insist { try await shop.gateway.checkout(opened.id) }.payment)
                    shop.fake.failNext(failure, done: isDone, path: "refund")
                    let refund = RefundOrder(
                        key: "r:\(number):\(isDone)", payment: payment, amount: Money(minorUnits: 300, currency: .usd))
                    _ = try await Self.insist { try await shop.gateway.refund(refund) }
                    let standing = try await shop.gateway.standing(of: payment)
                    #expect(standing.refunded.minorUnits == 300, "\(failure), done \(isDone)")
                    #expect(shop.agrees(standing))
                }
            }
        }
    }

    /// Does something again under the same key, as the room that keeps purchases does.
    static func insist<Value>(_ body: () async throws -> Value) async throws -> Value {
        for _ in 0..<5 {
            do {
                return try await body()
            } catch let error as PaymentError where error.code == .unavailable || error.code == .rateLimited {
                continue
            }
        }
        return try await body()
    }

    @Test(arguments: providers)
    func whatDoesNotExistIsNotFound(provider: PaymentProvider) async throws {
        try await Self.visit(provider) { shop in
            #expect(await Self.code { try await shop.gateway.checkout("nothing") } == .notFound)
            #expect(await Self.code { try await shop.gateway.standing(of: "nothing") } == .notFound)
            let refund = RefundOrder(key: "r:1", payment: "nothing", amount: JourneyShop.price)
            #expect(await Self.code { try await shop.gateway.refund(refund) } != nil)
        }
    }

    @Test func theKeyOfTheOtherModeSeesNothing() async throws {
        try await Self.visit(.stripe) { shop in
            let opened = try await shop.gateway.open(shop.order().order)
            let retry = HTTPRetry(.once, wall: shop.clock, clock: ContinuousClock(), random: SystemRandom())
            let other = try StripeGateway(
                key: APIKey(shop.fake.keys.otherModeSecret), mode: .live, transport: shop.transport, retry: retry,
                clock: shop.clock, baseURL: shop.fake.baseURL)
            #expect(await Self.code { try await other.checkout(opened.id) } == .notFound)
            let wrong = try StripeGateway(
                key: APIKey("sk_test_wrong"), mode: .test, transport: shop.transport, retry: retry, clock: shop.clock,
                baseURL: shop.fake.baseURL)
            #expect(await Self.code { try await wrong.checkout(opened.id) } != nil)
        }
    }

    @Test func aSessionIsExpired() async throws {
        try await Self.visit(.stripe) { shop in
            let opened = try await shop.gateway.open(shop.order().order)
            #expect(try await shop.gateway.expire(opened.id).state == .expired)
            #expect(try await shop.gateway.expire(opened.id).state == .expired)
            #expect(await shop.fake.pay(checkout: opened.id) == nil)
            let second = try await shop.gateway.open(shop.order().order)
            await shop.fake.pay(checkout: second.id)
            #expect(try await shop.gateway.expire(second.id).state == .paid)
        }
    }

    @Test(arguments: [PaymentProvider.stripe, .polar])
    func aSubscriptionIsRead(provider: PaymentProvider) async throws {
        try await Self.visit(provider) { shop in
            let id = try #require(shop.fake.subscribe(notes: ["busker_user": "u_1"]))
            let active = try await shop.gateway.subscription(id)
            #expect(active.isActive && active.status == "active" && active.periodEnd != nil)
            shop.fake.subscribe(id, status: "past_due")
            #expect(try await !shop.gateway.subscription(id).isActive)
        }
    }

    static func code(_ body: () async throws -> some Any) async -> PaymentError.Code? {
        do {
            _ = try await body()
            return nil
        } catch {
            return (error as? PaymentError)?.code
        }
    }
}

extension JourneyShop {
    /// The hint of a delivery, verified as a host would.
    func hint(_ delivery: FakeDelivery) async throws -> EventHint {
        let secrets = [fake.webhookSecret]
        switch fake.provider {
        case .stripe:
            let verifier = try StripeVerifier(secrets: secrets, mode: .test)
            return EventHint(try verifier.verify(rawBody: delivery.body, headers: delivery.headers, at: clock.now))
        case .polar:
            let verifier = try PolarVerifier(secrets: secrets, mode: .test)
            return EventHint(try verifier.verify(rawBody: delivery.body, headers: delivery.headers, at: clock.now))
        case .payPal:
            let verifier = try PayPalVerifier(
                webhookIDs: secrets, certificates: fake.certificates,
                roots: try TrustedRoots(pem: fake.certificateRoots), mode: .test)
            return EventHint(
                try await verifier.verify(rawBody: delivery.body, headers: delivery.headers, at: clock.now))
        default:
            let verifier = try SquareVerifier(
                secrets: secrets, notificationURL: fake.keys.notificationURL, mode: .test)
            return EventHint(try verifier.verify(rawBody: delivery.body, headers: delivery.headers, at: clock.now))
        }
    }
}
