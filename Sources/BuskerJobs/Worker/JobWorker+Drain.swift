// Doing jobs one after the other, so that a test sees the same every time.

public import BuskerCore

extension JobWorker {
    /// Takes one job that may begin now and has it done, here and now; false when there is none.
    ///
    /// It keeps no lease and ends nothing that takes too long: the handler has the time that it moves on its clock itself.
    ///
    /// - Throws: ``JobError`` when the claim fails.
    @discardableResult
    public func step() async throws(JobError) -> Bool {
        for name in settings.queues {
            let leases = try await queue.claim(ClaimRequest(name, kinds: kinds, count: 1, worker: self.name))
            guard let lease = leases.first else { continue }
            if let handler = handlers[lease.job.kind] { await attempt(lease, handler) }
            return true
        }
        return false
    }

    private func attempt(_ lease: JobLease, _ handler: any JobHandler) async {
        notice(.started(lease.job))
        let board = ProgressBoard()
        let settlement = Settlement(queue: queue, lease: lease, notice: notice)
        let outcome: JobOutcome
        do {
            outcome = try await handler.run(JobContext(job: lease.job, lease: lease, board: board))
        } catch {
            outcome = Settlement.outcome(of: error)
        }
        if let news = board.news() { _ = try? await queue.heartbeat(lease, progress: news) }
        await settlement.settle(outcome)
    }

    /// Does everything that is due up to a moment, one job after the other, moving the clock from one due time to the next.
    ///
    /// - Parameters:
    ///   - end: where the clock stands at the end.
    ///   - stepsMax: the most jobs, so that jobs that make jobs come to an end.
    ///   - move: puts the clock of the queue forward.
    /// - Returns: how many attempts were made.
    /// - Throws: ``JobError``.
    @discardableResult
    public func drain(
        until end: Timestamp, stepsMax: Int = 10_000, moving move: @Sendable (Timestamp) -> Void
    ) async throws(JobError) -> Int {
        var steps = 0
        while steps < stepsMax {
            await careOnce()
            while steps < stepsMax, try await step() { steps += 1 }
            let now = queue.clock.now
            let ticks = schedules?.next(after: now)
            let due = try await queue.nextDue(settings.queues, kinds: kinds, after: now)
            guard let next = [ticks, due].compactMap(\.self).min(), next <= end else {
                if now < end { move(end) }
                return steps
            }
            move(next)
        }
        return steps
    }
}
