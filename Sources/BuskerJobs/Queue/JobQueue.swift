// Jobs as a host uses them.

public import BuskerCore
public import BuskerDatabase
import Synchronization

/// A job whose state changed for good, told in the transaction that changed it.
public struct JobEnd: Sendable {
    /// The job as it stands now: completed, failed or cancelled.
    public let job: Job
    /// Whose job it is, so that another one can be asked for in the same transaction.
    public let jobs: JobQueue
}

/// Jobs in a database: whoever has the same tables shares them, in any number of processes.
///
/// Every change exists twice: `…(in: tx)` as part of the caller's transaction, and as a call that opens one. What a worker does
/// is bound to its ``JobLease``: after another worker took the job, every call with the old lease throws `leaseLost` and the
/// caller's transaction is undone.
public final class JobQueue: Sendable {
    /// What the host does in the transaction in which a job ends, such as releasing a hold.
    ///
    /// It runs for every end, whoever caused it: a worker, a rescue, somebody who cancels. When it throws, the job does not end.
    public typealias EndHook = @Sendable (JobEnd, Transaction) throws -> Void

    /// The channel on which other processes are told of new jobs (`queue:NAME`), of jobs that are to stop (`stop:ID`) and, where the
    /// limits say so, of changes (`job:ID`).
    public static let channel = "busker_jobs"

    /// The database that holds the tables of ``JobsSchema``.
    public let database: any Database
    /// The limits in force.
    public let limits: JobLimits
    /// The rules of the queues that have any.
    public let rules: [String: QueueRules]
    let clock: any WallClock
    let ids: IDGenerator
    let hub = JobHub()
    let onEnd: EndHook?
    private let random: Mutex<any RandomNumberGenerator & Sendable>

    /// Makes a queue on a database whose tables ``JobsSchema/migrations`` brought up to date.
    ///
    /// - Parameters:
    ///   - database: where jobs are kept.
    ///   - rules: the rules of queues, by their names; a queue that is not named has none.
    ///   - limits: the limits in force.
    ///   - clock: the time of day.
    ///   - ids: makes the ids of jobs.
    ///   - random: spreads retries and makes the tokens of leases.
    ///   - onEnd: what the host does when a job ends.
    public init(
        _ database: any Database, rules: [String: QueueRules] = [:], limits: JobLimits = JobLimits(),
        clock: any WallClock = SystemClock(), ids: IDGenerator = IDGenerator(),
        random: any RandomNumberGenerator & Sendable = SystemRandom(), onEnd: EndHook? = nil
    ) {
        self.database = database
        self.rules = rules
        self.limits = limits
        self.clock = clock
        self.ids = ids
        self.random = Mutex(random)
        self.onEnd = onEnd
    }

    /// Tells workers and subscribers of this process to look now, for instance after a transaction that enqueued.
    public func wake(_ queue: String = "default") { hub.ring(.queue(queue)) }

    /// Takes in a message that another process sent on ``channel``.
    public func hear(_ message: String) {
        let parts = message.split(separator: ":", maxSplits: 1)
        switch (parts.first, parts.count) {
        case ("queue", 2): hub.ring(.queue(String(parts[1])))
        case ("stop", 2), ("job", 2):
            if let id = try? JobID(parsing: String(parts[1])) { hub.ring(.job(id)) }
        case (nil, _): hub.ringAll()
        default: break
        }
    }

    func drawing<T>(_ body: (inout any RandomNumberGenerator & Sendable) -> T) -> T { random.withLock { body(&$0) } }

    /// The token of a new lease.
    func makeToken() -> [UInt8] {
        drawing { random in
            (0..<2).flatMap { _ in
                let bits = random.next()
                return stride(from: 0, to: 64, by: 8).map { UInt8(truncatingIfNeeded: bits >> UInt64($0)) }
            }
        }
    }

    func writing<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws(JobError) -> T {
        do { return try await database.write(body) } catch { throw JobError(any: error) }
    }

    func reading<T: Sendable>(_ body: @escaping @Sendable (ReadTransaction) throws -> T) async throws(JobError) -> T {
        do { return try await database.read(body) } catch { throw JobError(any: error) }
    }

    /// What else belongs to a change of a job: the host's part at its end, and word to others.
    func follow(_ job: Job, in tx: Transaction) throws {
        if job.state.isEnded { try onEnd?(JobEnd(job: job, jobs: self), tx) }
        if limits.tellsOfChanges { try tx.notify(Self.channel, "job:\(job.id)") }
    }

    /// Tells this process what a committed change was about.
    func ring(_ job: Job) {
        hub.ring(.job(job.id))
        if job.state == .pending { hub.ring(.queue(job.queue)) }
    }
}
