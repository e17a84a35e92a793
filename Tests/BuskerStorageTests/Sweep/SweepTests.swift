// What a sweep deletes, and what it never touches.

import BuskerCore
import BuskerDatabase
import BuskerHTTP
import TestSupport
import Testing

@testable import BuskerStorage

@Suite struct SweepTests {
    private static let now = Timestamp(microseconds: 1_800_000_000_000_000)
    private static let day: Int64 = 86_400_000_000

    @Test("The verdict follows from facts alone, over all of them")
    func verdicts() {
        let limits = SweepLimits()
        for bits in 0..<64 {
            for age in [-1, 0, 6, 7, 29, 30, 31] as [Int64] {
                for seen in [nil, 0, 1, 9] as [Int64?] {
                    var facts = SweepFacts(modified: Self.now.advanced(byMicroseconds: -age * Self.day))
                    facts.hasRow = bits & 1 != 0
                    facts.isDying = bits & 2 != 0
                    facts.isMoving = bits & 4 != 0
                    facts.isClosed = bits & 8 != 0
                    facts.hadRow = bits & 16 != 0
                    facts.isQuarantined = bits & 32 != 0
                    facts.firstSeen = seen.map { Self.now.advanced(byMicroseconds: -$0 * Self.day) }
                    let verdict = limits.verdict(facts, now: Self.now)
                    let isNeeded = facts.hasRow || facts.isDying || facts.isMoving
                    #expect((verdict == .keep) == (isNeeded || (facts.isQuarantined && !facts.isClosed && age < 30)))
                    if verdict == .quarantine || (verdict == .delete && !facts.isClosed && !facts.isQuarantined) {
                        #expect(age >= 7 && (seen ?? 0) >= 1, "\(facts)")
                    }
                    if verdict == .quarantine { #expect(!facts.hadRow && !facts.isQuarantined) }
                }
            }
        }
        var long = SweepLimits()
        long.uploadSeconds = 10 * 86_400
        #expect(long.orphanSeconds == 20 * 86_400)
    }

    @Test("An orphan goes after two sightings and a week, through quarantine", arguments: DatabaseKind.all)
    func orphans(kind: DatabaseKind) async throws {
        try await StorageRoom.with(kind) { room in
            let file = try await room.file([1])
            try await room.put([2], at: "temporary/stray")
            try await room.put([3], at: "another/product")
            let sweeper = try room.sweeper()
            for _ in 0..<3 {
                #expect(try await sweeper.sweep().sighted <= 1)
                room.pass(days: 2)
            }
            let early = try await sweeper.sweep()
            #expect(early.waiting == 1 && early.counts.isEmpty && early.kept == 1)
            room.pass(days: 2)
            let dry = try await sweeper.sweep(isDry: true)
            #expect(
                dry.lines == [SweepReport.Line(action: .quarantine, key: try ObjectKey("temporary/stray"), size: 1)])
            #expect(try await room.keys() == ["another/product", file.key.text, "temporary/stray"].sorted())
            #expect(try await sweeper.sweep().counts == [.quarantine: 1])
            let keys = try await room.keys()
            #expect(keys.count == 3 && keys.contains { $0.hasPrefix("quarantine/") })
            let aside = try #require(keys.first { $0.hasPrefix("quarantine/") })
            #expect(try await room.bytes(try ObjectKey(aside)) == [2])
            room.pass(days: 29)
            #expect(try await sweeper.sweep().counts.isEmpty)
            room.pass(days: 1)
            #expect(try await sweeper.sweep().counts == [.delete: 1])
            #expect(try await room.keys() == ["another/product", file.key.text].sorted())
            #expect(try await AuditTrail.verify(room.database) == .whole(2))
        }
    }

    @Test("Bytes that are written again, or get a row, are no orphans")
    func secondThoughts() async throws {
        try await StorageRoom.with(.sqliteMemory) { room in
            try await room.put([1], at: "temporary/again")
            try await room.put([2], at: "temporary/row")
            let sweeper = try room.sweeper()
            _ = try await sweeper.sweep()
            room.pass(days: 8)
            try await room.put([3], at: "temporary/again")
            var record = try TestFile.make()
            record.key = try ObjectKey("temporary/row")
            let file = record
            try await room.database.write { tx in try FileStore.insert(file, in: tx) }
            let report = try await sweeper.sweep()
            #expect(report.sighted == 1 && report.kept == 1 && report.counts.isEmpty)
        }
    }

