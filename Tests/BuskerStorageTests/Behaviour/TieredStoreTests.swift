// Two tiers that lag, fail, lose and damage their copies.

import BuskerHTTP
import BuskerStorage
import BuskerTesting
import Synchronization
import TestSupport
import Testing

/// Two stores in memory that can fail, and what was reported.
final class TwoTiers: Sendable {
    let nearMemory = MemoryStore()
    let farMemory = MemoryStore()
    let crash = CrashPoint()
    let near: FaultStore
    let far: FaultStore
    let store: TieredStore
    private let reports = Reports()

    init() throws {
        near = FaultStore(nearMemory, crash: crash)
        far = FaultStore(farMemory, crash: crash)
        let reports = reports
        store = try TieredStore(near: near, far: far) { repair in reports.list.withLock { $0.append(repair) } }
    }

    private final class Reports: Sendable {
        let list = Mutex<[TierRepair]>([])
    }

    /// What was reported since the last time.
    func takeReports() -> [TierRepair] {
        reports.list.withLock { list in
            defer { list = [] }
            return list
        }
    }

    /// Lets a store fail at everything.
    static func down(_ store: FaultStore) {
        store.change(to: FaultPlan(seed: 1, perMille: 1000, faults: [.failsBefore]))
    }

    static func up(_ store: FaultStore) { store.change(to: .none) }
}

@Suite struct TieredStoreTests {
    private let tiers: TwoTiers
    private let key: ObjectKey
    private let bytes = content(5000)
    private let file: TieredFile

    init() throws {
        tiers = try TwoTiers()
        key = try ObjectKey("songs/one")
        file = TieredFile(
            key: key, size: 5000, sha256: ContentHash(of: bytes), row: TierStates(near: .present, far: .present))
    }

    private func fill() async throws {
        let write = try await tiers.store.write(key, .cut(bytes, 700), PutOptions(contentType: "audio/wav"))
        #expect(write.states == file.row && write.repair == nil && tiers.takeReports() == [])
    }

    @Test func aWriteGoesToBoth() async throws {
        try await fill()
        #expect(try await tiers.nearMemory.bytes(key) == bytes)
        #expect(try await tiers.farMemory.bytes(key) == bytes)
        #expect(try await tiers.farMemory.info(key).contentType == "audio/wav")
        #expect(await tiers.store.inspect(file).serve == .near)
    }

    @Test func aFarStoreThatIsDownLagsAndIsRepaired() async throws {
        TwoTiers.down(tiers.far)
        let write = try await tiers.store.write(key, .bytes(bytes), PutOptions())
        #expect(write.states == TierStates(near: .present, far: .missing))
        #expect(write.repair == file.repair(of: .far) && tiers.takeReports() == [file.repair(of: .far)])
        #expect(await tiers.store.inspect(file).states == file.row, "unknown changes nothing")
        TwoTiers.up(tiers.far)
        let verdict = await tiers.store.inspect(file)
        #expect(verdict.repairs == [.far] && verdict.alert == .farLost && verdict.serve == .near)
        let report = await tiers.store.repair(file.repair(of: .far))
        #expect(report == TierRepairReport.done)
        #expect(try await tiers.farMemory.bytes(key) == bytes)
        #expect(await tiers.store.rehash(file) == TierVerdict(row: file.row, near: .good, far: .good))
    }

    @Test func aNearStoreThatLostItsCopyIsReadFromFarAndRepaired() async throws {
        try await fill()
        _ = try await tiers.nearMemory.delete([key])
        #expect(try await tiers.store.bytes(key) == bytes)
        #expect(tiers.takeReports() == [file.repair(of: .near)])
        #expect(try await tiers.store.info(key).size == 5000)
        let (content, tier) = try await tiers.store.get(file, GetOptions(range: .last(10)))
        #expect(tier == .far)
        #expect(try await content.body.collect(upTo: 100) == Array(bytes.suffix(10)))
        #expect(await tiers.store.inspect(file).states == TierStates(near: .missing, far: .present))
        #expect(await tiers.store.repair(file.repair(of: .near)) == TierRepairReport.done)
        #expect(try await tiers.nearMemory.bytes(key) == bytes)
    }

