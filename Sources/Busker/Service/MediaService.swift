// The walk: from an accepted file to work that is paid for and handed out.

public import BuskerCore
public import BuskerDatabase
public import BuskerJobs
public import BuskerLedger
public import BuskerStorage
public import Logging
import Synchronization

/// The rooms that a service is made of; all share one database.
public struct MediaRooms: Sendable {
    /// Where credit is kept.
    public var ledger: Ledger
    /// Where bytes are kept.
    public var store: any ObjectStore
    /// Looks at sounds in a process of its own.
    public var meter: any SoundMeter
    /// Says whether an account is locked, because a payment of it is fought over; nothing is ever locked without it.
    public var shop: CreditShop?

    /// Names the rooms.
    public init(ledger: Ledger, store: any ObjectStore, meter: any SoundMeter, shop: CreditShop? = nil) {
        self.ledger = ledger
        self.store = store
        self.meter = meter
        self.shop = shop
    }
}

/// How a service works; each number is held at its documented range.
public struct MediaSettings: Sendable, Hashable {
    /// Where attempts work, by an absolute path: a disk with room for a song and its stems, for each job at once.
    public var workFolder: String
    /// The queue in which jobs wait.
    public var queue: String
    /// How often a job is tried, 1...1,000.
    public var attemptsMax: Int
    /// How long credit stays set aside before it is set aside anew, 1 hour to 7 days.
    public var holdTime: Duration
    /// Where outputs lie in the store, with its slash.
    public var prefix: String

    /// Three attempts, a day of holding, outputs under `output/`.
    public init(
        workFolder: String, queue: String = "media", attemptsMax: Int = 3, holdTime: Duration = .seconds(86_400),
        prefix: String = "output/"
    ) {
        self.workFolder = workFolder
        self.queue = queue
        self.attemptsMax = min(max(attemptsMax, 1), 1_000)
        self.holdTime = min(max(holdTime, .seconds(3_600)), .seconds(7 * 86_400))
        self.prefix = prefix
    }
}

/// A paid service on files of sound: it takes orders, has them worked on, and hands out what came of them.
///
/// Credit is set aside in the transaction that enqueues a job; it is spent in the transaction that completes the job, together
/// with the rows of its files, and it is free again in the transaction in which the job fails or is cancelled. Each round of a
/// job, and each command of a round, has an idempotency key of its own, so that nothing is ever paid twice.
///
/// ```text
/// file → submit: hold + job → claim → work → put → finish: files + capture → open, zip
///                                       └ fault → retry, or fail: release
/// ```
public final class MediaService: Sendable {
    /// The rooms.
    public let rooms: MediaRooms
    /// How it works.
    public let settings: MediaSettings
    /// Where its jobs wait and run.
    public let queue: JobQueue
    let works: [String: any Work]
    let clock: any WallClock
    let ids: IDGenerator
    let log: Logger

    /// Makes a service.
    ///
    /// - Parameters:
    ///   - rooms: what it is made of.
    ///   - works: what it sells, each of a kind of its own.
    ///   - settings: how it works.
    ///   - rules: the rules of its queue, such as how many jobs of one owner run at once.
    ///   - limits: the limits of jobs.
    ///   - clock: the time of day.
    ///   - ids: makes ids of jobs and files.
    ///   - random: makes the tokens of leases and spreads retries.
    ///   - log: is told what happens; nothing that a user sent is told.
    public init(
        _ rooms: MediaRooms, works: [any Work], settings: MediaSettings, rules: QueueRules = .none,
        limits: JobLimits = JobLimits(), clock: any WallClock = SystemClock(), ids: IDGenerator = IDGenerator(),
        random: any RandomNumberGenerator & Sendable = SystemRandom(), log: Logger
    ) {
        self.rooms = rooms
        self.settings = settings
        self.works = Dictionary(works.map { ($0.kind, $0) }) { first, _ in first }
        self.clock = clock
        self.ids = ids
        self.log = log
        let closing = MediaClosing(ledger: rooms.ledger, clock: clock)
        queue = JobQueue(
            rooms.ledger.database, rules: [settings.queue: rules], limits: limits, clock: clock, ids: ids,
            random: random, onEnd: closing.close)
    }

    /// The database that all rooms share.
    public var database: any Database { rooms.ledger.database }

    /// Brings the tables of the ledger, the files, the jobs and the service up to date.
    ///
    /// - Throws: `DatabaseError`.
    public func migrate() async throws {
        try await database.migrate(
            LedgerSchema.migrations + StorageSchema.migrations + JobsSchema.migrations + MediaSchema.migrations)
    }

    /// A worker for the jobs of this service.
    ///
    /// - Parameters:
    ///   - jobsMax: how many jobs it does at once.
    ///   - settings: how it works; the service's own queue with that many jobs when there are none.
    ///   - clock: measures waits, such as `ContinuousClock()`.
    ///   - notice: hears what happens to jobs.
    /// - Throws: `JobError` never, unless two works are of one kind.
    public func worker(
        jobsMax: Int = 1, settings: WorkerSettings? = nil, clock: any Clock<Duration>,
        notice: @escaping @Sendable (JobNotice) -> Void = { _ in }
    ) throws(JobError) -> JobWorker {
        let own = WorkerSettings(queues: [self.settings.queue], jobsMax: jobsMax, progressEvery: .milliseconds(250))
        return try JobWorker(
            queue, handlers: works.values.map { MediaRun(service: self, work: $0) }, settings: settings ?? own,
            clock: clock, notice: notice)
    }

    func work(_ kind: String) throws(MediaError) -> any Work {
        guard let work = works[kind] else {
            throw MediaError(
                .badOptions, "There is no such work; there is \(works.keys.sorted().joined(separator: ", ")).")
        }
        return work
    }

    func writing<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws(MediaError) -> T {
        do { return try await database.write(body) } catch { throw MediaError(any: error) }
    }

    func reading<T: Sendable>(_ body: @escaping @Sendable (ReadTransaction) throws -> T) async throws(MediaError) -> T {
        do { return try await database.read(body) } catch { throw MediaError(any: error) }
    }

    /// Refuses an account whose payment is fought over, or that owes credit it spent and that was taken back.
    func admit(_ account: AccountName, in tx: ReadTransaction) throws {
        if try rooms.shop?.isFrozen(account, in: tx) == true {
            throw MediaError(.locked, "A payment of the account is disputed; settle it to go on.")
        }
        if let balance = try? rooms.ledger.balance(of: account, in: tx), balance.debt.steps > 0 {
            throw MediaError(
                .locked, "The account owes \(balance.debt): credit it had spent was taken back. Buy credit to go on.")
        }
    }
}
