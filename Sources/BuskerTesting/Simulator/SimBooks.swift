// The books: what must be true after every batch of steps.

import Busker
import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerJobs
import BuskerLedger
import BuskerPayments
import BuskerStorage
import Synchronization

/// Compares the tables and the bytes with each other and with what people were told.
struct SimBooks {
    let world: SimWorld
    let house: SimHouse
    private(set) var breaks: [SimBreak] = []

    init(_ world: SimWorld, _ house: SimHouse) {
        self.world = world
        self.house = house
    }

    /// The books that hold at any moment.
    static func check(_ world: SimWorld) async throws -> [SimBreak] {
        guard let house = world.house else { return [] }
        var books = SimBooks(world, house)
        books.breaks = world.model.withLock { $0.breaks }
        try await books.ledger()
        try await books.jobs()
        try await books.answers()
        try await books.files()
        try await books.gifts()
        for key in world.post.forged { books.add("webhooks", "a message \(key) came with a wrong signature") }
        return books.breaks
    }

    mutating func add(_ book: String, _ detail: String, _ about: String...) {
        breaks.append(SimBreak(book, detail, about: about))
    }

    /// I1 to I10 of the ledger.
    mutating func ledger() async throws {
        let ledger = house.ledger
        let found = try await house.raw.read { tx in try ledger.verify(in: tx) }
        for problem in found.problems { add("ledger", problem.description) }
    }

    private struct JobRow: Sendable {
        let id: JobID
        let state: String
        let money: String
        let charged: Int64?
        let holdState: Int64?
        let holdEnds: Timestamp?
        let holdJob: String?
        let paid: Int64
        let outputs: Int
        let deleted: Timestamp?
        let ended: Timestamp?

        /// Whether its owner had deleted it when it ended: then it costs nothing and leaves nothing, even if it was done.
        var isUnwanted: Bool {
            guard let deleted, let ended else { return false }
            return deleted < ended || deleted == ended && money != "captured"
        }

        /// Whether credit is set aside: a hold whose time is over holds nothing, whether or not it has been swept.
        func isHolding(at now: Timestamp) -> Bool { holdState == 1 && (holdEnds ?? now) > now }
    }

    /// Each job stands where its money stands, and was paid once.
    mutating func jobs() async throws {
        let rows = try await house.raw.read { tx in
            try tx.rows(
                """
                SELECT m.id, j.state, m.money, m.charged, h.state, h.expires_us, h.job, m.deleted_us, j.ended_us
                FROM media_job m LEFT JOIN jobs_job j ON j.id = m.id LEFT JOIN ledger_txn t ON t.id = m.hold
                LEFT JOIN ledger_hold h ON h.id = t.seq ORDER BY m.id
                """)
        }
        let paid = try await sums(
            "SELECT job, SUM(ABS(amount)) FROM ledger_txn WHERE job IS NOT NULL AND kind IN (3, 5) GROUP BY job")
        let outputs = try await sums(
            """
            SELECT subject, COUNT(*) FROM storage_file WHERE kind IN ('stem', 'song') AND state = 'accepted' AND deleted_us IS NULL
            GROUP BY subject
            """)
        let now = world.clock.now
        let kept = now.advanced(by: .seconds(-SimHouse.keptDays * 86_400))
        for row in rows {
            let id: JobID = try row.get(0)
            let name = "\(id)"
            let job = JobRow(
                id: id, state: try row.get(1, as: String?.self) ?? "missing", money: try row.get(2),
                charged: try row.get(3), holdState: try row.get(4), holdEnds: try row.get(5), holdJob: try row.get(6),
                paid: paid[name] ?? 0, outputs: Int(outputs[name] ?? 0), deleted: try row.get(7), ended: try row.get(8))
            judge(job, now: now, kept: kept)
        }
        try await holds()
    }

