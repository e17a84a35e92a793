// What a worker says about a job, each in a transaction of its own.

public import BuskerCore

extension JobQueue {
    /// Keeps a job for the time of another lease, and says how far the work has come.
    ///
    /// - Throws: ``JobError`` with `leaseLost`: stop, and drop what was done.
    @discardableResult
    public func heartbeat(_ lease: JobLease, progress: JobProgress? = nil) async throws(JobError) -> Heartbeat {
        let beat = try await writing { tx in try self.heartbeat(lease, progress: progress, in: tx) }
        if progress != nil { hub.ring(.job(lease.id)) }
        return beat
    }

    /// Notes that a job was done.
    ///
    /// - Throws: ``JobError`` with `leaseLost` among others.
    @discardableResult
    public func finish(_ lease: JobLease, result: [UInt8]? = nil) async throws(JobError) -> Job {
        try await ringing { tx in try self.finish(lease, result: result, isLast: true, in: tx) }
    }

    /// Notes that many jobs were done, and answers those whose lease is over.
    ///
    /// - Throws: ``JobError``.
    public func finish(all leases: [JobLease]) async throws(JobError) -> [JobID] {
        let lost = try await writing { tx in try self.finish(all: leases, isLast: true, in: tx) }
        for lease in leases { hub.ring(.job(lease.id)) }
        return lost
    }

    /// Notes that an attempt failed.
    ///
    /// - Throws: ``JobError`` with `leaseLost` among others.
    @discardableResult
    public func retry(_ lease: JobLease, problem: String, after wait: Duration? = nil) async throws(JobError) -> Job {
        try await ringing { tx in try self.retry(lease, problem: problem, after: wait, in: tx) }
    }

    /// Notes that a job cannot succeed.
    ///
    /// - Throws: ``JobError`` with `leaseLost` among others.
    @discardableResult
    public func fail(_ lease: JobLease, problem: String) async throws(JobError) -> Job {
        try await ringing { tx in try self.fail(lease, problem: problem, in: tx) }
    }

    /// Puts a job off; the attempt does not count.
    ///
    /// - Throws: ``JobError`` with `leaseLost` among others.
    @discardableResult
    public func snooze(_ lease: JobLease, for time: Duration) async throws(JobError) -> Job {
        try await ringing { tx in try self.snooze(lease, for: time, in: tx) }
    }

    /// Gives a job back because the worker stops; the attempt does not count.
    ///
    /// - Throws: ``JobError`` with `leaseLost` among others.
    @discardableResult
    public func release(_ lease: JobLease) async throws(JobError) -> Job {
        try await ringing { tx in try self.release(lease, in: tx) }
    }
}
