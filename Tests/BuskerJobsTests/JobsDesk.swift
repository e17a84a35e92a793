// A job queue with a clock, a second process, and a host that reserves and settles credits in the same transactions.

import BuskerCore
import BuskerDatabase
import BuskerJobs
import Synchronization
import TestSupport
import Testing

/// What the host keeps beside each job: one reservation, captured once or released once.
enum TestHost {
    static let migration = Migration(room: "test", version: 1, name: "reservations") { d in
        [
            """
            CREATE TABLE test_hold (
                job \(d.bytes) NOT NULL, round \(d.integer) NOT NULL, captured \(d.integer) NOT NULL,
                released \(d.integer) NOT NULL, PRIMARY KEY (job, round)
            )
            """
        ]
    }

    static func hold(_ id: JobID, round: Int = 1, in tx: Transaction) throws {
        try tx.execute("INSERT INTO test_hold (job, round, captured, released) VALUES (\(id), \(round), 0, 0)")
    }

    static func capture(_ job: Job, in tx: Transaction) throws {
        try tx.execute("UPDATE test_hold SET captured = captured + 1 WHERE job = \(job.id) AND round = \(job.round)")
    }

    /// Releases what a job that did not come to anything had reserved.
    static func settle(_ end: JobEnd, in tx: Transaction) throws {
        guard end.job.state != .completed else { return }
        try tx.execute(
            "UPDATE test_hold SET released = released + 1 WHERE job = \(end.job.id) AND round = \(end.job.round)")
    }

    /// What must never be: an ended job whose reservation is not settled exactly once, or an open one whose is.
    static func violations(in tx: ReadTransaction) throws -> [String] {
        try tx.rows(
            """
            SELECT j.id, j.state, h.captured, h.released FROM jobs_job j
            JOIN test_hold h ON h.job = j.id AND h.round = j.round
            """
        ).compactMap { row in
            let state = try row.get(1, as: String.self)
            let captured = try row.get(2, as: Int.self)
            let released = try row.get(3, as: Int.self)
            let wanted: (Int, Int) =
                switch state {
                case "completed": (1, 0)
                case "failed", "cancelled": (0, 1)
                default: (0, 0)
                }
            guard (captured, released) != wanted else { return nil }
            return "\(try row.get(0, as: JobID.self)) is \(state), captured \(captured), released \(released)"
        }
    }
}

/// The queue under test and what it is lent.
final class JobsDesk: Sendable {
    /// The end of a process, as a test makes it.
    struct Crash: Error {}

    let database: any Database
    let clock = ManualClock(Timestamp(microseconds: 1_795_000_000_000_000))
    let queue: JobQueue

    static func open<T>(
        _ kind: DatabaseKind, rules: [String: QueueRules] = [:], limits: JobLimits = JobLimits(),
        _ body: (JobsDesk) async throws -> T
    ) async throws -> T {
        try await withDatabase(kind) { database in
            try await database.migrate(JobsSchema.migrations + [TestHost.migration])
            return try await body(JobsDesk(database, rules, limits))
        }
    }

    init(_ database: any Database, _ rules: [String: QueueRules], _ limits: JobLimits) {
        self.database = database
        queue = JobQueue(
            database, rules: rules, limits: limits, clock: clock, ids: IDGenerator(clock: clock),
            random: SeededGenerator(seed: 7), onEnd: { end, tx in try TestHost.settle(end, in: tx) })
    }

    /// Another queue on the same database, as another process has one.
    func another(_ database: (any Database)? = nil) -> JobQueue {
        JobQueue(
            database ?? self.database, rules: queue.rules, limits: queue.limits, clock: clock,
            onEnd: { end, tx in try TestHost.settle(end, in: tx) })
    }

    func pass(_ duration: Duration) { clock.advance(microseconds: duration.microseconds64) }

    /// Enqueues with a reservation.
    @discardableResult
    func add(_ request: JobRequest = JobRequest(kind: "work")) async throws -> JobID {
        let queue = queue
        return try await database.write { tx in
            let made = try queue.enqueue(request, in: tx)
            if made.isNew { try TestHost.hold(made.id, in: tx) }
            return made.id
        }
    }

    func take(_ count: Int = 1, from name: String = "default", as worker: String = "w1", by queue: JobQueue? = nil)
        async throws -> [JobLease]
    {
        try await (queue ?? self.queue).claim(ClaimRequest(name, count: count, worker: worker))
    }

    func takeOne(as worker: String = "w1", by queue: JobQueue? = nil) async throws -> JobLease {
        try #require(try await take(as: worker, by: queue).first)
    }

    /// Finishes and captures, in one transaction.
    @discardableResult
    func finish(_ lease: JobLease, by queue: JobQueue? = nil) async throws -> Job {
        let queue = queue ?? self.queue
        return try await database.write { tx in
            let job = try queue.finish(lease, in: tx)
            try TestHost.capture(job, in: tx)
            return job
        }
    }

    func job(_ id: JobID) async throws -> Job { try #require(try await queue.job(id)) }

    func violations() async throws -> [String] {
        try await database.read { tx in try TestHost.violations(in: tx) }
    }

    func code<T>(_ body: () async throws -> T) async -> JobError.Code? {
        do {
            _ = try await body()
            return nil
        } catch let error as JobError {
            return error.code
        } catch {
            return nil
        }
    }
}
