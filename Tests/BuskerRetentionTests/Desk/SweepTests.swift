// Plans are carried out on every database: deleted, undoable, tombstone, gone; and nothing else is touched.

import BuskerCore
import BuskerDatabase
import BuskerRetention
import BuskerStorage
import TestSupport
import Testing

@Suite struct SweepTests {
    @Test(arguments: DatabaseKind.all)
    func aFileGoesInStepsAndItsRowStays(kind: DatabaseKind) async throws {
        try await Desk.run(kind) { desk in
            let policy = try daysPolicy()
            let old = try await desk.add(["old"])[0]
            desk.clock.advance(microseconds: us(20 * day))
            let young = try await desk.add(["young"])[0]
            desk.clock.advance(microseconds: us(10 * day))
            let first = try await desk.sweep(policy)
            #expect(first.state == .dry)
            #expect(first.counts == RunCounts())
            #expect(try await desk.record(old)?.times.deleted == nil)
            let hands = NotingHands()
            let second = try await desk.sweep(policy, hands: hands)
            #expect(second.state == .applied)
            #expect(second.counts.deleted == 1)
            #expect(hands.said == ["links old"])
            #expect(try await desk.record(old)?.times.deleted == desk.clock.now)
            #expect(await desk.hasBytes(old))
            desk.clock.advance(microseconds: us(7 * day) - 1)
            #expect(try await desk.sweep(policy).counts == self.counts(place: 0))
            #expect(await desk.hasBytes(old))
            desk.clock.advance(microseconds: 1)
            #expect(try await desk.sweep(policy).counts.purged == 1)
            #expect(await !desk.hasBytes(old))
            #expect(try await desk.record(old)?.state == .gone)
            #expect(await desk.hasBytes(young))
            #expect(try await desk.record(young) == young)
            #expect(try await desk.retention.history(of: old.id).map(\.action) == ["delete", "tombstone", "purge"])
            #expect(try await desk.retention.verifyAudit() >= 3)
        }
    }

    private func counts(place: Int64) -> RunCounts {
        var counts = RunCounts()
        counts.place = place
        return counts
    }