    private func sums(_ sql: SQL) async throws -> [String: Int64] {
        let rows = try await house.raw.read { tx in try tx.rows(sql) }
        var sums: [String: Int64] = [:]
        for row in rows { sums[try row.get(0)] = try row.get(1) }
        return sums
    }

    private mutating func judge(_ job: JobRow, now: Timestamp, kept: Timestamp) {
        let name = "\(job.id)"
        switch job.state {
        case "pending", "processing":
            if job.money != "held" && job.money != "none" {
                add("jobs", "\(name) is \(job.state), its money \(job.money)", name)
            }
            if job.money == "held", !job.isHolding(at: now), job.holdState != 4, (job.holdEnds ?? now) > now {
                add("jobs", "\(name) is \(job.state), its hold is closed (\(job.holdState ?? -1))", name)
            }
            if job.paid != 0 { add("jobs", "\(name) is \(job.state) and was paid \(job.paid)", name) }
            if job.outputs != 0 { add("jobs", "\(name) is \(job.state) and has outputs", name) }
        case "completed" where !job.isUnwanted:
            if job.money != "captured" { add("jobs", "\(name) is completed, its money \(job.money)", name) }
            if job.paid != job.charged ?? 0 {
                add("jobs", "\(name) was to pay \(job.charged ?? 0) and paid \(job.paid)", name)
            }
            if job.isHolding(at: now) { add("jobs", "\(name) is completed and still holds credit", name) }
            if job.deleted == nil, let ended = job.ended, ended > kept, job.outputs != 2 {
                add("deliverable", "\(name) is completed and has \(job.outputs) outputs", name)
            }
        case "failed", "cancelled", "completed":
            if job.money == "held" || job.money == "captured" {
                add("jobs", "\(name) is \(job.state), its money \(job.money)", name)
            }
            if job.isHolding(at: now) { add("jobs", "\(name) is \(job.state) and still holds credit", name) }
            if job.paid != 0 { add("jobs", "\(name) is \(job.state) and was paid \(job.paid)", name) }
            if job.outputs != 0 { add("jobs", "\(name) is \(job.state) and has outputs", name) }
        default: add("jobs", "\(name) has no job in the queue", name)
        }
    }

    /// No credit is set aside that no job needs.
    private mutating func holds() async throws {
        let now = world.clock.now
        let rows = try await house.raw.read { tx in
            try tx.rows(
                """
                SELECT h.job FROM ledger_hold h JOIN ledger_txn t ON t.seq = h.id
                WHERE h.state = 1 AND h.expires_us > \(now) AND NOT EXISTS (SELECT 1 FROM media_job m WHERE m.hold = t.id AND m.money = 'held')
                """)
        }
        for row in rows {
            let job: String? = try row.get(0)
            add("jobs", "credit is set aside for \(job ?? "nothing"), which does not need it", job ?? "")
        }
    }

    /// What was answered is still so.
    mutating func answers() async throws {
        let model = world.model.withLock { $0 }
        let jobs = try await house.raw.read { tx in
            try tx.rows("SELECT m.id, j.state, m.charged, m.deleted_us FROM media_job m JOIN jobs_job j ON j.id = m.id")
        }
        var known: [JobID: (state: String, charged: Int64?, isDeleted: Bool)] = [:]
        for row in jobs {
            let deleted: Timestamp? = try row.get(3)
            known[try row.get(0)] = (try row.get(1), try row.get(2), deleted != nil)
        }
        for order in model.orders {
            let name = "\(order.id)"
            guard let job = known[order.id] else {
                add("answers", "\(name) was taken on and is gone", name)
                continue
            }
            if let charged = order.charged, job.state != "completed" || job.charged != charged {
                add(
                    "answers", "\(name) was completed for \(charged) and is \(job.state) for \(job.charged ?? -1)", name
                )
            }
            if job.isDeleted, !order.isDeleted { add("answers", "\(name) was deleted by nobody", name) }
        }
        let sales: Set<String> = try await names("SELECT lower(hex(id)) FROM payments_purchase")
        for sale in model.sales where !sales.contains(FakeSeed.hex(sale.id.bytes)) {
            add("answers", "\(sale.id) was opened and is gone", "\(sale.id)")
        }
        let uploads: Set<String> = try await names("SELECT lower(hex(id)) FROM storage_file")
        for upload in model.uploads where !uploads.contains(FakeSeed.hex(upload.id.bytes)) {
            add("answers", "\(upload.id) was uploaded and is gone", "\(upload.id)")
        }
    }

