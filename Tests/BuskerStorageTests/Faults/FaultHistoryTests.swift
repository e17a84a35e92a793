// Histories in which every call may fail, be cut, come late or twice, or be the last one of a process.

import BuskerCore
import BuskerDatabase
import Foundation
import TestSupport
import Testing

@testable import BuskerStorage

@Suite struct FaultHistoryTests {
    /// Short histories, each of which is tried with each fault at each call.
    static let scripts: [[WorldAct]] = [
        [.upload, .pay(0), .move(0), .pass(hours: 1), .resume],
        [.upload, .move(0), .pay(0), .move(0)],
        [.upload, .pay(0), .begin(0), .cancel(0), .arrive, .move(0)],
        [.upload, .pay(0), .move(0), .delete(0), .arrive, .pass(hours: 1), .resume],
        [.upload, .pay(0), .begin(0), .delete(0), .resume],
        [.stray, .parts, .upload, .sweep, .pass(hours: 200), .sweep, .arrive],
        [.upload, .pass(hours: 2), .sweep, .pay(0), .move(0), .touch(0), .pass(hours: 1), .arrive, .resume],
    ]

    @Test("Each fault at each call of a short history loses nothing and leaves nothing", arguments: scripts.indices)
    func everyFaultAtEveryCall(at: Int) async throws {
        try await Self.withDatabase { database in
            var (call, runs) = (0, 0)
            var isBeyond = false
            while !isBeyond {
                for fault in CallFault.allCases {
                    let (number, chosen) = (call, fault)
                    let plan = CallPlan { at, _ in at == number ? chosen : nil }
                    let run = try await Self.run(Self.scripts[at], plan, seed: 1, on: database)
                    runs += 1
                    #expect(run.complaint == nil, "\(run.complaint ?? ""): \(plan.trace)")
                    isBeyond = run.calls <= call
                }
                call += 1
            }
            #expect(runs >= 7 * 10)
            guard case .whole = try await AuditTrail.verify(database) else {
                Issue.record("the audit is broken")
                return
            }
        }
    }

    @Test("Seeded histories with many faults lose nothing and leave nothing")
    func seededHistories() async throws {
        let environment = ProcessInfo.processInfo.environment
        let histories = Int(environment["BUSKER_STORAGE_HISTORIES"] ?? "") ?? 150
        let seed = UInt64(environment["BUSKER_STORAGE_SEED"] ?? "") ?? 1
        try await Self.hunt(seed: seed, histories: histories, sabotage: nil) { finding in
            Issue.record("\(finding)")
        }
    }

    @Test("The hunt catches a world that was spoiled", arguments: Sabotage.allCases)
    func sabotage(how: Sabotage) async throws {
        let found = Synced(0)
        try await Self.hunt(seed: 1, histories: 300, sabotage: how) { _ in found.change { $0 += 1 } }
        #expect(found.value > 0)
    }

    /// Runs random histories until one finds something.
    static func hunt(
        seed: UInt64, histories: Int, sabotage: Sabotage?, _ report: (String) -> Void
    ) async throws {
        try await withDatabase { database in
            for number in 0..<UInt64(histories) {
                var random = SeededGenerator(seed: seed &* 1_000_003 &+ number)
                let acts = script(&random)
                let plan = plan(&random)
                let run = try await run(acts, plan, seed: number, on: database, sabotage: sabotage)
                if let complaint = run.complaint {
                    report("seed \(seed), history \(number): \(complaint)\n\(acts)\n\(plan.trace)")
                    return
                }
            }
            if case .broken(let at, let why) = try await AuditTrail.verify(database) { report("audit \(at): \(why)") }
        }
    }

    private static func script(_ random: inout SeededGenerator) -> [WorldAct] {
        var acts: [WorldAct] = Bool.random(using: &random) ? [.upload] : [.upload, .pay(0), .move(0)]
        for _ in 0..<Int.random(in: 4...14, using: &random) {
            let file = Int.random(in: 0..<3, using: &random)
            acts.append(
                [
                    .upload, .pay(file), .pay(file), .move(file), .move(file), .begin(file), .cancel(file),
                    .touch(file), .link(file), .delete(file), .stray, .parts, .resume, .resume, .sweep, .arrive,
                    .pass(hours: 1), .pass(hours: 3), .pass(hours: 30), .pass(hours: 200),
                ].randomElement(using: &random) ?? .sweep)
        }
        return acts
    }

    private static func plan(_ random: inout SeededGenerator) -> CallPlan {
        let (salt, rate) = (random.next(), UInt64.random(in: 1...25, using: &random))
        return CallPlan { number, _ in
            var dice = SeededGenerator(seed: salt &+ UInt64(number) &* 7919)
            guard dice.next() % 100 < rate else { return nil }
            return CallFault.allCases.randomElement(using: &dice)
        }
    }

    static func withDatabase(_ body: (any Database) async throws -> Void) async throws {
        try await TestSupport.withDatabase(.sqliteMemory) { database in
            try await database.migrate(StorageSchema.migrations)
            try await body(database)
        }
    }

    static func run(
        _ acts: [WorldAct], _ plan: CallPlan, seed: UInt64, on database: any Database, sabotage: Sabotage? = nil
    ) async throws -> (complaint: String?, calls: Int) {
        try await StorageWorld.clear(database)
        let clock = ManualClock(StorageWorld.start)
        let world = StorageWorld(
            database, MemoryStore(clock: clock), plan, clock: clock, seed: seed, sabotage: sabotage)
        for act in acts {
            await world.act(act)
            if let complaint = try await world.complaint() { return ("\(complaint) after \(act)", plan.calls) }
        }
        return (try await world.settle(), plan.calls)
    }
}
