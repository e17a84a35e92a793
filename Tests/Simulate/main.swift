// Runs the simulator over many seeds on all cores; Scripts/simulate builds and calls it.

import BuskerTesting
import Foundation
import Synchronization

/// What was asked for on the command line.
struct Options: Sendable {
    var seeds = 100
    var steps = 1_000
    var first: UInt64 = 1
    var workers = max(1, ProcessInfo.processInfo.activeProcessorCount)
    var folder = "/dev/shm"
    var saboteurs = false
    var only: String?
    var trace = false

    init(_ arguments: [String]) {
        var rest = arguments[...]
        while let word = rest.popFirst() {
            switch word {
            case "--seeds": seeds = rest.popFirst().flatMap { Int($0) } ?? seeds
            case "--steps": steps = rest.popFirst().flatMap { Int($0) } ?? steps
            case "--seed":
                first = rest.popFirst().flatMap { UInt64($0) } ?? first
                seeds = 1
            case "--from": first = rest.popFirst().flatMap { UInt64($0) } ?? first
            case "--workers": workers = rest.popFirst().flatMap { Int($0) } ?? workers
            case "--folder": folder = rest.popFirst() ?? folder
            case "--saboteurs": saboteurs = true
            case "--trace": trace = true
            case "--sabotage": only = rest.popFirst()
            default:
                FileHandle.standardError.write(Data("What is \(word)? See Scripts/simulate.\n".utf8))
                exit(2)
            }
        }
    }
}

/// What all seeds came to.
struct Total: Sendable {
    var counts: [String: Int] = [:]
    var done = 0
    var broken: [SimReport] = []
    var hash: UInt64 = 0
    /// The report of the last seed.
    var only: SimReport?
}

/// What the workers share.
final class Board: Sendable {
    let total = Mutex(Total())
    let next: Mutex<UInt64>
    let last: UInt64

    init(_ seeds: ClosedRange<UInt64>) {
        next = Mutex(seeds.lowerBound)
        last = seeds.upperBound
    }

    func take() -> UInt64? {
        next.withLock { next -> UInt64? in
            guard next <= last else { return nil }
            defer { next += 1 }
            return next
        }
    }

    /// How many seeds and steps there were.
    func note(_ report: SimReport) -> (done: Int, steps: Int) {
        total.withLock { total in
            total.done += 1
            total.only = report
            for (name, times) in report.counts { total.counts[name, default: 0] += times }
            if !report.isClean { total.broken.append(report) }
            total.hash ^= report.hash &* (report.seed | 1)
            return (total.done, total.counts["steps"] ?? 0)
        }
    }

    var isBroken: Bool { total.withLock { !$0.broken.isEmpty } }
}

/// Runs seeds beside each other and tells how far it is.
func runAll(_ simulator: Simulator, _ seeds: ClosedRange<UInt64>, workers: Int, stopsAtFirst: Bool, quiet: Bool)
    async throws -> Total
{
    let board = Board(seeds)
    let start = ContinuousClock.now
    try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<workers {
            group.addTask {
                while true {
                    guard !(stopsAtFirst && board.isBroken), let seed = board.take() else { return }
                    let report = try await simulator.run(seed)
                    let (done, steps) = board.note(report)
                    guard !quiet else { continue }
                    // At once, so that a long run that is interrupted has told what it found.
                    if let first = report.breaks.first {
                        let line = "\rseed \(seed) broke at step \(report.brokenAt ?? 0): \(first)\n"
                        FileHandle.standardError.write(Data(line.utf8))
                    }
                    let seconds = (ContinuousClock.now - start) / .seconds(1)
                    let rate = Int(Double(steps) / max(seconds, 0.001))
                    let line = "\r\(done) of \(seeds.count) seeds, \(steps) steps, \(rate) steps/s "
                    FileHandle.standardError.write(Data(line.utf8))
                }
            }
        }
        try await group.waitForAll()
    }
    if !quiet { FileHandle.standardError.write(Data("\n".utf8)) }
    return board.total.withLock { $0 }
}

func tell(_ report: SimReport, _ simulator: Simulator) async throws {
    print("seed \(report.seed) broke at step \(report.brokenAt ?? 0):")
    for one in report.breaks.prefix(8) { print("  \(one)") }
    print("  trail:")
    for line in report.trail.suffix(60) { print("    \(line)") }
    let (skipped, short) = try await simulator.shrink(report)
    print("  shrunk to \(short.steps) of \(report.steps) steps (\(skipped.count) left out); its trail:")
    for line in short.trail.suffix(40) { print("    \(line)") }
    let sabotage = simulator.sabotage.map { " --sabotage \($0)" } ?? ""
    print("  replay: Scripts/simulate --seed \(report.seed) --steps \(simulator.steps)\(sabotage)")
}

let options = Options(Array(CommandLine.arguments.dropFirst()))
let folder = "\(options.folder)/busker-simulate-\(ProcessInfo.processInfo.processIdentifier)"
try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
var isClean = true
if options.saboteurs {
    for sabotage in Sabotage.allCases where options.only == nil || options.only == sabotage.rawValue {
        let simulator = Simulator(steps: sabotage.stepsNeeded, sabotage: sabotage, folder: folder)
        let total = try await runAll(
            simulator, 1...UInt64(sabotage.seedsNeeded), workers: options.workers, stopsAtFirst: true, quiet: true)
        let caught = total.broken.min { $0.seed < $1.seed }
        if caught == nil { isClean = false }
        let what =
            caught.map { "caught with seed \($0.seed): \($0.breaks.first.map { "\($0)" } ?? "")" } ?? "NOT CAUGHT"
        print("\(sabotage) (within \(sabotage.seedsNeeded) seeds): \(what)")
    }
} else {
    let sabotage = options.only.flatMap { Sabotage(rawValue: $0) }
    let simulator = Simulator(steps: options.steps, sabotage: sabotage, folder: folder)
    let start = ContinuousClock.now
    let total = try await runAll(
        simulator, options.first...(options.first + UInt64(max(1, options.seeds)) - 1), workers: options.workers,
        stopsAtFirst: false, quiet: false)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let steps = total.counts["steps"] ?? 0
    print("seeds \(total.done), clean \(total.done - total.broken.count), broken \(total.broken.count)")
    print("steps \(steps) in \(Int(seconds)) s on \(options.workers) workers: \(Int(Double(steps) / seconds)) steps/s")
    for (name, times) in total.counts.sorted(by: { $0.key < $1.key }) where name != "steps" {
        print("  \(name.padding(toLength: 28, withPad: " ", startingAt: 0)) \(times)")
    }
    if options.trace, let report = total.only { for line in report.lines { print("  \(line)") } }
    print("trace \(String(total.hash, radix: 16))")
    for report in total.broken.sorted(by: { $0.seed < $1.seed }).prefix(3) { try await tell(report, simulator) }
    let others = total.broken.map(\.seed).sorted().dropFirst(3)
    if !others.isEmpty { print("other seeds that broke: \(others.prefix(40).map { "\($0)" }.joined(separator: " "))") }
    isClean = total.broken.isEmpty
}
try? FileManager.default.removeItem(atPath: folder)
exit(isClean ? 0 : 1)
