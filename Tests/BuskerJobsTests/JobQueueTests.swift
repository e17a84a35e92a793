// The queue on every database: asking, taking, settling, looking.

import BuskerCore
import BuskerDatabase
import BuskerJobs
import TestSupport
import Testing

@Suite struct JobQueueTests {
    @Test(arguments: DatabaseKind.all)
    func aJobIsTakenOnceAndDoneOnce(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind) { desk in
            var request = JobRequest(kind: "split", args: [0, 255, 7], owner: "user:1")
            request.backoff = Backoff(first: .seconds(2), most: .seconds(9))
            request.timeLimit = .seconds(77)
            let id = try await desk.add(request)
            let lease = try await desk.takeOne()
            #expect(lease.id == id && lease.job.args == [0, 255, 7] && lease.job.kind == "split")
            #expect(lease.job.attempt == 1 && lease.job.state == .processing && lease.job.worker == "w1")
            #expect(lease.job.backoff == request.backoff && lease.job.timeLimit == .seconds(77))
            #expect(lease.job.leasedUntil == desk.clock.now.advanced(by: .seconds(60)))
            #expect(try await desk.take().isEmpty)
            let beat = try await desk.queue.heartbeat(lease, progress: JobProgress(1, of: 4, stage: "decode"))
            #expect(!beat.isStopAsked)
            #expect(try await desk.job(id).progress == JobProgress(millionths: 250_000, stage: "decode"))
            let queue = desk.queue
            try await desk.database.write { tx in
                try TestHost.capture(try queue.finish(lease, result: [9], in: tx), in: tx)
            }
            let job = try await desk.job(id)
            #expect(job.state == .completed && job.result == [9] && job.progress.millionths == 1_000_000)
            #expect(job.leasedUntil == nil && job.endedAt == desk.clock.now)
            #expect(await desk.code { try await desk.finish(lease) } == .leaseLost)
            #expect(await desk.code { try await queue.heartbeat(lease) } == .leaseLost)
            #expect(await desk.code { try await queue.retry(lease, problem: "x") } == .leaseLost)
            #expect(try await desk.violations().isEmpty)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func theUrgentComeFirstThenTheOldAndNobodyBeforeTheirTime(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind) { desk in
            let now = desk.clock.now
            var made: [String: JobID] = [:]
            func add(_ name: String, _ priority: JobPriority, _ seconds: Int64, _ queue: String = "default")
                async throws
            {
                made[name] = try await desk.add(
                    JobRequest(
                        kind: name, queue: queue, priority: priority,
                        runAt: now.advanced(byMicroseconds: seconds * 1_000_000)))
            }
            try await add("low", .low, -100)
            try await add("second", .normal, -5)
            try await add("first", .normal, -6)
            try await add("urgent", .urgent, 0)
            try await add("later", .urgent, 10)
            try await add("elsewhere", .urgent, 0, "other")
            #expect(try await desk.take(2).map(\.job.kind) == ["urgent", "first"])
            #expect(try await desk.take(9).map(\.job.kind) == ["second", "low"])
            desk.pass(.seconds(10))
            #expect(try await desk.take(9).map(\.job.kind) == ["later"])
            #expect(try await desk.take(9, from: "other").map(\.job.kind) == ["elsewhere"])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func kindsThatAWorkerCannotDoStayWhereTheyAre(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind) { desk in
            for at in 0..<20 { try await desk.add(JobRequest(kind: at.isMultiple(of: 2) ? "known" : "strange")) }
            let request = ClaimRequest(kinds: ["known", "also"], count: 50, worker: "w")
            #expect(try await desk.queue.claim(request).count == 10)
            #expect(try await desk.queue.claim(request).isEmpty)
            #expect(try await desk.queue.claim(ClaimRequest(kinds: [], count: 5, worker: "w")).isEmpty)
            let left = try await desk.queue.jobs(JobFilter(state: .pending)).items
            #expect(left.count == 10 && left.allSatisfy { $0.kind == "strange" && $0.attempt == 0 })
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aUniqueKeyIsFreeAgainWhenItsJobHasEnded(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind) { desk in
            let request = JobRequest(kind: "work", uniqueKey: "song:1")
            let first = try await desk.queue.enqueue(request)
            #expect(first.isNew)
            let again = try await desk.queue.enqueue(request)
            #expect(!again.isNew && again.id == first.id)
            let lease = try await desk.takeOne()
            #expect(try await !desk.queue.enqueue(request).isNew)
            try await desk.queue.fail(lease, problem: "no")
            let second = try await desk.queue.enqueue(request)
            #expect(second.isNew && second.id != first.id)
            #expect(await desk.code { try await desk.queue.requeue(first.id) } == .duplicate)
            #expect(try await desk.queue.cancel(second.id).state == .cancelled)
            #expect(try await desk.queue.requeue(first.id).round == 2)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func failedAttemptsWaitEverLongerAndAreRemembered(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind) { desk in
            var request = JobRequest(kind: "work", attemptsMax: 3)
            request.backoff = Backoff(first: .seconds(10), most: .seconds(15))
            let id = try await desk.add(request)
            for (attempt, range) in [(1, 5.0...10), (2, 7.5...15)] {
                let lease = try await desk.takeOne()
                #expect(lease.job.attempt == attempt)
                let job = try await desk.queue.retry(lease, problem: "broken \(attempt)\0")
                let wait = Double(desk.clock.now.microseconds(until: job.runAt)) / 1e6
                #expect(job.state == .pending && range.contains(wait) && job.problem == "broken \(attempt)")
                #expect(try await desk.take().isEmpty)
                desk.pass(.seconds(15))
            }
            let last = try await desk.queue.retry(try await desk.takeOne(), problem: String(repeating: "é", count: 900))
            #expect(last.state == .failed && (499...500).contains(last.problem?.utf8.count ?? 0))
            #expect(try await desk.queue.history(of: id).map(\.attempt) == [1, 2, 3])
            #expect(try await desk.queue.history(of: id).allSatisfy { $0.outcome == .failed && $0.worker == "w1" })
            #expect(try await desk.queue.dead().items.map(\.id) == [id])
            #expect(try await desk.violations().isEmpty)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func whatIsPutOffOrGivenBackCostsNoAttempt(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind) { desk in
            let id = try await desk.add(JobRequest(kind: "work", attemptsMax: 1))
            for _ in 0..<3 {
                let job = try await desk.queue.snooze(try await desk.takeOne(), for: .seconds(30))
                #expect(job.attempt == 0 && job.runAt == desk.clock.now.advanced(by: .seconds(30)))
                desk.pass(.seconds(30))
                #expect(try await desk.queue.release(try await desk.takeOne()).state == .pending)
            }
            try await desk.finish(try await desk.takeOne())
            #expect(try await desk.job(id).state == .completed)
            #expect(try await desk.violations().isEmpty)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func cancellingEndsWhatWaitsAndAsksWhatRuns(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind) { desk in
            let waiting = try await desk.add(JobRequest(kind: "work", owner: "user:1"))
            #expect(await desk.code { try await desk.queue.cancel(waiting, of: "user:2") } == .unknown)
            #expect(try await desk.queue.job(waiting, of: "user:2") == nil)
            #expect(try await desk.queue.cancel(waiting, of: "user:1").state == .cancelled)
            #expect(try await desk.queue.cancel(waiting).version == 2)
            let running = try await desk.add()
            let lease = try await desk.takeOne()
            #expect(lease.id == running)
            #expect(try await desk.queue.cancel(running).isStopAsked)
            #expect(try await desk.queue.heartbeat(lease).isStopAsked)
            #expect(try await desk.queue.retry(lease, problem: "stopped").state == .cancelled)
            #expect(try await desk.queue.history(of: running).map(\.outcome) == [.cancelled])
            let done = try await desk.add()
            let late = try await desk.takeOne()
            _ = try await desk.queue.cancel(done)
            #expect(try await desk.finish(late).state == .completed)
            #expect(try await desk.violations().isEmpty)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func rescuedJobsAreTriedAgainUntilTheyHaveFailed(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind) { desk in
            let id = try await desk.add(JobRequest(kind: "work", attemptsMax: 2, backoff: Backoff(first: .zero)))
            let wished = try await desk.add(JobRequest(kind: "work"))
            #expect(try await desk.take(2).count == 2)
            _ = try await desk.queue.cancel(wished)
            desk.pass(.seconds(60))
            #expect(try await desk.another().rescue().jobs.isEmpty)
            desk.pass(.microseconds(1))
            let rescue = try await desk.another().rescue()
            #expect(Set(rescue.jobs.map(\.id)) == [id, wished] && !rescue.isMore)
            #expect(try await desk.job(wished).state == .cancelled)
            #expect(try await desk.job(id).state == .pending)
            _ = try await desk.takeOne(as: "w2")
            desk.pass(.seconds(61))
            _ = try await desk.queue.rescue()
            let job = try await desk.job(id)
            #expect(job.state == .failed && job.attempt == 2)
            #expect(try await desk.queue.history(of: id).map(\.outcome) == [.lapsed, .lapsed])
            #expect(try await desk.violations().isEmpty)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func manyEndsThatTheHostRefusesDoNotHideThoseBehindThem(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind) { desk in
            var poison: [JobID] = []
            for _ in 0..<5 { poison.append(try await desk.add(JobRequest(kind: "poison", attemptsMax: 1))) }
            let fine = try await desk.add(JobRequest(kind: "work", attemptsMax: 1))
            _ = try await desk.take(6)
            desk.pass(.seconds(61))
            let first = poison[0]
            let strict = JobQueue(desk.database, limits: JobLimits(rescueMax: 2), clock: desk.clock) { end, tx in
                let hold: SQL = "UPDATE test_hold SET released = 1 WHERE job = \(end.job.id)"
                try tx.execute(hold)
                // The first one is refused by a rule of a table, the others by the host itself.
                if end.job.id == first { try tx.execute("INSERT INTO jobs_schedule (name) VALUES (NULL)") }
                if end.job.kind == "poison" { throw JobsDesk.Crash() }
            }
            let rescue = try await strict.rescue()
            #expect(Set(rescue.refused) == Set(poison) && rescue.jobs.map(\.id) == [fine])
            #expect(try await strict.rescue().jobs.isEmpty)
            #expect(try await desk.violations().isEmpty)
            #expect(try await Set(desk.queue.rescue().jobs.map(\.id)) == Set(poison))
        }
    }

