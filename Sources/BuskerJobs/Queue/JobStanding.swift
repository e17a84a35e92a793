// How far a job is: what is asked most often, and no more.

package import BuskerCore
package import BuskerDatabase

/// How far a job is, without what it was told and what came of it.
package struct JobStanding: Sendable, Hashable {
    /// Its name.
    package let id: JobID
    /// The queue it waits in.
    package let queue: String
    /// Which jobs of the queue come first.
    package let priority: JobPriority
    /// When it may begin.
    package let runAt: Timestamp
    /// Where it stands.
    package let state: JobState
    /// How far its work has come.
    package let progress: JobProgress
    /// Why the last attempt failed.
    package let problem: String?

    /// How far a job is that was read as a whole.
    package init(_ job: Job) {
        (id, queue, priority, runAt) = (job.id, job.queue, job.priority, job.runAt)
        (state, progress, problem) = (job.state, job.progress, job.problem)
    }

    private init(_ row: Row) throws {
        guard let priority = JobPriority(rawValue: try row.get(2)), let state = JobState(rawValue: try row.get(4))
        else { throw JobError.strangeRow("job") }
        (id, queue, runAt) = (try row.get(0), try row.get(1), try row.get(3))
        (self.priority, self.state) = (priority, state)
        progress = JobProgress(millionths: try row.get(5), stage: try row.get(6))
        problem = try row.get(7)
    }

    /// The statement whose answer ``read(_:)`` reads.
    package static func statement(_ ids: [JobID]) -> SQL {
        """
        SELECT id, queue, priority, run_us, state, progress, stage, problem FROM jobs_job WHERE id IN \(list: ids)
        """
    }

    /// The jobs that there are, in any order.
    package static func read(_ rows: [Row]) throws -> [JobStanding] { try rows.map { try JobStanding($0) } }

    /// How many jobs of its queue wait before it, at most 1,000; where the queue has rules, others may be taken first.
    ///
    /// It reads as many entries of the index of what is due as it counts, and none behind the job.
    package func waiting(in tx: ReadTransaction) throws -> Int {
        let count: Int64? = try tx.value(
            """
            SELECT COUNT(*) FROM (SELECT 1 FROM jobs_job WHERE state = 'pending' AND queue = \(queue)
            AND (priority, run_us, id) < (\(priority.rawValue), \(runAt), \(id)) LIMIT 1000) AS before
            """)
        return Int(count ?? 0)
    }
}
