// An inbox with a scripted provider, a clock, and a handler that keeps count in the database.

import BuskerCore
import BuskerDatabase
import BuskerPayments
import Synchronization
import TestSupport
import Testing

/// Counts effects in the transaction that it is given, so that what is undone is not counted.
final class CountingHandler: PaymentEffectHandler {
    static let migration = Migration(room: "test", version: 1, name: "what effects did") { d in
        [
            """
            CREATE TABLE test_world (
                purchase \(d.bytes) PRIMARY KEY, grants \(d.integer) NOT NULL, free \(d.integer) NOT NULL,
                reversed \(d.integer) NOT NULL, frozen \(d.integer) NOT NULL, abandoned \(d.integer) NOT NULL
            )
            """,
            "CREATE TABLE test_entitlement (subscription TEXT PRIMARY KEY, active \(d.integer) NOT NULL)",
        ]
    }

    private let failure = Mutex<(any Error)?>(nil)

    /// Lets every effect fail, or none.
    func fail(_ error: (any Error)?) { failure.withLock { $0 = error } }

    func apply(_ effect: PaymentEffect, in tx: Transaction) throws {
        if let failure = failure.withLock({ $0 }) { throw failure }
        switch effect {
        case .grant(let p, _): try count(p, "grants = test_world.grants + 1", in: tx)
        case .grantFree(let p): try count(p, "free = test_world.free + 1", in: tx)
        case .reverse(let p, _, let total): try count(p, "reversed = \(total.minorUnits)", in: tx)
        case .freeze(let p, _): try count(p, "frozen = 1", in: tx)
        case .unfreeze(let p, _): try count(p, "frozen = 0", in: tx)
        case .abandon(let p): try count(p, "abandoned = test_world.abandoned + 1", in: tx)
        case .entitle(let s):
            try tx.execute(
                """
                INSERT INTO test_entitlement (subscription, active) VALUES (\(s.id), \(s.isActive))
                ON CONFLICT (subscription) DO UPDATE SET active = excluded.active
                """)
        }
    }

    private func count(_ p: BuskerPayments.Purchase, _ change: SQL, in tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO test_world (purchase, grants, free, reversed, frozen, abandoned) VALUES (\(p.id), 0, 0, 0, 0, 0)
            ON CONFLICT (purchase) DO NOTHING
            """)
        try tx.execute("UPDATE test_world SET \(change) WHERE purchase = \(p.id)")
    }
}

/// The inbox under test.
final class InboxDesk: Sendable {
    /// The end of a process, as a test makes it.
    struct Crash: Error {}

    let database: any Database
    let clock = ManualClock(Timestamp(microseconds: 1_795_000_000_000_000))
    let gateway = ScriptedGateway()
    let handler = CountingHandler()
    let inbox: PaymentInbox

    static func open<T>(_ kind: DatabaseKind, _ body: (InboxDesk) async throws -> T) async throws -> T {
        try await withDatabase(kind) { database in
            try await database.migrate(PaymentsSchema.migrations + [CountingHandler.migration])
            return try await body(try InboxDesk(database))
        }
    }

    private final class Switch: Sendable {
        let point = Mutex<(point: InboxPoint, times: Int)?>(nil)
    }

    private let breaker: Switch

    init(_ database: any Database) throws {
        let breaker = Switch()
        self.breaker = breaker
        self.database = database
        let crashes: @Sendable (InboxPoint) throws -> Void = { point in
            let isTime = breaker.point.withLock { crash in
                guard let now = crash, now.point == point, now.times > 0 else { return false }
                crash = (now.point, now.times - 1)
                return true
            }
            if isTime { throw Crash() }
        }
        inbox = try Self.inbox(database, [gateway], handler, clock, InboxLimits(), crashes)
    }

    static func inbox(
        _ database: any Database, _ gateways: [any PaymentGateway], _ handler: CountingHandler, _ clock: ManualClock,
        _ limits: InboxLimits, _ passing: (@Sendable (InboxPoint) throws -> Void)?
    ) throws -> PaymentInbox {
        try PaymentInbox(
            database, gateways: gateways, handlers: ["thing": handler, "subscription": handler], clock: clock,
            ids: IDGenerator(clock: clock, random: SystemRandom()), limits: limits, notice: { _ in }, passing: passing)
    }

    /// Another inbox on the same database, as another host has one.
    func another(_ gateway: ScriptedGateway? = nil) throws -> PaymentInbox {
        try Self.inbox(database, [gateway ?? self.gateway], handler, clock, InboxLimits(), nil)
    }

    /// Ends what runs when it comes to a point, so many times.
    func crash(at point: InboxPoint, times: Int = 1) { breaker.point.withLock { $0 = (point, times) } }

    func request(_ key: String, buyer: String = "user:1", item: String = "song") -> PurchaseRequest {
        PurchaseRequest(
            provider: .stripe, mode: .test, buyer: buyer, key: key, kind: "thing", item: item,
            price: Money(minorUnits: 500, currency: .usd), title: "A song", successURL: "https://host.example/thanks")
    }

    /// A purchase whose checkout was paid; nobody was told.
    func paid(_ key: String, amount: Int64? = nil) async throws -> (id: PurchaseID, payment: String) {
        let purchase = try await inbox.buy(request(key))
        return (purchase.id, gateway.pay(try #require(purchase.checkout), amount: amount))
    }

    /// An event as Stripe signs it.
    func event(
        _ id: String, _ type: String = "payment_intent.succeeded", about subject: String, isLive: Bool = false
    ) throws -> (VerifiedEvent<FullBody>, [UInt8]) {
        let body = Array(
            """
            {"id":"\(id)","object":"event","livemode":\(isLive),"type":"\(type)","data":{"object":{"id":"\(subject)",\
            "object":"thing"}}}
            """.utf8)
        let verifier = try StripeVerifier(secrets: [Sender.secret], mode: nil)
        let headers = Sender.fields(["Stripe-Signature": Sender.stripe(body)])
        return (try verifier.verify(rawBody: body, headers: headers, at: Sender.now), body)
    }

    func receive(_ id: String, _ type: String = "payment_intent.succeeded", about subject: String) async throws
        -> Reception
    {
        let (event, body) = try event(id, type, about: subject)
        return try await inbox.receive(event, rawBody: body)
    }

    /// Grants, free grants, reversed, frozen, abandoned.
    func world(_ id: PurchaseID) async throws -> [Int64] {
        let row = try await database.read { tx in
            try tx.first("SELECT grants, free, reversed, frozen, abandoned FROM test_world WHERE purchase = \(id)")
        }
        guard let row else { return [0, 0, 0, 0, 0] }
        return try (0..<5).map { try row.get($0) }
    }

    func pass(_ duration: Duration) { clock.advance(microseconds: duration.microseconds64) }

    func code<T>(_ body: () async throws -> T) async -> PaymentError.Code? {
        do {
            _ = try await body()
            return nil
        } catch let error as PaymentError {
            return error.code
        } catch {
            return nil
        }
    }
}
