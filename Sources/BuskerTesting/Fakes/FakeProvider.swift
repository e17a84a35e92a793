// A scripted server of a payment provider.

public import BuskerCore
public import BuskerHTTP
public import BuskerPayments
import Synchronization

/// A payment provider that answers over a real socket on this machine, with buyers and banks that do what the test says.
///
/// Everything that looks random follows from the seed, and time is that of the clock that is lent: give a ``VirtualClock`` and let
/// days ``pass(_:)``. It is no sandbox of the real provider: it knows the calls that this package makes and their neighbours.
public final class FakeProvider: Sendable {
    /// Whose server it plays.
    public let provider: PaymentProvider
    /// Whether its money is called real.
    public let mode: PaymentMode
    /// Where it listens, such as `http://127.0.0.1:40123`.
    public let baseURL: String
    /// The keys with which it is asked and signs.
    public let keys: FakeKeys
    /// The clock it was lent.
    public let clock: any WallClock

    private let server: FakeServer?
    private let world: FakeWorld

    private init(_ world: FakeWorld, _ server: FakeServer?, clock: any WallClock, keys: FakeKeys) {
        provider = keys.provider
        mode = keys.mode
        baseURL = "http://127.0.0.1:\(server?.port ?? 1)"
        self.keys = keys
        self.clock = clock
        self.world = world
        self.server = server
    }

    /// Starts a server on the loopback interface.
    ///
    /// - Parameters:
    ///   - provider: Stripe, Polar, PayPal or Square.
    ///   - seed: what every choice follows from.
    ///   - clock: the time by which things happen.
    ///   - nature: what goes wrong on the way.
    ///   - mode: whether its keys and events are those of live mode.
    ///   - port: where to listen; 0 lets the machine choose.
    ///   - notificationURL: where the host says that it takes webhooks: Square signs it.
    /// - Throws: ``FakeError`` with `unsupported`, or what keeps the socket from being opened.
    public static func start(
        _ provider: PaymentProvider, seed: UInt64, clock: any WallClock, nature: FakeNature = .calm,
        mode: PaymentMode = .test, port: Int = 0, notificationURL: String = "https://shop.example.com/webhooks"
    ) async throws -> FakeProvider {
        let keys = FakeKeys(provider, FakeSeed(value: seed), mode: mode, notificationURL: notificationURL)
        let world = FakeWorld(try keys.machine(failingRefunds: nature.failingRefunds), keys.seed, clock, nature)
        let server = try await FakeServer.start(port: port) { world.reply(to: $0) }
        world.open(at: "http://127.0.0.1:\(server.port)")
        return FakeProvider(world, server, clock: clock, keys: keys)
    }

    /// Makes a provider without a socket, to be asked over its ``line``.
    ///
    /// - Parameters: as those of ``start(_:seed:clock:nature:mode:port:notificationURL:)``.
    /// - Throws: ``FakeError`` with `unsupported`.
    public static func inProcess(
        _ provider: PaymentProvider, seed: UInt64, clock: any WallClock, nature: FakeNature = .calm,
        mode: PaymentMode = .test, notificationURL: String = "https://shop.example.com/webhooks"
    ) throws(FakeError) -> FakeProvider {
        let keys = FakeKeys(provider, FakeSeed(value: seed), mode: mode, notificationURL: notificationURL)
        let world = FakeWorld(try keys.machine(failingRefunds: nature.failingRefunds), keys.seed, clock, nature)
        world.open(at: "http://127.0.0.1:1")
        return FakeProvider(world, nil, clock: clock, keys: keys)
    }

    /// A transport that asks the provider without a network, whatever address is asked.
    public var line: any HTTPTransport { FakeLine(world: world) }

    /// Closes the socket and every connection.
    public func stop() async { await server?.stop() }

    /// The key, token or client's secret with which the host asks.
    public var secretKey: String { keys.secret }

    /// The secret with which webhooks are signed; at PayPal the id of the webhook.
    public var webhookSecret: String { keys.webhookSecret }

