// One attempt at a job, from its claim to its settlement.

import BuskerCore
import BuskerDatabase
import Synchronization

/// Watches over a handler: keeps the lease, ends what takes too long, and settles what it came to.
///
/// The handler has a task of its own: one that does not listen when it is told to stop is left behind, its lease taken away.
struct JobRun: Sendable {
    /// Why the handler is told to stop.
    enum Stop: Sendable {
        case wish
        case time
        case lost
        case closing
    }

    private enum Signal: Sendable {
        case returned(Result<JobOutcome, any Error>)
        case stop(Stop)
        case givenUp
    }

    let queue: JobQueue
    let lease: JobLease
    let handler: any JobHandler
    let settings: WorkerSettings
    let clock: any Clock<Duration>
    let closing: AsyncStream<Void>
    let notice: @Sendable (JobNotice) -> Void

    /// Runs the handler beside its heart, its watch and the worker's end.
    func run() async {
        let board = ProgressBoard()
        let context = JobContext(job: lease.job, lease: lease, board: board)
        let (signals, post) = AsyncStream.makeStream(of: Signal.self)
        let handler = handler
        let work = Task {
            do {
                post.yield(.returned(.success(try await handler.run(context))))
            } catch {
                post.yield(.returned(.failure(error)))
            }
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await beat(board) { post.yield(.stop($0)) } }
            group.addTask {
                guard (try? await clock.sleep(for: lease.job.timeLimit)) != nil else { return }
                post.yield(.stop(.time))
            }
            group.addTask { for await _ in closing { post.yield(.stop(.closing)) } }
            var stop: Stop?
            watching: for await signal in signals {
                switch signal {
                case .returned(let result):
                    await settle(result, stop, board)
                    break watching
                case .stop(let reason):
                    guard stop == nil || reason == .closing else { continue }
                    let isFirst = stop == nil
                    stop = reason
                    work.cancel()
                    if reason == .lost || reason == .closing {
                        await settle(.failure(CancellationError()), stop, board)
                        break watching
                    }
                    guard isFirst else { continue }
                    group.addTask {
                        guard (try? await clock.sleep(for: settings.stopTime)) != nil else { return }
                        post.yield(.givenUp)
                    }
                case .givenUp:
                    await settle(.failure(CancellationError()), stop, board)
                    break watching
                }
            }
            group.cancelAll()
        }
        post.finish()
    }

    /// Keeps the lease and writes progress; stops with the lease.
    ///
    /// The first look needs no ring: whoever cancelled the job between its claim and this bell rang for nobody. A look that fails is
    /// tried again, and so is one whose sign of life failed. A ring is a reason to look and none to write progress before its time,
    /// since each written progress rings.
    private func beat(_ board: ProgressBoard, _ stop: @Sendable (Stop) -> Void) async {
        let bell = queue.hub.bell([.job(lease.id)])
        let third = queue.limits.lease / 3
        var keptAt = queue.clock.now
        var toldAt = keptAt
        var until = keptAt.advanced(by: queue.limits.lease)
        var hasStopped = false
        var mustLook = true
        while !Task.isCancelled {
            let rang = await bell.bell.wait(atMost: min(settings.progressEvery, third), clock)
            guard !Task.isCancelled else { return }
            let now = queue.clock.now
            let silence = toldAt.microseconds(until: now)
            let mayTell = !rang || silence < 0 || silence >= settings.progressEvery.microseconds64
            let news = mayTell ? board.news() : nil
            let age = keptAt.microseconds(until: now)
            var isAsked = false
            if rang { mustLook = true }
            if mustLook, !hasStopped, let job = try? await queue.job(lease.id) {
                (mustLook, isAsked) = (false, job.isStopAsked)
            }
            guard news != nil || age < 0 || age >= third.microseconds64 || isAsked else { continue }
            do throws(JobError) {
                let beat = try await queue.heartbeat(lease, progress: news)
                if let news {
                    board.wrote(news)
                    toldAt = now
                }
                (keptAt, until) = (now, beat.leasedUntil)
                if beat.isStopAsked, !hasStopped {
                    hasStopped = true
                    stop(.wish)
                }
            } catch {
                mustLook = mustLook || isAsked
                guard error.code == .leaseLost || now >= until else { continue }
                return stop(.lost)
            }
        }
    }

    /// What an attempt came to that was told to stop, or was not.
    private func settle(_ result: Result<JobOutcome, any Error>, _ stop: Stop?, _ board: ProgressBoard) async {
        switch (stop, result) {
        case (.lost, _): notice(.lost(lease.id))
        case (.closing, _): await Settlement(run: self).write { tx in try queue.release(lease, in: tx) }
        case (_, .success(let outcome)): await Settlement(run: self).settle(outcome)
        case (.time, .failure): await Settlement(run: self).settle(.retry("The attempt took too long."))
        case (.wish, .failure): await Settlement(run: self).settle(.fail("The job was cancelled."))
        case (nil, .failure(let error)): await Settlement(run: self).settle(Settlement.outcome(of: error))
        }
    }
}

