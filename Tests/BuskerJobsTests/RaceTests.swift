// Many workers at once: no job twice, no job lost, no limit passed.

import BuskerCore
import BuskerDatabase
import BuskerJobs
import Synchronization
import TestSupport
import Testing

@Suite struct RaceTests {
    @Test(arguments: DatabaseKind.all)
    func sixtyFourClaimersShareWhatThereIs(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind) { desk in
            let ids = try await desk.queue.enqueue(all: (0..<150).map { _ in JobRequest(kind: "work") })
            let other = desk.another()
            let taken = try await withThrowingTaskGroup(of: [JobID].self) { group in
                for at in 0..<64 {
                    group.addTask {
                        let queue = at.isMultiple(of: 2) ? desk.queue : other
                        return try await queue.claim(ClaimRequest(count: 2, worker: "w\(at)")).map(\.id)
                    }
                }
                var all: [JobID] = []
                for try await some in group { all += some }
                return all
            }
            #expect(Set(taken).count == taken.count)
            let rest = try await desk.take(100).map(\.id)
            #expect((taken + rest).sorted() == ids)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func oneKeyManyRequestsOneJob(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind) { desk in
            let other = desk.another()
            let made = try await withThrowingTaskGroup(of: Enqueued.self) { group in
                for at in 0..<32 {
                    group.addTask {
                        let queue = at.isMultiple(of: 2) ? desk.queue : other
                        return try await queue.enqueue(JobRequest(kind: "work", uniqueKey: "one"))
                    }
                }
                var all: [Enqueued] = []
                for try await one in group { all.append(one) }
                return all
            }
            #expect(made.filter(\.isNew).count == 1 && Set(made.map(\.id)).count == 1)
        }
    }

    /// Workers that do anything at any time, while leases lapse and people cancel; each job must end once and be settled once.
    @Test(arguments: DatabaseKind.all, [UInt64(1), 2])
    func everyJobEndsOnceWhateverWorkersDo(kind: DatabaseKind, seed: UInt64) async throws {
        let rules = ["ruled": QueueRules(runningMax: 6, perOwnerMax: 2)]
        try await JobsDesk.open(kind, rules: rules) { desk in
            var ids: [JobID] = []
            for at in 0..<24 {
                let queue = at.isMultiple(of: 3) ? "ruled" : "default"
                ids.append(
                    try await desk.add(
                        JobRequest(
                            kind: "work", queue: queue, owner: "o\(at % 4)", attemptsMax: 3,
                            backoff: Backoff(first: .zero))))
            }
            let all = ids
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<6 {
                    let queue = worker.isMultiple(of: 2) ? desk.queue : desk.another()
                    group.addTask {
                        var random = SeededGenerator(seed: seed * 100 + UInt64(worker))
                        try await Self.work(desk, queue, "w\(worker)", all, &random)
                    }
                }
                try await group.waitForAll()
            }
            for _ in 0..<20 {
                desk.pass(.seconds(61))
                _ = try await desk.queue.rescue()
                for name in ["default", "ruled"] {
                    for lease in try await desk.take(50, from: name) { try await desk.finish(lease) }
                }
            }
            for id in ids { #expect(try await desk.job(id).state.isEnded, "seed \(seed)") }
            #expect(try await desk.violations() == [], "seed \(seed)")
        }
    }

    private static func work(
        _ desk: JobsDesk, _ queue: JobQueue, _ worker: String, _ ids: [JobID], _ random: inout SeededGenerator
    ) async throws {
        var held: [JobLease] = []
        for _ in 0..<40 {
            do {
                switch Int.random(in: 0..<9, using: &random) {
                case 0...2:
                    held += try await desk.take(
                        2, from: Bool.random(using: &random) ? "default" : "ruled", as: worker, by: queue)
                case 3:
                    desk.pass(.seconds(Int64.random(in: 0...25, using: &random)))
                    _ = try await queue.rescue()
                case 4: _ = try await queue.cancel(ids.randomElement(using: &random) ?? ids[0])
                default:
                    guard let lease = held.randomElement(using: &random) else { continue }
                    try await deed(lease, desk, queue, &random)
                }
            } catch let error as JobError where error.code == .leaseLost {}
        }
    }

    private static func deed(
        _ lease: JobLease, _ desk: JobsDesk, _ queue: JobQueue, _ random: inout SeededGenerator
    ) async throws {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: _ = try await queue.heartbeat(lease)
        case 1: _ = try await queue.retry(lease, problem: "again")
        case 2: _ = try await queue.fail(lease, problem: "never")
        case 3: _ = try await queue.release(lease)
        default: _ = try await desk.finish(lease, by: queue)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func limitsHoldOverAllProcesses(kind: DatabaseKind) async throws {
        let rules = ["default": QueueRules(runningMax: 7, perOwnerMax: 2)]
        try await JobsDesk.open(kind, rules: rules) { desk in
            for at in 0..<60 { try await desk.add(JobRequest(kind: "work", owner: "o\(at % 6)")) }
            let other = desk.another()
            let leases = try await withThrowingTaskGroup(of: [JobLease].self) { group in
                for at in 0..<16 {
                    group.addTask {
                        try await desk.take(3, as: "w\(at)", by: at.isMultiple(of: 2) ? desk.queue : other)
                    }
                }
                var all: [JobLease] = []
                for try await some in group { all += some }
                return all
            }
            #expect(leases.count == 7 && Set(leases.map(\.id)).count == 7)
            let owners = Dictionary(grouping: leases, by: \.job.owner).mapValues(\.count)
            #expect(owners.values.allSatisfy { $0 <= 2 } && owners.count == 6, "\(owners)")
            try await desk.finish(leases[0])
            #expect(try await desk.take(3).map(\.job.owner).count == 1)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func ownersTakeTurnsHoweverManyJobsOneHas(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind, rules: ["default": QueueRules()]) { desk in
            try await desk.queue.enqueue(all: (0..<200).map { _ in JobRequest(kind: "work", owner: "a") })
            for owner in ["b", "c", ""] {
                for _ in 0..<2 { try await desk.add(JobRequest(kind: "work", owner: owner)) }
            }
            var order: [String] = []
            for _ in 0..<10 {
                let lease = try await desk.takeOne()
                order.append(lease.job.owner)
                try await desk.queue.finish(lease)
            }
            #expect(order == ["a", "b", "c", "", "a", "b", "c", "", "a", "a"])
            let many = try await desk.take(40)
            #expect(many.count == 40 && many.allSatisfy { $0.job.owner == "a" })
        }
    }

    @Test(arguments: DatabaseKind.all)
    func noMoreJobsBeginThanTheRateAllows(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind, rules: ["default": QueueRules(rate: .init(4, per: .seconds(2)), isFair: false)]) {
            desk in
            let longAgo = desk.clock.now.advanced(by: .seconds(-7200))
            for _ in 0..<20 { try await desk.add(JobRequest(kind: "work", runAt: longAgo)) }
            let other = desk.another()
            #expect(try await desk.take(3).count == 3)
            #expect(try await desk.take(3, by: other).count == 1)
            #expect(try await desk.take(3).isEmpty)
            desk.pass(.milliseconds(499))
            #expect(try await desk.take(3, by: other).isEmpty)
            desk.pass(.milliseconds(1))
            #expect(try await desk.take(3).count == 1)
            desk.pass(.seconds(-3600))
            #expect(try await desk.take(3).isEmpty)
            desk.pass(.seconds(2))
            #expect(try await desk.take(9, by: other).count == 4)
            desk.pass(.seconds(500))
            #expect(try await desk.take(9).count == 4)
        }
    }

    @Test func theIndexesAreUsed() async throws {
        try await JobsDesk.open(.sqliteMemory, rules: ["ruled": QueueRules(perOwnerMax: 1)]) { desk in
            let plans = try await desk.database.read { tx in
                try [
                    """
                    SELECT id FROM jobs_job WHERE state = 'pending' AND queue = 'q' AND priority = 2 AND run_us <= 5
                    ORDER BY run_us, id LIMIT 3
                    """,
                    """
                    SELECT min(owner) FROM jobs_job WHERE state = 'pending' AND queue = 'q' AND priority = 2
                    AND owner > 'a'
                    """,
                    "SELECT id FROM jobs_job WHERE state = 'processing' AND lease_us < 5",
                ].map { text in
                    try tx.rows(SQL(text: "EXPLAIN QUERY PLAN " + text, values: [])).map {
                        try $0.get("detail", as: String.self)
                    }.joined(separator: "; ")
                }
            }
            for (plan, index) in zip(plans, ["jobs_job_due", "jobs_job_turn", "jobs_job_running"]) {
                #expect(plan.contains("INDEX \(index)") && !plan.contains("TEMP B-TREE"), "\(plan)")
            }
        }
    }
}
