// What happens to the files of one service from day to day.

import BuskerCore
import BuskerDatabase
import BuskerRetention
import BuskerStorage
import TestSupport
import Testing

/// A service with its database, and what is counted of it.
///
/// What each plan names is judged by the naive judge on its day, so nothing that goes too early escapes. Every file is read and
/// judged on every `judgedEvery`-th day: what should have gone, and what changed though no plan named it.
struct ServiceYear {
    let service: Service
    let policy: RetentionPolicy
    let desk: Desk
    let judgedEvery: Int
    var chance: Chance
    var (made, deleted, purged, erased, problems) = (0, 0, 0, 0, [String]())
    /// The rows of files that are not gone, as they were read last, and their order.
    private var files: [FileID: FileRecord] = [:]
    private var order: [FileID] = []

    init(_ service: Service, _ desk: Desk, seed: UInt64, judgedEvery: Int) throws {
        self.service = service
        self.desk = desk
        self.judgedEvery = judgedEvery
        chance = try Chance(seed: seed)
        policy = try service.policy(try #require(Zone(fixed: "+09:00")))
    }

    /// A day: new files, payments, downloads, refunds, people who leave, and the sweep at its end.
    mutating func live(_ number: Int) async throws {
        for at in 0..<Int.random(in: 1...4, using: &chance.random) {
            let kind = chance.pick(service.kinds)
            let package = chance.pick(["small", "large"])
            let new = try await desk.add(
                ["d\(number)-\(at)"], owner: "o\(Int.random(in: 0..<40, using: &chance.random))", kind: kind,
                subject: "job"
            ) { $0.tags = ["package": package] }
            made += 1
            order += new.map(\.id)
            try await read(new.map(\.id))
        }
        var events: [(FileRecord, Int)] = []
        for row in order.compactMap({ files[$0] }) where row.times.deleted == nil {
            let event = Int.random(in: 0..<60, using: &chance.random)
            if event <= 5 || (event <= 30 && row.times.finished == nil) { events.append((row, event)) }
        }
        let happening = events
        try await desk.database.write { [now = desk.clock.now] tx in
            for (row, event) in happening { try Self.happen(event, row, now, tx) }
        }
        try await read(events.map(\.0.id))
        if chance.odds(1, in: 40) {
            let owner = "o\(Int.random(in: 0..<40, using: &chance.random))"
            let report = try await desk.retention.erase(owner: owner, policy)
            erased += Int(report.deleted + report.restricted)
            try await read(order.filter { files[$0]?.owner == owner })
        }
        desk.clock.advance(microseconds: us(day))
        try await sweep(number)
    }

    private static func happen(_ number: Int, _ row: FileRecord, _ now: Timestamp, _ tx: Transaction) throws {
        switch number {
        case 0 where row.payment == .unpaid: try FileStore.mark(row.id, payment: .paid, at: now, in: tx)
        case 1 where row.payment == .paid: try FileStore.mark(row.id, payment: .refunded, at: now, in: tx)
        case 2 where row.subject != nil: try FileStore.detach(row.id, at: now, in: tx)
        case 3: try FileStore.touch(row.id, downloaded: now, in: tx)
        case 4: try FileStore.touch(row.id, usedUntil: now.plus(2 * day), in: tx)
        case 5: try FileStore.touch(row.id, linkedUntil: now.plus(3 * day), in: tx)
        case 6...30 where row.times.finished == nil: try FileStore.touch(row.id, finished: now, in: tx)
        default: break
        }
    }

    /// Sweeps, and compares with what the naive judge expected.
    private mutating func sweep(_ number: Int) async throws {
        order.removeAll { [files] in files[$0] == nil }
        let (plan, items) = try await desk.plan(policy)
        var judged = Set(items.items.map(\.file))
        if number.isMultiple(of: judgedEvery) {
            let known = files
            for row in try await desk.database.read({ tx in try FileStore.rows("state <> 'gone'", in: tx) })
            where known[row.id] != row {
                problems.append("day \(number): \(row.name) changed, and nobody knows why")
            }
            judged = Set(known.keys)
        }
        let now = desk.clock.now.microseconds
        let before = order.filter(judged.contains).compactMap { files[$0] }
        let ends = before.map { Oracle(policy: policy, record: $0, done: [], now: now).end }
        let report = try await desk.apply(
            plan, items, policy, release: BrakeRelease(planDigest: plan.digest, ends: plan.totals.ends))
        let after = try await read(before.map(\.id))
        guard report.state == .applied else { return }
        for ((row, then), end) in zip(zip(before, after), ends) {
            let happened: RetentionStep.Action? =
                then.state == .gone ? .purge : then.times.deleted != nil && row.times.deleted == nil ? .delete : nil
            let isRestricted = row.times.ownerDeleted != nil && happened == .delete
            if happened != end, !isRestricted {
                problems.append("day \(number): \(row.name) \(String(describing: end))")
            }
            if then.state == .gone, await desk.hasBytes(row) { problems.append("day \(number): bytes stay") }
            if then.state != .gone, await !desk.hasBytes(row) { problems.append("day \(number): bytes are lost") }
        }
        deleted += Int(report.counts.deleted)
        purged += Int(report.counts.purged)
    }

    /// Reads rows again, in their order, and forgets those whose files are gone.
    @discardableResult
    private mutating func read(_ ids: [FileID]) async throws -> [FileRecord] {
        let rows = try await desk.database.read { tx in
            try ids.compactMap { id in try FileStore.find(id, in: tx) }
        }
        try #require(rows.count == ids.count, "a row is lost")
        for row in rows { files[row.id] = row.state == .gone ? nil : row }
        return rows
    }

    /// All rows there are.
    func rows() async throws -> [FileRecord] {
        try await desk.database.read { tx in try FileStore.rows("1 = 1", in: tx) }
    }
}
