// Plans and runs in the tables.

import BuskerCore
import BuskerDatabase

/// How far the carrying out of a plan is.
public enum RunState: String, Sendable, Hashable, CaseIterable {
    /// Nothing was done yet.
    case planned
    /// It is being carried out, or was when the process ended.
    case running
    /// It stopped because too much failed; it can go on.
    case stopped
    /// The plan of a new edition was looked at; nothing was done.
    case dry
    /// Everything was done that could be.
    case applied
}

/// What a run has done so far.
public struct RunCounts: Sendable, Hashable {
    /// Items that were dealt with.
    public var place: Int64 = 0
    /// Files deleted in a way that can be undone, and files that nobody reads any more.
    public var deleted: Int64 = 0
    /// Files whose bytes are gone.
    public var purged: Int64 = 0
    /// Links, notices, moves.
    public var others: Int64 = 0
    /// Items that did not fit any more.
    public var skipped: Int64 = 0
    /// Items that failed.
    public var failed: Int64 = 0

    /// Nothing yet.
    public init() {}
}

/// A plan in the tables.
struct Run: Sendable {
    let plan: RetentionPlan
    var state: RunState
    var counts: RunCounts
}

/// Reads and writes plans and what became of them.
enum RunStore {
    private static let columns: SQL = """
        id, policy, policy_version, policy_digest, at_us, totals, digest, dry, brakes, state, place, deleted, purged, others,
        skipped, failed
        """

    static func insert(_ p: RetentionPlan, in tx: Transaction) throws {
        let brakes = JSON.list(p.brakes.map(\.json)).description
        try tx.execute(
            """
            INSERT INTO retention_run (\(columns)) VALUES (\(p.id), \(p.policy), \(p.policyVersion), \(p.policyDigest),
            \(p.at), \(p.totals.json.description), \(p.digest), \(p.isDry), \(brakes), \(RunState.planned.rawValue), 0, 0,
            0, 0, 0, 0)
            """)
    }

    static func find(_ id: PlanID, in tx: ReadTransaction) throws -> Run {
        guard let row = try tx.first("SELECT \(columns) FROM retention_run WHERE id = \(id)") else {
            throw RetentionError(.unknownPlan, "There is no such plan in this database.")
        }
        return try run(row)
    }

    /// The newest runs of a policy, newest first.
    static func list(_ policy: String, limit: Int, in tx: ReadTransaction) throws -> [Run] {
        try tx.rows(
            "SELECT \(columns) FROM retention_run WHERE policy = \(policy) ORDER BY id DESC LIMIT \(limit)"
        ).map(run)
    }

    /// How many files the last runs deleted, newest first.
    static func trail(_ policy: String, in tx: ReadTransaction) throws -> [Int64] {
        try tx.rows(
            """
            SELECT deleted FROM retention_run WHERE policy = \(policy) AND state = \(RunState.applied.rawValue)
            ORDER BY id DESC LIMIT 7
            """
        ).map { try $0.get(0) }
    }

    /// Whether a policy of this digest was rehearsed before.
    static func wasRehearsed(_ digest: String, _ policy: String, in tx: ReadTransaction) throws -> Bool {
        try tx.first(
            """
            SELECT 1 FROM retention_run WHERE policy = \(policy) AND policy_digest = \(digest)
            AND state <> \(RunState.planned.rawValue) LIMIT 1
            """) != nil
    }

    /// Notes how far a run is, if nobody else went on with it.
    static func save(_ id: PlanID, from place: Int64, _ c: RunCounts, _ state: RunState, in tx: Transaction) throws {
        let changed = try tx.execute(
            """
            UPDATE retention_run SET state = \(state.rawValue), place = \(c.place), deleted = \(c.deleted),
            purged = \(c.purged), others = \(c.others), skipped = \(c.skipped), failed = \(c.failed)
            WHERE id = \(id) AND place = \(place) AND state NOT IN ('dry', 'applied')
            """)
        guard changed > 0 else { throw RetentionError(.badState, "Somebody else carries this plan out.") }
    }

    private static func run(_ row: Row) throws -> Run {
        let totals = try JSONValue(parsing: Array(try row.get(5, as: String.self).utf8))
        let brakes = try JSONValue(parsing: Array(try row.get(8, as: String.self).utf8))
        guard let totals = PlanTotals(totals), let state = RunState(rawValue: try row.get(9)),
            let list = brakes.elements
        else {
            throw RetentionError(.databaseFailed, "A stored plan cannot be read; was it written by a newer release?")
        }
        let plan = RetentionPlan(
            id: try row.get(0), policy: try row.get(1), policyVersion: try row.get(2), policyDigest: try row.get(3),
            at: try row.get(4), totals: totals, digest: try row.get(6), isDry: try row.get(7),
            brakes: list.compactMap(Brake.init))
        var counts = RunCounts()
        counts.place = try row.get(10)
        counts.deleted = try row.get(11)
        counts.purged = try row.get(12)
        counts.others = try row.get(13)
        counts.skipped = try row.get(14)
        counts.failed = try row.get(15)
        return Run(plan: plan, state: state, counts: counts)
    }
}
