// Handlers that do as a test says, and a clock that is in a hurry.

import BuskerCore
import BuskerDatabase
import BuskerJobs
import Synchronization
import TestSupport

/// A clock whose waits are a fiftieth of what was asked for.
struct HurriedClock: Clock {
    private let base = ContinuousClock()
    var now: ContinuousClock.Instant { base.now }
    let minimumResolution: Duration = .nanoseconds(1)

    func sleep(until deadline: ContinuousClock.Instant, tolerance: Duration?) async throws {
        let now = base.now
        try await base.sleep(until: now + now.duration(to: deadline) / 50)
    }
}

/// A clock whose waits of one length end only when a test allows one.
final class RationedClock: Clock {
    private let base = ContinuousClock()
    private let length: Duration
    private let allowed = Mutex(0)
    var now: ContinuousClock.Instant { base.now }
    let minimumResolution: Duration = .nanoseconds(1)

    init(_ length: Duration) { self.length = length }

    /// Lets so many waits end.
    func allow(_ count: Int) { allowed.withLock { $0 += count } }

    func sleep(until deadline: ContinuousClock.Instant, tolerance: Duration?) async throws {
        let time = base.now.duration(to: deadline)
        guard time <= length, time > length - .milliseconds(500) else { return try await base.sleep(until: deadline) }
        while !allowed.withLock({ allowed in
            defer { allowed = max(0, allowed - 1) }
            return allowed > 0
        }) { try await Task.sleep(for: .milliseconds(2)) }
    }
}

/// A database some of whose writes fail before they begin.
final class FaultyDatabase: Database {
    private let base: any Database
    private let failures = Mutex(0)

    init(_ base: any Database) { self.base = base }

    var dialect: Dialect { base.dialect }

    /// Lets the next writes fail.
    func failWrites(_ count: Int) { failures.withLock { $0 = count } }

    func read<T: Sendable>(_ body: @escaping @Sendable (ReadTransaction) throws -> T) async throws -> T {
        try await base.read(body)
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws -> T {
        let fails = failures.withLock { failures in
            defer { failures = max(0, failures - 1) }
            return failures > 0
        }
        guard !fails else { throw DatabaseError(.unavailable, "The test says so.") }
        return try await base.write(body)
    }

    func migrate(_ migrations: [Migration]) async throws { try await base.migrate(migrations) }
    func integrityCheck() async throws -> [String] { try await base.integrityCheck() }
    func close() async {}
}

/// A handler made of a closure, that counts.
final class TestHandler: JobHandler {
    let kind: String
    private let body: @Sendable (JobContext) async throws -> JobOutcome
    private let begun = Mutex<[JobID: Int]>([:])

    init(_ kind: String = "work", _ body: @escaping @Sendable (JobContext) async throws -> JobOutcome = { _ in .kept })
    {
        self.kind = kind
        self.body = body
    }

    /// How often each job was begun.
    var counts: [JobID: Int] { begun.withLock { $0 } }

    func run(_ context: JobContext) async throws -> JobOutcome {
        begun.withLock { $0[context.job.id, default: 0] += 1 }
        return try await body(context)
    }
}

extension JobOutcome {
    /// Done, and paid for in the same transaction.
    static let kept = JobOutcome.done { job, tx in try TestHost.capture(job, in: tx) }
}

/// Waits until the task is cancelled.
func waitForTheEnd() async throws {
    while true { try await Task.sleep(for: .seconds(3600)) }
}

/// Waits until something holds, or a test that hangs has failed.
func eventually(_ holds: () async throws -> Bool) async throws -> Bool {
    for _ in 0..<3000 {
        if try await holds() { return true }
        try await Task.sleep(for: .milliseconds(5))
    }
    return false
}

extension JobsDesk {
    func worker(
        _ handlers: [any JobHandler], by queue: JobQueue? = nil, settings: WorkerSettings = WorkerSettings(),
        schedules: JobSchedules? = nil, notice: @escaping @Sendable (JobNotice) -> Void = { _ in }
    ) throws -> JobWorker {
        try JobWorker(
            queue ?? self.queue, handlers: handlers, schedules: schedules, settings: settings, clock: HurriedClock(),
            notice: notice)
    }

    /// Runs workers beside `body` and ends them without time.
    func running(_ workers: [JobWorker], _ body: () async throws -> Void) async throws {
        let tasks = workers.map { worker in Task { await worker.run() } }
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        for worker in workers { await worker.shutdown(within: .zero) }
        for task in tasks { await task.value }
        try result.get()
    }

    func drain(_ worker: JobWorker, for time: Duration = .seconds(86_400)) async throws -> Int {
        let clock = clock
        return try await worker.drain(until: clock.now.advanced(by: time)) { clock.set($0) }
    }
}
