// What happens to the files of one service from day to day.

import BuskerCore
import BuskerDatabase
import BuskerRetention
import BuskerStorage
import TestSupport
import Testing

/// The five services.
enum Service: String, CaseIterable {
    case songs
    case posters
    case invoices
    case stems
    case dubs

    func policy(_ zone: Zone) throws -> RetentionPolicy {
        switch self {
        case .songs: try ServicePolicies.songs(in: zone)
        case .posters: try ServicePolicies.posters(in: zone)
        case .invoices: try ServicePolicies.invoices(in: zone, legalYears: 5)
        case .stems: try ServicePolicies.stems(in: zone)
        case .dubs: try ServicePolicies.dubs(in: zone)
        }
    }

    /// The kinds of file that it makes.
    var kinds: [String] {
        switch self {
        case .songs: ["song"]
        case .posters: ["session", "session", "poster"]
        case .invoices: ["invoice"]
        case .stems: ["upload", "stem", "stem"]
        case .dubs: ["dub"]
        }
    }
}

/// A service with its database, and what is counted of it.
struct ServiceYear {
    let service: Service
    let policy: RetentionPolicy
    let desk: Desk
    var chance: Chance
    var (made, deleted, purged, erased, problems) = (0, 0, 0, 0, [String]())

    init(_ service: Service, _ desk: Desk, seed: UInt64) throws {
        self.service = service
        self.desk = desk
        chance = try Chance(seed: seed)
        policy = try service.policy(try #require(Zone(fixed: "+09:00")))
    }

    /// A day: new files, payments, downloads, refunds, people who leave, and the sweep at its end.
    mutating func live(_ number: Int) async throws {
        for at in 0..<Int.random(in: 1...4, using: &chance.random) {
            let kind = chance.pick(service.kinds)
            let package = chance.pick(["small", "large"])
            try await desk.add(
                ["d\(number)-\(at)"], owner: "o\(Int.random(in: 0..<40, using: &chance.random))", kind: kind,
                subject: "job"
            ) { $0.tags = ["package": package] }
            made += 1
        }
        let events = try await rows().filter { $0.times.deleted == nil }.map { row in
            (row, Int.random(in: 0..<60, using: &chance.random))
        }
        try await desk.database.write { [now = desk.clock.now] tx in
            for (row, event) in events { try Self.happen(event, row, now, tx) }
        }
        if chance.odds(1, in: 40) {
            let report = try await desk.retention.erase(
                owner: "o\(Int.random(in: 0..<40, using: &chance.random))", policy)
            erased += Int(report.deleted + report.restricted)
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

    /// Sweeps, and compares with what the oracle expected of every row.
    private mutating func sweep(_ number: Int) async throws {
        let before = try await rows()
        let now = desk.clock.now.microseconds
        let expected = before.map { row in
            Oracle(policy: policy, record: row, done: [], now: now).end
        }
        let report = try await desk.sweep(policy, releasing: true)
        guard report.state == .applied else { return }
        let after = Dictionary(uniqueKeysWithValues: try await rows(all: true).map { ($0.id, $0) })
        for (row, end) in zip(before, expected) {
            guard let then = after[row.id] else {
                problems.append("day \(number): a row is lost")
                continue
            }
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

    func rows(all: Bool = false) async throws -> [FileRecord] {
        let condition: SQL = all ? "1 = 1" : "state <> 'gone'"
        return try await desk.database.read { tx in try FileStore.rows("\(condition) ORDER BY id", in: tx) }
    }
}