    /// The authority that a verifier of PayPal's webhooks has to trust here, in PEM; everybody knows its key, so never outside tests.
    public var certificateRoots: String { PayPalTestKey.root }

    /// What lends a verifier of PayPal's webhooks the certificate of this double.
    public var certificates: any PayPalCertificates { PayPalTestCertificates() }

    /// A buyer pays on a checkout, or on a Stripe payment without one.
    ///
    /// - Returns: the provider's id of the payment; nothing when there was nothing to pay, or not any more.
    @discardableResult
    public func pay(checkout: String, _ how: FakePayment = .card) async -> String? {
        world.change { $0.pay(checkout, how, at: $1) }
    }

    /// The merchant gives money back in the provider's own pages.
    ///
    /// - Parameters:
    ///   - payment: the provider's id of the payment.
    ///   - amount: minor units of the currency; nothing means all that is left.
    ///   - fails: whether it arrives.
    /// - Returns: the provider's id of the refund; nothing when it cannot be given back.
    @discardableResult
    public func refund(payment: String, amount: Int64? = nil, fails: FakeRefund = .never) -> String? {
        world.change { $0.refund(payment, minorUnits: amount, fails: fails, at: $1) }
    }

    /// The buyer's bank takes money back.
    ///
    /// - Parameters:
    ///   - payment: the provider's id of the payment.
    ///   - amount: minor units of the currency; nothing means all that is left.
    ///   - ends: how it ends thirty days later.
    /// - Returns: the provider's id of the dispute; nothing when there is nothing to take.
    @discardableResult
    public func dispute(payment: String, amount: Int64? = nil, ends: FakeDispute) -> String? {
        world.change { $0.dispute(payment, minorUnits: amount, ends: ends, at: $1) }
    }

    /// Somebody subscribes, at Stripe or Polar; or a subscription gets another status, such as `past_due`.
    ///
    /// - Returns: the provider's id of the subscription; nothing when there is no such one, or the provider has none here.
    @discardableResult
    public func subscribe(_ subscription: String? = nil, status: String = "active", notes: [String: String] = [:])
        -> String?
    {
        world.change { $0.subscribe(subscription, status: status, notes: notes, at: $1) }
    }

    /// Lets time pass: delayed money, failing refunds, ends of disputes and checkouts, and late webhooks come due.
    ///
    /// The hands of a ``VirtualClock`` are moved; other clocks move by themselves.
    public func pass(_ time: Duration) {
        (clock as? VirtualClock)?.advance(by: time)
        world.settle()
    }

    /// The webhooks that are due now, signed now, to be posted by the test; each is handed out once.
    public func deliveries() -> [FakeDelivery] { world.deliveries() }

    /// The host did not take a webhook: it comes again later, as long as the provider would try.
    public func refused(_ delivery: FakeDelivery) { world.refused(delivery) }

    /// The webhooks that nature lost so far.
    public var lostCount: Int { world.lostCount }

    /// Lets the next calls fail, whatever nature says: for tests of one failure.
    ///
    /// - Parameters:
    ///   - failure: how.
    ///   - done: whether the call is carried out all the same.
    ///   - count: how many calls.
    ///   - path: only calls whose path contains this text.
    public func failNext(_ failure: FakeNature.Failure, done: Bool = false, count: Int = 1, path: String = "") {
        world.failNext(failure, done: done, count: count, path: path)
    }

    /// Changes what goes wrong from now on.
    public func turn(_ nature: FakeNature) { world.turn(nature) }

    /// How many requests were answered, or not.
    public var requestCount: Int { world.requestCount }

    /// The truth: every payment whose money arrived, with what became of it, in the order of the ids.
    public func books() -> [FakeBook] { world.books() }
}

/// Lends the one certificate of the double.
private struct PayPalTestCertificates: PayPalCertificates {
    func certificate(at address: PayPalCertificateAddress) async throws -> [UInt8] { Array(PayPalTestKey.leaf.utf8) }
}
