// A plan as a file: a line for each item, and a last one that names the plan.

import BuskerCore
import BuskerRetention
import Foundation

/// Reads the items of a plan from a file, piece by piece.
struct PlanFile: PlanItems {
    /// No line is longer.
    static let lineBytesMax = 1 << 16
    let path: String

    func each(_ body: (PlanItem) async throws -> Void) async throws {
        try await lines { line in
            guard Self.plan(line) == nil else { return }
            try await body(try PlanItem(line: line))
        }
    }

    /// The id of the plan, from the last line.
    func plan() async throws -> PlanID {
        var last: PlanID?
        try await lines { line in last = Self.plan(line) }
        guard let last else {
            throw RetentionError(.badPlan, "'\(path)' is no whole plan; its last line does not name one.")
        }
        return last
    }

    /// The last line.
    static func end(_ plan: RetentionPlan) -> JSON {
        [
            "plan": .text(plan.id.description), "policy": .text(plan.policy), "version": .number(plan.policyVersion),
            "policyDigest": .text(plan.policyDigest), "at": .text(plan.at.iso8601), "totals": plan.totals.json,
            "digest": .text(plan.digest),
        ]
    }

    private static func plan(_ line: [UInt8]) -> PlanID? {
        guard line.starts(with: #"{"plan""#.utf8), let value = try? JSONValue(parsing: line) else { return nil }
        return value["plan"]?.text.flatMap { try? PlanID(parsing: $0) }
    }

    private func lines(_ body: ([UInt8]) async throws -> Void) async throws {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw Failure(.noInput, code: "no_input", "'\(path)' cannot be read.")
        }
        defer { try? file.close() }
        var rest: [UInt8] = []
        while let block = try file.read(upToCount: 1 << 16), !block.isEmpty {
            rest += block
            var start = 0
            while let end = rest[start...].firstIndex(of: 0x0A) {
                try await body(Array(rest[start..<end]))
                start = end + 1
            }
            rest.removeFirst(start)
            guard rest.count <= Self.lineBytesMax else {
                throw RetentionError(.badPlan, "'\(path)' has a line that no plan has.")
            }
        }
        guard rest.isEmpty else { throw RetentionError(.badPlan, "'\(path)' ends in the middle of a line.") }
    }
}
