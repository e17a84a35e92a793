// A month of a shop whose files are on a disk and in a bucket.

import Busker
import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerPayments
import BuskerRetention
import BuskerStorage
import BuskerTesting
import Foundation
import Synchronization
import TestSupport
import Testing

/// Writes down whom it told of what.
private final class NoticeBook: RetentionHands {
    let lines = Mutex<[String]>([])

    func notify(_ file: FileRecord, over channel: String, deletion: Timestamp) async throws {
        lines.withLock { $0.append("\(file.subject ?? "") \(channel) \(deletion.iso8601.prefix(10))") }
    }
}

/// The items of a plan, kept in memory.
private final class KeptItems: PlanItems, Sendable {
    let items = Mutex<[PlanItem]>([])

    func each(_ body: (PlanItem) async throws -> Void) async throws {
        for item in items.withLock({ $0 }) { try await body(item) }
    }
}

/// The shop, its two tiers, and the policy by which it sweeps once a day.
private struct Month {
    let bench: SaleBench
    let tiers: TieredStore
    let bucket: FaultStore
    let root: String
    let policy: RetentionPolicy
    let notices = NoticeBook()

    static func run(_ body: (Month) async throws -> Void) async throws {
        try await withFolder { root in
            let disk = try LocalStore(root: root + "/disk", id: "month")
            try FileManager.default.createDirectory(atPath: root + "/disk", withIntermediateDirectories: true)
            try await disk.create()
            let bucket = FaultStore(MemoryStore())
            let tiers = try TieredStore(near: disk, far: bucket)
            try await SaleBench.open(store: tiers) { bench in
                try await bench.database.migrate(RetentionSchema.migrations)
                let policy = try ServicePolicies.songs(in: .utc, days: 30, noticeDays: 3)
                try await body(Month(bench: bench, tiers: tiers, bucket: bucket, root: root, policy: policy))
            }
        }
    }

    private init(bench: SaleBench, tiers: TieredStore, bucket: FaultStore, root: String, policy: RetentionPolicy) {
        (self.bench, self.tiers, self.bucket, self.root, self.policy) = (bench, tiers, bucket, root, policy)
    }

    /// One day goes by, and the sweep comes.
    @discardableResult
    func day() async throws -> RunReport {
        bench.clock.advance(microseconds: 86_400_000_000)
        let retention = Retention(bench.database, clock: bench.clock)
        let items = KeptItems()
        let plan = try await retention.plan(policy) { item in items.items.withLock { $0.append(item) } }
        return try await retention.apply(plan.id, policy, items: items, store: tiers, hands: notices)
    }

    /// Where the bytes of a job's song are.
    func places(_ key: ObjectKey) async -> [Bool] {
        var found: [Bool] = []
        for tier in StoreTier.allCases {
            let store: any ObjectStore = tier == .near ? tiers.near : bucket.inner
            if case .present = await store.head(key) { found.append(true) } else { found.append(false) }
        }
        return found
    }

    func row(_ id: FileID) async throws -> FileRecord {
        let row = try await bench.database.read { tx in try FileStore.find(id, in: tx) }
        return try #require(row)
    }

    /// The disk comes off, or comes back.
    func mount(_ isMounted: Bool) throws {
        let (here, away) = (root + "/disk", root + "/away")
        if isMounted { try FileManager.default.removeItem(atPath: here) }
        try FileManager.default.moveItem(atPath: isMounted ? away : here, toPath: isMounted ? here : away)
        if !isMounted { try FileManager.default.createDirectory(atPath: here, withIntermediateDirectories: true) }
    }
}

