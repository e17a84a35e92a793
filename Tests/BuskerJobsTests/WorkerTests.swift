// Workers: what they do with handlers that succeed, throw, hang, and with ends that come too early.

import BuskerCore
import BuskerDatabase
import BuskerJobs
import BuskerPostgres
import Synchronization
import TestSupport
import Testing

@Suite struct DrainTests {
    struct Odd: Error {}

    @Test(arguments: DatabaseKind.all)
    func everythingDueIsDoneInTheOrderOfTime(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind) { desk in
            let order = Mutex<[String]>([])
            let handler = TestHandler { context in
                order.withLock { $0.append(String(decoding: context.job.args, as: UTF8.self)) }
                context.report(1, of: 2, stage: "half")
                return .kept
            }
            for (name, seconds) in [("c", 50), ("a", 0), ("b", 20), ("never", 90_000)] {
                let at = desk.clock.now.advanced(by: .seconds(seconds))
                try await desk.add(JobRequest(kind: "work", args: Array(name.utf8), runAt: at))
            }
            let start = desk.clock.now
            #expect(try await desk.drain(try desk.worker([handler])) == 3)
            #expect(order.withLock { $0 } == ["a", "b", "c"])
            #expect(desk.clock.now == start.advanced(by: .seconds(86_400)))
            #expect(try await desk.violations().isEmpty)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aThrowAlwaysEndsInAnotherAttemptOrForGood(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind) { desk in
            let handlers: [any JobHandler] = [
                TestHandler("odd") { _ in throw Odd() },
                TestHandler("final") { _ in throw JobFault("hopeless", isFinal: true) },
                TestHandler("fault") { _ in throw JobFault("busy", wait: .seconds(9)) },
                TestHandler("part") { _ in
                    .done { _, tx in
                        try tx.execute("UPDATE test_hold SET captured = captured + 1")
                        throw JobFault("no credits", isFinal: true)
                    }
                },
                TestHandler("statement") { _ in .done { _, tx in try tx.execute("UPDATE nowhere SET x = 1") } },
                TestHandler("cancels itself") { _ in throw CancellationError() },
                TestHandler("large") { _ in .done([UInt8](repeating: 0, count: 1 << 17)) },
                TestHandler("lazy") { context in context.job.startedAt == nil ? .kept : .retry("again") },
            ]
            for handler in handlers { try await desk.add(JobRequest(kind: handler.kind, attemptsMax: 2)) }
            let steps = try await desk.drain(try desk.worker(handlers))
            #expect(steps == 14)
            let dead = try await desk.queue.dead().items
            #expect(dead.count == handlers.count)
            let problems = Dictionary(uniqueKeysWithValues: dead.map { ($0.kind, $0.problem ?? "") })
            #expect(problems["odd"] == "The handler threw Odd.")
            #expect(problems["final"] == "hopeless" && problems["fault"] == "busy" && problems["part"] == "no credits")
            #expect(problems["statement"]?.isEmpty == false && problems["large"]?.contains("bytes") == true)
            #expect(try await desk.violations().isEmpty)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aPoisonousJobHoldsUpNobody(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind) { desk in
            let poison = TestHandler("poison") { context in
                guard String(validating: context.job.args, as: UTF8.self) != nil else { throw Odd() }
                return .kept
            }
            let bad = try await desk.add(JobRequest(kind: "poison", args: [0xFF, 0xFE], priority: .urgent))
            for _ in 0..<5 { try await desk.add(JobRequest(kind: "poison")) }
            let worker = try desk.worker([poison])
            _ = try await desk.drain(worker, for: .seconds(1))
            #expect(try await desk.queue.jobs(JobFilter(state: .completed)).items.count == 5)
            _ = try await desk.drain(worker)
            #expect(try await desk.job(bad).state == .failed)
            #expect(poison.counts[bad] == 10)
            #expect(try await desk.violations().isEmpty)
        }
    }

    @Test func jobsThatNobodyHereCanDoStay() async throws {
        try await JobsDesk.open(.sqliteMemory) { desk in
            let strange = try await desk.add(JobRequest(kind: "strange"))
            let worker = try desk.worker([TestHandler()])
            for _ in 0..<3 { #expect(try await desk.drain(worker) == 0) }
            let job = try await desk.job(strange)
            #expect(job.state == .pending && job.attempt == 0 && job.version == 1)
            #expect(throws: JobError(.badRequest, "")) { try desk.worker([TestHandler(), TestHandler()]) }
        }
    }

    @Test func jobsMayMakeJobsAndSnooze() async throws {
        try await JobsDesk.open(.sqliteMemory) { desk in
            let queue = desk.queue
            let parent = TestHandler("parent") { context in
                .done { job, tx in
                    try TestHost.capture(job, in: tx)
                    let child = try queue.enqueue(JobRequest(kind: "child"), in: tx)
                    try TestHost.hold(child.id, in: tx)
                }
            }
            let naps = Mutex(0)
            let child = TestHandler("child") { _ in
                naps.withLock { $0 += 1 }
                return naps.withLock { $0 } < 5 ? .snooze(for: .seconds(60)) : .kept
            }
            try await desk.add(JobRequest(kind: "parent"))
            #expect(try await desk.drain(try desk.worker([parent, child])) == 6)
            #expect(try await desk.queue.jobs(JobFilter(state: .completed)).items.allSatisfy { $0.attempt == 1 })
            #expect(try await desk.violations().isEmpty)
        }
    }

    @Test func aRateIsWaitedForInVirtualTime() async throws {
        try await JobsDesk.open(.sqliteMemory, rules: ["default": QueueRules(rate: .init(1, per: .seconds(10)))]) {
            desk in
            for _ in 0..<5 { try await desk.add() }
            #expect(try await desk.drain(try desk.worker([TestHandler()]), for: .seconds(39)) == 4)
            #expect(try await desk.drain(try desk.worker([TestHandler()]), for: .seconds(2)) == 1)
        }
    }
}

