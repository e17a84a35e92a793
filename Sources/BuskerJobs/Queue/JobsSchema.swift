// The tables of jobs.

public import BuskerDatabase

/// The tables of jobs, step by step; times are microseconds since 1970.
public enum JobsSchema {
    /// The steps, in order.
    public static let migrations: [Migration] = [
        Migration(
            room: "jobs", version: 1, name: "jobs, attempts, queues, schedules",
            statements: { d in jobs(d) + indexes + attempts(d) + others(d) }),
        Migration(
            room: "jobs", version: 2, name: "webhooks that are sent", statements: { d in WebhooksSchema.statements(d) }),
    ]

    /// `token` is there exactly while a worker has the job; `stop_asked` is 1 when its worker is to stop.
    private static func jobs(_ d: Dialect) -> [String] {
        let create = """
            CREATE TABLE jobs_job (
                id \(d.bytes) PRIMARY KEY, queue TEXT NOT NULL, kind TEXT NOT NULL, args \(d.bytes) NOT NULL,
                owner TEXT NOT NULL, priority \(d.integer) NOT NULL, unique_key TEXT, backoff_us \(d.integer) NOT NULL,
                backoff_max_us \(d.integer) NOT NULL, limit_us \(d.integer) NOT NULL, created_us \(d.integer) NOT NULL,
                state TEXT NOT NULL, attempt \(d.integer) NOT NULL, attempts_max \(d.integer) NOT NULL,
                round \(d.integer) NOT NULL, stop_asked \(d.integer) NOT NULL, run_us \(d.integer) NOT NULL, token \(d.bytes),
                lease_us \(d.integer), worker TEXT, progress \(d.integer) NOT NULL, stage TEXT NOT NULL, problem TEXT,
                result \(d.bytes), started_us \(d.integer), ended_us \(d.integer), version \(d.integer) NOT NULL,
                CONSTRAINT jobs_job_range CHECK (
                    state IN ('pending', 'processing', 'completed', 'failed', 'cancelled')
                    AND 0 <= attempt AND attempt <= attempts_max AND 0 <= progress AND progress <= 1000000
                    AND (state = 'processing') = (token IS NOT NULL) AND (token IS NULL) = (lease_us IS NULL)
                    AND (state IN ('pending', 'processing')) = (ended_us IS NULL))
            )\(d.strictChanging)
            """
        guard d == .postgres else { return [create] }
        return [
            create,
            """
            ALTER TABLE jobs_job SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 200,
                autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0)
            """,
        ]
    }

    /// Each index of what waits holds only what waits, so that it stays as short as the queue.
    private static let indexes = [
        """
        CREATE INDEX jobs_job_due ON jobs_job (queue, priority, run_us, id, kind) WHERE state = 'pending'
        """,
        """
        CREATE INDEX jobs_job_turn ON jobs_job (queue, priority, owner, run_us, id, kind) WHERE state = 'pending'
        """,
        "CREATE INDEX jobs_job_running ON jobs_job (queue, owner) WHERE state = 'processing'",
        "CREATE INDEX jobs_job_lease ON jobs_job (lease_us) WHERE state = 'processing'",
        """
        CREATE UNIQUE INDEX jobs_job_key ON jobs_job (unique_key)
        WHERE unique_key IS NOT NULL AND state IN ('pending', 'processing')
        """,
        "CREATE INDEX jobs_job_owner ON jobs_job (owner, id)",
        "CREATE INDEX jobs_job_dead ON jobs_job (id) WHERE state = 'failed'",
        "CREATE INDEX jobs_job_ended ON jobs_job (ended_us) WHERE ended_us IS NOT NULL",
    ]

    /// The attempts that did not succeed.
    private static func attempts(_ d: Dialect) -> [String] {
        [
            """
            CREATE TABLE jobs_attempt (
                job \(d.bytes) NOT NULL, round \(d.integer) NOT NULL, attempt \(d.integer) NOT NULL, worker TEXT,
                started_us \(d.integer), ended_us \(d.integer) NOT NULL, outcome TEXT NOT NULL, problem TEXT,
                PRIMARY KEY (job, round, attempt)
            )\(d.strictClustered)
            """
        ]
    }

    /// `full_us` is when the bucket of a queue's rate is full again, `turn` the owner that was served last; `last_us` is the last
    /// tick of a schedule that made a job.
    private static func others(_ d: Dialect) -> [String] {
        [
            """
            CREATE TABLE jobs_queue (
                name TEXT PRIMARY KEY NOT NULL, full_us \(d.integer) NOT NULL, turn TEXT NOT NULL
            )\(d.strictChanging)
            """,
            """
            CREATE TABLE jobs_schedule (
                name TEXT PRIMARY KEY NOT NULL, last_us \(d.integer) NOT NULL, job \(d.bytes)
            )\(d.strictChanging)
            """,
        ]
    }
}
