// The whole service: the walk of one upload.

public import BuskerCore
public import BuskerDatabase
public import BuskerJobs
import BuskerLedger
import BuskerStorage
public import Logging

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
    let looks = MediaLooks()

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
    ///   - onEnd: what the host does in the transaction in which a job of the service ends, such as telling its owner's servers.
    ///   - log: is told what happens; nothing that a user sent is told.
    public init(
        _ rooms: MediaRooms, works: [any Work], settings: MediaSettings, rules: QueueRules = .none,
        limits: JobLimits = JobLimits(), clock: any WallClock = SystemClock(), ids: IDGenerator = IDGenerator(),
        random: any RandomNumberGenerator & Sendable = SystemRandom(), onEnd: JobQueue.EndHook? = nil, log: Logger
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
            random: random
        ) { end, tx in
            try closing.close(end, in: tx)
            if end.job.queue == settings.queue { try onEnd?(end, tx) }
        }
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
    /// - Throws: `JobError`, as the worker's own initialiser does.
    public func worker(
        jobsMax: Int = 1, settings: WorkerSettings? = nil, clock: any Clock<Duration>,
        notice: @escaping @Sendable (JobNotice) -> Void = { _ in }
    ) throws(JobError) -> JobWorker {
        let own = WorkerSettings(queues: [self.settings.queue], jobsMax: jobsMax, progressEvery: .milliseconds(250))
        return try JobWorker(
            queue, handlers: works.values.map { MediaRun(service: self, work: $0) }, settings: settings ?? own,
            clock: clock, notice: notice)
    }
}

// An order becomes a hold and a job.
extension MediaService {
    /// Takes an order on: the job, its use of the file and its hold commit together, or none of them does.
    func begin(
        _ order: MediaOrder, _ work: any Work, _ sound: SoundFacts, _ usages: [Usage], in tx: Transaction
    ) throws -> MediaJob {
        try admit(order.account, in: tx)
        let now = clock.now
        let enqueued = try queue.enqueue(
            JobRequest(
                kind: work.kind, queue: settings.queue, owner: order.owner, attemptsMax: settings.attemptsMax,
                timeLimit: work.timeLimit), in: tx)
        if let file = order.file { try use(file, owner: order.owner, for: enqueued.id, until: now, in: tx) }
        let card = work.card(for: order.options)
        let quote = try rooms.ledger.quote(usages, card: card, account: order.account, in: tx)
        var entry = MediaEntry(
            id: enqueued.id, owner: order.owner, account: order.account, work: work.kind, options: order.options,
            file: order.file, key: order.key, request: order.digest, sound: sound, usages: usages, card: card,
            cardVersion: quote.version, cost: quote.total, charged: nil, money: .none, hold: nil, createdAt: now,
            deletedAt: nil)
        try hold(&entry, round: 1, atMost: order.atMost, in: tx)
        try MediaStore.insert(entry, in: tx)
        return try MediaView.job(entry, in: tx)
    }
}

// A worker claims the job and does it, outside of any transaction; all of it may happen again.
extension MediaService {
    /// One attempt: the sound is fetched into a folder, worked on, and its results are stored where nobody reads them yet.
    func attempt(
        _ run: MediaRun, _ context: JobContext, _ entry: MediaEntry, _ folder: WorkFolder
    ) async throws -> JobOutcome {
        context.report(JobProgress(millionths: 0, stage: "fetching"))
        let input = try await run.fetch(entry, into: folder)
        let product = try await run.work.run(MediaRun.task(entry, folder, input, context))
        try Task.checkCancellation()
        context.report(JobProgress(millionths: 990_000, stage: "storing"))
        let shelf = MediaShelf(service: self, job: context.job, owner: entry.owner, sold: run.work.soldKinds)
        let files = try await shelf.store(product.files, from: folder)
        return .done { job, tx in try self.settle(job, files, product.usages, in: tx) }
    }

    /// The job is done: its credit is spent and its files appear, in the transaction in which it ends under its lease.
    func settle(_ job: Job, _ files: [FileID], _ usages: [Usage]?, in tx: Transaction) throws {
        let now = clock.now
        guard let entry = try MediaStore.lock(job.id, in: tx) else { throw MediaError.noJob }
        // Nobody can have it any more, so nobody pays for it: MediaClosing frees its hold and lets its files go.
        guard entry.deletedAt == nil else { return }
        try MediaStore.save(entry.paid(try pay(entry, job, for: usages, in: tx)), in: tx)
        for id in files { try appear(id, at: now, in: tx) }
        try MediaShelf.clear(besides: files, of: job.id, in: tx)
        if let file = entry.file, let input = try FileStore.find(file, in: tx), input.isReadable {
            try FileStore.touch(file, finished: now, in: tx)
            try FileStore.mark(file, payment: .paid, at: now, in: tx)
        }
    }
}

// The job failed or was cancelled: MediaClosing frees the hold in the transaction in which it ends.

// The result reaches whoever paid for it, and nobody else.
extension MediaService {
    /// A job that was done and whose results may be handed out: to its owner, while no payment is fought over or taken back.
    func delivered(_ id: JobID, of owner: String) async throws(MediaError) -> MediaJob {
        let job = try await reading { [self] tx in
            let job = try MediaView.job(id, of: owner, in: tx)
            if job.money == .captured { try admit(job.account, in: tx) }
            return job
        }
        guard job.job.state == .completed else {
            throw MediaError(.wrongState, "The job has not been done; there is nothing to hand out.")
        }
        return job
    }
}
