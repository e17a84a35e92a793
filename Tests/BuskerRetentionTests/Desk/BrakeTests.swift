// What stops a plan before anything is deleted.

import BuskerCore
import BuskerDatabase
import BuskerRetention
import BuskerStorage
import TestSupport
import Testing

@Suite struct BrakeTests {
    /// Old files of two owners and young ones.
    private func fill(_ desk: Desk, old: Int, young: Int, owner: String = "ann") async throws {
        try await desk.add((0..<old).map { "o\($0)" }, owner: owner) { $0.age(40) }
        try await desk.add((0..<young).map { "y\($0)" }, owner: "bob")
    }

    @Test(arguments: [
        (Brake.Kind.deletes, 11, 200), (.objects, 11, 200), (.owner, 30, 200), (.bytes, 11, 200),
    ])
    func nothingIsDeletedUntilSomebodyLooked(kind: Brake.Kind, old: Int, young: Int) async throws {
        try await Desk.run { desk in
            let policy = try daysPolicy { guards in
                switch kind {
                case .deletes: guards.maxDeletes = 10
                case .objects: guards.maxPercentObjects = 5
                case .bytes: guards.maxPercentBytes = 5
                default:
                    guards.maxPercentPerOwner = 20
                    guards.minPopulation = 30
                }
            }
            try await fill(desk, old: old, young: young)
            try await desk.rehearse(policy)
            let (plan, items) = try await desk.plan(policy)
            #expect(plan.brakes.map(\.kind) == [kind])
            await #expect { try await desk.apply(plan, items, policy) } throws: { error in
                guard let error = error as? RetentionError else { return false }
                return error.code == .brake && error.brakes == plan.brakes && error.detail.contains("would go")
            }
            for release in [
                BrakeRelease(planDigest: plan.digest, ends: plan.totals.ends - 1),
                BrakeRelease(planDigest: policy.digest, ends: plan.totals.ends),
            ] {
                await #expect(throws: RetentionError(.brake, "")) {
                    try await desk.apply(plan, items, policy, release: release)
                }
            }
            let deleted: Int64? = try await desk.database.read { tx in
                try tx.value("SELECT COUNT(*) FROM storage_file WHERE deleted_us IS NOT NULL")
            }
            #expect(deleted == 0)
            let release = BrakeRelease(planDigest: plan.digest, ends: plan.totals.ends)
            #expect(try await desk.apply(plan, items, policy, release: release).counts.deleted == Int64(old))
        }
    }

    @Test func exactlyTheAllowedShareGoes() async throws {
        try await Desk.run { desk in
            let policy = try daysPolicy { guards in
                guards.maxPercentObjects = 5
                guards.maxPercentBytes = 5
                guards.maxDeletes = 10
            }
            try await fill(desk, old: 10, young: 190)
            try await desk.rehearse(policy)
            #expect(try await desk.sweep(policy).counts.deleted == 10)
        }
    }

    @Test func manyMoreThanUsualStops() async throws {
        try await Desk.run { desk in
            let policy = try daysPolicy { $0.minPopulation = 10 }
            try await fill(desk, old: 0, young: 300)
            try await desk.rehearse(policy)
            for round in 0..<3 {
                try await desk.add(["x\(round)", "z\(round)"]) { $0.age(40) }
                #expect(try await desk.sweep(policy).counts.deleted == 2)
            }
            try await desk.add((0..<10).map { "m\($0)" }) { $0.age(40) }
            #expect(try await desk.sweep(policy).counts.deleted == 10)
            try await desk.add((0..<11).map { "n\($0)" }) { $0.age(40) }
            let (plan, _) = try await desk.plan(policy)
            #expect(plan.brakes.map(\.kind) == [.anomaly])
        }
    }

    @Test func plansGetOldAndBelongToOneEdition() async throws {
        try await Desk.run { desk in
            let policy = try daysPolicy()
            try await fill(desk, old: 2, young: 2)
            try await desk.rehearse(policy)
            let (plan, items) = try await desk.plan(policy)
            let other = try daysPolicy(29)
            await #expect(throws: RetentionError(.otherPolicy, "")) { try await desk.apply(plan, items, other) }
            let fewer = ListedItems(Array(items.items.dropLast()))
            await #expect(throws: RetentionError(.badPlan, "")) { try await desk.apply(plan, fewer, policy) }
            await #expect(throws: RetentionError(.unknownPlan, "")) { try await desk.retention.plan(desk.ids.make()) }
            desk.clock.advance(microseconds: us(3600) + 1)
            await #expect(throws: RetentionError(.stalePlan, "")) { try await desk.apply(plan, items, policy) }
            desk.clock.advance(microseconds: -1)
            #expect(try await desk.apply(plan, items, policy).counts.deleted == 2)
        }
    }

    @Test func aClockThatGoesBackStopsEverything() async throws {
        try await Desk.run { desk in
            let policy = try daysPolicy()
            try await fill(desk, old: 1, young: 1)
            try await desk.rehearse(policy)
            let (plan, items) = try await desk.plan(policy)
            desk.clock.advance(microseconds: -us(300) - 1)
            await #expect(throws: RetentionError(.clockWentBack, "")) { try await desk.apply(plan, items, policy) }
            await #expect(throws: RetentionError(.clockWentBack, "")) { try await desk.plan(policy) }
            desk.clock.advance(microseconds: 1)
            #expect(try await desk.apply(plan, items, policy).counts.deleted == 1)
        }
    }

    @Test func rowsThatVanishedStopEverythingUntilTheirNumberIsAccepted() async throws {
        try await Desk.run { desk in
            let policy = try daysPolicy()
            try await fill(desk, old: 1, young: 99)
            try await desk.rehearse(policy)
            try await desk.database.write { tx in
                try tx.execute("DELETE FROM storage_file WHERE owner = 'bob' AND name < 'y27'")
            }
            let left: Int64? = try await desk.database.read { tx in try tx.value("SELECT COUNT(*) FROM storage_file") }
            let files = try #require(left)
            #expect(files == 80)
            _ = try await desk.plan(policy)
            try await desk.database.write { tx in
                try tx.execute(
                    "DELETE FROM storage_file WHERE name IN ('y8', 'y9', 'y7', 'y6', 'y5', 'y4', 'y3', 'y30', 'y31', 'y32', 'y33', 'y34', 'y35', 'y36', 'y37', 'y38', 'y39')"
                )
            }
            await #expect(throws: RetentionError(.filesVanished, "")) { try await desk.plan(policy) }
            await #expect(throws: RetentionError(.filesVanished, "")) { try await desk.plan(policy, accepting: 1) }
            let (plan, items) = try await desk.plan(policy, accepting: 63)
            #expect(try await desk.apply(plan, items, policy).counts.deleted == 1)
        }
    }

    @Test func itemsSurviveTheirLines() async throws {
        try await Desk.run { desk in
            let policy = try daysPolicy(rules: [
                RetentionRule("tell", when: .everything, .notifyBefore(seconds: 5, channel: "mail"), reason: "\"r\"\n"),
                RetentionRule("links", when: .everything, .expireLinksAt(RetentionMoment(.created)), reason: "r"),
                RetentionRule(
                    "cold", when: .everything, .archiveAt(RetentionMoment(.created), class: "COLD"), mode: .dryRun,
                    reason: "r"),
                RetentionRule(
                    "far", when: .everything, .moveAt(RetentionMoment(.created), .prefix("a:b/")), mode: .dryRun,
                    reason: "r"),
            ])
            try await fill(desk, old: 3, young: 3)
            let (_, items) = try await desk.plan(policy)
            #expect(Set(items.items.map(\.step.action.words)).count >= 3)
            for item in items.items { #expect(try PlanItem(line: item.line.bytes) == item) }
            for text in ["", "{}", "[]", #"{"file":"x"}"#] {
                #expect(throws: RetentionError(.badPlan, "")) { try PlanItem(line: Array(text.utf8)) }
            }
        }
    }
}
