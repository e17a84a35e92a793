// Two processes, one job: a worker that was given up changes nothing any more.

import BuskerCore
import BuskerDatabase
import BuskerJobs
import TestSupport
import Testing

/// What a stale worker tries, and what must be left of it.
struct FencingSuite {
    typealias Finish = @Sendable (JobQueue, JobLease, Transaction) throws -> Void

    /// How a worker finishes; the suite is told, so that a queue that does it wrong can be shown to fail here.
    var finish: Finish = { queue, lease, tx in _ = try queue.finish(lease, in: tx) }

    /// Plays a rescue and a second claim, lets the stale worker do everything, and says what it got away with.
    func violations(_ desk: JobsDesk) async throws -> [String] {
        var found: [String] = []
        let other = desk.another()
        let id = try await desk.add(JobRequest(kind: "work", backoff: Backoff(first: .zero)))
        let stale = try await desk.takeOne(as: "w1")
        desk.pass(.seconds(61))
        _ = try await other.rescue()
        found += try await tries(stale, desk, "while nobody has it")
        guard let fresh = try await desk.take(as: "w2", by: other).first, fresh.id == id else {
            return found + ["the job was not claimed again"]
        }
        found += try await tries(stale, desk, "while another has it")
        let finish = finish
        do {
            try await desk.database.write { tx in
                try finish(other, fresh, tx)
                try TestHost.capture(fresh.job, in: tx)
            }
        } catch {
            found.append("the worker that has the job could not finish it: \(error)")
        }
        found += try await tries(stale, desk, "after another did it")
        return found + (try await desk.violations())
    }

    private func tries(_ lease: JobLease, _ desk: JobsDesk, _ when: String) async throws -> [String] {
        let queue = desk.queue
        let finish = finish
        let deeds: [(String, @Sendable (Transaction) throws -> Void)] = [
            ("finish", { try finish(queue, lease, $0) }),
            ("heartbeat", { _ = try queue.heartbeat(lease, progress: JobProgress(millionths: 5), in: $0) }),
            ("retry", { _ = try queue.retry(lease, problem: "stale", in: $0) }),
            ("fail", { _ = try queue.fail(lease, problem: "stale", in: $0) }),
            ("snooze", { _ = try queue.snooze(lease, for: .seconds(1), in: $0) }),
            ("release", { _ = try queue.release(lease, in: $0) }),
            (
                "finish with others",
                { tx in
                    guard try queue.finish(all: [lease], in: tx) == [lease.id] else { return }
                    throw JobError(.leaseLost, "")
                }
            ),
        ]
        var found: [String] = []
        for (name, deed) in deeds {
            let before = try await desk.job(lease.id)
            do {
                try await desk.database.write { tx in
                    try TestHost.capture(lease.job, in: tx)
                    try deed(tx)
                }
                found.append("\(name) \(when) was taken")
            } catch let error as JobError where error.code == .leaseLost {}
            if try await desk.job(lease.id) != before { found.append("\(name) \(when) changed the job") }
        }
        return found
    }
}

