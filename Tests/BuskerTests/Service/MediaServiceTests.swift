// One walk, and everything that can go wrong on it.

import Busker
import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerJobs
import BuskerLedger
import BuskerStorage
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite struct MediaServiceTests {
    @Test(arguments: DatabaseKind.all)
    func anOrderIsHeldThenCapturedAndItsFilesAppear(kind: DatabaseKind) async throws {
        try await MediaBench.open(kind) { bench in
            let file = try await bench.upload()
            let quote = try await bench.service.quote(bench.order(file.id))
            #expect(quote.total.steps == 100)
            let job = try await bench.service.submit(bench.order(file.id, options: ["colour": "blue"]))
            #expect(job.job.state == .pending && job.cost.steps == 100 && job.money == .held && job.outputs.isEmpty)
            #expect(try await bench.standing() == [200, 100])
            try await bench.drain()
            let done = try await bench.service.job(job.id, of: bench.owner)
            #expect(done.job.state == .completed && done.charged?.steps == 100 && done.money == .captured)
            #expect(done.outputs.map(\.name) == ["노래 b.bin", "a.bin"])
            #expect(try await bench.standing() == [200, 0])
            let output = try await bench.service.output("노래 b.bin", of: job.id, owner: bench.owner)
            #expect(try await bench.bytes(bench.service.open(output)) == Array("made for blue".utf8))
            let part = try await bench.service.open(output, range: .bytes(5..<8))
            #expect(try await bench.bytes(part) == Array("for".utf8))
            #expect(output.payment == .paid && output.times.finished != nil)
            #expect(try FileManager.default.contentsOfDirectory(atPath: bench.folder).isEmpty)
            #expect(try await bench.ledger.verify().ok)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func theSameKeyIsTheSameJobAndAnotherOrderUnderItIsRefused(kind: DatabaseKind) async throws {
        try await MediaBench.open(kind) { bench in
            let file = try await bench.upload()
            let first = try await bench.service.submit(bench.order(file.id, key: "click"))
            let second = try await bench.service.submit(bench.order(file.id, key: "click"))
            #expect(first.id == second.id)
            #expect(try await bench.standing() == [200, 100])
            await #expect(throws: MediaError(.conflict, "")) {
                try await bench.service.submit(bench.order(file.id, key: "click", options: ["colour": "red"]))
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func twentyClicksAtOnceAreOneJob(kind: DatabaseKind) async throws {
        try await MediaBench.open(kind) { bench in
            let order = try bench.order(try await bench.upload().id, key: "click")
            let ids = try await withThrowingTaskGroup(of: JobID.self) { group in
                for _ in 0..<20 { group.addTask { try await bench.service.submit(order).id } }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
            #expect(try await bench.standing() == [200, 100])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aFaultIsToldAndFreesTheHoldAndLeavesNothing(kind: DatabaseKind) async throws {
        try await MediaBench.open(kind) { bench in
            bench.work.mood.withLock { $0 = [.fault(WorkFault(.soundUnreadable, "Not a sound.", isFinal: true))] }
            let job = try await bench.submitted()
            try await bench.drain()
            let failed = try await bench.service.job(job.id, of: bench.owner)
            #expect(failed.job.state == .failed && failed.job.problem == "sound_unreadable: Not a sound.")
            #expect(failed.money == .released && failed.charged == nil)
            #expect(try await bench.standing() == [300, 0])
            #expect(try await bench.leftovers() == [])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aRetryHoldsAndCapturesUnderKeysOfItsOwn(kind: DatabaseKind) async throws {
        try await MediaBench.open(kind) { bench in
            let bad = WorkFault(.failed, "Today not.", isFinal: true)
            bench.work.mood.withLock { $0 = [.fault(bad), .fault(bad)] }
            let job = try await bench.submitted()
            try await bench.drain()
            _ = try await bench.service.retry(job.id, of: bench.owner)
            #expect(try await bench.standing() == [200, 100])
            try await bench.drain()
            #expect(try await bench.standing() == [300, 0])
            let again = try await bench.service.retry(job.id, of: bench.owner)
            #expect(again.job.round == 3)
            try await bench.drain()
            #expect(try await bench.service.job(job.id, of: bench.owner).money == .captured)
            #expect(try await bench.standing() == [200, 0])
            await #expect(throws: MediaError(.wrongState, "")) {
                try await bench.service.retry(job.id, of: bench.owner)
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aPassingFaultIsTriedAgainUnderTheSameHold(kind: DatabaseKind) async throws {
        try await MediaBench.open(kind) { bench in
            bench.work.mood.withLock { $0 = [.fault(WorkFault(.failed, "Once.", isFinal: false))] }
            let job = try await bench.submitted()
            try await bench.drain()
            #expect(try await bench.service.job(job.id, of: bench.owner).job.state == .completed)
            #expect(bench.work.runs.withLock { $0 } == 2)
            #expect(try await bench.standing() == [200, 0])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aJobThatIsDeletedBeforeItsWorkerHearsOfItCostsNothingAndLeavesNothing(kind: DatabaseKind) async throws {
        try await MediaBench.open(kind) { bench in
            // Another process, whose bells do not ring here.
            let other = MediaService(
                bench.service.rooms, works: [bench.work], settings: bench.service.settings, clock: bench.clock,
                log: bench.log)
            let owner = bench.owner
            bench.work.mood.withLock { $0 = [.meets { id in try await other.delete(id, of: owner) }] }
            let job = try await bench.submitted()
            try await bench.drain()
            #expect(try await bench.service.queue.job(job.id)?.state.isEnded == true)
            #expect(try await bench.standing() == [300, 0])
            let left = try await bench.database.read { tx in
                try FileStore.list(owner: owner, FileFilter(kinds: ["stem"], withDeleted: true), in: tx).items
            }
            #expect(left.isEmpty, "\(left.map(\.state))")
            #expect(try await bench.ledger.verify().ok)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func whatWasReallyUsedIsCaptured(kind: DatabaseKind) async throws {
        try await MediaBench.open(kind) { bench in
            bench.work.mood.withLock { $0 = [.costs(2)] }
            let job = try await bench.submitted()
            try await bench.drain()
            #expect(try await bench.service.job(job.id, of: bench.owner).charged?.steps == 200)
            #expect(try await bench.standing() == [100, 0])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func whatCostsMoreThanTheAccountHasCostsWhatWasToldBefore(kind: DatabaseKind) async throws {
        try await MediaBench.open(kind) { bench in
            bench.work.mood.withLock { $0 = [.costs(5)] }
            let job = try await bench.submitted()
            try await bench.drain()
            let done = try await bench.service.job(job.id, of: bench.owner)
            #expect(done.job.state == .completed && done.job.attempt == 1 && done.charged?.steps == 100)
            #expect(try await bench.standing() == [200, 0])
            #expect(try await bench.ledger.verify().ok)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func whoCannotPayGetsTheFiguresAndNoJob(kind: DatabaseKind) async throws {
        try await MediaBench.open(kind, credits: 150) { bench in
            _ = try await bench.submitted()
            let file = try await bench.upload()
            do {
                _ = try await bench.service.submit(bench.order(file.id))
                Issue.record("It was taken on.")
            } catch let error as MediaError {
                #expect(error.code == .insufficientCredits)
                #expect(error.figures?.needed.steps == 100 && error.figures?.available.steps == 50)
                #expect(error.figures?.held.steps == 100)
            }
            #expect(try await bench.service.jobs(of: bench.owner).items.count == 1)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aHoldThatIsOverIsSetAsideAnew(kind: DatabaseKind) async throws {
        try await MediaBench.open(kind) { bench in
            let job = try await bench.submitted()
            bench.clock.set(bench.clock.now.advanced(by: .seconds(3 * 86_400)))
            _ = await Housekeeping(bench.service.tasks(), log: bench.log).once()
            #expect(try await bench.standing() == [300, 0])
            try await bench.drain()
            #expect(try await bench.service.job(job.id, of: bench.owner).money == .captured)
            #expect(try await bench.standing() == [200, 0])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func othersSeeNothing(kind: DatabaseKind) async throws {
        try await MediaBench.open(kind) { bench in
            let job = try await bench.submitted()
            let missing = MediaError(.notFound, "")
            await #expect(throws: missing) { try await bench.service.job(job.id, of: "usr_two") }
            await #expect(throws: missing) { try await bench.service.cancel(job.id, of: "usr_two") }
            await #expect(throws: missing) { try await bench.service.delete(job.id, of: "usr_two") }
            await #expect(throws: missing) { try await bench.service.retry(job.id, of: "usr_two") }
            await #expect(throws: missing) { try await bench.service.zip(of: job.id, owner: "usr_two") }
            await #expect(throws: missing) { try await bench.service.output("a.bin", of: job.id, owner: "usr_two") }
            await #expect(throws: missing) {
                try await bench.service.deleteUpload(try #require(job.file), of: "usr_two")
            }
            await #expect(throws: missing) {
                try await bench.service.submit(bench.order(try #require(job.file), owner: "usr_two"))
            }
            #expect(try await bench.service.jobs(of: "usr_two").items.isEmpty)
            #expect(try await bench.service.jobs(of: bench.owner).items.map(\.id) == [job.id])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aCancelledJobCostsNothing(kind: DatabaseKind) async throws {
        try await MediaBench.open(kind) { bench in
            let job = try await bench.submitted()
            #expect(try await bench.service.cancel(job.id, of: bench.owner).job.state == .cancelled)
            #expect(try await bench.standing() == [300, 0])
            await #expect(throws: MediaError(.wrongState, "")) {
                try await bench.service.zip(of: job.id, owner: bench.owner)
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aDeletedJobIsGoneForItsOwnerWithItsFiles(kind: DatabaseKind) async throws {
        try await MediaBench.open(kind) { bench in
            let job = try await bench.submitted()
            await #expect(throws: MediaError(.wrongState, "")) {
                try await bench.service.deleteUpload(try #require(job.file), of: bench.owner)
            }
            try await bench.drain()
            try await bench.service.delete(job.id, of: bench.owner)
            await #expect(throws: MediaError(.notFound, "")) { try await bench.service.job(job.id, of: bench.owner) }
            #expect(try await bench.service.jobs(of: bench.owner).items.isEmpty)
            #expect(try await bench.standing() == [200, 0])
            try await bench.service.deleteUpload(try #require(job.file), of: bench.owner)
            await #expect(throws: MediaError(.badFile, "")) {
                try await bench.service.submit(bench.order(try #require(job.file)))
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func whoOwesCreditGetsNothingUntilItIsPaid(kind: DatabaseKind) async throws {
        try await MediaBench.open(kind, credits: 0) { bench in
            let account = try AccountName(bench.owner)
            try await bench.ledger.grant(
                Amount(steps: 100, unit: bench.unit), to: account,
                terms: GrantTerms(
                    .paid, cost: Money(minorUnits: 500, currency: .usd), payment: "stripe:pi_1"),
                key: IdempotencyKey("paid"))
            let job = try await bench.submitted()
            try await bench.drain()
            _ = try await bench.service.zip(of: job.id, owner: bench.owner)
            try await bench.ledger.clawback(
                payment: "stripe:pi_1", reversed: Money(minorUnits: 500, currency: .usd), key: IdempotencyKey("claw"))
            await #expect(throws: MediaError(.locked, "")) {
                try await bench.service.zip(of: job.id, owner: bench.owner)
            }
            await #expect(throws: MediaError(.locked, "")) {
                try await bench.service.output("a.bin", of: job.id, owner: bench.owner)
            }
            await #expect(throws: MediaError(.locked, "")) { try await bench.submitted() }
            try await bench.ledger.grant(
                Amount(steps: 100, unit: bench.unit), to: account, key: IdempotencyKey("later"))
            _ = try await bench.service.zip(of: job.id, owner: bench.owner)
        }
    }

    @Test func nothingIsHandedOutWhileNobodyKnowsWhetherSomethingIsOwed() async throws {
        try await MediaBench.open(.sqliteMemory) { bench in
            let job = try await bench.submitted()
            try await bench.drain()
            _ = try await bench.service.zip(of: job.id, owner: bench.owner)
            try await bench.database.write { tx in
                _ = try tx.execute("ALTER TABLE ledger_account RENAME TO elsewhere")
            }
            await #expect(throws: MediaError(.databaseFailed, "")) {
                try await bench.service.zip(of: job.id, owner: bench.owner)
            }
        }
    }

    @Test(arguments: ["../outside", "hosts", "linked/hosts", "linked", ""])
    func resultsOutsideOfTheFolderAreRefused(path: String) async throws {
        try await MediaBench.open(.sqliteMemory) { bench in
            bench.work.mood.withLock { $0 = Array(repeating: .escapes(path), count: 20) }
            let job = try await bench.submitted()
            try await bench.drain()
            #expect(try await bench.service.job(job.id, of: bench.owner).job.state == .failed)
            #expect(try await bench.leftovers() == [])
        }
    }

    @Test func wrongOptionsAndFilesAreToldBeforeAnythingIsHeld() async throws {
        try await MediaBench.open(.sqliteMemory) { bench in
            let file = try await bench.upload()
            await #expect(throws: MediaError(.badOptions, "")) {
                try await bench.service.submit(bench.order(file.id, options: ["size": "1"]))
            }
            var other = try bench.order(file.id)
            other.work = "none"
            let order = other
            await #expect(throws: MediaError(.badOptions, "")) { try await bench.service.submit(order) }
            let many = Dictionary(uniqueKeysWithValues: (0..<21).map { ("\($0)", "") })
            await #expect(throws: MediaError(.badOptions, "")) {
                try await bench.service.quote(bench.order(file.id, options: many))
            }
            #expect(try await bench.standing() == [300, 0])
        }
    }

    @Test func optionsChooseTheRateCard() async throws {
        try await MediaBench.open(.sqliteMemory) { bench in
            let file = try await bench.upload()
            let order = try bench.order(file.id, options: ["colour": "gold"])
            #expect(try await bench.service.quote(order).total.steps == 200)
            let job = try await bench.service.submit(order)
            #expect(try await bench.standing() == [100, 200])
            try await bench.drain()
            let done = try await bench.service.job(job.id, of: bench.owner)
            #expect(done.job.state == .completed && done.charged?.steps == 200)
            #expect(try await bench.standing() == [100, 0])
        }
    }

    @Test func aPriceAboveWhatWasShownIsRefused() async throws {
        try await MediaBench.open(.sqliteMemory) { bench in
            var order = try bench.order(try await bench.upload().id)
            order.atMost = Amount(steps: 99, unit: bench.unit)
            let dear = order
            await #expect(throws: MediaError(.priceChanged, "")) { try await bench.service.submit(dear) }
            #expect(try await bench.standing() == [300, 0])
        }
    }

    @Test func aWorkerThatLostItsLeaseChangesNothing() async throws {
        try await MediaBench.open(.sqliteFile) { bench in
            let gate = Gate()
            bench.work.mood.withLock { $0 = [.waits(gate)] }
            let job = try await bench.submitted()
            let worker = try bench.service.worker(clock: ContinuousClock())
            async let first = worker.step()
            while bench.work.runs.withLock({ $0 }) == 0 { await Task.yield() }
            bench.clock.set(bench.clock.now.advanced(by: .seconds(300)))
            try await bench.service.queue.rescue()
            try await bench.drain()
            let done = try await bench.service.job(job.id, of: bench.owner)
            #expect(done.job.state == .completed && done.job.attempt == 2)
            gate.open()
            _ = try await first
            let after = try await bench.service.job(job.id, of: bench.owner)
            #expect(after.outputs.map(\.key) == done.outputs.map(\.key))
            #expect(try await bench.standing() == [200, 0])
        }
    }

    @Test func whatALostAttemptStoredIsSweptWhenTheJobHasEnded() async throws {
        try await MediaBench.open(.sqliteFile) { bench in
            let job = try await bench.submitted()
            let lease = try #require(
                try await bench.service.queue.claim(ClaimRequest("media", worker: "lost")).first)
            #expect(lease.id == job.id)
            // What a worker leaves that dies between its last byte and its commit.
            let key = try ObjectKey("output/\(job.id)/lost/0.bin")
            try await bench.store.put(key, .bytes([1, 2, 3]), PutOptions())
            try await bench.database.write { tx in
                var times = FileTimes(created: bench.clock.now)
                times.expires = bench.clock.now.advanced(by: .seconds(7_200))
                try FileStore.insert(
                    FileRecord(
                        id: IDGenerator().make(), owner: bench.owner, kind: "stem", subject: "\(job.id)", name: "x",
                        contentType: "audio/x", key: key, size: 3, sha256: ContentHash(of: [1, 2, 3]), times: times),
                    in: tx)
            }
            bench.clock.set(bench.clock.now.advanced(by: .seconds(300)))
            try await bench.drain()
            #expect(try await bench.service.job(job.id, of: bench.owner).outputs.count == 2)
            let sweeper = try OrphanSweeper(
                bench.database, store: bench.store, prefixes: ["output/"], clock: bench.clock)
            _ = try await sweeper.sweep()
            #expect(try await bench.leftovers().filter { $0.contains("lost") } == [])
            #expect(try await bench.leftovers().count == 2)
        }
    }

    @Test func foldersOfDeadAttemptsAreSweptAndThoseOfLivingOnesStay() async throws {
        try await MediaBench.open(.sqliteMemory) { bench in
            let job = try await bench.submitted()
            let dead = bench.folder + "/\(job.id)-01arz3ndektsv4rrffq69g5fav"
            let strange = bench.folder + "/keep-me"
            for folder in [dead + "/inner", strange] {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            }
            try Data("x".utf8).write(to: URL(fileURLWithPath: dead + "/inner/file"))
            _ = await Housekeeping(bench.service.tasks(), log: bench.log).once()
            #expect(try FileManager.default.contentsOfDirectory(atPath: bench.folder) == ["keep-me"])
        }
    }
}
