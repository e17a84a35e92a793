// One world: what is outside of the house, and the house of this life.

import Busker
import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerJobs
import BuskerLedger
import BuskerMail
import BuskerPayments
import BuskerStorage
import Synchronization

/// Providers, people, bytes and time of one seed; the house may end and begin again, they go on.
final class SimWorld: Sendable {
    static let nature = FakeNature(
        duplicates: 300, shuffle: true, delay: .seconds(1_200), lost: 60, failures: 120,
        failureKinds: FakeNature.Failure.allCases, failingRefunds: 150)

    let seed: UInt64
    let sabotage: Sabotage?
    let clock = VirtualClock()
    let stage = Stage()
    let moods = SimMoods()
    let post = SimPost()
    let store: MemoryStore
    let fakes: [FakeProvider]
    let users: [SimUser]
    let folder: String
    let model = Mutex(SimModel())
    let trace = Mutex(SimTrace())
    /// What a gate remembers that asks no more.
    let remembered = Mutex<[String: DownloadGrant]>([:])
    private let state = Mutex(State())

    private struct State {
        var house: SimHouse?
        var disk: SimDisk?
        var life = 0
        var step = 0
        var player = 0
        var counts: [String: Int] = [:]
    }

    init(seed: UInt64, sabotage: Sabotage?, folder: String) throws {
        self.seed = seed
        self.sabotage = sabotage
        self.folder = folder
        store = MemoryStore(clock: clock)
        var random = SimRandom(seed, 0)
        var providers: [PaymentProvider] = [.stripe, .polar, .square]
        if random.happens(150) { providers.append(.payPal) }
        providers.remove(at: random.below(3))
        let clock = clock
        fakes = try providers.enumerated().map { at, provider in
            try FakeProvider.inProcess(provider, seed: seed &* 31 &+ UInt64(at), clock: clock, nature: .calm)
        }
        users = try (0..<3).map { SimUser(name: "user:\($0)", account: try AccountName("user:\($0)")) }
    }

    /// The place of the provider that takes the money for files; Polar's sells products only.
    var seller: Int { fakes.firstIndex { $0.provider != .polar } ?? 0 }
    /// Whether the workers of this world make mistakes that are about one kind of work only.
    var isCareless: Bool {
        [.captureApart, .finishApart, .unfencedFinish, .bytesAfterRows].contains(sabotage)
    }
    var workFolder: String { folder + "/work" }
    var house: SimHouse? { state.withLock { $0.house } }
    var disk: SimDisk? { state.withLock { $0.disk } }
    /// The number of the step that is being made.
    var step: Int { state.withLock { $0.step } }
    /// How often the process began anew.
    var lives: Int { state.withLock { $0.life } }
    var counts: [String: Int] { state.withLock { $0.counts } }

    func at(_ step: Int) { state.withLock { $0.step = step } }
    func count(_ what: String, _ times: Int = 1) { state.withLock { $0.counts[what, default: 0] += times } }
    func tell(_ text: String) {
        let step = step
        trace.withLock { $0.add(step, text) }
    }
    func freshPlayer() -> Int {
        state.withLock { state in
            state.player += 1
            return state.player
        }
    }

    /// Begins the first life, with prices, packages, people and their endpoints.
    func open() async throws {
        SimDisk.remove(folder)
        SimDisk.make(folder)
        SimDisk.make(workFolder)
        let first = try SimDisk(folder: "\(folder)/0")
        let house = try SimHouse(self, first, number: 0)
        state.withLock { ($0.house, $0.disk) = (house, first) }
        try await house.migrate()
        try await furnish(house)
        try await sabotageTables(house)
    }

    private func furnish(_ house: SimHouse) async throws {
        try await house.ledger.publish(
            RateCard(
                SimWork.kind, effectiveAt: Timestamp(microseconds: 0), unit: house.unit,
                meters: [Meter("song", price: .perUnit(ExactDecimal("1")))]))
        try await house.ledger.publish(
            RateCard(
                SimWork.freeKind, effectiveAt: Timestamp(microseconds: 0), unit: house.unit,
                meters: [Meter("song", price: .perUnit(ExactDecimal("0")))]))
        for (name, cents, steps, bonus) in [("small", 500, 1_000, 70), ("large", 3_000, 7_000, 0)] {
            try await house.ledger.publish(
                try CreditPackage(
                    name, name: name, price: Money(minorUnits: Int64(cents), currency: .usd),
                    credits: Amount(steps: Int64(steps), unit: house.unit),
                    bonus: Amount(steps: Int64(bonus), unit: house.unit)))
        }
        for user in users {
            try await house.ledger.open(user.account, unit: house.unit, key: IdempotencyKey("open:\(user.name)"))
            _ = try await house.outbox.add(
                owner: user.name, url: "https://hooks.example.com/\(user.name.dropFirst(5))", key: SimPost.keyText)
            await give(house, user, key: "gift:start:\(user.name)", steps: 600)
        }
    }