@Suite struct WorkerTests {
    @Test(arguments: DatabaseKind.all)
    func twoWorkersShareTheWorkAndEveryJobIsDoneOnce(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind) { desk in
            let handler = TestHandler()
            let workers = [
                try desk.worker([handler]), try desk.worker([handler], by: desk.another()),
            ]
            try await desk.running(workers) {
                var ids: [JobID] = []
                for _ in 0..<40 { ids.append(try await desk.add()) }
                desk.queue.wake()
                #expect(
                    try await eventually {
                        try await desk.queue.jobs(JobFilter(state: .completed)).items.count == 40
                    })
                #expect(handler.counts.count == 40 && handler.counts.values.allSatisfy { $0 == 1 })
            }
            #expect(try await desk.violations().isEmpty)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func withoutAnyHintTheNextLookFindsTheJob(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind) { desk in
            let silent = JobQueue(desk.database, limits: JobLimits(tellsOfNew: false), clock: desk.clock)
            try await desk.running([try desk.worker([TestHandler()])]) {
                try await Task.sleep(for: .milliseconds(20))
                let id = try await silent.enqueue(JobRequest(kind: "work")).id
                #expect(try await eventually { try await desk.job(id).state == .completed })
            }
        }
    }

    @Test func aHintWakesAWorkerThatLooksRarely() async throws {
        guard DatabaseKind.all.contains(.postgres) else { return }
        try await PostgresServer.withSchema { url in
            try await closing(try await PostgresDatabase(url: url)) { database in
                try await database.migrate(JobsSchema.migrations + [TestHost.migration])
                let desk = JobsDesk(database, [:], JobLimits())
                let postgres = try #require(database as? PostgresDatabase)
                let hints = try postgres.listen(JobQueue.channel)
                let worker = try JobWorker(
                    desk.queue,
                    handlers: [
                        TestHandler("quick"),
                        TestHandler("slow") { _ in
                            try await waitForTheEnd()
                            return .kept
                        },
                    ], settings: WorkerSettings(poll: .seconds(60)), clock: ContinuousClock())
                let task = Task { await worker.run(hints: hints) }
                try await Task.sleep(for: .milliseconds(100))
                let other = desk.another()
                let id = try await other.enqueue(JobRequest(kind: "quick")).id
                #expect(try await eventually { try await desk.job(id).state == .completed })
                let slow = try await other.enqueue(JobRequest(kind: "slow")).id
                #expect(try await eventually { try await desk.job(slow).state == .processing })
                _ = try await other.cancel(slow)
                #expect(try await eventually { try await desk.job(slow).state == .cancelled })
                await worker.shutdown(within: .seconds(1))
                await task.value
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aCancelledJobStopsAndIsNotPaidFor(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind) { desk in
            let handler = TestHandler { context in
                context.report(3, of: 10, stage: "deep")
                try await waitForTheEnd()
                return .kept
            }
            let id = try await desk.add()
            try await desk.running([try desk.worker([handler])]) {
                #expect(try await eventually { try await desk.job(id).progress.millionths == 300_000 })
                _ = try await desk.queue.cancel(id)
                #expect(try await eventually { try await desk.job(id).state == .cancelled })
            }
            #expect(try await desk.violations().isEmpty)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aWishThatNobodyRangForIsSeenAtTheFirstLook(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind) { desk in
            let other = desk.another()
            let handler = TestHandler { context in
                _ = try await other.cancel(context.job.id)
                try await waitForTheEnd()
                return .kept
            }
            let id = try await desk.add()
            let settings = WorkerSettings(progressEvery: .seconds(60))
            try await desk.running([try desk.worker([handler], settings: settings)]) {
                let isOver = try await eventually { try await desk.job(id).state == .cancelled }
                #expect(isOver)
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aWishWhoseSignOfLifeFailedIsSeenAgain(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind, limits: JobLimits(lease: .seconds(3600))) { desk in
            let faulty = FaultyDatabase(desk.database)
            let handler = TestHandler { context in
                faulty.failWrites(3)
                _ = try await desk.queue.cancel(context.job.id)
                try await waitForTheEnd()
                return .kept
            }
            let id = try await desk.add()
            let settings = WorkerSettings(poll: .seconds(60), careEvery: .seconds(600))
            let worker = try desk.worker([handler], by: desk.another(faulty), settings: settings)
            try await desk.running([worker]) {
                let isOver = try await eventually { try await desk.job(id).state == .cancelled }
                #expect(isOver)
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func progressIsWrittenNoMoreOftenThanTheSettingsSay(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind) { desk in
            let every = Duration.seconds(7)
            let clock = RationedClock(every)
            let handler = TestHandler { context in
                let id = context.job.id
                let chatter = Task {
                    var at: Int64 = 0
                    while !Task.isCancelled {
                        at += 1
                        context.report(at, of: 1 << 40, stage: "\(at)")
                        await Task.yield()
                    }
                }
                defer { chatter.cancel() }
                let claimed = context.job.version
                for written in Int64(1)...2 {
                    clock.allow(1)
                    #expect(try await eventually { try await desk.job(id).version >= claimed + written })
                    try await Task.sleep(for: .milliseconds(200))
                    #expect(try await desk.job(id).version == claimed + written, "its own ring is no reason to write")
                }
                return .kept
            }
            let id = try await desk.add()
            let worker = try JobWorker(
                desk.queue, handlers: [handler], settings: WorkerSettings(progressEvery: every), clock: clock)
            try await desk.running([worker]) {
                let isOver = try await eventually { try await desk.job(id).state == .completed }
                #expect(isOver)
            }
        }
    }

    @Test func whatTakesTooLongIsEndedEvenIfItDoesNotListen() async throws {
        try await JobsDesk.open(.sqliteMemory) { desk in
            let door = Gate()
            let deaf = TestHandler("deaf") { _ in
                await door.opened()
                return .kept
            }
            let polite = TestHandler("polite") { _ in
                try await waitForTheEnd()
                return .kept
            }
            var ids: [JobID] = []
            for kind in ["deaf", "polite"] {
                ids.append(try await desk.add(JobRequest(kind: kind, attemptsMax: 1, timeLimit: .seconds(5))))
            }
            try await desk.running([try desk.worker([deaf, polite])]) {
                let areOver = try await eventually {
                    try await desk.queue.jobs(JobFilter(state: .failed)).items.count == 2
                }
                #expect(areOver)
            }
            for id in ids { #expect(try await desk.job(id).problem == "The attempt took too long.") }
            door.open()
            #expect(try await desk.violations().isEmpty)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aWorkerWhoseLeaseIsLostDropsWhatItDid(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind, limits: JobLimits(lease: .seconds(3), backoff: Backoff(first: .zero))) { desk in
            let lost = Mutex(0)
            let door = Gate()
            let slow = TestHandler { context in
                if context.job.attempt == 1 { await door.opened() }
                return .kept
            }
            let id = try await desk.add()
            let worker = try desk.worker([slow]) { notice in
                if case .lost = notice { lost.withLock { $0 += 1 } }
            }
            try await desk.running([worker]) {
                #expect(try await eventually { slow.counts[id] == 1 })
                let other = desk.another()
                desk.pass(.seconds(4))
                try await desk.database.write { tx in
                    try tx.execute("UPDATE jobs_job SET lease_us = 0 WHERE id = \(id)")
                    _ = try other.rescue(in: tx)
                }
                #expect(try await eventually { try await desk.job(id).state == .completed })
                door.open()
                #expect(try await eventually { lost.withLock { $0 } >= 1 })
            }
            #expect(try await desk.job(id).attempt == 2)
            #expect(try await desk.violations().isEmpty)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func theEndOfAWorkerBurnsNoAttempt(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind) { desk in
            let door = Gate()
            let handler = TestHandler { context in
                switch String(decoding: context.job.args, as: UTF8.self) {
                case "deaf": await door.opened()
                case "polite": try await waitForTheEnd()
                default: try await Task.sleep(for: .milliseconds(50))
                }
                return .kept
            }
            var ids: [String: JobID] = [:]
            for name in ["deaf", "polite", "short", "waits"] {
                ids[name] = try await desk.add(JobRequest(kind: "work", args: Array(name.utf8), attemptsMax: 1))
            }
            let worker = try desk.worker([handler], settings: WorkerSettings(jobsMax: 3))
            let task = Task { await worker.run() }
            #expect(try await eventually { worker.running == 3 })
            await worker.shutdown(within: .seconds(20))
            await task.value
            #expect(worker.running == 0)
            for (name, id) in ids {
                let job = try await desk.job(id)
                #expect(job.state == (name == "short" ? .completed : .pending), "\(name)")
                #expect(job.attempt == (name == "short" ? 1 : 0), "\(name)")
            }
            door.open()
            let second = try desk.worker([TestHandler()])
            #expect(try await desk.drain(second) == 3)
            #expect(try await desk.violations().isEmpty)
        }
    }

    @Test func aWorkerWhoseTaskIsCancelledGivesItsJobsBack() async throws {
        try await JobsDesk.open(.sqliteMemory) { desk in
            let id = try await desk.add(JobRequest(kind: "work", attemptsMax: 1))
            let worker = try desk.worker([
                TestHandler { _ in
                    try await waitForTheEnd()
                    return .kept
                }
            ])
            let task = Task { await worker.run() }
            #expect(try await eventually { worker.running == 1 })
            task.cancel()
            await task.value
            let job = try await desk.job(id)
            #expect(job.state == .pending && job.attempt == 0)
        }
    }

    @Test func whileTheDatabaseIsAwayNothingIsLost() async throws {
        try await JobsDesk.open(.sqliteMemory) { desk in
            let dead = CrashingDatabase(desk.database, after: 3)
            let unsettled = Mutex(0)
            let id = try await desk.add()
            let worker = try desk.worker([TestHandler()], by: desk.another(dead)) { notice in
                if case .unsettled = notice { unsettled.withLock { $0 += 1 } }
            }
            try await desk.database.write { tx in try tx.execute("UPDATE jobs_job SET lease_us = lease_us") }
            _ = try? await worker.step()
            #expect(try await desk.job(id).state == .pending || unsettled.withLock { $0 } == 1)
            desk.pass(.seconds(61))
            #expect(try await desk.drain(try desk.worker([TestHandler()])) == 1)
            #expect(try await desk.job(id).state == .completed)
            #expect(try await desk.violations().isEmpty)
        }
    }
}
