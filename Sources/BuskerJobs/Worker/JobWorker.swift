// A worker: takes jobs and has them done.

import BuskerCore
import Synchronization

/// Takes jobs from queues and runs their handlers, as many at once as its settings say.
///
/// It never sleeps by the machine itself: the clock that is lent to it waits. Its name is new with every start.
public final class JobWorker: Sendable {
    /// Whose jobs these are.
    public let queue: JobQueue
    /// How it works.
    public let settings: WorkerSettings
    /// Its name in the rows of jobs.
    public let name: String
    let handlers: [String: any JobHandler]
    let schedules: JobSchedules?
    let clock: any Clock<Duration>
    let notice: @Sendable (JobNotice) -> Void
    private let state = Mutex(State())
    private let bell: BellHandle

    private struct State {
        var isStopping = false
        var next: UInt64 = 0
        var running: [UInt64: (task: Task<Void, Never>, closing: AsyncStream<Void>.Continuation)] = [:]
        var turn = 0
    }

    /// Makes a worker.
    ///
    /// - Parameters:
    ///   - queue: whose jobs to do.
    ///   - handlers: who does them; jobs of other kinds stay where they are.
    ///   - schedules: jobs that begin by the calendar, which this worker looks after too.
    ///   - settings: how it works.
    ///   - clock: what waits, such as `ContinuousClock()`.
    ///   - notice: is told what happens, for a log; called outside of transactions.
    /// - Throws: ``JobError`` with `badRequest` when two handlers have one kind.
    public init(
        _ queue: JobQueue, handlers: [any JobHandler], schedules: JobSchedules? = nil,
        settings: WorkerSettings = WorkerSettings(), clock: any Clock<Duration>,
        notice: @escaping @Sendable (JobNotice) -> Void = { _ in }
    ) throws(JobError) {
        var table: [String: any JobHandler] = [:]
        for handler in handlers {
            guard table.updateValue(handler, forKey: handler.kind) == nil else {
                throw JobError(.badRequest, "There are two handlers for jobs of the kind \(handler.kind).")
            }
        }
        self.queue = queue
        self.handlers = table
        self.schedules = schedules
        self.settings = settings
        self.clock = clock
        self.notice = notice
        name = queue.ids.make(WorkerKind.self).description
        bell = queue.hub.bell(settings.queues.map { .queue($0) })
    }

    private enum WorkerKind: IDKind { static let prefix = "worker" }

    /// The kinds that it can do.
    var kinds: [String] { handlers.keys.sorted() }

    /// Works until ``shutdown(within:)`` is called or the task is cancelled, which is a shutdown without time.
    ///
    /// - Parameter hints: messages of other processes on ``JobQueue/channel``, such as those of `PostgresDatabase.listen`; without them
    ///   the worker looks once in a while.
    public func run(hints: AsyncStream<String>? = nil) async {
        await withTaskGroup(of: Void.self) { group in
            if let hints {
                group.addTask { for await hint in hints { self.queue.hear(hint) } }
            }
            group.addTask { await self.care() }
            await look()
            group.cancelAll()
        }
        if !isStopping { await shutdown(within: .zero) }
        for run in state.withLock({ Array($0.running.values) }) { await run.task.value }
    }

    /// Takes no more jobs and waits for those that run; those that still run after the time are given back, without the attempt
    /// being counted, and their handlers are cancelled.
    ///
    /// - Parameter time: for everything together.
    public func shutdown(within time: Duration) async {
        let running = state.withLock { state in
            state.isStopping = true
            return Array(state.running.values)
        }
        bell.bell.ring()
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                for run in running { await run.task.value }
                return true
            }
            group.addTask {
                try? await self.clock.sleep(for: time)
                for run in running { run.closing.yield() }
                return false
            }
            while let isOver = await group.next() {
                if isOver { group.cancelAll() }
            }
        }
    }

    /// How many jobs it has in hand.
    public var running: Int { state.withLock { $0.running.count } }

    private var isStopping: Bool { state.withLock(\.isStopping) }

    // MARK: Looking for jobs

    private func look() async {
        while !isStopping, !Task.isCancelled {
            do throws(JobError) {
                let wasFull = try await takeSome()
                if wasFull { continue }
            } catch {
                notice(.failed(error))
            }
            let extra = queue.drawing { Int64.random(in: 0...settings.poll.microseconds64 / 2, using: &$0) }
            await bell.bell.wait(atMost: settings.poll + .microseconds(extra), clock)
        }
    }

    /// Fills what is free, queue by queue; true when there may be more at once.
    private func takeSome() async throws(JobError) -> Bool {
        let (free, turn) = state.withLock { state in
            state.turn += 1
            return (settings.jobsMax - state.running.count, state.turn)
        }
        var left = free
        for at in settings.queues.indices where left > 0 {
            let queue = settings.queues[(at + turn) % settings.queues.count]
            let leases = try await self.queue.claim(ClaimRequest(queue, kinds: kinds, count: left, worker: name))
            for lease in leases { start(lease) }
            left -= leases.count
        }
        return left > 0 && left < free
    }

    private func start(_ lease: JobLease) {
        guard let handler = handlers[lease.job.kind] else { return }
        notice(.started(lease.job))
        let (closing, close) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let run = JobRun(
            queue: queue, lease: lease, handler: handler, settings: settings, clock: clock, closing: closing,
            notice: notice)
        state.withLock { state in
            state.next += 1
            let number = state.next
            let task = Task {
                await run.run()
                self.ended(number)
            }
            state.running[number] = (task, close)
            if state.isStopping { close.yield() }
        }
    }

    private func ended(_ number: UInt64) {
        state.withLock { $0.running[number] = nil }
        bell.bell.ring()
    }

    // MARK: Looking after jobs

    private func care() async {
        while !Task.isCancelled {
            await careOnce()
            guard (try? await clock.sleep(for: settings.careEvery)) != nil else { return }
        }
    }

    /// Rescues what workers left, and begins what the calendar says.
    func careOnce() async {
        do throws(JobError) {
            var rescue: Rescue
            repeat {
                rescue = try await queue.rescue()
                if !rescue.jobs.isEmpty { notice(.rescued(rescue.jobs)) }
                if !rescue.refused.isEmpty { notice(.refused(rescue.refused)) }
            } while rescue.isMore
        } catch {
            notice(.failed(error))
        }
        do throws(JobError) {
            try await schedules?.tick()
        } catch {
            notice(.failed(error))
        }
    }
}
