// A crash at every step of a write, a repair and a deletion of two tiers, and long runs of faults.

import BuskerHTTP
import BuskerStorage
import BuskerTesting
import TestSupport
import Testing

@Suite struct TierCrashTests {
    private let bytes = content(3000)
    private let key: ObjectKey
    private let file: TieredFile

    init() throws {
        key = try ObjectKey("k")
        file = TieredFile(
            key: key, size: 3000, sha256: ContentHash(of: bytes), row: TierStates(near: .present, far: .present))
    }

    /// What is in a store: the file, something else, or nothing.
    private func sight(_ store: MemoryStore) async throws -> TierSighting {
        if await store.lacks(key) { return .absent }
        return try await store.bytes(key) == bytes ? .good : .damaged
    }

    /// How the two tiers begin.
    static let beginnings: [(near: TierSighting, far: TierSighting)] = [
        (.absent, .good), (.good, .absent), (.damaged, .good), (.good, .damaged), (.good, .good),
    ]

    @Test(arguments: 0..<5, [false, true])
    func aRepairThatIsCutOffAnywhereIsDoneAgain(beginning: Int, afterDone: Bool) async throws {
        let start = Self.beginnings[beginning]
        for step in 1...40 {
            let tiers = try TwoTiers()
            for (memory, sighting) in [(tiers.nearMemory, start.near), (tiers.farMemory, start.far)] {
                if sighting == .good { try await memory.put(key, .bytes(bytes), PutOptions()) }
                if sighting == .damaged { try await memory.put(key, .bytes([1]), PutOptions()) }
            }
            let target = start.near == .good ? StoreTier.far : .near
            tiers.crash.restart(crashAt: step, afterDone: afterDone)
            _ = await tiers.store.repair(file.repair(of: target))
            let isOver = !tiers.crash.isCrashed
            let (near, far) = (try await sight(tiers.nearMemory), try await sight(tiers.farMemory))
            #expect(near == .good || start.near != .good, "step \(step)")
            #expect(far == .good || start.far != .good, "step \(step)")
            tiers.crash.restart()
            let report = await tiers.store.repair(file.repair(of: target))
            #expect(report.failure == nil && report.near == .present && report.far == .present, "step \(step)")
            #expect(await tiers.store.rehash(file) == TierVerdict(row: file.row, near: .good, far: .good))
            if isOver {
                #expect(step > 3, "a repair has steps")
                return
            }
        }
        Issue.record("the repair does not end")
    }

    @Test(arguments: [false, true])
    func aWriteThatIsCutOffAnywhereIsWholeOrNotThere(afterDone: Bool) async throws {
        for step in 1...20 {
            let tiers = try TwoTiers()
            tiers.crash.restart(crashAt: step, afterDone: afterDone)
            let code = await failure { try await tiers.store.put(key, .bytes(bytes), PutOptions(mode: .create)) }
            let isOver = !tiers.crash.isCrashed
            tiers.crash.restart()
            let (near, far) = (try await sight(tiers.nearMemory), try await sight(tiers.farMemory))
            #expect(near != .damaged && far != .damaged && (near == .good || far == .absent), "step \(step)")
            #expect(code != nil || near == .good, "what was acknowledged is there, step \(step)")
            if isOver {
                #expect(code == nil && far == .good && step > 3)
                return
            }
        }
        Issue.record("the write does not end")
    }

    @Test func noAcknowledgedByteIsLostInBadWeather() async throws {
        for seed in 1...300 as ClosedRange<UInt64> { try await run(seed) }
    }

    /// One long run of writes, repairs and purges while both stores fail.
    private func run(_ seed: UInt64) async throws {
        let tiers = try TwoTiers()
        tiers.near.change(to: FaultPlan(seed: seed, perMille: 250))
        tiers.far.change(to: FaultPlan(seed: seed &+ 1000, perMille: 250))
        var random = SeededGenerator(seed: seed)
        var isAcknowledged = false
        for _ in 0..<20 {
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                let code = await failure { try await tiers.store.put(key, .bytes(bytes), PutOptions(mode: .create)) }
                if code == nil { isAcknowledged = true }
            case 1: _ = await tiers.store.repair(file.repair(of: .far))
            case 2: _ = await tiers.store.repair(file.repair(of: .near))
            default:
                let tier: StoreTier = Bool.random(using: &random) ? .near : .far
                _ = try? await tiers.store.purge(file, from: tier)
            }
            let (near, far) = (try await sight(tiers.nearMemory), try await sight(tiers.farMemory))
            #expect(near != .damaged && far != .damaged, "seed \(seed)")
            if isAcknowledged { #expect(near == .good || far == .good, "seed \(seed)") }
        }
    }
}
