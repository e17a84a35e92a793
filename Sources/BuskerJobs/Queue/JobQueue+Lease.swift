// What a worker says about a job that it has.

public import BuskerCore
public import BuskerDatabase

/// The answer to a sign of life.
public struct Heartbeat: Sendable, Hashable {
    /// Whether the worker is to stop, because somebody does not want the job any more.
    public let isStopAsked: Bool
    /// Until when the worker has the job now.
    public let leasedUntil: Timestamp
}

/// Every statement here finds the job by its id and its token, which is there only while somebody has the job. That the job runs
/// follows, and is not said: PostgreSQL would read the index of all that runs, with what ran before, where it knows no statistics.
extension JobQueue {
    /// Keeps a job for the time of another lease, and says how far the work has come.
    ///
    /// Say it three times as often as a lease lasts. Whether it comes in time is not decided here but by whoever takes the job: as long
    /// as nobody did, a late sign of life keeps it.
    ///
    /// - Throws: ``JobError`` with `leaseLost`: stop, and drop what was done.
    @discardableResult
    public func heartbeat(_ lease: JobLease, progress: JobProgress? = nil, in tx: Transaction) throws -> Heartbeat {
        let until = clock.now.advanced(by: limits.lease)
        let news: SQL =
            progress.map {
                ", progress = \($0.millionths), stage = \($0.stage), version = version + 1"
            } ?? ""
        let row = try tx.first(
            """
            UPDATE jobs_job SET lease_us = \(until)\(news)
            WHERE id = \(lease.id) AND token = \(lease.token) RETURNING stop_asked
            """)
        guard let row else { throw JobError.lost }
        if progress != nil, limits.tellsOfChanges { try tx.notify(Self.channel, "job:\(lease.id)") }
        return Heartbeat(isStopAsked: try row.get(0), leasedUntil: until)
    }

    /// Notes that a job was done; what its work is paid by, and the rows it made, belong into the same transaction.
    ///
    /// - Parameters:
    ///   - lease: the proof that this worker has the job.
    ///   - result: what the work came to, as the host encodes it; at most ``JobLimits/argsBytesMax`` bytes.
    ///   - tx: the transaction to take part in.
    /// - Returns: the job as it ended.
    /// - Throws: ``JobError`` with `leaseLost`, so that whatever else the transaction did is undone; or with `badRequest`.
    @discardableResult
    public func finish(_ lease: JobLease, result: [UInt8]? = nil, in tx: Transaction) throws -> Job {
        try finish(lease, result: result, isLast: false, in: tx)
    }

    /// Whether something belongs to the end of a job, so that nothing commits with its statement.
    private var isFollowed: Bool { onEnd != nil || limits.tellsOfChanges }

    /// The same; where it is all that the transaction does, it commits with it.
    func finish(_ lease: JobLease, result: [UInt8]?, isLast: Bool, in tx: Transaction) throws -> Job {
        try check(result)
        let now = clock.now
        let statement: SQL =
            """
            UPDATE jobs_job SET state = 'completed', token = NULL, lease_us = NULL, progress = 1000000,
            problem = NULL, result = \(result), ended_us = \(now), version = version + 1
            WHERE id = \(lease.id) AND token = \(lease.token) RETURNING \(JobRows.columns)
            """
        let rows = isLast && !isFollowed ? try tx.rows(last: statement) : try tx.rows(statement)
        guard let row = rows.first else { throw JobError.lost }
        let job = try JobRows.job(row)
        try follow(job, in: tx)
        return job
    }

    /// Notes that many jobs were done, with few statements.
    ///
    /// - Returns: the jobs whose lease is over: what was done for them must not count, so throw when anything in this transaction does.
    /// - Throws: `DatabaseError`, or what the host's own part throws.
    public func finish(all leases: [JobLease], in tx: Transaction) throws -> [JobID] {
        try finish(all: leases, isLast: false, in: tx)
    }

    /// The same; where it is all that the transaction does, it commits with the last statement.
    func finish(all leases: [JobLease], isLast: Bool, in tx: Transaction) throws -> [JobID] {
        let now = clock.now
        var done: Set<JobID> = []
        let answer = isFollowed ? JobRows.columns : "id"
        let groups = Array(Dictionary(grouping: leases, by: \.token))
        for (at, (token, group)) in groups.enumerated() {
            let statement: SQL =
                """
                UPDATE jobs_job SET state = 'completed', token = NULL, lease_us = NULL, progress = 1000000,
                problem = NULL, ended_us = \(now), version = version + 1
                WHERE id IN \(list: group.map(\.id)) AND token = \(token) RETURNING \(answer)
                """
            let ends = isLast && !isFollowed && at == groups.count - 1
            let rows = ends ? try tx.rows(last: statement) : try tx.rows(statement)
            for row in rows {
                done.insert(try row.get(0))
                if isFollowed { try follow(JobRows.job(row), in: tx) }
            }
        }
        return leases.map(\.id).filter { !done.contains($0) }
    }