    @Test func aNearStoreThatSaysNothingChangesNothing() async throws {
        try await fill()
        TwoTiers.down(tiers.near)
        #expect(try await tiers.store.bytes(key) == bytes)
        #expect(try await tiers.store.info(key).size == 5000)
        let verdict = await tiers.store.inspect(file)
        #expect(verdict.serve == .far && verdict.states == file.row && verdict.repairs == [])
        let other = try ObjectKey("other")
        #expect(await tiers.store.head(other) == .unknown(StorageError(.unavailable, "")))
        #expect(await failure { try await tiers.store.get(other, GetOptions()) } == .unavailable)
        #expect(await failure { try await tiers.store.put(other, .bytes([1]), PutOptions()) } == .unavailable)
        #expect(await failure { try await tiers.store.list(ListRequest()) } == .unavailable)
        #expect(await failure { try await tiers.store.delete([key]) } == .unavailable)
        #expect(try await tiers.farMemory.bytes(key) == bytes, "what near keeps, far keeps")
        #expect(tiers.takeReports() == [])
    }

    @Test func aReadFallsBackBeforeItsFirstByteOnly() async throws {
        try await fill()
        var whole = 0
        var broken = 0
        for seed in 1...40 as ClosedRange<UInt64> {
            tiers.near.change(to: FaultPlan(seed: seed, perMille: 1000, faults: [.cut]))
            let range = 100..<Int64(104)
            let content = try await tiers.store.get(key, GetOptions(range: .bytes(range)))
            var read: [UInt8] = []
            let end = await failure {
                for try await piece in try #require(content.body.pieces) { read += piece }
            }
            if end == nil {
                #expect(read == Array(bytes[100..<104]), "seed \(seed)")
                #expect(tiers.takeReports() == [file.repair(of: .near)], "seed \(seed)")
                whole += 1
            } else {
                #expect(end == .badAnswer && (1..<4).contains(read.count), "seed \(seed)")
                broken += 1
            }
        }
        #expect(whole > 0 && broken > 0)
    }

    @Test(arguments: StoreTier.allCases)
    func aDamagedCopyIsPutAsideAndMadeAnew(tier: StoreTier) async throws {
        try await fill()
        let memory = tier == .near ? tiers.nearMemory : tiers.farMemory
        var damaged = bytes
        damaged[77] ^= 1
        try await memory.put(key, .bytes(damaged), PutOptions())
        let verdict = await tiers.store.rehash(file)
        #expect(verdict.quarantines == [tier] && verdict.serve == tier.other)
        if tier == .near {
            let (content, served) = try await tiers.store.get(file, GetOptions())
            #expect(served == .far)
            #expect(try await content.body.collect(upTo: 9999) == bytes)
            #expect(tiers.takeReports() == [file.repair(of: .near)])
        }
        let report = await tiers.store.repair(file.repair(of: tier))
        #expect(report.failure == nil && report.near == .present && report.far == .present)
        #expect(try await memory.bytes(try #require(report.quarantined)) == damaged)
        #expect(try await memory.bytes(key) == bytes)
        #expect(await tiers.store.repair(file.repair(of: tier)) == TierRepairReport.done, "again does no harm")
    }

    @Test func theLastGoodCopyIsNeverTouched() async throws {
        try await fill()
        try await tiers.nearMemory.put(key, .bytes([1, 2]), PutOptions())
        for tier in StoreTier.allCases {
            let lost = await tiers.store.repair(file.repair(of: .far))
            #expect(lost.failure?.code == .badDigest && lost.near == .damaged)
            if tier == .far { #expect(await failure { try await tiers.store.purge(file, from: .far) } == .badState) }
        }
        #expect(try await tiers.farMemory.bytes(key) == bytes)
        #expect(try await tiers.store.purge(file, from: .near) == TierStates(near: .none, far: .present))
        #expect(await tiers.nearMemory.lacks(key))
        TwoTiers.down(tiers.near)
        #expect(await failure { try await tiers.store.purge(file, from: .far) } == .badState)
        TwoTiers.up(tiers.near)
        try await tiers.farMemory.put(key, .bytes([3]), PutOptions())
        let verdict = await tiers.store.rehash(file)
        #expect(verdict.isMissing && verdict.alert == .noGoodCopy && verdict.repairs == [])
        #expect(await tiers.store.repair(file.repair(of: .near)).failure?.code == .badDigest)
        #expect(try await tiers.farMemory.bytes(key) == [3], "not even what is damaged is deleted")
    }

    @Test func createAsksTheFarStoreToo() async throws {
        try await fill()
        _ = try await tiers.nearMemory.delete([key])
        #expect(
            await failure { try await tiers.store.put(key, .bytes([9]), PutOptions(mode: .create)) } == .alreadyExists)
        #expect(try await tiers.farMemory.bytes(key) == bytes)
        #expect(await tiers.nearMemory.lacks(key))
        #expect(tiers.takeReports() == [file.repair(of: .near)])
        let tag = try await tiers.store.info(key).entityTag
        try await tiers.store.put(key, .bytes([9]), PutOptions(mode: .replace(tag)))
        #expect(try await tiers.nearMemory.bytes(key) == [9])
        #expect(try await tiers.farMemory.bytes(key) == [9])
    }

