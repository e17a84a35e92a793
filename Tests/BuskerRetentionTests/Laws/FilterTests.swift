// The condition in SQL hides no row of which a policy wants something.

import BuskerCore
import BuskerDatabase
import BuskerStorage
import TestSupport
import Testing

@testable import BuskerRetention

@Suite struct FilterTests {
    @Test(arguments: DatabaseKind.all.filter { $0 != .sqliteFile })
    func noRowIsHiddenThatAPolicyWants(kind: DatabaseKind) async throws {
        try await withDatabase(kind) { database in
            try await database.migrate(StorageSchema.migrations)
            var chance = try Chance(seed: 99)
            let generator = ids(99)
            let now = chance.now()
            let empty = try RetentionPolicy("p", version: 1, rules: [])
            var rows: [FileRecord] = []
            for number in 0..<200 {
                var record = try chance.facts(empty, now, generator).record
                record.key = try ObjectKey(chance.pick(["temp/", "temp/a", "permanent/", "é/"]) + "\(number)")
                if record.state == .uploading, chance.odds(1, in: 2) { record.size = nil }
                rows.append(record)
            }
            let all = rows
            try await database.write { tx in for row in all { try FileStore.insert(row, in: tx) } }
            var (wanted, seen) = (0, 0)
            for round in 0..<60 {
                let policy = try chance.policy()
                let filter = RetentionFilter.condition(policy, at: now)
                let found = try await database.read { tx in Set(try FileStore.rows(filter, in: tx).map(\.id)) }
                seen += found.count
                for row in rows {
                    let decision = policy.evaluate(RetentionFacts(row), at: now)
                    guard !decision.steps.isEmpty || decision.rehearsal != nil else { continue }
                    wanted += 1
                    #expect(found.contains(row.id), "round \(round): \(decision.steps) \(policy.document) \(row)")
                }
            }
            #expect(wanted > 500)
            #expect(seen < 60 * 200 * 9 / 10, "the condition lets nearly all rows through: \(seen)")
        }
    }

    @Test func pagesOfAnyLengthGiveTheSamePlan() async throws {
        var digests: [[String]] = []
        for rows in [1, 7, 5000] {
            var limits = RetentionLimits()
            limits.pageRows = rows
            try await Desk.run(.sqliteMemory, limits: limits) { desk in
                try await desk.add((0..<40).map { "f\($0)" }) { $0.age($0.name.hasSuffix("3") ? 5 : 40) }
                let (plan, items) = try await desk.plan(try daysPolicy())
                #expect(plan.totals.deletes == 36)
                #expect(plan.totals.files == 40)
                digests.append(items.items.map(\.key))
            }
        }
        #expect(Set(digests).count == 1)
    }
}
