// Taking jobs to work on them.

import BuskerCore
public import BuskerDatabase

/// What a worker is looking for.
public struct ClaimRequest: Sendable, Hashable {
    /// The queue.
    public var queue: String
    /// The kinds that the worker can do; all when there is none.
    ///
    /// Jobs of other kinds stay where they are.
    public var kinds: [String]?
    /// The most jobs to take; held at ``JobLimits/claimMax``.
    public var count: Int
    /// Who takes them: a name that no other process ever has, so a new one at every start.
    public var worker: String

    /// Makes a request.
    public init(_ queue: String = "default", kinds: [String]? = nil, count: Int = 1, worker: String) {
        self.queue = queue
        self.kinds = kinds
        self.count = count
        self.worker = worker
    }
}

extension JobQueue {
    /// Takes the jobs that come first, each for the time of one lease.
    ///
    /// Two claims never take the same job. The more urgent come first, then those whose time came first; where the queue has rules,
    /// owners take turns.
    ///
    /// - Throws: `DatabaseError`, or ``JobError`` with `badRequest`.
    public func claim(_ request: ClaimRequest, in tx: Transaction) throws -> [JobLease] {
        try claim(request, isLast: false, in: tx)
    }

    /// The same; where it is the last that the transaction does, it commits with it.
    private func claim(_ request: ClaimRequest, isLast: Bool, in tx: Transaction) throws -> [JobLease] {
        guard JobLimits.isName(request.queue), JobLimits.isName(request.worker) else {
            throw JobError(.badRequest, "A queue and a worker need names.")
        }
        let count = min(request.count, limits.claimMax)
        guard count > 0, request.kinds?.isEmpty != true else { return [] }
        let claim = Claim(
            request: request, now: clock.now, lease: limits.lease, token: makeToken(),
            kinds: request.kinds.map { "AND kind IN \(list: $0.sorted())" } ?? "")
        let rules = rules[request.queue] ?? .none
        let jobs =
            rules == .none
            ? try claim.plain(count, isLast: isLast && !limits.tellsOfChanges, in: tx)
            : try RuledClaim(claim: claim, rules: rules, ownersMax: limits.ownersMax).take(count, in: tx)
        if limits.tellsOfChanges {
            for job in jobs { try tx.notify(Self.channel, "job:\(job.id)") }
        }
        return jobs.map { JobLease(job: $0, token: claim.token) }
    }

    /// Takes the jobs that come first.
    ///
    /// - Throws: ``JobError``.
    public func claim(_ request: ClaimRequest) async throws(JobError) -> [JobLease] {
        let leases = try await writing { tx in try self.claim(request, isLast: true, in: tx) }
        for lease in leases { hub.ring(.job(lease.id)) }
        return leases
    }
}

/// One claim: what it asks for and what it writes.
struct Claim {
    let request: ClaimRequest
    let now: Timestamp
    let lease: Duration
    let token: [UInt8]
    let kinds: SQL

    /// Takes jobs in their order, by one statement.
    ///
    /// Each priority is looked for by itself, so that no index entry is read whose time has not come; who has found enough looks
    /// no further and locks no more.
    func plain(_ count: Int, isLast: Bool = false, in tx: Transaction) throws -> [Job] {
        let (all, dialect) = (JobPriority.allCases, tx.dialect)
        let choices = all.dropFirst().reduce(choice(count, of: all[0], dialect)) { sql, priority in
            "\(sql) UNION ALL \(choice(count, of: priority, dialect))"
        }
        let statement = update(choosing: "SELECT chosen FROM (\(choices)) AS p LIMIT \(count)")
        let rows = isLast ? try tx.rows(last: statement) : try tx.rows(statement)
        return try rows.map(JobRows.job).sorted { ($0.priority, $0.runAt, $0.id) < ($1.priority, $1.runAt, $1.id) }
    }

    private func choice(_ count: Int, of priority: JobPriority, _ dialect: Dialect) -> SQL {
        "SELECT chosen FROM (\(chosen(count, "priority = \(priority.rawValue)", dialect))) AS p"
    }

    /// The priorities of which there is something to do: one statement, so that an idle worker costs little.
    func due(in tx: Transaction) throws -> [Int] {
        try tx.rows(
            """
            SELECT column1 FROM (VALUES (0), (1), (2), (3)) AS p WHERE EXISTS (
                SELECT 1 FROM jobs_job WHERE state = 'pending' AND queue = \(request.queue) AND priority = column1
                AND run_us <= \(now) \(kinds))
            """
        ).map { try $0.get(0, as: Int.self) }.sorted()
    }

    /// Takes jobs that fit, passing over those that another claim has in hand.
    func statement(_ count: Int, _ fits: SQL, _ dialect: Dialect) -> SQL {
        update(choosing: chosen(count, fits, dialect))
    }

    private func chosen(_ count: Int, _ fits: SQL, _ dialect: Dialect) -> SQL {
        """
        SELECT id AS chosen FROM jobs_job WHERE state = 'pending' AND queue = \(request.queue) AND \(fits)
        AND run_us <= \(now) \(kinds) ORDER BY run_us, id LIMIT \(count)\(dialect.forUpdateSkipLocked)
        """
    }

    /// The choice is made apart and once: a join could choose, and lock, more rows than were asked for.
    private func update(choosing choice: SQL) -> SQL {
        """
        WITH c AS MATERIALIZED (\(choice))
        UPDATE jobs_job SET state = 'processing', attempt = attempt + 1, token = \(token),
        lease_us = \(now.advanced(by: lease)), worker = \(request.worker), started_us = \(now), progress = 0, stage = '',
        version = version + 1
        FROM c WHERE id = c.chosen RETURNING \(JobRows.columns)
        """
    }
}