    @Test(arguments: [true, false])
    func whoCreatesTheSameKeyElsewhereIsNotOverwritten(isSame: Bool) async throws {
        let elsewhere = isSame ? bytes : [1, 2, 3]
        let (near, far) = (tiers.nearMemory, tiers.farMemory)
        let (pieces, feed) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        let late = HTTPBody.pieces(
            pieces.map { piece in
                try await far.put(key, .bytes(elsewhere), PutOptions())
                return piece
            }, length: nil)
        feed.yield(bytes)
        feed.finish()
        let code = await failure { try await tiers.store.put(key, late, PutOptions(mode: .create)) }
        #expect(code == (isSame ? nil : .alreadyExists))
        #expect(try await far.bytes(key) == elsewhere)
        #expect(await near.lacks(key) != isSame)
        #expect(tiers.takeReports() == [])
    }

    @Test func aDeletionGoesToTheAuthorityLast() async throws {
        try await fill()
        TwoTiers.down(tiers.far)
        #expect(try await tiers.store.delete([key]).first?.failure?.code == .unavailable)
        #expect(await tiers.nearMemory.lacks(key))
        #expect(try await tiers.farMemory.bytes(key) == bytes)
        TwoTiers.up(tiers.far)
        #expect(try await tiers.store.delete([key]) == [ObjectDeletion(key: key)])
        #expect(await tiers.store.lacks(key))
    }

    @Test func whatIsInOneTierIsListed() async throws {
        for seed in 1...20 as ClosedRange<UInt64> {
            var random = SeededGenerator(seed: seed)
            let tiers = try TwoTiers()
            var texts: Set<String> = []
            for number in 0..<40 {
                let text = "\(number % 4)/\(Int.random(in: 0...99, using: &random))"
                let places = Int.random(in: 0...2, using: &random)
                texts.insert(text)
                if places != 1 { try await tiers.nearMemory.put(try ObjectKey(text), .bytes([1]), PutOptions()) }
                if places != 0 { try await tiers.farMemory.put(try ObjectKey(text), .bytes([1]), PutOptions()) }
            }
            for limit in [1, 2, 3, 7, 40, 1000] {
                let listed = try await tiers.store.keys(ListRequest(limit: limit))
                #expect(
                    listed == texts.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }, "seed \(seed)")
                let rolled = try await tiers.store.keys(ListRequest(rollsUp: true, limit: limit))
                #expect(rolled == ["0/", "1/", "2/", "3/"], "seed \(seed)")
            }
        }
        for cursor in ["", "x", "[]", "[1,2]", "{}"] {
            #expect(await failure { try await tiers.store.list(ListRequest(after: cursor)) } == .badRequest)
        }
    }

    @Test func oneOfAHundredIsSampled() {
        var random = SeededGenerator(seed: 3)
        let picked = (0..<100_000).reduce(0) { count, _ in count + (TierSampler().picks(using: &random) ? 1 : 0) }
        #expect((800...1200).contains(picked), "seed 3")
        #expect(!TierSampler(perMille: 0).picks(using: &random) && TierSampler(perMille: 1000).picks(using: &random))
    }
}

extension TierRepairReport {
    /// What a repair says that has nothing left to do.
    static let done = TierRepairReport(near: .present, far: .present)
}