    /// Mistakes that are made in the tables.
    private func sabotageTables(_ house: SimHouse) async throws {
        switch sabotage {
        case .holdKept:
            try await house.raw.write { tx in
                try tx.execute(
                    """
                    CREATE TRIGGER sabotage BEFORE UPDATE ON jobs_job WHEN NEW.state IN ('failed', 'cancelled')
                    BEGIN UPDATE media_job SET money = 'none', hold = NULL WHERE id = NEW.id; END
                    """)
            }
        default: break
        }
    }

    /// Gives credit, tells the owner's server and sends a mail, all in one transaction.
    func give(_ house: SimHouse, _ user: SimUser, key: String, steps: Int64) async {
        let amount = Amount(steps: steps, unit: house.unit)
        let isApart = sabotage == .outboxApart
        do {
            let message = WebhookMessage(type: "credit.given", data: ["key": .text(key)])
            let mail = try MailMessage(
                from: MailAddress("house@example.com"), to: [MailAddress("someone@example.com")], subject: key,
                text: "You were given credit.")
            let isNew = try await house.database.write { tx in
                let command = LedgerCommand(
                    .grant(user.account, amount, GrantTerms(.promo)), key: try IdempotencyKey(key))
                guard try !house.ledger.perform(command, in: tx).replayed else { return false }
                try house.mail.enqueue(mail, key: key, in: tx)
                if !isApart { try house.outbox.publish(message, to: user.name, in: tx) }
                return true
            }
            if isApart, isNew {
                _ = try await house.database.write { tx in try house.outbox.publish(message, to: user.name, in: tx) }
            }
            told(house) { $0.gifts.append(key) }
            tell("\(user.name) was given \(steps) under \(key)")
        } catch {
            tell("\(key) \(Self.word(error))")
        }
    }

    /// Notes an answer, unless the process ended before it was given.
    func told(_ house: SimHouse, _ note: (inout SimModel) -> Void) {
        guard !house.life.isOver else { return }
        model.withLock { note(&$0) }
    }

    /// Ends the process, loses what the disk lost, and begins the next life.
    func restart(fate: PowerCut.Fate) async throws {
        guard let house, let disk else { return }
        let life = state.withLock { state in
            state.life += 1
            return state.life
        }
        house.life.end()
        if fate != .keep { disk.cut(after: 0) }
        for player in stage.players { _ = await stage.go(player, turns: .max) }
        for (name, times) in house.life.counts { count("fault \(name)", times) }
        for (fault, times) in house.faults.counts { count("fault store \(fault)", times) }
        count("restart \(fate)")
        await house.raw.close()
        let next = try disk.next(in: "\(folder)/\(life)", fate: fate, seed: seed ^ UInt64(life))
        let fresh = try SimHouse(self, next, number: life)
        state.withLock { ($0.house, $0.disk) = (fresh, next) }
        do {
            try await fresh.migrate()
        } catch {
            throw SimBreak("restart", "the tables cannot be brought up to date: \(error)")
        }
        tell("life \(life) began after \(fate)")
    }

    /// Lets go of everything.
    func close() async {
        if let house {
            house.life.end()
            for player in stage.players { _ = await stage.go(player, turns: .max) }
            await house.raw.close()
        }
        SimDisk.remove(folder)
    }

    /// What an error says, without what differs from run to run.
    static func word(_ error: any Error) -> String {
        switch error {
        case let error as MediaError: "\(error.code)"
        case let error as PaymentError: "\(error.code)"
        case let error as StorageError: "\(error.code)"
        case let error as DownloadError: "\(error.code)"
        case let error as DatabaseError: "\(error.code)"
        case let error as JobError: "\(error.code)"
        case let error as LedgerError: "\(error.code)"
        default: "\(type(of: error))"
        }
    }
}