    @Test(arguments: DatabaseKind.all)
    func anEndThatTheHostRefusesHoldsUpNobodyElse(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind) { desk in
            let poison = try await desk.add(JobRequest(kind: "poison", attemptsMax: 1))
            let fine = try await desk.add(JobRequest(kind: "work", attemptsMax: 1))
            _ = try await desk.take(2)
            desk.pass(.seconds(61))
            let strict = JobQueue(desk.database, clock: desk.clock) { end, tx in
                try tx.execute("UPDATE test_hold SET released = 5 WHERE job = \(end.job.id)")
                if end.job.kind == "poison" { throw JobsDesk.Crash() }
                try tx.execute("UPDATE test_hold SET released = 1 WHERE job = \(end.job.id)")
            }
            let rescue = try await strict.rescue()
            #expect(rescue.refused == [poison] && rescue.jobs.map(\.id) == [fine] && !rescue.isMore)
            #expect(try await desk.violations().isEmpty)
            #expect(try await desk.queue.rescue().jobs.map(\.id) == [poison])
            #expect(try await desk.violations().isEmpty)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func deadLettersBeginAfreshOneByOneOrByKind(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind) { desk in
            var ids: [JobID] = []
            for at in 0..<5 { ids.append(try await desk.add(JobRequest(kind: at == 4 ? "other" : "work"))) }
            for lease in try await desk.take(9) { try await desk.queue.fail(lease, problem: "no") }
            let made = ids
            #expect(try await desk.queue.requeueDead(kind: "work", before: desk.clock.now).isEmpty)
            desk.pass(.seconds(1))
            let again = try await desk.queue.requeueDead(kind: "work", limit: 3, before: desk.clock.now) { job, tx in
                if job.id == made[1] { throw JobsDesk.Crash() }
                try TestHost.hold(job.id, round: job.round, in: tx)
            }
            #expect(again.map(\.id) == [ids[0], ids[2]])
            #expect(again.allSatisfy { $0.round == 2 && $0.attempt == 0 && $0.state == .pending })
            #expect(await desk.code { try await desk.queue.requeue(ids[0]) } == .wrongState)
            for lease in try await desk.take(9) { try await desk.finish(lease) }
            #expect(try await desk.violations().isEmpty)
            #expect(try await desk.queue.dead(kind: "work").items.map(\.id) == [ids[3], ids[1]])
            #expect(await desk.code { try await desk.queue.requeue(ids[0]) } == .wrongState)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func listsAreReadPageByPage(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind) { desk in
            var ids: [JobID] = []
            for at in 0..<7 {
                ids.append(try await desk.add(JobRequest(kind: "k\(at % 2)", owner: at < 5 ? "a" : "b")))
            }
            var seen: [JobID] = []
            var cursor: Cursor?
            repeat {
                let page = try await desk.queue.jobs(JobFilter(owner: "a"), page: PageRequest(after: cursor, limit: 2))
                seen += page.items.map(\.id)
                cursor = page.next
            } while cursor != nil
            #expect(seen == ids.prefix(5).reversed())
            let filtered = try await desk.queue.jobs(
                JobFilter(owner: "b", state: .pending, kind: "k0", queue: "default"))
            #expect(filtered.items.map(\.id) == [ids[6]])
            let strange = try Cursor(list: "others", after: ids[0])
            #expect(await desk.code { try await desk.queue.jobs(page: PageRequest(after: strange)) } == .badCursor)
            let counts = try await desk.queue.counts()
            #expect(counts.map(\.count) == [7] && counts[0].oldest == desk.clock.now)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func whatEndedLongAgoIsForgotten(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind) { desk in
            for _ in 0..<4 { try await desk.add() }
            let leases = try await desk.take(3)
            try await desk.finish(leases[0])
            try await desk.queue.fail(leases[1], problem: "no")
            desk.pass(.seconds(100))
            try await desk.finish(leases[2])
            #expect(try await desk.queue.prune(before: desk.clock.now) == 1)
            #expect(try await desk.queue.job(leases[0].id) == nil)
            #expect(try await desk.queue.prune(before: desk.clock.now, states: [.failed, .pending, .processing]) == 1)
            #expect(try await desk.queue.history(of: leases[1].id).isEmpty)
            #expect(try await desk.queue.jobs().items.count == 2)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func whoWatchesSeesEveryStateThatLastsAndTheEnd(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind) { desk in
            let id = try await desk.add(JobRequest(kind: "work", owner: "a"))
            let clock = ContinuousClock()
            var watch = desk.queue.events(of: id, owner: "a", poll: .seconds(60), clock: clock).makeAsyncIterator()
            #expect(try await watch.next()?.state == .pending)
            let whole = Task {
                var last: Job?
                for try await job in desk.queue.events(of: id, poll: .milliseconds(50), clock: clock) {
                    #expect(job.version > last?.version ?? 0)
                    last = job
                }
                return last?.state
            }
            let lease = try await desk.takeOne()
            #expect(try await watch.next()?.state == .processing)
            try await desk.queue.heartbeat(lease, progress: JobProgress(1, of: 2))
            try await desk.queue.heartbeat(lease, progress: JobProgress(2, of: 3))
            let half = try #require(try await watch.next())
            #expect(half.progress.millionths == 666_666)
            let other = desk.another()
            try await desk.finish(lease, by: other)
            var resumed = other.events(of: id, after: half.version, clock: clock).makeAsyncIterator()
            let end = try #require(try await resumed.next())
            #expect(end.state == .completed && end.version > half.version)
            #expect(try await resumed.next() == nil)
            #expect(try await whole.value == .completed)
            desk.queue.hear("job:\(id)")
            #expect(try await watch.next()?.state == .completed)
            var strange = desk.queue.events(of: id, owner: "b", clock: clock).makeAsyncIterator()
            await #expect(throws: JobError(.unknown, "")) { try await strange.next() }
        }
    }

    @Test func strangeRequestsAreRefused() async throws {
        try await JobsDesk.open(.sqliteMemory) { desk in
            let long = String(repeating: "x", count: 256)
            let bad = [
                JobRequest(kind: ""), JobRequest(kind: "a\nb"), JobRequest(kind: long),
                JobRequest(kind: "k", queue: ""),
                JobRequest(kind: "k", owner: long), JobRequest(kind: "k", uniqueKey: ""),
                JobRequest(kind: "k", args: [UInt8](repeating: 0, count: 65_537)),
                JobRequest(kind: "k", attemptsMax: 0),
                JobRequest(kind: "k", attemptsMax: 1001), JobRequest(kind: "k", timeLimit: .zero),
            ]
            for request in bad {
                #expect(await desk.code { try await desk.queue.enqueue(request) } == .badRequest, "\(request)")
            }
            #expect(await desk.code { try await desk.queue.claim(ClaimRequest(worker: "")) } == .badRequest)
            let all = [JobRequest(kind: "k"), JobRequest(kind: "k", uniqueKey: "u")]
            #expect(await desk.code { try await desk.queue.enqueue(all: all) } == .badRequest)
            #expect(try await desk.queue.jobs().items.isEmpty)
            let id = try await desk.add()
            let lease = try await desk.takeOne()
            let result = [UInt8](repeating: 0, count: 65_537)
            #expect(await desk.code { try await desk.queue.finish(lease, result: result) } == .badRequest)
            #expect(try await desk.job(id).state == .processing)
        }
    }
}
