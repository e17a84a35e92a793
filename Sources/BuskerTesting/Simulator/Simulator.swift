// Simulates the whole service, seed by seed.

import Synchronization

/// What one seed came to.
public struct SimReport: Sendable {
    /// The seed.
    public let seed: UInt64
    /// How many steps were made.
    public let steps: Int
    /// The hash of everything that happened.
    public let hash: UInt64
    /// How often things happened: `steps`, `books`, `restart …`, `fault …`.
    public let counts: [String: Int]
    /// The step at which a book was broken; nothing when all held.
    public let brokenAt: Int?
    /// The promises that were not kept.
    public let breaks: [SimBreak]
    /// Everything that happened to the things involved, or the last lines where none are named.
    public let trail: [String]
    /// Everything that happened, line by line.
    public let lines: [String]

    /// Whether every book held.
    public var isClean: Bool { breaks.isEmpty }
}

/// A seeded simulation of the assembled service: users, providers, workers, faults and ends of the process, with books that are
/// checked all along.
///
/// The same seed and number of steps give the same run, whatever runs beside it.
public struct Simulator: Sendable {
    /// How many steps each seed has.
    public var steps: Int
    /// After how many steps the books are checked.
    public var batch: Int
    /// The mistake that is built in, if any.
    public var sabotage: Sabotage?
    /// A folder for the databases, best in memory; each seed makes a folder in it and deletes it.
    public var folder: String

    /// Makes a simulator.
    public init(steps: Int, batch: Int = 50, sabotage: Sabotage? = nil, folder: String) {
        self.steps = max(1, steps)
        self.batch = max(1, batch)
        self.sabotage = sabotage
        self.folder = folder
    }

    /// Runs a seed to its end or to the first broken book.
    ///
    /// - Parameters:
    ///   - seed: what everything follows from.
    ///   - skipped: the numbers of steps that are left out, by which a run is made shorter.
    /// - Throws: what keeps the world from being made, such as a folder that cannot be written.
    public func run(_ seed: UInt64, without skipped: Set<Int> = []) async throws -> SimReport {
        let world = try SimWorld(seed: seed, sabotage: sabotage, folder: "\(folder)/\(seed)-\(Self.turn())")
        var breaks: [SimBreak] = []
        var brokenAt: Int?
        do {
            try await world.open()
            for step in 1...steps where !skipped.contains(step) {
                let lives = world.lives
                try await world.make(step)
                let isNewLife = world.lives != lives
                guard step % batch == 0 || isNewLife || !world.model.withLock({ $0.breaks.isEmpty }) else { continue }
                breaks = try await SimBooks.check(world)
                world.count("books")
                if !breaks.isEmpty { break }
            }
            if breaks.isEmpty {
                world.at(steps)
                breaks = try await settled(world)
            }
        } catch let error as SimBreak {
            breaks = [error]
        } catch {
            breaks = [SimBreak("world", "\(error)")]
        }
        if !breaks.isEmpty { brokenAt = world.step }
        let report = report(world, breaks, brokenAt)
        await world.close()
        return report
    }

    private func settled(_ world: SimWorld) async throws -> [SimBreak] {
        try await world.settle()
        world.count("books")
        let soon = try await SimBooks.check(world)
        guard soon.isEmpty else { return soon }
        let later = try await world.outlive()
        guard later.isEmpty else { return later }
        await world.takeCensus()
        world.count("books")
        return try await SimBooks.check(world) + SimBooks.checkSettled(world)
    }

    private func report(_ world: SimWorld, _ breaks: [SimBreak], _ brokenAt: Int?) -> SimReport {
        var counts = world.counts
        if let house = world.house {
            for (name, times) in house.life.counts { counts["fault \(name)", default: 0] += times }
            for (fault, times) in house.faults.counts { counts["fault store \(fault)", default: 0] += times }
        }
        counts["webhooks lost"] = world.fakes.reduce(0) { $0 + $1.lostCount }
        let trace = world.trace.withLock { $0 }
        let about = breaks.flatMap(\.about).flatMap { $0.split(separator: "\n") }
        var trail = about.isEmpty ? [] : trace.lines.filter { line in about.contains { line.contains($0) } }
        if trail.isEmpty, !breaks.isEmpty { trail = Array(trace.lines.suffix(40)) }
        return SimReport(
            seed: world.seed, steps: counts["steps"] ?? 0, hash: trace.hash, counts: counts, brokenAt: brokenAt,
            breaks: breaks, trail: trail, lines: trace.lines)
    }

    private static let turns = Mutex(0)

    /// A number for a folder that no other run of this process has.
    private static func turn() -> Int {
        turns.withLock { turns in
            turns += 1
            return turns
        }
    }

    /// Leaves out as many steps as can be while the same book stays broken.
    ///
    /// - Parameters:
    ///   - report: what the whole run came to.
    ///   - triesMax: the most runs.
    /// - Returns: the numbers of the steps that are left out, and the report of what remains.
    /// - Throws: as ``run(_:without:)``.
    public func shrink(_ report: SimReport, triesMax: Int = 120) async throws -> (skipped: Set<Int>, report: SimReport)
    {
        guard let end = report.brokenAt, let book = report.breaks.first?.book else { return ([], report) }
        var simulator = self
        simulator.steps = max(1, min(end, steps))
        simulator.batch = 1
        var best: (skipped: Set<Int>, report: SimReport) = ([], report)
        var (size, tries) = (simulator.steps / 2, 0)
        while size > 0, tries < triesMax {
            var first = 1
            while first <= simulator.steps, tries < triesMax {
                let part = Set(first..<min(first + size, simulator.steps + 1)).subtracting(best.skipped)
                first += size
                guard !part.isEmpty else { continue }
                tries += 1
                let shorter = try await simulator.run(report.seed, without: best.skipped.union(part))
                if shorter.breaks.first?.book == book { best = (best.skipped.union(part), shorter) }
            }
            size /= 2
        }
        return best
    }
}
