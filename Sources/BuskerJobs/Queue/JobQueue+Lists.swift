// Looking at jobs.

public import BuskerCore
public import BuskerDatabase

/// Which jobs are listed.
public struct JobFilter: Sendable, Hashable {
    /// Whose jobs; anybody's when there is none.
    public var owner: String?
    /// In which state; in any when there is none.
    public var state: JobState?
    /// Of which kind; of any when there is none.
    public var kind: String?
    /// In which queue; in any when there is none.
    public var queue: String?

    /// Makes a filter.
    public init(owner: String? = nil, state: JobState? = nil, kind: String? = nil, queue: String? = nil) {
        self.owner = owner
        self.state = state
        self.kind = kind
        self.queue = queue
    }

    var sql: SQL {
        var all: SQL = "1 = 1"
        if let owner { all = "\(all) AND owner = \(owner)" }
        if let state { all = "\(all) AND state = \(state.sql)" }
        if let kind { all = "\(all) AND kind = \(kind)" }
        if let queue { all = "\(all) AND queue = \(queue)" }
        return all
    }
}

/// One attempt that did not succeed.
public struct JobAttempt: Sendable, Hashable {
    /// How an attempt ended.
    public enum Outcome: String, Sendable, Hashable {
        /// The handler failed.
        case failed
        /// The worker gave no sign of life.
        case lapsed
        /// Somebody did not want the job any more.
        case cancelled
    }

    /// The round it belongs to, from 1.
    public let round: Int
    /// Its number in the round, from 1.
    public let attempt: Int
    /// Who made it.
    public let worker: String?
    /// When it began.
    public let startedAt: Timestamp?
    /// When it was over.
    public let endedAt: Timestamp
    /// How it ended.
    public let outcome: Outcome
    /// Why.
    public let problem: String?
}

/// How full the queues are.
public struct QueueCount: Sendable, Hashable {
    /// The queue.
    public let queue: String
    /// Where the jobs stand: pending, processing or failed.
    public let state: JobState
    /// How many there are.
    public let count: Int
    /// When the first of those that wait may begin or might have begun; nothing for others.
    public let oldest: Timestamp?
}

extension JobQueue {
    /// A job as the transaction sees it; nothing when there is none, or when it is another's.
    public static func job(_ id: JobID, of owner: String? = nil, in tx: ReadTransaction) throws -> Job? {
        guard let job = try JobRows.find("id = \(id)", in: tx), owner == nil || job.owner == owner else { return nil }
        return job
    }

    /// A job; nothing when there is none, or when it is another's.
    public func job(_ id: JobID, of owner: String? = nil) async throws(JobError) -> Job? {
        try await reading { tx in try Self.job(id, of: owner, in: tx) }
    }

    /// How many jobs of its queue wait before a job, at most 1,000; where the queue has rules, others may be taken first.
    public static func waiting(before job: Job, in tx: ReadTransaction) throws -> Int {
        try JobStanding(job).waiting(in: tx)
    }

    /// Jobs, the newest first.
    ///
    /// - Throws: ``JobError`` with `badCursor`.
    public func jobs(_ filter: JobFilter = JobFilter(), page: PageRequest = PageRequest()) async throws(JobError)
        -> Page<Job>
    {
        let list = "jobs"
        let limit = min(page.limit, limits.pageRowsMax)
        let after = try JobCursor.place(page.after, in: list, as: JobID.self)
        let place: SQL = after.map { "AND id < \($0)" } ?? ""
        let rows = try await reading { tx in
            try JobRows.list("\(filter.sql) \(place) ORDER BY id DESC LIMIT \(limit + 1)", in: tx)
        }
        return try JobCursor.page(rows, limit, list) { $0.id }
    }

    /// Dead letters: the jobs that failed for good, the newest first.
    ///
    /// - Throws: ``JobError`` with `badCursor`.
    public func dead(kind: String? = nil, page: PageRequest = PageRequest()) async throws(JobError) -> Page<Job> {
        try await jobs(JobFilter(state: .failed, kind: kind), page: page)
    }

