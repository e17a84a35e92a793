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
        [.upload, .pay(0), .begin(0), .delete(0), .pass(hours: 1), .resume],
        [.stray, .parts, .upload, .sweep, .pass(hours: 200), .sweep, .arrive],
        [.upload, .pass(hours: 2), .sweep, .pay(0), .move(0), .touch(0), .pass(hours: 1), .arrive, .resume],
    ]

    @Test(
        "Each fault at each call of a short history loses nothing and leaves nothing",
        arguments: [
            (0, HistoryPlace.Kind.memory), (2, .memory), (4, .memory), (5, .memory), (6, .memory), (5, .folder),
            (3, .tiers),
        ])
    func everyFaultAtEveryCall(at: Int, place: HistoryPlace.Kind) async throws {
        try await Self.withDatabase { database in
            let clean = CallPlan { _, _ in nil }
            _ = try await Self.run(Self.scripts[at], clean, seed: 1, on: database, place)
            #expect(clean.kinds.count >= 8)
            for (call, kind) in clean.kinds.enumerated() {
                for fault in CallFault.allCases where fault.matters(to: kind) {
                    let plan = CallPlan { number, _ in number == call ? fault : nil }
                    let complaint = try await Self.run(Self.scripts[at], plan, seed: 1, on: database, place)
                    #expect(complaint == nil, "\(complaint ?? ""): \(plan.trace)")
                }
            }
            guard case .whole = try await AuditTrail.verify(database) else {
                Issue.record("the audit is broken")
                return
            }
        }
    }

    @Test("Seeded histories with many faults lose nothing and leave nothing")
    func seededHistories() async throws {
        let environment = ProcessInfo.processInfo.environment
        let histories = Int(environment["BUSKER_STORAGE_HISTORIES"] ?? "") ?? 30
        let seed = UInt64(environment["BUSKER_STORAGE_SEED"] ?? "") ?? 1
        for (place, count) in [
            (HistoryPlace.Kind.memory, histories), (.tiers, histories / 10), (.folder, histories / 50),
        ] {
            try await Self.hunt(seed: seed, histories: count, sabotage: nil, place) { finding in
                Issue.record("\(place) \(finding)")
            }
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
        seed: UInt64, histories: Int, sabotage: Sabotage?, _ place: HistoryPlace.Kind = .memory,
        _ report: (String) -> Void
    ) async throws {
        try await withDatabase { database in
            for number in 0..<UInt64(histories) {
                var random = SeededGenerator(seed: seed &* 1_000_003 &+ number)
                let acts = script(&random)
                let plan = plan(&random)
                let complaint = try await run(acts, plan, seed: number, on: database, place, sabotage: sabotage)
                if let complaint {
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
                    .touch(file), .link(file), .delete(file), .stray, .parts, .resume, .tend, .repair, .sweep, .arrive,
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

    /// Lives through a history and its end; what is wrong then, or at any time before.
    static func run(
        _ acts: [WorldAct], _ plan: CallPlan, seed: UInt64, on database: any Database, _ kind: HistoryPlace.Kind,
        sabotage: Sabotage? = nil
    ) async throws -> String? {
        try await StorageWorld.clear(database)
        let clock = ManualClock(StorageWorld.start)
        return try await HistoryPlace.with(kind, clock: clock) { place in
            let world = try StorageWorld(database, place, plan, clock: clock, seed: seed, sabotage: sabotage)
            for act in acts {
                await world.act(act)
                if let complaint = try await world.complaint() { return "\(complaint) after \(act)" }
            }
            return try await world.settle()
        }
    }
}
