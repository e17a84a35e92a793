// The whole service in the simulator, briefly: Scripts/simulate runs the long form.

import BuskerTesting
import TestSupport
import Testing

@Suite struct SimulatorTests {
    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func everyBookHolds(seed: UInt64) async throws {
        try await withFolder { folder in
            let report = try await Simulator(steps: 250, folder: folder).run(seed)
            #expect(report.isClean, "seed \(seed), step \(report.brokenAt ?? 0): \(report.breaks)\n\(report.trail)")
            #expect(report.steps == 250 && report.counts["books", default: 0] > 10)
        }
    }

    @Test func theSameSeedIsTheSameRun() async throws {
        try await withFolder { folder in
            let simulator = Simulator(steps: 300, folder: folder)
            async let first = simulator.run(11)
            async let second = simulator.run(11)
            async let other = simulator.run(12)
            let reports = try await [first, second, other]
            #expect(reports[0].lines == reports[1].lines)
            #expect(reports[0].hash == reports[1].hash && reports[0].hash != reports[2].hash)
        }
    }

    /// Those that are found soon; `Scripts/simulate --saboteurs` looks for all.
    @Test(arguments: [
        Sabotage.normalDurability, .captureApart, .finishApart, .bytesAfterRows, .openDoor, .hastySweeper,
        .blindToRefunds, .creditByEvent, .lyingStore,
    ])
    func aSaboteurIsCaught(sabotage: Sabotage) async throws {
        try await withFolder { folder in
            let simulator = Simulator(steps: sabotage.stepsNeeded, sabotage: sabotage, folder: folder)
            for seed in 1...UInt64(sabotage.seedsNeeded) where try await !simulator.run(seed).isClean { return }
            Issue.record("\(sabotage) got away")
        }
    }

    @Test func aBrokenRunIsMadeShorter() async throws {
        try await withFolder { folder in
            let simulator = Simulator(steps: 120, sabotage: .openDoor, folder: folder)
            var broken: SimReport?
            for seed in 1...20 as ClosedRange<UInt64> where broken == nil {
                let report = try await simulator.run(seed)
                if !report.isClean { broken = report }
            }
            let report = try #require(broken)
            let (skipped, short) = try await simulator.shrink(report, triesMax: 12)
            #expect(!skipped.isEmpty && short.steps < report.steps)
            #expect(short.breaks.first?.book == report.breaks.first?.book && !short.trail.isEmpty)
        }
    }
}