@Suite struct SongMonthTests {
    @Test func unpaidSongsGoFromBothTiersAndPaidOnesStay() async throws {
        try await Month.run { month in
            let bench = month.bench
            let (unpaid, paid) = (try await bench.whistled("unpaid"), try await bench.whistled("paid"))
            let refunded = try await bench.whistled("refunded")
            _ = try await bench.paid(paid)
            #expect(try await bench.taken(paid) == "whistled paid")
            let (_, payment) = try await bench.paid(refunded)
            #expect(try await bench.taken(refunded) == "whistled refunded")
            bench.gateway.change(payment) { $0.refunded = 290 }
            #expect(await bench.refusal(refunded) == .revoked)
            let songs = try [unpaid, paid, refunded].map { try #require($0.outputs.first) }
            for song in songs { #expect(await month.places(song.key) == [true, true]) }
            // The first run of a policy is a rehearsal.
            for _ in 1...20 { #expect(try await month.day().counts.deleted == 0) }
            let recent = try await bench.whistled("recent")
            for _ in 21...29 { try await month.day() }
            for song in songs { #expect(try await month.row(song.id).isReadable) }
            #expect(
                month.notices.lines.withLock { Set($0.map { $0.split(separator: " ")[0] }) }
                    == ["\(unpaid.id)", "\(refunded.id)"])
            try await month.day()
            try await month.day()
            for song in [songs[0], songs[2]] {
                #expect(await month.places(song.key) == [false, false])
                #expect(try await month.row(song.id).state == .gone)
            }
            #expect(await bench.refusal(unpaid) == .gone)
            #expect(try await bench.taken(paid) == "whistled paid")
            #expect(await month.places(songs[1].key) == [true, true])
            let kept = try #require(recent.outputs.first)
            #expect(try await month.row(kept.id).isReadable)
            #expect(await month.places(kept.key) == [true, true])
            // The rows tell why: the policy names the rule, the journal the run.
            let audit = try await Retention(bench.database, clock: bench.clock).history(of: songs[0].id)
            #expect(audit.contains { "\($0)".contains("unpaid-30-days") }, "\(audit)")
            // A year and a month after the payment the paid one goes, too.
            for _ in 0..<400 { try await month.day() }
            #expect(await month.places(songs[1].key) == [false, false])
        }
    }

    @Test func aSongThatIsBoughtAgainIsKeptAsLongAsPromisedFromThen() async throws {
        try await SaleBench.open { bench in
            let policy = try ServicePolicies.songs(in: .utc, days: 3_650)
            let job = try await bench.whistled()
            let (_, payment) = try await bench.paid(job)
            #expect(try await bench.taken(job) == "whistled la")
            bench.gateway.change(payment) { $0.refunded = 290 }
            #expect(await bench.refusal(job) == .revoked)
            bench.clock.advance(microseconds: 400 * 86_400_000_000)
            _ = try await bench.paid(job)
            #expect(try await bench.taken(job) == "whistled la")
            let song = try #require(try await bench.service.job(job.id, of: bench.owner).outputs.first)
            let almostAYear = bench.clock.now.advanced(byMicroseconds: 360 * 86_400_000_000)
            #expect(song.payment == .paid && !policy.evaluate(RetentionFacts(song), at: almostAYear).deletes)
        }
    }

    @Test(arguments: ["disk", "bucket", "both"])
    func aTierThatIsAwayLosesNothingAndIsSweptLater(away: String) async throws {
        try await Month.run { month in
            let bench = month.bench
            let (unpaid, paid) = (try await bench.whistled("unpaid"), try await bench.whistled("paid"))
            _ = try await bench.paid(paid)
            #expect(try await bench.taken(paid) == "whistled paid")
            let (song, kept) = (try #require(unpaid.outputs.first), try #require(paid.outputs.first))
            for _ in 1...30 { try await month.day() }
            // Deleted in a way that can be undone; the bytes are to go now, and a tier is away.
            if away != "bucket" { try month.mount(false) }
            if away != "disk" { month.bucket.change(to: FaultPlan(seed: 1, perMille: 1_000, faults: [.failsBefore])) }
            for _ in 0..<3 { _ = try? await month.day() }
            #expect(try await month.row(song.id).state != .gone)
            #expect(try await month.row(kept.id).isReadable)
            if away != "bucket" { try month.mount(true) }
            month.bucket.change(to: .none)
            #expect(await month.places(kept.key) == [true, true])
            for _ in 0..<2 { try await month.day() }
            #expect(await month.places(song.key) == [false, false])
            #expect(try await month.row(song.id).state == .gone)
            #expect(try await bench.taken(paid) == "whistled paid")
        }
    }

    @Test func aCopyThatIsMissingOrDamagedIsMadeAnew() async throws {
        try await Month.run { month in
            let bench = month.bench
            let job = try await bench.whistled("once more")
            _ = try await bench.paid(job)
            let song = try #require(job.outputs.first)
            let keeper = TierKeeper(bench.database, store: month.tiers)
            var random = SeededGenerator(seed: 3)
            _ = try await keeper.keep(using: &random)
            let row = try await month.row(song.id)
            #expect(row.near == .present && row.far == .present)
            // The disk lost the file: it is served from the bucket, and comes back.
            _ = try await month.tiers.near.delete([song.key])
            #expect(try await bench.taken(job) == "whistled once more")
            #expect(try await keeper.keep(song.id).repaired == 1)
            #expect(await month.places(song.key) == [true, true])
            // Other bytes of the same length lie in the bucket: nobody gets them, and they are replaced.
            let damaged = Array(repeating: UInt8(ascii: "x"), count: Int(song.size ?? 0))
            try await month.bucket.inner.put(song.key, .bytes(damaged), PutOptions(mode: .overwrite))
            _ = try await month.tiers.near.delete([song.key])
            await #expect(throws: (any Error).self) { try await bench.taken(job) }
            let report = try await keeper.keep(song.id)
            #expect(report.alerts == [song.id: .noGoodCopy] && report.repaired == 0)
            #expect(try await month.row(song.id).isReadable, "nothing is deleted because of it")
            try await month.tiers.near.put(
                song.key, .bytes(Array("whistled once more".utf8)), PutOptions(mode: .create))
            #expect(try await keeper.keep(song.id).repaired == 1)
            #expect(try await bench.taken(job) == "whistled once more")
            // A bucket that does not answer changes nothing in the row.
            month.bucket.change(to: FaultPlan(seed: 1, perMille: 1_000, faults: [.failsBefore]))
            let silent = try await keeper.keep(using: &random)
            #expect(silent.unknown == silent.looked && silent.repaired == 0)
            #expect(try await month.row(song.id).far == .present)
        }
    }
}
