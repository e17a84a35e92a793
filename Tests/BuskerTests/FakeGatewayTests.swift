// Our gateways and the doubles understand each other.

import BuskerCore
import BuskerHTTP
import BuskerHTTPClient
import BuskerPayments
import BuskerTesting
import Testing

/// A gateway that talks to a double.
struct FakeCounter {
    let fake: FakeProvider
    let gateway: any PaymentGateway
    let transport: HTTPClientTransport

    init(_ provider: PaymentProvider, seed: UInt64 = 1, nature: FakeNature = .calm) async throws {
        let clock = VirtualClock()
        fake = try await FakeProvider.start(provider, seed: seed, clock: clock, nature: nature)
        transport = try HTTPClientTransport()
        let limits = HTTPRetryLimits(
            attemptsMax: 8, waitFirst: .milliseconds(1), waitMax: .milliseconds(2), askedWaitMax: .seconds(5),
            budgetRetries: 1000)
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

    func stop() async {
        await fake.stop()
        await transport.close()
    }

    static func order(_ number: Int) -> CheckoutOrder {
        CheckoutOrder(
            key: "checkout:pur_\(number)", title: "100 credits",
            price: Money(minorUnits: 1000 + Int64(number), currency: .usd),
            notes: [CheckoutOrder.purchaseNote: "pur_\(number)"], successURL: "https://shop.example.com/done",
            product: FakeShop.product, email: "buyer@example.com", buyer: "u_\(number)")
    }

    /// Compares a look with the books.
    func agrees(_ payment: String) async throws -> Bool {
        let standing = try await gateway.standing(of: payment)
        guard let book = fake.books().first(where: { $0.payment == payment }) else { return standing.state != .paid }
        return standing.state == .paid && standing.refunded == book.refunded && standing.contested == book.contested
            && standing.lost == book.lost && standing.isDisputed == book.isDisputed
            && standing.notes[CheckoutOrder.purchaseNote] ?? standing.notes["custom_id"]
                ?? standing.notes["reference_id"]
                == book.notes[CheckoutOrder.purchaseNote]
    }
}

@Suite struct FakeGatewayTests {
    @Test(arguments: FakeShop.providers) func aPurchaseFromOpeningToRefund(provider: PaymentProvider) async throws {
        let counter = try await FakeCounter(provider)
        let opened = try await counter.gateway.open(FakeCounter.order(1))
        #expect(opened.state == .open && opened.url?.hasPrefix(counter.fake.baseURL) == true)
        #expect(opened.notes[CheckoutOrder.purchaseNote] == "pur_1")
        let again = try await counter.gateway.open(FakeCounter.order(1))
        #expect(again.id == opened.id)
        let payment = await counter.fake.pay(checkout: opened.id)
        let paid = try await counter.gateway.checkout(opened.id)
        #expect(paid.state == (provider == .polar || paid.payment != nil ? .paid : .open) && paid.payment == payment)
        let id = try #require(paid.payment)
        #expect(try await counter.agrees(id))
        let order = RefundOrder(
            key: "refund:pur_1:1", payment: id, amount: Money(minorUnits: 301, currency: .usd), reason: "asked")
        let refund = try await counter.gateway.refund(order)
        #expect(try await counter.gateway.refund(order).id == refund.id)
        #expect(counter.fake.books().first?.refunded.minorUnits == 301)
        #expect(try await counter.agrees(id))
        await counter.stop()
    }

    @Test(arguments: FakeShop.providers, [FakeDispute.won, .lost, .open, .inquiry])
    func looksAgreeWithTheBooksWhateverHappens(provider: PaymentProvider, ends: FakeDispute) async throws {
        let counter = try await FakeCounter(provider)
        let opened = try await counter.gateway.open(FakeCounter.order(1))
        await counter.fake.pay(checkout: opened.id)
        let payment = try #require(try await counter.gateway.checkout(opened.id).payment)
        #expect(counter.fake.refund(payment: payment, amount: 100, fails: .later) != nil)
        #expect(try await counter.agrees(payment))
        #expect(counter.fake.refund(payment: payment, amount: 50, fails: .atOnce) != nil)
        #expect(try await counter.agrees(payment))
        #expect(counter.fake.dispute(payment: payment, amount: 400, ends: ends) != nil)
        #expect(try await counter.agrees(payment))
        counter.fake.pass(.seconds(6 * 86_400))
        #expect(try await counter.agrees(payment))
        counter.fake.pass(.seconds(25 * 86_400))
        #expect(try await counter.agrees(payment))
        await counter.stop()
    }

    @Test(arguments: FakeShop.providers) func eventsLeadToTheirPayment(provider: PaymentProvider) async throws {
        let counter = try await FakeCounter(provider)
        let opened = try await counter.gateway.open(FakeCounter.order(1))
        await counter.fake.pay(checkout: opened.id)
        let payment = try #require(try await counter.gateway.checkout(opened.id).payment)
        counter.fake.refund(payment: payment, amount: 100)
        counter.fake.dispute(payment: payment, amount: 100, ends: .open)
        let shop = try await FakeShop(provider)
        for delivery in counter.fake.deliveries() {
            let hint = try await shop.verified(delivery)
            let place = try await counter.gateway.place(of: hint)
            #expect(place?.checkout == opened.id || place?.payment == payment, "\(delivery.type)")
        }
        await shop.fake.stop()
        await counter.stop()
    }

    @Test(arguments: FakeShop.providers) func failingCallsDoNoHarm(provider: PaymentProvider) async throws {
        let nature = FakeNature(
            failures: 250, failureKinds: [.rateLimit, .badGateway, .cut, .half], retryAfter: 0)
        let counter = try await FakeCounter(provider, seed: 11, nature: nature)
        var paid = 0
        for number in 0..<12 {
            guard let opened = try? await counter.gateway.open(FakeCounter.order(number)) else { continue }
            await counter.fake.pay(checkout: opened.id)
            guard let payment = try? await counter.gateway.checkout(opened.id).payment else { continue }
            paid += 1
            let order = RefundOrder(
                key: "refund:\(number)", payment: payment, amount: Money(minorUnits: 300, currency: .usd), reason: nil)
            for _ in 0..<3 { _ = try? await counter.gateway.refund(order) }
            let book = try #require(counter.fake.books().first { $0.payment == payment })
            #expect([0, 300].contains(book.refunded.minorUnits), "seed 11, purchase \(number)")
        }
        #expect(paid >= 6)
        await counter.stop()
    }

    @Test(arguments: [PaymentProvider.stripe, .polar]) func subscriptionsAreFetched(provider: PaymentProvider)
        async throws
    {
        let counter = try await FakeCounter(provider)
        let id = try #require(counter.fake.subscribe(notes: ["user": "u_1"]))
        #expect(try await counter.gateway.subscription(id).isActive)
        counter.fake.subscribe(id, status: "canceled")
        let after = try await counter.gateway.subscription(id)
        #expect(!after.isActive && after.status == "canceled" && after.notes["user"] == "u_1" && after.periodEnd != nil)
        await counter.stop()
    }
}