    @Test("An upload that expired goes with its bytes and parts; one that goes on stays", arguments: DatabaseKind.all)
    func staleUploads(kind: DatabaseKind) async throws {
        try await StorageRoom.with(kind) { room in
            let stale = try await room.file([1, 2], state: .uploading)
            _ = try await room.store.beginMultipart(stale.key, PutOptions())
            _ = try await room.store.beginMultipart(try ObjectKey("temporary/nobody"), PutOptions())
            room.clock.advance(microseconds: 3_600_000_000)
            let fresh = try await room.file([3], state: .uploading)
            _ = try await room.store.beginMultipart(fresh.key, PutOptions())
            let dry = try await room.sweeper().sweep(isDry: true)
            #expect(dry.counts == [.expire: 1])
            let report = try await room.sweeper().sweep()
            #expect(report.counts == [.expire: 1, .vanish: 1])
            #expect(try await room.row(stale.id).state == .gone)
            #expect(try await room.row(fresh.id).state == .uploading)
            #expect(try await room.keys() == [fresh.key.text])
            await #expect(throws: StorageError(.alreadyExists, "")) {
                try await room.database.write { tx in
                    var file = try TestFile.make()
                    file.key = stale.key
                    try FileStore.insert(file, in: tx)
                }
            }
            room.pass(days: 7)
            let later = try await room.sweeper().sweep()
            #expect(later.counts == [.expire: 1, .vanish: 1, .abort: 1])
            #expect(try await room.store.listMultiparts(prefix: "", after: nil, limit: 10).items.isEmpty)
        }
    }

    @Test("A database that lost rows is not believed, unless a person says so")
    func fewerRows() async throws {
        try await StorageRoom.with(.sqliteMemory) { room in
            for number in 0..<10 { try await room.file([UInt8(number)]) }
            let sweeper = try room.sweeper()
            _ = try await sweeper.sweep()
            try await room.database.write { tx in
                try tx.execute("DELETE FROM storage_file WHERE id IN (SELECT id FROM storage_file LIMIT 2)")
            }
            _ = try await sweeper.sweep()
            try await room.database.write { tx in
                try tx.execute("DELETE FROM storage_file WHERE id IN (SELECT id FROM storage_file LIMIT 2)")
            }
            await #expect(throws: StorageError(.badState, "")) { try await sweeper.sweep() }
            await #expect(throws: StorageError(.badState, "")) { try await sweeper.sweep(isDry: true) }
            _ = try await sweeper.sweep(acceptsFewerRows: true)
            _ = try await sweeper.sweep()
        }
    }

    @Test("A sweep keeps to its rate, pauses, and goes on where it stopped")
    func rate() async throws {
        try await StorageRoom.with(.sqliteMemory) { room in
            for number in 0..<30 { try await room.put([UInt8(number)], at: "temporary/\(number)") }
            var limits = SweepLimits()
            (limits.deletesPerSecond, limits.deletesAtOnce, limits.pageKeys) = (1, 10, 7)
            let sweeper = try room.sweeper(limits)
            _ = try await sweeper.sweep()
            room.pass(days: 8)
            var (rounds, done) = (0, 0)
            while true {
                let report = try await sweeper.sweep()
                rounds += 1
                done += report.counts[.quarantine] ?? 0
                #expect(report.counts[.quarantine] ?? 0 <= 10)
                guard case .paused(let until) = report.end, rounds < 50 else { break }
                #expect(until > room.clock.now)
                room.clock.advance(microseconds: 10_000_000)
            }
            #expect(done == 30 && rounds == 3)
            #expect(try await room.keys().allSatisfy { $0.hasPrefix("quarantine/") })
        }
    }

    @Test("A key that closed rows and moves need is kept; prefixes that overlap are refused")
    func movesAreKept() async throws {
        try await StorageRoom.with(.sqliteMemory) { room in
            let file = try await room.file([1])
            let move = try await room.desk().move(file.id, StorageRoom.order)
            let sweeper = try room.sweeper()
            for _ in 0..<3 {
                let report = try await sweeper.sweep()
                #expect(report.kept == 2 && report.counts.isEmpty)
                room.pass(days: 20)
            }
            _ = try await room.desk().resume()
            try await room.put([9], at: file.key.text)
            #expect(try await sweeper.sweep().counts == [.delete: 1])
            #expect(try await room.keys() == [move.target.text])
            for prefixes in [["a/", "a/b/"], ["a"], ["quarantine/x/"], ["../"], ["a/", "a/"]] {
                #expect(throws: StorageError(.badKey, ""), "\(prefixes)") {
                    try OrphanSweeper(room.database, store: room.store, prefixes: prefixes)
                }
            }
        }
    }

    @Test("Rows whose bytes are missing are marked, never deleted, and recover", arguments: DatabaseKind.all)
    func reconcile(kind: DatabaseKind) async throws {
        try await StorageRoom.with(kind) { room in
            let well = try await room.file([1])
            let missing = try await room.file([2])
            let short = try await room.file([3, 4])
            _ = try await room.store.delete([missing.key])
            try await room.put([3], at: short.key.text)
            let reconciler = Reconciler(room.database, store: room.store, clock: room.clock)
            let dry = try await reconciler.reconcile(isDry: true)
            #expect(dry.missing == [missing.id] && dry.damaged == [short.id] && dry.looked == 3)
            #expect(try await room.row(missing.id) == missing)
            _ = try await reconciler.reconcile()
            #expect(try await room.row(well.id) == well)
            #expect(try await room.row(missing.id).near == .missing)
            #expect(try await room.row(missing.id).state == .accepted)
            #expect(try await room.row(short.id).near == .damaged)
            try await room.put([2], at: missing.key.text)
            #expect(try await reconciler.reconcile().recovered == [missing.id])
            #expect(try await room.row(missing.id).near == .present)
            var (pages, after): (Int, FileID?) = (0, nil)
            repeat {
                after = try await reconciler.reconcile(after: after, limit: 1).next
                pages += 1
            } while after != nil
            #expect(pages == 3)
        }
    }
}
