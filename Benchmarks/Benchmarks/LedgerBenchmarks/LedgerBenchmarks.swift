// Watches the ledger's speed and memory from one version to the next.

import Benchmark

let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock, .cpuTotal, .throughput, .peakMemoryResident], timeUnits: .microseconds,
        warmupIterations: 1, maxDuration: .seconds(2), maxIterations: 2_000)

    for place in LedgerDesk.Place.allCases {
        add("One charge", place) { desk in try await desk.charge() }
        add("256 charges that share a commit", place) { desk in try await desk.charge(together: 256) }
        add("A hold and its capture", place) { desk in try await desk.holdAndCapture() }
        add("A balance", place) { desk in blackHole(try await desk.balance()) }
    }
}

/// Measures one thing on a ledger of its own.
private func add(
    _ what: String, _ place: LedgerDesk.Place, _ body: @escaping @Sendable (LedgerDesk) async throws -> Void
) {
    Benchmark("\(what), \(place.rawValue)") { benchmark, desk in
        try await body(desk)
    } setup: {
        try await LedgerDesk(place)
    } teardown: {
        LedgerDesk.cleanUp()
    }
}