/// Writes what an attempt came to, so that a throw always ends in another attempt or in a state that lasts.
struct Settlement: Sendable {
    let queue: JobQueue
    let lease: JobLease
    let retriesMax: Int
    let clock: (any Clock<Duration>)?
    let notice: @Sendable (JobNotice) -> Void

    init(run: JobRun) {
        queue = run.queue
        lease = run.lease
        retriesMax = run.settings.retriesMax
        clock = run.clock
        notice = run.notice
    }

    init(queue: JobQueue, lease: JobLease, notice: @escaping @Sendable (JobNotice) -> Void) {
        self.queue = queue
        self.lease = lease
        retriesMax = 0
        clock = nil
        self.notice = notice
    }

    /// Settles an attempt; when the host's part fails, the attempt has failed.
    func settle(_ outcome: JobOutcome) async {
        let error = await write { tx in
            let job = try apply(outcome.verdict, in: tx)
            try outcome.part(job, tx)
            return job
        }
        guard let error else { return }
        let failed = Self.outcome(of: error.underlying ?? error)
        _ = await write { tx in try apply(failed.verdict, in: tx) }
    }

    private func apply(_ verdict: JobOutcome.Verdict, in tx: Transaction) throws -> Job {
        switch verdict {
        case .done(let result): try queue.finish(lease, result: result, in: tx)
        case .retry(let problem, let wait): try queue.retry(lease, problem: problem, after: wait, in: tx)
        case .fail(let problem): try queue.fail(lease, problem: problem, in: tx)
        case .snooze(let time): try queue.snooze(lease, for: time, in: tx)
        }
    }

    /// Writes the end of an attempt, again and again while the database fails.
    ///
    /// - Returns: why the host refused it; nothing when it was written, the lease is lost, or the database stays away.
    @discardableResult
    func write(_ body: @escaping @Sendable (Transaction) throws -> Job) async -> JobError? {
        var tries = 0
        while true {
            do throws(JobError) {
                let job = try await queue.writing(body)
                queue.ring(job)
                notice(.settled(job))
                return nil
            } catch {
                switch error.code {
                case .leaseLost:
                    notice(.lost(lease.id))
                    return nil
                case .databaseFailed where Self.mayPass(error) && tries < retriesMax:
                    tries += 1
                    guard let clock, (try? await clock.sleep(for: .milliseconds(100 << min(tries, 6)))) != nil else {
                        notice(.unsettled(lease.id, error))
                        return nil
                    }
                case .databaseFailed where Self.mayPass(error), .cancelled:
                    notice(.unsettled(lease.id, error))
                    return nil
                default: return error
                }
            }
        }
    }

    /// Whether nothing is wrong with what was to be written.
    private static func mayPass(_ error: JobError) -> Bool {
        guard let error = error.underlying as? DatabaseError else { return false }
        return [.unknownOutcome, .unavailable, .timeout, .contention, .limit, .storage, .closed].contains(error.code)
    }

    /// What a thrown error says; of an error of another room only its kind is kept, since its text may hold a secret.
    static func outcome(of error: any Error) -> JobOutcome {
        switch error {
        case let fault as JobFault:
            fault.isFinal ? .fail(fault.problem) : .retry(fault.problem, after: fault.wait)
        case let error as JobError: .retry(error.description)
        case let error as DatabaseError: .retry(error.description)
        default: .retry("The handler threw \(type(of: error)).")
        }
    }
}
