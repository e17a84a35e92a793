// Asking for work to be done.

public import BuskerCore
public import BuskerDatabase

extension JobQueue {
    /// Asks for work in the caller's transaction: the job is there exactly when the rest is.
    ///
    /// Workers of this process look for it within their poll; call ``wake(_:)`` after the commit to save them the wait.
    ///
    /// - Returns: the new job, or the one with the same unique key that waits or runs.
    /// - Throws: ``JobError`` with `badRequest`, or `DatabaseError`.
    @discardableResult
    public func enqueue(_ request: JobRequest, in tx: Transaction) throws -> Enqueued {
        let job = try request.job(ids.make(), at: clock.now, limits: limits)
        for _ in 0..<8 {
            if try JobRows.insert(job, in: tx) {
                if limits.tellsOfNew { try tx.notify(Self.channel, "queue:\(job.queue)") }
                return Enqueued(id: job.id, isNew: true)
            }
            let known: JobID? = try tx.value(
                """
                SELECT id FROM jobs_job WHERE unique_key = \(job.uniqueKey) AND unique_key IS NOT NULL
                AND state IN ('pending', 'processing')
                """)
            if let known { return Enqueued(id: known, isNew: false) }
        }
        throw JobError(.duplicate, "Jobs with this unique key come and go too quickly; repeat the call.")
    }

    /// Asks for many pieces of work in the caller's transaction, with few statements.
    ///
    /// - Returns: the new jobs, in the order of the requests.
    /// - Throws: ``JobError`` with `badRequest`, also for a request with a unique key; or `DatabaseError`.
    @discardableResult
    public func enqueue(all requests: [JobRequest], in tx: Transaction) throws -> [JobID] {
        let now = clock.now
        let jobs = try requests.map { request throws(JobError) in
            guard request.uniqueKey == nil else {
                throw JobError(.badRequest, "A request with a unique key is enqueued by itself.")
            }
            return try request.job(ids.make(), at: now, limits: limits)
        }
        try JobRows.insert(all: jobs, in: tx)
        if limits.tellsOfNew {
            for queue in Set(jobs.map(\.queue)).sorted() { try tx.notify(Self.channel, "queue:\(queue)") }
        }
        return jobs.map(\.id)
    }

    /// Asks for work.
    ///
    /// - Throws: ``JobError``.
    @discardableResult
    public func enqueue(_ request: JobRequest) async throws(JobError) -> Enqueued {
        let enqueued = try await writing { tx in try self.enqueue(request, in: tx) }
        wake(request.queue)
        return enqueued
    }

    /// Asks for many pieces of work, all or none.
    ///
    /// - Throws: ``JobError``.
    @discardableResult
    public func enqueue(all requests: [JobRequest]) async throws(JobError) -> [JobID] {
        let made = try await writing { tx in try self.enqueue(all: requests, in: tx) }
        for queue in Set(requests.map(\.queue)) { wake(queue) }
        return made
    }
}
