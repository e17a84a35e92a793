// What is deleted when, and who sees to it.

import BuskerCore
import BuskerDatabase
import BuskerRetention
import BuskerStorage
import Foundation

/// Makes plans of what is to be deleted, keeps their items in a folder, and carries them out.
public struct RetentionDesk: Sendable {
    let retention: Retention
    let policy: RetentionPolicy
    /// How often it is carried out.
    let every: Duration?
    private let hands: any RetentionHands
    let store: any ObjectStore
    let folder: String
    private let moment: RetentionMoment

    /// Makes a desk.
    ///
    /// - Parameters:
    ///   - database: where files are.
    ///   - store: where their bytes are.
    ///   - folder: where the items of plans are kept until they are carried out.
    ///   - plan: what is deleted when.
    ///   - hands: gives notice.
    init(
        _ database: any Database, store: any ObjectStore, folder: String, plan: HostRetention, hands: any RetentionHands
    ) {
        moment = plan.due
        policy = plan.policy
        every = plan.every
        retention = Retention(database)
        self.store = store
        self.folder = folder
        self.hands = hands
    }

    /// When a file that a job made goes.
    func due(_ times: FileTimes) -> Timestamp? { moment.due(in: times) }

    /// Plans what would be deleted now.
    func plan() async throws -> RetentionPlan {
        var lines: [UInt8] = []
        let plan = try await retention.plan(policy) { item in lines += item.line.bytes + [0x0A] }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(lines).write(to: path(plan.id))
        return plan
    }

    /// Carries a plan out that was made here.
    func apply(_ id: PlanID) async throws -> RunReport {
        guard let items = Items(path(id)) else { throw Problem.notFound }
        let report = try await retention.apply(id, policy, items: items, store: store, hands: hands)
        if report.problem.isEmpty { try? FileManager.default.removeItem(at: path(id)) }
        return report
    }

    /// Plans and carries out in one go; a brake stops it.
    public func run() async throws -> String? {
        let plan = try await plan()
        guard plan.totals.items > 0 else {
            try? FileManager.default.removeItem(at: path(plan.id))
            _ = try? await retention.apply(plan.id, policy, items: ListedItems(), store: store)
            return nil
        }
        let counts = try await apply(plan.id).counts
        return "\(counts.deleted) files deleted, \(counts.purged) purged, \(counts.failed) failed"
    }

    private func path(_ id: PlanID) -> URL { URL(fileURLWithPath: "\(folder)/\(id).jsonl") }

    /// The lines of a file, read one by one.
    private struct Items: PlanItems {
        let lines: Data

        init?(_ url: URL) {
            guard let lines = try? Data(contentsOf: url, options: .mappedIfSafe) else { return nil }
            self.lines = lines
        }

        func each(_ body: (PlanItem) async throws -> Void) async throws {
            for line in lines.split(separator: 0x0A) { try await body(try PlanItem(line: Array(line))) }
        }
    }
}
