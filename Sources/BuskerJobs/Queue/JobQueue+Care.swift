// What nobody else looks after: workers that died, wishes that changed, jobs that ended long ago.

public import BuskerCore
public import BuskerDatabase

/// What a rescue came to.
public struct Rescue: Sendable {
    /// The jobs that were taken from workers without a sign of life: pending, failed or cancelled now.
    public var jobs: [Job] = []
    /// The jobs whose end the host refused; the next rescue tries them again.
    public var refused: [JobID] = []
    /// Whether more may be waiting: rescue again at once.
    public var isMore = false
    /// The last job that was looked at, when there may be others behind it.
    public var last: Place?

    /// Where a job stands among those whose lease is over.
    public struct Place: Sendable, Hashable {
        let leasedUntil: Timestamp
        let id: JobID
    }
}

extension JobQueue {
    /// Takes jobs from workers whose lease is over: they are tried again, or have failed when that was the last attempt.
    ///
    /// Every process may do it, at any time; what one takes, the others pass over. A worker that lives after all finds its lease lost.
    ///
    /// - Parameters:
    ///   - place: where an earlier rescue ended, so that jobs whose end the host refuses do not hide those behind them.
    ///   - tx: the transaction to take part in.
    /// - Throws: `DatabaseError`.
    public func rescue(after place: Rescue.Place? = nil, in tx: Transaction) throws -> Rescue {
        let behind: SQL = place.map { "AND (lease_us, id) > (\($0.leasedUntil), \($0.id))" } ?? ""
        let lapsed = try JobRows.list(
            """
            state = 'processing' AND lease_us < \(clock.now) \(behind) ORDER BY lease_us, id LIMIT \(limits.rescueMax)\(
                tx.dialect.forUpdateSkipLocked)
            """, in: tx)
        var rescue = Rescue()
        if lapsed.count == limits.rescueMax, let last = lapsed.last, let until = last.leasedUntil {
            rescue.last = Rescue.Place(leasedUntil: until, id: last.id)
        }
        for job in lapsed {
            do {
                rescue.jobs.append(
                    try tx.savepoint {
                        try self.move(
                            job, .lapse, problem: "The worker gave no sign of life.", outcome: "lapsed", in: tx)
                    })
            } catch let error as DatabaseError where !error.isViolation {
                throw error
            } catch {
                rescue.refused.append(job.id)
            }
        }
        rescue.isMore = rescue.last != nil && !rescue.jobs.isEmpty
        return rescue
    }

    /// Takes jobs from workers whose lease is over; looks past those whose end the host refuses.
    ///
    /// - Throws: ``JobError``.
    @discardableResult
    public func rescue() async throws(JobError) -> Rescue {
        var refused: [JobID] = []
        var place: Rescue.Place?
        while true {
            let after = place
            var rescue = try await writing { tx in try self.rescue(after: after, in: tx) }
            for job in rescue.jobs { ring(job) }
            refused += rescue.refused
            place = rescue.last
            guard rescue.jobs.isEmpty, place != nil else {
                rescue.refused = refused
                return rescue
            }
        }
    }

    /// Says that nobody wants a job any more: one that waits ends at once, one that runs is asked to stop.
    ///
    /// An ended job is answered as it is. A worker that finishes before it hears of the wish has finished.
    ///
    /// - Parameters:
    ///   - id: the job.
    ///   - owner: whose job it must be; anybody's when there is none.
    ///   - tx: the transaction to take part in.
    /// - Throws: ``JobError`` with `unknown`, also when the job is another's.
    @discardableResult
    public func cancel(_ id: JobID, of owner: String? = nil, in tx: Transaction) throws -> Job {
        let job = try locked(id, of: owner, in: tx)
        let after = try move(job, .cancel, problem: nil, outcome: nil, in: tx)
        if after.state == .processing { try tx.notify(Self.channel, "stop:\(id)") }
        return after
    }

    /// Says that nobody wants a job any more.
    ///
    /// - Throws: ``JobError`` with `unknown` among others.
    @discardableResult
    public func cancel(_ id: JobID, of owner: String? = nil) async throws(JobError) -> Job {
        try await ringing { tx in try self.cancel(id, of: owner, in: tx) }
    }

