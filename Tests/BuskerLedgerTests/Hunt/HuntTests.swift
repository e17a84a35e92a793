// Random runs of the ledger, each followed by the naive one.

import BuskerDatabase
import BuskerLedger
import Foundation
import TestSupport
import Testing

@Suite struct HuntTests {
    /// How far a hunt goes; `Scripts/hunt` sets the environment for the long form.
    struct Range {
        var operations: Int
        var seed: UInt64
        var isLong: Bool

        static func of(_ kind: DatabaseKind) -> Range? {
            let environment = ProcessInfo.processInfo.environment
            guard let operations = environment["BUSKER_HUNT_OPERATIONS"].flatMap(Int.init) else {
                return Range(operations: kind == .sqliteMemory ? 4_000 : 2_000, seed: 20_261_121, isLong: false)
            }
            let wanted = environment["BUSKER_HUNT_DATABASE"] ?? kind.rawValue
            guard wanted == kind.rawValue || wanted == "all" else { return nil }
            return Range(
                operations: operations, seed: environment["BUSKER_HUNT_SEED"].flatMap(UInt64.init) ?? 1, isLong: true)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func randomRunsAgreeWithTheNaiveLedger(kind: DatabaseKind) async throws {
        guard let range = Range.of(kind) else { return }
        var done = 0
        var seed = range.seed
        while done < range.operations {
            let script = Script.random(seed: seed, moves: 300, batch: nil)
            let problems = try await Self.problems(of: script, kind)
            guard problems.isEmpty else {
                let small = try await Self.shrunk(script, kind)
                let rest = try await Self.problems(of: small, kind)
                Issue.record(
                    "seed \(seed) on \(kind): \(problems[0])\nsmallest:\n\(small)\n\(rest.joined(separator: "\n"))")
                return
            }
            done += script.count
            seed += 1
            if range.isLong, done % 21_000 < 300 {
                FileHandle.standardError.write(Data("\(kind): \(done) operations, seed \(seed)\n".utf8))
            }
        }
    }

    static func problems(of script: Script, _ kind: DatabaseKind, sabotage: Sabotage? = nil) async throws -> [String] {
        try await withDatabase(kind) { try await Runner.problems(of: script, on: $0, sabotage: sabotage).list }
    }

    /// The smallest script that still fails, found by leaving out stretches and then moves.
    static func shrunk(_ script: Script, _ kind: DatabaseKind) async throws -> Script {
        var best = script
        for at in best.stretches.indices where best.stretches[at].manner == .raced { best.stretches[at].manner = .each }
        if try await problems(of: best, kind).isEmpty { best = script }
        var size = max(1, best.stretches.count / 2)
        var tries = 0
        while size >= 1, tries < 400 {
            var at = 0
            while at < best.stretches.count, tries < 400 {
                let kept = best.stretches.indices.filter { !(at..<(at + size)).contains($0) }
                let smaller = best.keeping(kept)
                tries += 1
                if try await !problems(of: smaller, kind).isEmpty { best = smaller } else { at += size }
            }
            if size == 1 { break }
            size /= 2
        }
        return try await withoutMoves(best, kind)
    }

    private static func withoutMoves(_ script: Script, _ kind: DatabaseKind) async throws -> Script {
        var best = script
        for stretch in best.stretches.indices.reversed() {
            for move in best.stretches[stretch].moves.indices.reversed() where best.stretches[stretch].moves.count > 1 {
                var smaller = best
                smaller.stretches[stretch].moves.remove(at: move)
                if try await !problems(of: smaller, kind).isEmpty { best = smaller }
            }
        }
        return best
    }

    @Test func aRunGoesEverywhere() async throws {
        var census: [String: Int] = [:]
        for seed: UInt64 in 1...20 {
            let script = Script.random(seed: seed, moves: 300, batch: nil)
            let run = try await withDatabase(.sqliteMemory) { try await Runner.problems(of: script, on: $0) }
            census.merge(run.census) { $0 + $1 }
        }
        let wanted = [
            "open", "grant", "charge", "hold", "capture", "release", "reverse", "clawback", "reinstate", "adjust",
            "transfer", "close", "replayed", "insufficient", "conflict", "hold_closed", "hold_expired", "exceeds_hold",
            "exceeds_charge", "unknown_hold", "unknown_transaction", "unknown_payment", "payment_used", "unit_mismatch",
            "bad_amount", "account_closed", "account_not_empty",
        ]
        for word in wanted {
            #expect(census[word, default: 0] >= 3, "\(word): \(census[word, default: 0]) of \(census)")
        }
    }

    @Test(arguments: Sabotage.allCases)
    func aBrokenLedgerIsCaught(sabotage: Sabotage) async throws {
        var caught = 0
        for seed: UInt64 in 1...3 {
            let script = Script.random(seed: seed, moves: 200, batch: 7)
            do {
                if try await !Self.problems(of: script, .sqliteMemory, sabotage: sabotage).isEmpty { caught += 1 }
            } catch let error as LedgerError {
                if !error.isRefusal { caught += 1 }
            }
        }
        #expect(caught >= 2)
    }
}
