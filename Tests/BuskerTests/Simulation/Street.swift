// Two hosts of one shop, four providers and their webhooks, in a time of their own.

import Busker
import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerHTTPClient
import BuskerLedger
import BuskerPayments
import BuskerTesting
import HTTPTypes
import Logging
import TestSupport

/// A clock on which no wait takes time.
struct HastyClock: Clock {
    typealias Instant = ContinuousClock.Instant
    var now: Instant { ContinuousClock.now }
    var minimumResolution: Duration { .zero }
    func sleep(until deadline: Instant, tolerance: Duration?) async throws {}
}

/// Where the simulation takes place.
final class Street: Sendable {
    /// Every webhook comes twice, mixed, late, or never; one call of six fails.
    static let nature = FakeNature(
        duplicates: 1_000, shuffle: true, delay: .seconds(1_200), lost: 80, failures: 160, failingRefunds: 150)
    static let product = "0d3f4c8e-6b1a-4f57-9a0c-2f1f6a5b7c11"

    let clock = VirtualClock()
    /// The shop on two hosts that share a database and nothing else.
    let hosts: [CreditShop]
    let fakes: [FakeProvider]
    let transport: HTTPClientTransport
    let unit: Amount.Unit
    private let doors: [[any Door]]

    /// Runs `body` on a street that is cleared away afterwards.
    static func open<T>(
        _ database: any Database, seed: UInt64, lanes: Int, _ body: (Street) async throws -> T
    ) async throws -> T {
        let street = try await Street(database, seed: seed, lanes: lanes)
        let outcome: Result<T, any Error>
        do { outcome = .success(try await body(street)) } catch { outcome = .failure(error) }
        for fake in street.fakes { await fake.stop() }
        await street.transport.close()
        return try outcome.get()
    }

    private init(_ database: any Database, seed: UInt64, lanes: Int) async throws {
        transport = try HTTPClientTransport()
        var fakes: [FakeProvider] = []
        for (at, provider) in SalePlan.providers.enumerated() {
            fakes.append(
                try await FakeProvider.start(provider, seed: seed &+ UInt64(at), clock: clock, nature: Self.nature))
        }
        self.fakes = fakes
        unit = try Amount.Unit(code: "credits", scale: 0)
        var hosts: [CreditShop] = []
        for host in 0..<2 {
            hosts.append(try Self.host(database, fakes, clock, transport, seed: seed &+ UInt64(host), lanes: lanes))
        }
        self.hosts = hosts
        doors = try fakes.map { fake in try hosts.map { try Self.door(fake, $0.inbox) } }
        try await shop.migrate()
        let wares: [(String, Money, Int64, Int64)] = [
            ("small", Money(minorUnits: 500, currency: .usd), 100, 7),
            ("odd", Money(minorUnits: 1_999, currency: .eur), 333, 0),
            ("large", Money(minorUnits: 30_00, currency: .usd), 1_000, 111),
            ("yen", Money(minorUnits: 1_500, currency: .jpy), 77, 13),
        ]
        for (name, price, credits, bonus) in wares {
            try await shop.ledger.publish(
                try CreditPackage(
                    name, name: name, price: price, credits: Amount(steps: credits, unit: unit),
                    bonus: Amount(steps: bonus, unit: unit)))
        }
    }

    /// The shop where it does not matter on which host.
    var shop: CreditShop { hosts[0] }

    private static func host(
        _ database: any Database, _ fakes: [FakeProvider], _ clock: VirtualClock, _ transport: HTTPClientTransport,
        seed: UInt64, lanes: Int
    ) throws -> CreditShop {
        let ids = IDGenerator(clock: clock, random: SeededGenerator(seed: seed))
        var limits = ShopLimits()
        limits.freePurchasesMax = .max
        var inboxLimits = InboxLimits()
        inboxLimits.looksMax = lanes
        return try CreditShop(
            Ledger(database, clock: clock, ids: ids),
            gateways: try fakes.map { try gateway($0, transport, seed) }, mode: .test, clock: clock, ids: ids,
            limits: limits, inboxLimits: inboxLimits,
            log: Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() })
    }

    private static func gateway(_ fake: FakeProvider, _ transport: HTTPClientTransport, _ seed: UInt64) throws
        -> any PaymentGateway
    {
        let retry = HTTPRetry(wall: fake.clock, clock: HastyClock(), random: SeededGenerator(seed: seed))
        let key = try APIKey(fake.secretKey)
        switch fake.provider {
        case .stripe:
            return try StripeGateway(
                key: key, mode: .test, transport: transport, retry: retry, clock: fake.clock, baseURL: fake.baseURL)
        case .polar:
            return try PolarGateway(
                accessToken: key, mode: .test, transport: transport, retry: retry, clock: fake.clock,
                baseURL: fake.baseURL)
        case .payPal:
            return try PayPalGateway(
                clientID: fake.keys.clientID, clientSecret: key, mode: .test, transport: transport, retry: retry,
                clock: fake.clock, baseURL: fake.baseURL)
        default:
            return try SquareGateway(
                accessToken: key, locationID: fake.keys.locationID, mode: .test, transport: transport, retry: retry,
                clock: fake.clock, baseURL: fake.baseURL)
        }
    }

    private static func door(_ fake: FakeProvider, _ inbox: PaymentInbox) throws -> any Door {
        let secrets = [fake.webhookSecret]
        switch fake.provider {
        case .stripe:
            return WebhookDoor(try StripeVerifier(secrets: secrets, mode: .test), into: inbox, clock: fake.clock)
        case .polar:
            return WebhookDoor(try PolarVerifier(secrets: secrets, mode: .test), into: inbox, clock: fake.clock)
        case .payPal:
            return WebhookDoor(
                try PayPalVerifier(
                    webhookIDs: secrets, certificates: fake.certificates,
                    roots: try TrustedRoots(pem: fake.certificateRoots), mode: .test), into: inbox, clock: fake.clock)
        default:
            return WebhookDoor(
                try SquareVerifier(secrets: secrets, notificationURL: fake.keys.notificationURL, mode: .test),
                into: inbox, clock: fake.clock)
        }
    }

    func fake(_ provider: PaymentProvider) throws -> FakeProvider {
        guard let fake = fakes.first(where: { $0.provider == provider }) else { throw FakeError(.unsupported, "none") }
        return fake
    }

    /// Lets time pass everywhere.
    func pass(_ time: Duration) {
        clock.advance(by: time)
        for fake in fakes { fake.pass(.zero) }
    }

    /// Takes in a webhook as a host does; one that is not taken comes again.
    func take(_ delivery: FakeDelivery, of fake: FakeProvider, host: Int = 0) async throws -> WebhookAnswer {
        guard let at = fakes.firstIndex(where: { $0.provider == fake.provider }) else {
            throw FakeError(.unsupported, "none")
        }
        let answer = await doors[at][host].take(rawBody: delivery.body, headers: delivery.headers)
        if answer.status != 200 { fake.refused(delivery) }
        return answer
    }
}

/// Where the webhooks of one provider arrive.
protocol Door: Sendable {
    func take(rawBody: [UInt8], headers: HTTPFields) async -> WebhookAnswer
}

extension WebhookDoor: Door {}