@Suite struct FencingTests {
    @Test(arguments: DatabaseKind.all)
    func aStaleWorkerChangesNothing(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind) { desk in
            let found = try await FencingSuite().violations(desk)
            #expect(found == [])
        }
    }

    /// The test of the test: a queue that finishes by the id alone, or by the state, is caught.
    @Test(arguments: ["", "AND state = 'processing'"])
    func aQueueThatFinishesByTheIdIsCaught(condition: String) async throws {
        try await JobsDesk.open(.sqliteMemory) { desk in
            var suite = FencingSuite()
            suite.finish = { _, lease, tx in
                let text = """
                    UPDATE jobs_job SET state = 'completed', token = NULL, lease_us = NULL, ended_us = 1
                    WHERE id = $1 \(condition)
                    """
                let changed = try tx.execute(SQL(text: text, values: [lease.id.sqlValue]))
                guard changed == 1 else { throw JobError(.leaseLost, "") }
            }
            let found = try await suite.violations(desk)
            #expect(found.contains { $0.hasPrefix("finish while") }, "\(found)")
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aClockThatJumpsCostsTimeAndNothingElse(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind) { desk in
            let other = desk.another()
            let id = try await desk.add(JobRequest(kind: "work", backoff: Backoff(first: .zero)))
            let first = try await desk.takeOne()
            desk.pass(.seconds(-3600))
            #expect(try await other.rescue().jobs.isEmpty)
            #expect(try await desk.take(by: other).isEmpty)
            try await desk.queue.heartbeat(first)
            desk.pass(.seconds(61))
            #expect(try await other.rescue().jobs.map(\.id) == [id])
            desk.pass(.seconds(86_400))
            let second = try await desk.takeOne(as: "w2", by: other)
            desk.pass(.seconds(-86_400))
            #expect(await desk.code { try await desk.finish(first) } == .leaseLost)
            #expect(try await desk.finish(second, by: other).state == .completed)
            #expect(try await desk.violations().isEmpty)
        }
    }

    /// Every statement of every operation is the last one once; nothing but the whole or nothing remains.
    @Test(arguments: DatabaseKind.all)
    func aProcessThatEndsBetweenStatementsLeavesNothingBehind(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind, rules: ["ruled": QueueRules(runningMax: 3, rate: .init(5, per: .seconds(1)))]) {
            desk in
            for deed in Self.deeds {
                var statements = 0
                while true {
                    let base = desk.queue
                    try await desk.database.write { tx in
                        for table in ["jobs_job", "jobs_attempt", "jobs_queue", "test_hold"] {
                            try tx.execute(SQL(text: "DELETE FROM \(table)", values: []))
                        }
                        for queue in ["default", "ruled"] {
                            let request = JobRequest(kind: "work", queue: queue, owner: "a", attemptsMax: 1)
                            for _ in 0..<2 { try TestHost.hold(try base.enqueue(request, in: tx).id, in: tx) }
                        }
                    }
                    let lease = try await desk.takeOne()
                    let before = try await Self.everything(desk)
                    let database = CrashingDatabase(desk.database, after: statements)
                    do {
                        try await deed.run(desk.another(database), lease)
                        break
                    } catch let error as JobError {
                        #expect(error.code == .databaseFailed, "\(deed.name) \(statements)")
                    } catch is DatabaseError {}
                    #expect(try await Self.everything(desk) == before, "\(deed.name) after \(statements)")
                    statements += 1
                    try #require(statements < 60)
                }
                #expect(statements >= 2, "\(deed.name)")
                #expect(try await desk.violations().isEmpty, "\(deed.name)")
            }
        }
    }

    struct Deed: Sendable {
        let name: String
        let run: @Sendable (JobQueue, JobLease) async throws -> Void
    }

    static let deeds = [
        Deed(name: "enqueue") { queue, _ in
            try await queue.database.write { tx in
                try TestHost.hold(try queue.enqueue(JobRequest(kind: "work", uniqueKey: "u"), in: tx).id, in: tx)
            }
        },
        Deed(name: "claim") { queue, _ in _ = try await queue.claim(ClaimRequest(count: 2, worker: "w")) },
        Deed(name: "claim by rules") { queue, _ in
            _ = try await queue.claim(ClaimRequest("ruled", count: 2, worker: "w"))
        },
        Deed(name: "finish") { queue, lease in
            try await queue.database.write { tx in try TestHost.capture(queue.finish(lease, in: tx), in: tx) }
        },
        Deed(name: "retry") { queue, lease in try await queue.retry(lease, problem: "x") },
        Deed(name: "fail") { queue, lease in try await queue.fail(lease, problem: "x") },
        Deed(name: "release") { queue, lease in try await queue.release(lease) },
        Deed(name: "cancel") { queue, lease in try await queue.cancel(lease.id) },
        Deed(name: "requeue") { queue, lease in
            try await queue.database.write { tx in
                try queue.fail(lease, problem: "x", in: tx)
                let again = try queue.requeue(lease.id, in: tx)
                try TestHost.hold(again.id, round: again.round, in: tx)
            }
        },
    ]

    /// Every row there is.
    static func everything(_ desk: JobsDesk) async throws -> [[Row]] {
        try await desk.database.read { tx in
            try [
                "jobs_job ORDER BY id", "jobs_attempt ORDER BY job", "jobs_queue ORDER BY name",
                "test_hold ORDER BY job",
            ]
            .map { try tx.rows(SQL(text: "SELECT * FROM \($0)", values: [])) }
        }
    }
}