    private func names(_ sql: SQL) async throws -> Set<String> {
        Set(try await house.raw.read { tx in try tx.rows(sql) }.map { try $0.get(0) })
    }

    /// Every live row has its bytes, as they were hashed.
    mutating func files() async throws {
        let files = try await house.raw.read { tx in
            try FileStore.rows("state IN ('received', 'scanning', 'accepted', 'quarantined') ORDER BY id", in: tx)
        }
        for file in files {
            let name = "\(file.id)"
            do throws(StorageError) {
                let content = try await world.store.get(file.key, GetOptions())
                var sum = ContentHash.Summing()
                try await content.body.eachPiece { (piece) throws(StorageError) in sum.add(piece) }
                if sum.hash != file.sha256 || content.info.size != file.size {
                    add("bytes", "\(name) of \(file.owner) is not what was stored", name, file.subject ?? "")
                }
            } catch {
                add(
                    "bytes", "\(name) (\(file.kind), \(file.state)) has no bytes: \(error.code)", name,
                    file.subject ?? "")
            }
        }
    }

    /// Gift, message and mail are there together; an endpoint that was given up is told nothing any more.
    mutating func gifts() async throws {
        let givenUp = try await names("SELECT owner FROM jobs_endpoint WHERE disabled_us IS NOT NULL")
        let given = try await names("SELECT key FROM ledger_txn WHERE key LIKE 'gift:%'")
        let mails = try await names("SELECT mail_key FROM mail_outbox")
        let bodies = try await house.raw.read { tx in try tx.rows("SELECT body FROM jobs_message") }
        var messages: Set<String> = []
        for row in bodies {
            let body: [UInt8] = try row.get(0)
            if let key = (try? JSONValue(parsing: body))?["data"]?["key"]?.text { messages.insert(key) }
        }
        let ended = try await names(
            """
            SELECT lower(hex(m.id)) || ':' || j.state FROM media_job m JOIN jobs_job j ON j.id = m.id
            WHERE j.state IN ('completed', 'failed', 'cancelled') AND NOT EXISTS (
                SELECT 1 FROM jobs_endpoint e WHERE e.owner = m.owner AND e.disabled_us <= j.ended_us)
            """)
        var told: Set<String> = []
        for key in messages where key.hasPrefix("end:") {
            let parts = key.split(separator: ":")
            guard parts.count == 3, let id = try? JobID(parsing: String(parts[1])) else { continue }
            told.insert("\(FakeSeed.hex(id.bytes)):\(parts[2])")
            messages.remove(key)
        }
        for end in ended.subtracting(told).sorted() where !world.isCareless {
            add("outbox", "the end \(end) of a job is told by no message")
        }
        for end in told.subtracting(ended).sorted() where end.hasSuffix("completed") {
            add("outbox", "the end \(end) is told and did not come about")
        }
        for key in given.sorted() {
            let isGivenUp = givenUp.contains { key.hasSuffix($0) }
            if !messages.contains(key), !isGivenUp { add("outbox", "\(key) was given and no message tells it", key) }
            if !mails.contains(key) { add("outbox", "\(key) was given and no mail tells it", key) }
        }
        for key in messages.union(mails).subtracting(given).sorted() {
            add("outbox", "\(key) is told and was never given", key)
        }
        for key in world.model.withLock({ $0.gifts }) where !given.contains(key) {
            add("answers", "\(key) was given and is gone", key)
        }
    }
}