    /// Begins a job afresh that failed or was cancelled: a new round with all its attempts.
    ///
    /// - Throws: ``JobError`` with `unknown`; `wrongState` when it has not ended or was done; `duplicate` when another job with its
    ///   unique key waits or runs.
    @discardableResult
    public func requeue(_ id: JobID, of owner: String? = nil, in tx: Transaction) throws -> Job {
        let job = try locked(id, of: owner, in: tx)
        guard job.state == .failed || job.state == .cancelled else {
            throw JobError(.wrongState, "Only a job that failed or was cancelled can begin afresh.")
        }
        if let key = job.uniqueKey {
            let known: JobID? = try tx.value(
                """
                SELECT id FROM jobs_job WHERE unique_key = \(key) AND unique_key IS NOT NULL
                AND state IN ('pending', 'processing')
                """)
            guard known == nil else {
                throw JobError(.duplicate, "Another job with the same unique key waits or runs.")
            }
        }
        do {
            return try tx.savepoint {
                try self.move(job, .requeue, problem: nil, wait: .zero, outcome: nil, in: tx)
            }
        } catch let error as DatabaseError where error.code == .uniqueViolation {
            throw JobError(.duplicate, "Another job with the same unique key waits or runs.")
        }
    }

    /// Begins a job afresh that failed or was cancelled.
    ///
    /// - Throws: ``JobError``.
    @discardableResult
    public func requeue(_ id: JobID, of owner: String? = nil) async throws(JobError) -> Job {
        try await ringing { tx in try self.requeue(id, of: owner, in: tx) }
    }

    /// Begins dead letters of one kind afresh, the oldest first, in one transaction.
    ///
    /// - Parameters:
    ///   - kind: the kind; there is no way to requeue everything at once by mistake.
    ///   - limit: the most jobs, held at 1 and ``JobLimits/pageRowsMax``.
    ///   - before: only those that ended before this moment, so that none comes around twice.
    ///   - also: what the host does for each, such as holding credits again; when it throws, that job stays dead.
    /// - Returns: the jobs that wait again.
    /// - Throws: ``JobError``.
    @discardableResult
    public func requeueDead(
        kind: String, limit: Int = 20, before: Timestamp,
        also: @escaping @Sendable (Job, Transaction) throws -> Void = { _, _ in }
    ) async throws(JobError) -> [Job] {
        let limit = min(max(limit, 1), limits.pageRowsMax)
        let jobs = try await writing { tx in
            let dead = try JobRows.list(
                """
                state = 'failed' AND kind = \(kind) AND ended_us < \(before) ORDER BY id LIMIT \(limit)\(
                    tx.dialect.forUpdateSkipLocked)
                """, in: tx)
            return try dead.compactMap { job in
                do {
                    return try tx.savepoint {
                        let again = try self.requeue(job.id, in: tx)
                        try also(again, tx)
                        return again
                    }
                } catch let error as DatabaseError {
                    throw error
                } catch {
                    return nil
                }
            }
        }
        for job in jobs { ring(job) }
        return jobs
    }

    /// Forgets jobs that ended before a moment, with their attempts; a few hundred at a time, so that no transaction lasts.
    ///
    /// - Parameters:
    ///   - moment: what ended before it is forgotten.
    ///   - states: which ends; dead letters stay unless they are named.
    /// - Returns: how many were forgotten.
    /// - Throws: ``JobError``.
    @discardableResult
    public func prune(before moment: Timestamp, states: Set<JobState> = [.completed, .cancelled]) async throws(JobError)
        -> Int
    {
        let names = states.filter(\.isEnded).map(\.rawValue).sorted()
        guard !names.isEmpty else { return 0 }
        var forgotten = 0
        while true {
            let some = try await writing { tx in
                let ids: [JobID] = try tx.rows(
                    """
                    SELECT id FROM jobs_job WHERE ended_us IS NOT NULL AND ended_us < \(moment)
                    AND state IN \(list: names) ORDER BY ended_us LIMIT 500\(tx.dialect.forUpdateSkipLocked)
                    """
                ).map { try $0.get(0) }
                guard !ids.isEmpty else { return 0 }
                try tx.execute("DELETE FROM jobs_attempt WHERE job IN \(list: ids)")
                return try tx.execute("DELETE FROM jobs_job WHERE id IN \(list: ids)")
            }
            forgotten += some
            guard some == 500 else { return forgotten }
        }
    }

    private func locked(_ id: JobID, of owner: String?, in tx: Transaction) throws -> Job {
        let job = try JobRows.find("id = \(id)\(tx.dialect.forUpdate)", in: tx)
        guard let job, owner == nil || job.owner == owner else { throw JobError.noJob }
        return job
    }

    func ringing(_ body: @escaping @Sendable (Transaction) throws -> Job) async throws(JobError) -> Job {
        let job = try await writing(body)
        ring(job)
        return job
    }
}
