// A host: its rooms put together, and what runs in it.

import Busker
import BuskerAccounts
import BuskerCore
import BuskerDatabase
import BuskerHTTPClient
import BuskerJobs
import BuskerLedger
import BuskerMail
import BuskerPayments
import BuskerPostgres
import BuskerProcess
import BuskerRetention
import BuskerStorage
import Foundation
import Logging

/// A host that can be run.
public struct Host: Sendable {
    /// Its rooms.
    public let rooms: HostRooms
    let plan: HostPlan
    let client: HTTPClientTransport

    /// Puts a host together: opens the database, brings its tables up to date, publishes prices, and makes the administrator.
    ///
    /// - Parameters:
    ///   - configuration: what the operator said.
    ///   - plan: what it sells.
    ///   - program: the program that opens strangers' sounds, by its absolute path; it calls `SoundProgram.main` first.
    ///   - log: is told what happens.
    /// - Throws: whatever a room says that cannot be opened.
    public init(_ configuration: HostConfiguration, _ plan: HostPlan, program: String, log: Logger) async throws {
        let ground = try await HostGround(configuration, plan, log)
        let ledger = Ledger(ground.database)
        let mailer: any Mailer =
            switch configuration.mail {
            case .folder(let folder): FileMailer(folder: folder)
            case .smtp(let settings): SMTPMailer(settings)
            }
        let outbox = MailOutbox(ground.database, mailer: mailer)
        let address = HostAddress(configuration)
        let mail = HostMail(
            outbox: outbox, name: plan.name,
            from: try MailAddress("no-reply@\(HostGround.domain(configuration, plan))", name: plan.name),
            address: address)
        let accounts = try HostGround.accounts(
            configuration, plan, ground.database,
            HostAccountEffects(
                ledger: ledger, free: try Amount(parsing: configuration.freeCredits, unit: plan.unit), desk: mail))
        let (shop, doors) = try HostGround.shop(configuration, ledger, ground.client, log)
        let runner = SoundRunner(
            program: program, folder: ground.workFolder,
            runner: ProcessRunner(runningMax: max(2, configuration.workers + 1)))
        let (hooks, done) = (HookNews(rules: configuration.hooks), DoneMail(mail: mail, words: plan.doneMail))
        let service = MediaService(
            MediaRooms(ledger: ledger, store: ground.store, meter: runner, shop: shop), works: plan.works(runner),
            settings: MediaSettings(workFolder: ground.workFolder),
            limits: JobLimits(
                lease: .seconds(configuration.leaseSeconds), tellsOfChanges: configuration.databaseURL != nil),
            onEnd: { end, tx in
                try hooks.tell(end, in: tx)
                try done.tell(end, in: tx)
            }, log: log)
        let category = plan.category.limited(to: configuration.uploadBytesMax)
        let gate = shop.map { DownloadGate(ground.database, inbox: $0.inbox, limits: DownloadLimits(lookSeconds: 0)) }
        rooms = HostRooms(
            configuration: configuration, database: ground.database, ledger: ledger, accounts: accounts,
            service: service,
            desk: UploadDesk(
                ground.database, store: ground.store, categories: [category],
                limits: UploadLimits(
                    scanTime: .seconds(2 * configuration.leaseSeconds),
                    leaseTime: .seconds(configuration.leaseSeconds)),
                inspector: SoundInspector(program: program, folder: ground.workFolder), timer: ContinuousClock()),
            category: category, shop: shop, sales: Self.sales(plan, service, shop, gate), gate: gate, doors: doors,
            hooks: WebhookOutbox(service.queue, rules: configuration.hooks), outbox: outbox,
            retention: RetentionDesk(
                ground.database, store: ground.store, folder: configuration.dataFolder + "/plans",
                plan: plan.retention,
                hands: HostHands(database: ground.database, mail: mail, words: plan.lastDaysMail)),
            tickets: TicketOffice(configuration.secretText), metrics: Metrics(), clock: SystemClock(), log: log,
            standardWork: plan.standardWork, unit: plan.unit, page: plan.page, address: address)
        self.plan = plan
        client = ground.client
        try await prepare()
    }

    private static func sales(
        _ plan: HostPlan, _ service: MediaService, _ shop: CreditShop?, _ gate: DownloadGate?
    ) -> DownloadShop? {
        guard let sale = plan.sale, let shop, let gate else { return nil }
        return DownloadShop(
            service, inbox: shop.inbox, gate: gate,
            settings: SaleSettings(provider: .stripe, mode: shop.mode, price: sale.price, title: sale.title))
    }

    /// Brings the tables up to date, publishes what is new, and makes the administrator.
    private func prepare() async throws {
        try await rooms.service.migrate()
        try await rooms.database.migrate(PaymentsSchema.migrations + ShopSchema.migrations + DownloadSchema.migrations)
        try await rooms.database.migrate(
            AccountsSchema.migrations + MailSchema.migrations + RetentionSchema.migrations)
        for package in plan.packages where try await rooms.ledger.package(package.id) == nil {
            do {
                try await rooms.ledger.publish(package)
            } catch {
                // Another host that starts now may have done it.
                guard try await rooms.ledger.package(package.id) != nil else { throw error }
            }
        }
        for card in plan.cards {
            do {
                try await publish(card.name, card.meters)
            } catch {
                guard try await rooms.ledger.rateCard(card.name)?.meters == card.meters else { throw error }
            }
        }
        if let admin = rooms.configuration.admin { try await make(admin) }
    }

    private func publish(_ name: String, _ meters: [Meter]) async throws {
        let now = rooms.clock.now
        let known = try await rooms.ledger.rateCard(name)
        guard known?.meters != meters else { return }
        let card = try RateCard(
            name, version: (known?.version ?? 0) + 1,
            effectiveAt: known == nil ? now : now.advanced(by: .seconds(1)), unit: plan.unit, meters: meters)
        _ = try await rooms.ledger.publish(card)
    }

    private func make(_ admin: HostConfiguration.Admin) async throws {
        guard try await rooms.accounts.account(admin.email) == nil else { return }
        let hash = try await rooms.accounts.hasher.hash(admin.password)
        let (accounts, now) = (rooms.accounts, rooms.clock.now)
        _ = try await rooms.database.write { tx in
            try accounts.register(admin.email, hash, role: .admin, verifiedAt: now, in: tx)
        }
        rooms.log.info("administrator made")
    }

    /// Closes what was opened.
    public func close() async {
        await rooms.database.close()
        await client.close()
    }
}
