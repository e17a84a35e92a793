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
