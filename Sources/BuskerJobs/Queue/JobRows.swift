// Jobs in the tables.

import BuskerCore
import BuskerDatabase

extension JobState {
    /// The state as a word of a statement, so that the database sees that an index holds it.
    var sql: SQL {
        switch self {
        case .pending: "'pending'"
        case .processing: "'processing'"
        case .completed: "'completed'"
        case .failed: "'failed'"
        case .cancelled: "'cancelled'"
        }
    }
}

/// Reads and writes jobs.
enum JobRows {
    static let columns: SQL = """
        id, queue, kind, args, owner, priority, unique_key, backoff_us, backoff_max_us, limit_us, created_us, state,
        attempt, attempts_max, round, stop_asked, run_us, lease_us, worker, progress, stage, problem, result, started_us,
        ended_us, version
        """

    private static let inserted = [
        "id", "queue", "kind", "args", "owner", "priority", "unique_key", "backoff_us", "backoff_max_us", "limit_us",
        "created_us", "state", "attempt", "attempts_max", "round", "stop_asked", "run_us", "progress", "stage",
        "version",
    ]

    static func find(_ condition: SQL, in tx: ReadTransaction) throws -> Job? {
        try tx.first("SELECT \(columns) FROM jobs_job WHERE \(condition)").map(job)
    }

    static func list(_ condition: SQL, in tx: ReadTransaction) throws -> [Job] {
        try tx.rows("SELECT \(columns) FROM jobs_job WHERE \(condition)").map(job)
    }

    /// Inserts a job unless one with its unique key waits or runs.
    static func insert(_ job: Job, in tx: Transaction) throws -> Bool {
        try tx.execute(
            """
            INSERT INTO jobs_job (id, queue, kind, args, owner, priority, unique_key, backoff_us, backoff_max_us, limit_us,
            created_us, state, attempt, attempts_max, round, stop_asked, run_us, progress, stage, version)
            VALUES (\(job.id), \(job.queue), \(job.kind), \(job.args), \(job.owner), \(job.priority.rawValue),
            \(job.uniqueKey), \(job.backoff.first.microseconds64), \(job.backoff.most.microseconds64),
            \(job.timeLimit.microseconds64), \(job.createdAt), 'pending', 0, \(job.attemptsMax), 1, 0, \(job.runAt), 0,
            '', 1)
            ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL AND state IN ('pending', 'processing') DO NOTHING
            """) > 0
    }

    /// Inserts many jobs that have no unique key.
    static func insert(all jobs: [Job], in tx: Transaction) throws {
        let rows = jobs.map { job -> [SQLValue] in
            [
                job.id.sqlValue, .text(job.queue), .text(job.kind), .bytes(job.args), .text(job.owner),
                .integer(Int64(job.priority.rawValue)), .null, .integer(job.backoff.first.microseconds64),
                .integer(job.backoff.most.microseconds64), .integer(job.timeLimit.microseconds64),
                job.createdAt.sqlValue, .text(JobState.pending.rawValue), .integer(0), .integer(Int64(job.attemptsMax)),
                .integer(1), .integer(0), job.runAt.sqlValue, .integer(0), .text(""), .integer(1),
            ]
        }
        try tx.insert(into: "jobs_job", columns: inserted, rows: rows)
    }

    /// Writes what changed on a job that nobody has any more, or that somebody is asked to give up.
    ///
    /// - Throws: ``JobError`` with `leaseLost` when the row is not the one that was read.
    static func save(_ job: Job, in tx: Transaction) throws {
        let keepsLease = job.state == .processing
        let token: SQL = keepsLease ? "token" : "NULL"
        let lease: SQL = keepsLease ? "lease_us" : "NULL"
        let changed = try tx.execute(
            """
            UPDATE jobs_job SET state = \(job.state.sql), attempt = \(job.attempt), round = \(job.round),
            stop_asked = \(job.isStopAsked), run_us = \(job.runAt), token = \(token), lease_us = \(lease),
            progress = \(job.progress.millionths), stage = \(job.progress.stage), problem = \(job.problem),
            result = \(job.result), ended_us = \(job.endedAt), version = \(job.version)
            WHERE id = \(job.id) AND version = \(job.version - 1)
            """)
        guard changed == 1 else { throw JobError.lost }
    }

    static func note(_ job: Job, attempt: Int, round: Int, outcome: String, at now: Timestamp, in tx: Transaction)
        throws
    {
        try tx.execute(
            """
            INSERT INTO jobs_attempt (job, round, attempt, worker, started_us, ended_us, outcome, problem)
            VALUES (\(job.id), \(round), \(attempt), \(job.worker), \(job.startedAt), \(now), \(outcome), \(job.problem))
            ON CONFLICT (job, round, attempt) DO NOTHING
            """)
    }

    static func job(_ row: Row) throws -> Job {
        guard let priority = JobPriority(rawValue: try row.get(5)),
            let state = JobState(rawValue: try row.get(11))
        else { throw JobError.strangeRow("job") }
        return Job(
            id: try row.get(0), queue: try row.get(1), kind: try row.get(2), args: try row.get(3),
            owner: try row.get(4),
            priority: priority, uniqueKey: try row.get(6),
            backoff: Backoff(
                first: .microseconds(try row.get(7, as: Int64.self)),
                most: .microseconds(try row.get(8, as: Int64.self))),
            timeLimit: .microseconds(try row.get(9, as: Int64.self)), createdAt: try row.get(10),
            machine: JobMachine(
                attemptsMax: try row.get(13), state: state, attempt: try row.get(12), isStopAsked: try row.get(15),
                round: try row.get(14)),
            runAt: try row.get(16), leasedUntil: try row.get(17), worker: try row.get(18),
            progress: JobProgress(millionths: try row.get(19), stage: try row.get(20)), problem: try row.get(21),
            result: try row.get(22), startedAt: try row.get(23), endedAt: try row.get(24), version: try row.get(25))
    }
}
