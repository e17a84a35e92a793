// Fills a database, plans, deletes.

import BuskerCore
import BuskerDatabase
import BuskerRetention
import BuskerStorage
import Glibc

/// The rows and the two ways to find those that go.
struct RetentionBench: Sendable {
    let database: any Database
    let rows: Int
    let percent: Int
    let page: Int
    private let clock = StandingClock()

    init(database: any Database, rows: Int, percent: Int, page: Int) {
        self.database = database
        self.rows = rows
        self.percent = percent
        self.page = page
    }

    func run() async throws -> String {
        let fill = try await timed { try await fillRows() }
        let retention = try await makeRetention(database)
        let before = Memory.peak
        let policy = try policy()
        var plan: RetentionPlan?
        var items = 0
        let planning = try await timed {
            plan = try await retention.plan(policy) { _ in items += 1 }
        }
        let after = Memory.peak
        var deleted = 0
        let deleting = try await timed { deleted = try await deleteAtOnce() }
        await database.close()
        let rate = Int(Double(rows) / planning.wall)
        return """
            {"database":"\(database.dialect.name)","rows":\(rows),"fill_s":\(text(fill.wall)),\
            "plan_s":\(text(planning.wall)),"plan_cpu_s":\(text(planning.cpu)),\
            "plan_rows_per_s":\(rate),"plan_judged":\(plan?.totals.judged ?? 0),"plan_items":\(items),\
            "peak_mib_before_plan":\(before),"peak_mib_after_plan":\(after),"delete_s":\(text(deleting.wall)),\
            "delete_cpu_s":\(text(deleting.cpu)),"delete_rows_per_s":\(Int(Double(rows) / deleting.wall)),\
            "deleted":\(deleted)}
            """
    }

    private func makeRetention(_ database: some Database) async throws -> Retention {
        var limits = RetentionLimits()
        limits.pageRows = page
        let retention = Retention(
            database, clock: clock, ids: IDGenerator(clock: clock, random: FixedRandom()), limits: limits)
        try await retention.migrate()
        return retention
    }

    /// Unpaid uploads go after 30 days, what was paid for is kept for a year.
    private func policy() throws -> RetentionPolicy {
        try RetentionPolicy(
            "measure", version: 1,
            rules: [
                RetentionRule(
                    "unpaid", when: .all([.kind(["upload"]), .payment([.unpaid])]),
                    .deleteAt(RetentionMoment(.created, after: .days(30))), reason: "Unpaid uploads go."),
                RetentionRule(
                    "paid", when: .payment([.paid]), .retainUntil(RetentionMoment(.paid, after: .days(365))),
                    reason: "Paid files stay."),
            ])
    }

    /// The same rule and guards as one statement.
    private func deleteAtOnce() async throws -> Int {
        let now = clock.now
        return try await database.write { tx in
            try tx.execute(
                """
                DELETE FROM storage_file WHERE kind = 'upload' AND payment = 'unpaid' AND state = 'accepted'
                AND created_us <= \(now.advanced(byMicroseconds: -30 * 86_400_000_000)) AND legal_hold IS NULL
                AND subject IS NOT NULL AND (linked_until_us IS NULL OR linked_until_us <= \(now))
                AND (used_until_us IS NULL OR used_until_us <= \(now))
                """)
        }
    }

    /// Rows as a host writes them, and after the first hundred thousand copies of those under other ids and keys.
    private func fillRows() async throws {
        try await database.migrate(StorageSchema.migrations)
        let ids = IDGenerator(clock: clock, random: FixedRandom())
        let hash = ContentHash(of: [1, 2, 3])
        let first = min(rows, 100_000)
        for start in stride(from: 0, to: first, by: 10_000) {
            let end = min(start + 10_000, first)
            try await database.write { [self] tx in
                for number in start..<end { try FileStore.insert(record(number, ids.make(), hash), in: tx) }
            }
        }
        guard rows > first else { return }
        try await database.write { tx in try tx.execute("CREATE TABLE measure_rows AS SELECT * FROM storage_file") }
        for copy in 1...((rows - 1) / first) {
            let count = min(first, rows - copy * first)
            let head = [UInt8(truncatingIfNeeded: copy >> 8), UInt8(truncatingIfNeeded: copy)]
            try await database.write { tx in
                let bytes: SQL = tx.dialect.name == "SQLite" ? "BLOB" : "bytea"
                try tx.execute(
                    """
                    UPDATE measure_rows SET id = CAST(\(head) || substr(id, 3) AS \(bytes)),
                    object_key = \("temp/\(Self.name(of: copy))") || substr(object_key, 11)
                    """)
                try tx.execute("INSERT INTO storage_file SELECT * FROM measure_rows LIMIT \(count)")
            }
        }
        try await database.write { tx in try tx.execute("DROP TABLE measure_rows") }
    }

    /// Five digits, so that keys of all copies begin alike.
    private static func name(of copy: Int) -> String { String(String(100_000 + copy).dropFirst()) }

    private func record(_ number: Int, _ id: FileID, _ hash: ContentHash) throws -> FileRecord {
        let isOld = number % 100 < percent
        let age: Int64 = isOld ? 40 : 10
        var times = FileTimes(created: clock.now.advanced(byMicroseconds: -age * 86_400_000_000))
        times.received = times.created
        return FileRecord(
            id: id, owner: "owner-\(number % 100_000)", kind: "upload", subject: "job-\(number)", name: "song.wav",
            contentType: "audio/wav", key: try ObjectKey("temp/\(Self.name(of: 0))/\(number).wav"), size: 5_000_000,
            sha256: hash,
            state: .accepted, near: .present, times: times)
    }

    /// Seconds on the wall, and those of the processor that this process used; a server's are not among them.
    private func timed(_ body: () async throws -> Void) async throws -> (wall: Double, cpu: Double) {
        let (start, used) = (ContinuousClock.now, Memory.processorSeconds)
        try await body()
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return (Double(seconds) + Double(attoseconds) * 1e-18, Memory.processorSeconds - used)
    }

    private func text(_ seconds: Double) -> String { "\((seconds * 1000).rounded() / 1000)" }
}

/// What this process used.
enum Memory {
    /// Seconds of the processor, for this process and the system.
    static var processorSeconds: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let micro = Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
        return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + micro * 1e-6
    }

    /// The most that was in use at once, in MiB.
    static var peak: Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Int(usage.ru_maxrss) / 1024
    }
}
