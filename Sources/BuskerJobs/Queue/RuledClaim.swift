// Taking jobs from a queue that has rules.

import BuskerCore
import BuskerDatabase

/// A claim in a queue with rules: it holds the queue's row, so that what it counts stays true until it commits.
struct RuledClaim {
    let claim: Claim
    let rules: QueueRules
    let ownersMax: Int

    private var queue: String { claim.request.queue }

    func take(_ count: Int, in tx: Transaction) throws -> [Job] {
        let state = try hold(in: tx)
        var count = count
        var bucket = rules.rate.map { RateBucket($0, fullAt: state.fullAt) }
        if let bucket { count = min(count, bucket.count(at: claim.now)) }
        guard count > 0 else { return [] }
        let running = try running(in: tx)
        if let most = rules.runningMax { count = min(count, most - running.values.reduce(0, +)) }
        guard count > 0 else { return [] }
        var jobs: [Job] = []
        var turn = state.turn
        if rules.isFair || rules.perOwnerMax != nil {
            var share = FairShare(running: running, perOwnerMax: rules.perOwnerMax)
            for priority in try claim.due(in: tx) where jobs.count < count {
                jobs += try inTurns(count - jobs.count, priority, &share, &turn, in: tx)
            }
        } else {
            jobs = try claim.plain(count, in: tx)
        }
        bucket?.take(jobs.count, at: claim.now)
        let fullAt = bucket?.fullAt ?? state.fullAt
        if fullAt != state.fullAt || turn != state.turn {
            try tx.execute("UPDATE jobs_queue SET full_us = \(fullAt), turn = \(turn) WHERE name = \(queue)")
        }
        return jobs
    }

    /// The row of the queue, held until the transaction is over.
    private func hold(in tx: Transaction) throws -> (fullAt: Timestamp, turn: String) {
        let look: SQL = "SELECT full_us, turn FROM jobs_queue WHERE name = \(queue)\(tx.dialect.forUpdate)"
        if let row = try tx.first(look) { return (try row.get(0), try row.get(1)) }
        try tx.execute(
            "INSERT INTO jobs_queue (name, full_us, turn) VALUES (\(queue), \(claim.now), '') ON CONFLICT (name) DO NOTHING"
        )
        guard let row = try tx.first(look) else { throw JobError.strangeRow("queue") }
        return (try row.get(0), try row.get(1))
    }

    /// How many jobs of each owner run.
    private func running(in tx: Transaction) throws -> [String: Int] {
        var running: [String: Int] = [:]
        for row in try tx.rows(
            """
            SELECT owner, count(*) FROM jobs_job WHERE state = 'processing' AND queue = \(queue) GROUP BY owner
            """)
        { running[try row.get(0)] = try row.get(1) }
        return running
    }

    /// Deals jobs of one priority to owners; who has fewer than it might take leaves the rest to others.
    private func inTurns(
        _ count: Int, _ priority: Int, _ share: inout FairShare, _ turn: inout String, in tx: Transaction
    ) throws -> [Job] {
        let line = try line(priority, after: turn, in: tx)
        var open = line
        var jobs: [Job] = []
        var served: String?
        while jobs.count < count {
            let dealt = share.deal(count - jobs.count, to: open)
            guard !dealt.isEmpty else { break }
            let answers = try tx.rows(
                ofAll: dealt.map { owner, count in
                    claim.statement(count, "priority = \(priority) AND owner = \(owner)", tx.dialect)
                })
            var emptied: Set<String> = []
            for ((owner, wanted), rows) in zip(dealt, answers) {
                jobs += try rows.map(JobRows.job)
                served = owner
                guard rows.count < wanted else { continue }
                share.giveBack(wanted - rows.count, of: owner)
                emptied.insert(owner)
            }
            open.removeAll { emptied.contains($0) }
        }
        if let served { turn = served } else if let last = line.last { turn = last }
        return jobs
    }

    /// The owners of which something is due, from the one behind `turn` around.
    private func line(_ priority: Int, after turn: String, in tx: Transaction) throws -> [String] {
        let behind = try owners(priority, "owner > \(turn)", in: tx)
        guard behind.count < ownersMax else { return behind }
        let before = try owners(priority, "owner <= \(turn)", in: tx)
        return behind + before.prefix(ownersMax - behind.count)
    }

    /// Steps from owner to owner through the index, however many jobs each of them has.
    private func owners(_ priority: Int, _ range: SQL, in tx: Transaction) throws -> [String] {
        let waits: SQL = "state = 'pending' AND queue = \(queue) AND priority = \(priority)"
        return try tx.rows(
            """
            WITH RECURSIVE o(name) AS (
                SELECT min(owner) FROM jobs_job WHERE \(waits) AND \(range)
                UNION ALL
                SELECT (SELECT min(owner) FROM jobs_job WHERE \(waits) AND \(range) AND owner > o.name)
                FROM o WHERE o.name IS NOT NULL
            )
            SELECT name FROM o WHERE name IS NOT NULL AND EXISTS (
                SELECT 1 FROM jobs_job WHERE \(waits) AND owner = o.name AND run_us <= \(claim.now) \(claim.kinds))
            LIMIT \(ownersMax)
            """
        ).map { try $0.get(0) }
    }
}
