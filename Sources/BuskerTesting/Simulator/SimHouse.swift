// The assembled service of one life.

import Busker
import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerJobs
import BuskerLedger
import BuskerMail
import BuskerPayments
import BuskerRetention
import BuskerStorage
import HTTPTypes
import Logging
import Synchronization

/// Where the webhooks of one provider arrive.
protocol SimDoor: Sendable {
    func take(rawBody: [UInt8], headers: HTTPFields) async -> WebhookAnswer
}

extension WebhookDoor: SimDoor {}

/// Everything that a process has in memory; it goes with the life.
final class SimHouse: Sendable {
    static let log = Logger(label: "simulator") { _ in SwiftLogNoOpLogHandler() }
    static let packages = ["small", "large"]
    static let polarProduct = "0d3f4c8e-6b1a-4f57-9a0c-2f1f6a5b7c11"
    static let keptDays: Int64 = 30

    let life: Life
    let raw: SQLiteDatabase
    let database: SimDatabase
    let faults: FaultStore
    let store: SimStore
    let ledger: Ledger
    let service: MediaService
    let desk: UploadDesk
    let shop: CreditShop
    let gate: DownloadGate
    let sale: DownloadShop
    let doors: [any SimDoor]
    let outbox: WebhookOutbox
    let mail: MailOutbox
    let retention: Retention
    let policy: RetentionPolicy
    let sweeper: OrphanSweeper
    let worker: JobWorker
    let courier: JobWorker
    let ids: IDGenerator
    let unit: Amount.Unit

    init(_ world: SimWorld, _ disk: SimDisk, number: Int) throws {
        let (clock, sabotage) = (world.clock, world.sabotage)
        func random(_ purpose: UInt64) -> SimRandom { SimRandom(world.seed, purpose &* 1_000_003 &+ UInt64(number)) }
        let life = Life(stage: world.stage)
        let ids = IDGenerator(clock: clock, random: random(1))
        unit = try Amount.Unit(code: "credit", scale: 2)
        raw = try disk.database(sabotage)
        database = SimDatabase(raw, life: life, sabotage: sabotage) { disk.failSync() }
        faults = FaultStore(world.store)
        store = SimStore(faults, life: life, lies: sabotage == .lyingStore)
        ledger = Ledger(database, clock: clock, ids: ids)
        var inbox = InboxLimits()
        inbox.looksMax = 1
        var shopLimits = ShopLimits()
        shopLimits.freePurchasesMax = .max
        shop = try CreditShop(
            ledger,
            gateways: try world.fakes.map {
                try SimGateways.gateway($0, life: life, clock: clock, random: random(2), sabotage)
            }, mode: .test, handlers: [DownloadEffects.kind: SaleEffects(clock: clock)], clock: clock, ids: ids,
            limits: shopLimits, inboxLimits: inbox, log: Self.log)
        let (shop, ledger, store, database) = (shop, ledger, store, database)
        doors = try world.fakes.map { try SimGateways.door($0, shop.inbox, clock) }
        service = MediaService(
            MediaRooms(ledger: ledger, store: store, meter: SimMeter(), shop: shop),
            works: [SimWork.kind, SimWork.freeKind].map {
                SimWork(kind: $0, stage: world.stage, moods: world.moods)
            },
            settings: MediaSettings(workFolder: world.workFolder, attemptsMax: 3),
            limits: JobLimits(lease: .seconds(60)), clock: clock, ids: ids, random: random(3), onEnd: SimEnds.tell,
            log: Self.log)
        let service = service
        desk = UploadDesk(
            database, store: store, categories: [.audio], clock: clock, timer: StillClock(), ids: ids,
            random: random(4))
        gate = DownloadGate(database, inbox: shop.inbox, clock: clock, random: random(5))
        outbox = WebhookOutbox(service.queue)
        let seller = world.fakes[world.seller].provider
        sale = DownloadShop(
            service, inbox: shop.inbox, gate: gate,
            settings: SaleSettings(
                provider: seller, mode: .test, price: { _ in Money(minorUnits: 900, currency: .usd) },
                title: { _ in "A song" }))
        var mailLimits = MailLimits()
        mailLimits.batch = 1
        mail = MailOutbox(
            database, mailer: SimMailer(post: world.post, life: life), clock: clock, ids: ids, random: random(6),
            limits: mailLimits)
        let ahead: any WallClock = sabotage == .earlyRetention ? SimAhead(clock: clock) : clock
        retention = Self.retention(database, ahead, ids)
        policy = try Self.policy()
        sweeper = try OrphanSweeper(database, store: store, prefixes: ["incoming/", "output/"], clock: clock)
        worker = try service.worker(clock: InstantClock())
        courier = try JobWorker(
            service.queue, handlers: [WebhookDelivery(outbox, over: SimHooks(post: world.post, life: life))],
            settings: WorkerSettings(queues: ["webhooks"], jobsMax: 1), clock: InstantClock())
        self.life = life
        self.ids = ids
    }

    private static func retention(_ database: some Database, _ clock: some WallClock, _ ids: IDGenerator) -> Retention {
        Retention(database, clock: clock, ids: ids)
    }

    private static func policy() throws -> RetentionPolicy {
        var guards = RetentionGuards()
        (guards.minPopulation, guards.anomalyFactor) = (1_000_000, 1_000_000)
        return try RetentionPolicy(
            "simulated", version: 1, guards: guards,
            rules: [
                RetentionRule(
                    "after-work", when: .kind(["upload", "stem"]),
                    .deleteAt(RetentionMoment(.jobFinished, after: .days(keptDays, in: .utc))),
                    reason: "Songs and stems go some days after the work on them ended."),
                RetentionRule(
                    "unpaid", when: .all([.kind(["song"]), .payment([.unpaid, .refunded])]),
                    .deleteAt(RetentionMoment(.jobFinished, after: .days(keptDays, in: .utc))),
                    reason: "Songs that nobody paid for go."),
                RetentionRule(
                    "never-worked-on", when: .all([.kind(["upload"]), .unattached]),
                    .deleteAt(RetentionMoment(.created, after: .days(keptDays, in: .utc))),
                    reason: "Uploads that no work was done on go."),
            ])
    }

    /// Brings the tables up to date, as every start does.
    func migrate() async throws {
        try await service.migrate()
        try await database.migrate(
            PaymentsSchema.migrations + ShopSchema.migrations + DownloadSchema.migrations + MailSchema.migrations
                + RetentionSchema.migrations)
    }
}

/// Tells the owners of jobs of their ends, in the transaction in which they end.
enum SimEnds {
    @Sendable static func tell(_ end: JobEnd, in tx: Transaction) throws {
        let key = "end:\(end.job.id):\(end.job.state.rawValue)"
        try WebhookOutbox(end.jobs).publish(
            WebhookMessage(type: "job.ended", data: ["key": .text(key)]), to: end.job.owner, in: tx)
    }
}

/// A clock that is long before its time.
private struct SimAhead: WallClock {
    let clock: any WallClock
    var now: Timestamp { clock.now.advanced(by: .seconds(29 * 86_400)) }
}
