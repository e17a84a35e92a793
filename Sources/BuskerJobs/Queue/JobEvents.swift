// What happens to one job, for whoever watches it.

public import BuskerCore

/// What happens to one job, as it stands whenever something changed, until it has ended.
///
/// Nothing piles up for a slow reader: it gets the newest state and misses those between. ``Job/version`` grows with every change,
/// so a reader that was cut off goes on behind the last one it saw, in any process.
public struct JobEvents: AsyncSequence, Sendable {
    /// One state of the job.
    public typealias Element = Job

    let queue: JobQueue
    let id: JobID
    let owner: String?
    let after: Int64
    let poll: Duration
    let clock: any Clock<Duration>

    /// Begins to watch.
    public func makeAsyncIterator() -> Iterator {
        Iterator(events: self, bell: queue.hub.bell([.job(id)]), seen: after)
    }

    /// Reads the job when somebody rings, and once in a while.
    public struct Iterator: AsyncIteratorProtocol {
        let events: JobEvents
        let bell: BellHandle
        var seen: Int64
        var isOver = false

        /// The next state; nothing after the job has ended, was forgotten, or the task is cancelled.
        ///
        /// - Throws: ``JobError`` with `unknown` when there is no such job at first, or it is another's; `databaseFailed`.
        public mutating func next() async throws(JobError) -> Job? {
            while !isOver, !Task.isCancelled {
                guard let job = try await events.queue.job(events.id, of: events.owner) else {
                    isOver = true
                    guard seen > events.after else { throw JobError.noJob }
                    return nil
                }
                isOver = job.state.isEnded
                if job.version > seen {
                    seen = job.version
                    return job
                }
                if !isOver { await bell.bell.wait(atMost: events.poll, events.clock) }
            }
            return nil
        }
    }
}

extension JobQueue {
    /// Watches a job: its present state at once, then each time something changed, until it has ended.
    ///
    /// Changes of this process are seen at once; those of others when the database tells of them (``JobLimits/tellsOfChanges`` and
    /// ``hear(_:)``), else at the next look.
    ///
    /// - Parameters:
    ///   - id: the job.
    ///   - owner: whose job it must be; anybody's when there is none.
    ///   - version: the last state that was seen, zero for none.
    ///   - poll: how often to look without being told, held at 10 ms and one minute.
    ///   - clock: what waits, such as `ContinuousClock()`.
    public func events(
        of id: JobID, owner: String? = nil, after version: Int64 = 0, poll: Duration = .seconds(1),
        clock: any Clock<Duration>
    ) -> JobEvents {
        JobEvents(
            queue: self, id: id, owner: owner, after: version,
            poll: min(max(poll, .milliseconds(10)), .seconds(60)), clock: clock)
    }
}
