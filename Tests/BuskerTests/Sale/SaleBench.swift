// A shop that makes things for nothing and sells them, with a scripted provider.

import Busker
import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerJobs
import BuskerLedger
import BuskerPayments
import BuskerStorage
import Foundation
import Logging
import TestSupport
import Testing

/// Work from nothing but options: a file that is sold and one that is not.
struct Whistle: Work {
    let kind = "whistle"
    let card = "whistle"
    let timeLimit: Duration = .seconds(60)
    let needsFile = false
    let soldKinds: Set<String> = ["song"]

    func estimate(_ sound: SoundFacts, options: [String: String]) throws(MediaError) -> [Usage] {
        guard options.keys.allSatisfy({ $0 == "tune" }) else { throw MediaError(.badOptions, "Only tunes.") }
        return [Usage("song", 1)]
    }

    func run(_ task: WorkTask) async throws -> WorkProduct {
        guard task.input == nil, task.sound == .none else { throw WorkFault(.failed, "A file?", isFinal: true) }
        let tune = task.options["tune"] ?? "la"
        guard tune != "none" else { throw WorkFault(WorkFault.Code("no_tune"), "No tune.", isFinal: true) }
        try Data("whistled \(tune)".utf8).write(to: URL(fileURLWithPath: task.folder + "/song"))
        try Data(tune.utf8).write(to: URL(fileURLWithPath: task.folder + "/preview"))
        return WorkProduct([
            WorkFile("song", name: "노래.flac", kind: "song", contentType: "audio/flac"),
            WorkFile("preview", name: "preview.mp3", kind: "preview", contentType: "audio/mpeg"),
        ])
    }
}

/// Writes down the ends of jobs in the transaction in which they end.
enum EndBook {
    @Sendable static func write(_ end: JobEnd, in tx: Transaction) throws {
        let job = end.job
        let text = "\(job.owner) \(job.kind) \(job.state.rawValue)\(job.problem.map { " \($0)" } ?? "")"
        try tx.execute("INSERT INTO end_book (line) VALUES (\(text))")
    }
}

/// The shop under test.
struct SaleBench: Sendable {
    let clock = ManualClock(Timestamp(microseconds: 1_795_000_000_000_000))
    let gateway = ScriptedGateway()
    let service: MediaService
    let inbox: PaymentInbox
    let shop: DownloadShop
    let database: any Database
    let owner = "usr_one"

    static func open(
        _ kind: DatabaseKind = .sqliteMemory, store: (any ObjectStore)? = nil,
        _ body: (SaleBench) async throws -> Void
    ) async throws {
        try await withDatabase(kind) { database in
            try await withFolder { folder in try await body(try await SaleBench(database, folder, store)) }
        }
    }

    private init(_ database: any Database, _ folder: String, _ store: (any ObjectStore)?) async throws {
        self.database = database
        let ids = IDGenerator(clock: clock, random: SeededGenerator(seed: 21))
        let ledger = Ledger(database, clock: clock, ids: ids)
        service = MediaService(
            MediaRooms(
                ledger: ledger, store: store ?? MemoryStore(clock: clock), meter: OneSecond()),
            works: [Whistle(), CheapWork()], settings: MediaSettings(workFolder: folder, attemptsMax: 2), clock: clock,
            ids: ids,
            random: SeededGenerator(seed: 22), onEnd: EndBook.write,
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await service.migrate()
        try await database.migrate(PaymentsSchema.migrations + DownloadSchema.migrations)
        try await database.migrate([
            Migration(room: "test", version: 1, name: "ends") { _ in ["CREATE TABLE end_book (line TEXT NOT NULL)"] }
        ])
        inbox = try PaymentInbox(
            database, gateways: [gateway], handlers: [DownloadEffects.kind: SaleEffects(clock: clock)], clock: clock,
            ids: ids)
        let gate = DownloadGate(
            database, inbox: inbox, clock: clock, random: SeededGenerator(seed: 23),
            limits: DownloadLimits(lookSeconds: 0))
        shop = DownloadShop(
            service, inbox: inbox, gate: gate,
            settings: SaleSettings(
                provider: .stripe, mode: .test, price: { _ in Money(minorUnits: 290, currency: .usd) },
                title: { _ in "A song" }))
        try await ledger.open(
            AccountName(owner), unit: try Amount.Unit(code: "song", scale: 0), key: IdempotencyKey("open"))
        for name in ["whistle", "cheap"] {
            try await ledger.publish(
                RateCard(
                    name, effectiveAt: Timestamp(microseconds: 0), unit: try Amount.Unit(code: "song", scale: 0),
                    meters: [Meter("song", price: .perUnit(ExactDecimal("0")))]))
        }
    }

    /// A job that was done for nothing.
    func whistled(_ tune: String = "la", key: String? = nil, of owner: String? = nil) async throws -> MediaJob {
        let owner = owner ?? self.owner
        let job = try await service.submit(
            MediaOrder(
                owner: owner, account: AccountName(owner), work: "whistle", options: ["tune": tune], key: key))
        try await drain()
        return try await service.job(job.id, of: owner)
    }

    func drain() async throws {
        let worker = try service.worker(clock: ContinuousClock())
        try await worker.drain(until: clock.now.advanced(by: .seconds(3_600))) { [clock] in clock.set($0) }
    }

    func buy(_ job: MediaJob, of owner: String? = nil) async throws -> Purchase {
        try await shop.buy(
            DownloadOrder(job.id, owner: owner ?? self.owner, successURL: "https://host.example/thanks"))
    }

    /// Buys a job and pays for it; answers the payment too.
    func paid(_ job: MediaJob) async throws -> (purchase: Purchase, payment: String) {
        let purchase = try await buy(job)
        return (purchase, gateway.pay(try #require(purchase.checkout)))
    }

    /// The bytes that a download gives.
    func taken(_ job: MediaJob, of owner: String? = nil) async throws -> String {
        let paid = try await shop.take(job.id, owner: owner ?? self.owner)
        return String(decoding: try await service.open(paid).body.collect(upTo: 1_000), as: UTF8.self)
    }

    /// Why a download is refused; nothing when it is not.
    func refusal(_ job: MediaJob, of owner: String? = nil) async -> DownloadError.Code? {
        do {
            _ = try await taken(job, of: owner)
            return nil
        } catch {
            return (error as? DownloadError)?.code
        }
    }

    /// What the files of a job say of their money, the sold one first.
    func payments(_ job: MediaJob) async throws -> [FilePayment] {
        try await service.job(job.id, of: owner).outputs.map(\.payment)
    }

    func ends() async throws -> [String] {
        try await database.read { tx in
            try tx.rows("SELECT line FROM end_book ORDER BY line").map { try $0.get(0) }
        }
    }
}
