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
            ? try claim.plain(count, in: tx)
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
        let leases = try await writing { tx in try self.claim(request, in: tx) }
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

    /// Takes jobs in their order.
    func plain(_ count: Int, in tx: Transaction) throws -> [Job] {
        var jobs: [Job] = []
        for priority in try due(in: tx) where jobs.count < count {
            jobs += try take(count - jobs.count, "priority = \(priority)", in: tx)
        }
        return jobs
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
    func take(_ count: Int, _ fits: SQL, in tx: Transaction) throws -> [Job] {
        try tx.rows(statement(count, fits, tx.dialect)).map(JobRows.job).sorted {
            ($0.runAt, $0.id) < ($1.runAt, $1.id)
        }
    }

    /// The choice is made apart and once: a join could choose, and lock, more rows than were asked for.
    func statement(_ count: Int, _ fits: SQL, _ dialect: Dialect) -> SQL {
        """
        WITH c AS MATERIALIZED (
            SELECT id AS chosen FROM jobs_job WHERE state = 'pending' AND queue = \(request.queue) AND \(fits)
            AND run_us <= \(now) \(kinds) ORDER BY run_us, id LIMIT \(count)\(dialect.forUpdateSkipLocked)
        )
        UPDATE jobs_job SET state = 'processing', attempt = attempt + 1, token = \(token),
        lease_us = \(now.advanced(by: lease)), worker = \(request.worker), started_us = \(now), progress = 0, stage = '',
        version = version + 1
        FROM c WHERE id = c.chosen RETURNING \(JobRows.columns)
        """
    }
}