    /// Notes that an attempt failed: the job is tried again, unless that was the last attempt or nobody wants it any more.
    ///
    /// - Parameters:
    ///   - lease: the proof that this worker has the job.
    ///   - problem: why, for people; cut at ``JobLimits/problemBytesMax`` bytes.
    ///   - wait: how long until the next attempt; by the job's own backoff when there is none.
    ///   - tx: the transaction to take part in.
    /// - Returns: the job as it stands now: pending, failed or cancelled.
    /// - Throws: ``JobError`` with `leaseLost`.
    @discardableResult
    public func retry(_ lease: JobLease, problem: String, after wait: Duration? = nil, in tx: Transaction) throws -> Job
    {
        try settle(lease, .retry, problem: problem, wait: wait, outcome: "failed", in: tx)
    }

    /// Notes that a job cannot succeed, so that it is not tried again.
    ///
    /// - Returns: the job as it stands now: failed, or cancelled when nobody wants it any more.
    /// - Throws: ``JobError`` with `leaseLost`.
    @discardableResult
    public func fail(_ lease: JobLease, problem: String, in tx: Transaction) throws -> Job {
        try settle(lease, .fail, problem: problem, outcome: "failed", in: tx)
    }

    /// Puts a job off; the attempt does not count.
    ///
    /// - Returns: the job as it stands now: pending, or cancelled when nobody wants it any more.
    /// - Throws: ``JobError`` with `leaseLost`.
    @discardableResult
    public func snooze(_ lease: JobLease, for time: Duration, in tx: Transaction) throws -> Job {
        try settle(lease, .snooze, problem: nil, wait: max(time, .zero), outcome: nil, in: tx)
    }

    /// Gives a job back because the worker stops; it may begin elsewhere at once, and the attempt does not count.
    ///
    /// - Returns: the job as it stands now: pending, or cancelled when nobody wants it any more.
    /// - Throws: ``JobError`` with `leaseLost`.
    @discardableResult
    public func release(_ lease: JobLease, in tx: Transaction) throws -> Job {
        try settle(lease, .release, problem: nil, wait: .zero, outcome: nil, in: tx)
    }

    /// Reads the job that a lease holds, lets the machine decide, writes what it says.
    private func settle(
        _ lease: JobLease, _ event: JobMachine.Event, problem: String?, wait: Duration? = nil, outcome: String?,
        in tx: Transaction
    ) throws -> Job {
        let held = try JobRows.find(
            "id = \(lease.id) AND token = \(lease.token)\(tx.dialect.forUpdate)", in: tx)
        guard let held else { throw JobError.lost }
        return try move(held, event, problem: problem, wait: wait, outcome: outcome, in: tx)
    }

    /// Moves a job that the transaction holds.
    func move(
        _ old: Job, _ event: JobMachine.Event, problem: String?, wait: Duration? = nil, outcome: String?,
        in tx: Transaction
    ) throws -> Job {
        var job = old
        let now = clock.now
        let change = try job.machine.apply(event)
        guard change != .none else { return old }
        job.version = old.version + 1
        if let problem { job.problem = ProblemText.cut(problem, limits.problemBytesMax) }
        if change == .waits || change == .ended { job.leasedUntil = nil }
        if change == .waits {
            let backoff = drawing { random in job.backoff.wait(after: old.attempt, random: &random) }
            job.runAt = now.advanced(byMicroseconds: wait?.microseconds64 ?? backoff)
            job.progress = .none
            job.endedAt = nil
        }
        if change == .ended { job.endedAt = now }
        try JobRows.save(job, in: tx)
        if let outcome, change != .stopAsked {
            let word = job.state == .cancelled ? "cancelled" : outcome
            try JobRows.note(job, attempt: old.attempt, round: old.round, outcome: word, at: now, in: tx)
        }
        if job.state == .pending, limits.tellsOfNew, job.runAt <= now {
            try tx.notify(Self.channel, "queue:\(job.queue)")
        }
        try follow(job, in: tx)
        return job
    }

    private func check(_ result: [UInt8]?) throws(JobError) {
        guard (result?.count ?? 0) <= limits.argsBytesMax else {
            throw JobError(
                .badRequest, "The result has more than \(limits.argsBytesMax) bytes: store it and keep its name.")
        }
    }
}