    @Test(arguments: DatabaseKind.all)
    func whatChangedSinceThePlanIsLeftAlone(kind: DatabaseKind) async throws {
        try await Desk.run(kind) { desk in
            let paid = RetentionRule(
                "paid", when: .payment([.paid]), .retainUntil(RetentionMoment(.paid, after: .days(90))), reason: "Paid."
            )
            let policy = try daysPolicy(rules: [paid])
            let files = try await desk.add(["a", "b", "c", "d"])
            desk.clock.advance(microseconds: us(31 * day))
            try await desk.rehearse(policy)
            let (plan, items) = try await desk.plan(policy)
            #expect(plan.totals.deletes == 4)
            try await desk.database.write { [now = desk.clock.now] tx in
                try FileStore.mark(files[0].id, payment: .paid, at: now, in: tx)
                try FileStore.hold(files[1].id, because: "court", in: tx)
                try FileStore.touch(files[2].id, usedUntil: now.plus(60), in: tx)
            }
            let report = try await desk.apply(plan, items, policy)
            #expect(report.counts.deleted == 1)
            #expect(report.counts.skipped == 3)
            for file in files.prefix(3) { #expect(try await desk.record(file)?.times.deleted == nil) }
            #expect(try await desk.record(files[3])?.times.deleted != nil)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func whatWasDeletedIsBroughtBackWhole(kind: DatabaseKind) async throws {
        try await Desk.run(kind) { desk in
            let policy = try daysPolicy()
            let files = try await desk.add(["a", "b", "c"])
            desk.clock.advance(microseconds: us(31 * day))
            try await desk.rehearse(policy)
            let report = try await desk.sweep(policy)
            #expect(report.counts.deleted == 3)
            try await desk.database.write { [now = desk.clock.now] tx in
                try FileStore.undelete(files[1].id, in: tx)
                try FileStore.delete(files[1].id, at: now.plus(1), in: tx)
            }
            desk.clock.advance(microseconds: us(6 * day))
            let undone = try await desk.retention.undo(report.plan)
            #expect(undone.restored == 2)
            #expect(undone.kept == 1)
            #expect(try await desk.record(files[0])?.isReadable == true)
            #expect(try await desk.record(files[1])?.isReadable == false)
            #expect(try await desk.retention.undo(files[1].id, holding: "a person").isReadable)
            #expect(try await desk.sweep(policy).counts.deleted == 2)
            #expect(try await desk.record(files[1])?.isReadable == true)
            await #expect(throws: RetentionError(.notUndoable, "")) { try await desk.retention.undo(files[1].id) }
            await #expect(throws: RetentionError(.unknownFile, "")) {
                try await desk.retention.undo(desk.ids.make(FileKind.self))
            }
            #expect(try await desk.retention.verifyAudit() > 0)
        }
    }

    @Test func aPurgedFileCannotBeBroughtBack() async throws {
        try await Desk.run { desk in
            let policy = try daysPolicy()
            let old = try await desk.add(["old"])[0]
            desk.clock.advance(microseconds: us(31 * day))
            try await desk.rehearse(policy)
            let deleting = try await desk.sweep(policy)
            desk.clock.advance(microseconds: us(8 * day))
            #expect(try await desk.sweep(policy).counts.purged == 1)
            #expect(try await desk.retention.undo(deleting.plan).kept == 1)
            await #expect(throws: RetentionError(.notUndoable, "")) { try await desk.retention.undo(old.id) }
        }
    }

    @Test func linksNoticesAndArchivesComeOnceAndBeforeTheEnd() async throws {
        try await Desk.run { desk in
            let policy = try daysPolicy(rules: [
                RetentionRule(
                    "links", when: .everything, .expireLinksAt(RetentionMoment(.created, after: .days(10))), reason: "r"
                ),
                RetentionRule("tell", when: .everything, .notifyBefore(seconds: 7 * day, channel: "mail"), reason: "r"),
                RetentionRule(
                    "cold", when: .everything, .archiveAt(RetentionMoment(.created, after: .days(15)), class: "COLD"),
                    reason: "r"),
            ])
            let old = try await desk.add(["old"])[0]
            let hands = NotingHands()
            try await desk.rehearse(policy)
            for _ in 0..<32 {
                try await desk.sweep(policy, hands: hands)
                desk.clock.advance(microseconds: us(day))
            }
            #expect(hands.said == ["links old", "archive old", "mail old", "links old"])
            #expect(try await desk.record(old)?.times.deleted != nil)
            let late = try await desk.add(["late"]) { $0.age(40) }[0]
            let failing = NotingHands(mayMove: false)
            #expect(try await desk.sweep(policy, hands: failing).counts.failed == 1)
            #expect(try await desk.record(late)?.times.deleted == nil)
            try await desk.sweep(policy, hands: hands)
            #expect(try await desk.record(late)?.times.deleted == nil)
            try await desk.sweep(policy, hands: hands)
            #expect(try await desk.record(late)?.times.deleted != nil)
        }
    }

    @Test func aStoreThatFailsStopsTheRunAndItGoesOnLater() async throws {
        var limits = RetentionLimits()
        limits.batchItems = 10
        try await Desk.run(.sqliteMemory, limits: limits) { desk in
            let policy = try daysPolicy()
            let files = try await desk.add((0..<95).map { "f\($0)" })
            desk.clock.advance(microseconds: us(31 * day))
            try await desk.rehearse(policy)
            #expect(try await desk.sweep(policy).counts.deleted == 95)
            desk.clock.advance(microseconds: us(7 * day))
            let (plan, items) = try await desk.plan(policy)
            desk.store.fail(.unavailable, every: 5)
            let stopped = try await desk.apply(plan, items, policy)
            #expect(stopped.state == .stopped)
            #expect(stopped.counts.place == 20)
            #expect(stopped.counts.failed == 4)
            desk.store.fail(.rateLimited, every: 8)
            let slow = try await desk.apply(plan, items, policy)
            #expect(slow.state == .stopped)
            #expect(slow.problem.contains("slow down"))
            desk.store.fail(.unavailable)
            #expect(try await desk.apply(plan, items, policy).state == .stopped)
            desk.store.fail(nil)
            let done = try await desk.apply(plan, items, policy)
            #expect(done.state == .applied)
            #expect(done.finished > 0)
            for file in files {
                #expect(await !desk.hasBytes(file))
                #expect(try await desk.record(file)?.state == .gone)
            }
            #expect(desk.waiter.now.offset >= .milliseconds(950))
            await #expect(throws: RetentionError(.badState, "")) { try await desk.apply(plan, items, policy) }
            #expect(try await desk.retention.verifyAudit() > 0)
        }
    }

    @Test func aCrashBetweenTombstoneAndBytesIsFinished() async throws {
        try await Desk.run { desk in
            let files = try await desk.add(["a", "b"])
            try await desk.database.write { tx in
                try FileStore.save(try FileMachine.apply(.tombstone, to: files[0]), in: tx)
            }
            let policy = try daysPolicy()
            try await desk.rehearse(policy)
            let report = try await desk.sweep(policy)
            #expect(report.finished == 1)
            #expect(await !desk.hasBytes(files[0]))
            #expect(try await desk.record(files[0])?.state == .gone)
            #expect(await desk.hasBytes(files[1]))
        }
    }
}
