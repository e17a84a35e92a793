// The money that arrived is the credit that was given, whatever goes wrong on the way.

import BuskerDatabase
import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct SimulationTests {
    /// How far a run goes; `Scripts/hunt payments` sets the environment for the long form.
    struct Range {
        var purchases: Int
        var seed: UInt64
        var isLong = false

        static func of(_ kind: DatabaseKind) -> Range? {
            let environment = ProcessInfo.processInfo.environment
            guard let purchases = environment["BUSKER_SIM_PURCHASES"].flatMap(Int.init) else {
                return kind == .sqliteMemory ? nil : Range(purchases: 100, seed: 20_261_121)
            }
            let wanted = environment["BUSKER_SIM_DATABASE"] ?? "all"
            guard wanted == kind.rawValue || wanted == "all" else { return nil }
            let seed = environment["BUSKER_SIM_SEED"].flatMap(UInt64.init) ?? 1
            return Range(purchases: purchases, seed: seed, isLong: true)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func creditsAreWhatThePaidMoneyBought(kind: DatabaseKind) async throws {
        guard let range = Range.of(kind) else { return }
        let audit = try await Self.run(kind, purchases: range.purchases, seed: range.seed, lanes: 8)
        let counts = audit.simulation.counts.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        let told = counts.joined(separator: ", ")
        #expect(
            audit.problems.isEmpty,
            "seed \(range.seed): \(audit.problems.count) problems\n\(audit.problems.prefix(12).joined(separator: "\n"))\n\(told)"
        )
        #expect(audit.paid > range.purchases / 2, "\(told)")
        if range.isLong {
            FileHandle.standardError.write(Data("\(kind) seed \(range.seed): \(audit.paid) payments, \(told)\n".utf8))
        }
    }

    @Test func aRunReplaysFromItsSeed() async throws {
        let first = try await Self.run(.sqliteMemory, purchases: 20, seed: 7, lanes: 1)
        let second = try await Self.run(.sqliteMemory, purchases: 20, seed: 7, lanes: 1)
        let other = try await Self.run(.sqliteMemory, purchases: 20, seed: 8, lanes: 1)
        #expect(first.fingerprint == second.fingerprint)
        #expect(first.simulation.counts == second.simulation.counts)
        #expect(first.fingerprint != other.fingerprint)
    }

    static func run(_ kind: DatabaseKind, purchases: Int, seed: UInt64, lanes: Int) async throws -> Audit {
        try await withDatabase(kind) { database in
            try await Street.open(database, seed: seed, lanes: lanes) { street in
                let simulation = try Simulation(street, purchases: purchases, seed: seed, lanes: lanes)
                try await simulation.run()
                return try await Audit(simulation)
            }
        }
    }
}