    /// The attempts at a job that did not succeed, the oldest first; at most the last 1,000.
    public func history(of id: JobID) async throws(JobError) -> [JobAttempt] {
        try await reading { tx in
            try tx.rows(
                """
                SELECT round, attempt, worker, started_us, ended_us, outcome, problem FROM jobs_attempt WHERE job = \(id)
                ORDER BY round DESC, attempt DESC LIMIT 1000
                """
            ).reversed().map { row in
                guard let outcome = JobAttempt.Outcome(rawValue: try row.get(5)) else {
                    throw JobError.strangeRow("attempt")
                }
                return JobAttempt(
                    round: try row.get(0), attempt: try row.get(1), worker: try row.get(2), startedAt: try row.get(3),
                    endedAt: try row.get(4), outcome: outcome, problem: try row.get(6))
            }
        }
    }

    /// How many jobs wait, run and have failed, by queue, for whoever watches the service.
    public func counts() async throws(JobError) -> [QueueCount] {
        try await reading { tx in
            try tx.rows(
                """
                SELECT queue, 'pending', count(*), min(run_us) FROM jobs_job WHERE state = 'pending' GROUP BY queue
                UNION ALL
                SELECT queue, 'processing', count(*), NULL FROM jobs_job WHERE state = 'processing' GROUP BY queue
                UNION ALL
                SELECT queue, 'failed', count(*), NULL FROM jobs_job WHERE state = 'failed' GROUP BY queue
                ORDER BY 1, 2
                """
            ).map { row in
                guard let state = JobState(rawValue: try row.get(1)) else { throw JobError.strangeRow("job") }
                return QueueCount(
                    queue: try row.get(0), state: state, count: try row.get(2), oldest: try row.get(3))
            }
        }
    }

    /// When something is due next: a job of these queues and kinds, or a lease that runs out; nothing when there is neither.
    func nextDue(_ queues: [String], kinds: [String], after now: Timestamp) async throws(JobError) -> Timestamp? {
        try await reading { tx in
            let waits: Timestamp? = try tx.value(
                """
                SELECT min(run_us) FROM jobs_job WHERE state = 'pending' AND queue IN \(list: queues)
                AND kind IN \(list: kinds) AND run_us > \(now)
                """)
            let lapses: Timestamp? = try tx.value("SELECT min(lease_us) FROM jobs_job WHERE state = 'processing'")
            let isBlocked: Int? = try tx.value(
                """
                SELECT 1 FROM jobs_job WHERE state = 'pending' AND queue IN \(list: queues)
                AND kind IN \(list: kinds) AND run_us <= \(now) LIMIT 1
                """)
            var moments = [waits, lapses.map { max($0, now).advanced(byMicroseconds: 1) }].compactMap(\.self)
            if isBlocked != nil {
                for queue in queues {
                    guard let rate = self.rules[queue]?.rate,
                        let full: Timestamp = try tx.value("SELECT full_us FROM jobs_queue WHERE name = \(queue)")
                    else { continue }
                    moments.append(RateBucket(rate, fullAt: full, at: now).next(at: now))
                }
            }
            return moments.filter { $0 > now }.min()
        }
    }
}

/// Pages by one key.
enum JobCursor {
    static func place<Key: CursorKey>(_ cursor: Cursor?, in list: String, as key: Key.Type) throws(JobError) -> Key? {
        do throws(TextError) {
            return try cursor?.position(in: list, as: key)
        } catch {
            throw JobError(.badCursor, "The cursor does not belong to this list; begin again at the first page.")
        }
    }

    static func page<Item, Key: CursorKey>(
        _ rows: [Item], _ limit: Int, _ list: String, key: (Item) -> Key
    ) throws(JobError) -> Page<Item> {
        let items = Array(rows.prefix(limit))
        guard rows.count > limit, let last = items.last else { return Page(items: items, next: nil) }
        do throws(TextError) {
            return Page(items: items, next: try Cursor(list: list, after: key(last)))
        } catch {
            throw JobError(.badCursor, "The place of the next page is too long for a cursor.")
        }
    }
}
