// Holds, erasure and the law: what must stay stays, but nobody reads it.

import BuskerCore
import BuskerDatabase
import BuskerRetention
import BuskerStorage
import TestSupport
import Testing

@Suite struct ErasureTests {
    @Test(arguments: DatabaseKind.all)
    func erasureMeetsTheLegalTermAndWaitsForItsEnd(kind: DatabaseKind) async throws {
        try await Desk.run(kind) { desk in
            let seoul = try Zones.zone("Asia/Seoul")
            let policy = try ServicePolicies.invoices(in: seoul, legalYears: 5)
            let invoice = try await desk.add(["invoice"], kind: "invoice")[0]
            let song = try await desk.add(["song"])[0]
            let others = try await desk.add(["other"], owner: "bob")[0]
            let held = try await desk.add(["held"]) { $0.legalHold = "court" }[0]
            desk.clock.advance(microseconds: us(2 * day))
            try await desk.rehearse(policy)
            let hands = NotingHands()
            let report = try await desk.retention.erase(owner: "ann", policy, hands: hands)
            #expect(report.deleted == 1)
            #expect(report.restricted == 2)
            #expect(hands.said.sorted() == ["links held", "links invoice", "links song"])
            for file in [invoice, song, held] { #expect(try await desk.record(file)?.isReadable == false) }
            #expect(try await desk.record(others) == others)
            #expect(try await desk.retention.erase(owner: "ann", policy).before == 3)
            await #expect(throws: RetentionError(.notUndoable, "")) { try await desk.retention.undo(song.id) }
            desk.clock.advance(microseconds: us(7 * day))
            #expect(try await desk.sweep(policy).counts.purged == 1)
            #expect(await !desk.hasBytes(song))
            #expect(await desk.hasBytes(invoice))
            #expect(await desk.hasBytes(held))
            let row = try #require(await desk.record(invoice))
            let end = try #require(policy.evaluate(RetentionFacts(row), at: desk.clock.now).floor)
            desk.clock.set(end.moment.advanced(byMicroseconds: -1))
            #expect(try await desk.sweep(policy).counts.purged == 0)
            desk.clock.set(end.moment)
            #expect(try await desk.sweep(policy).counts.purged == 1)
            #expect(await !desk.hasBytes(invoice))
            #expect(await desk.hasBytes(held))
            try await desk.database.write { tx in try FileStore.hold(held.id, because: nil, in: tx) }
            #expect(try await desk.sweep(policy).counts.purged == 1)
            #expect(await !desk.hasBytes(held))
        }
    }

    @Test func anOwnerWhoLeftIsErasedByTheNextPlan() async throws {
        try await Desk.run { desk in
            let seoul = try Zones.zone("Asia/Seoul")
            let policy = try ServicePolicies.invoices(in: seoul, legalYears: 5)
            let invoice = try await desk.add(["invoice"], kind: "invoice")[0]
            let song = try await desk.add(["song"])[0]
            desk.clock.advance(microseconds: us(2 * day))
            try await desk.rehearse(policy)
            try await desk.database.write { [now = desk.clock.now] tx in try FileStore.ownerLeft("ann", at: now, in: tx)
            }
            let (plan, items) = try await desk.plan(policy)
            #expect(plan.totals.restricts == 1)
            #expect(plan.totals.deletes == 1)
            #expect(plan.totals.conflicts == 1)
            #expect(try await desk.apply(plan, items, policy).counts.deleted == 2)
            for file in [invoice, song] { #expect(try await desk.record(file)?.isReadable == false) }
            #expect(try await desk.plan(policy).1.items.isEmpty)
        }
    }

    @Test func aLegalHoldKeepsUntilItIsLifted() async throws {
        try await Desk.run { desk in
            let policy = try daysPolicy()
            let held = try await desk.add(["held"]) { $0.legalHold = "court" }[0]
            desk.clock.advance(microseconds: us(3000 * day))
            try await desk.rehearse(policy)
            #expect(try await desk.sweep(policy).counts.deleted == 0)
            let row = try #require(await desk.record(held))
            let lines = policy.explain(RetentionFacts(row), at: desk.clock.now)
            #expect(lines.contains("It is kept now: a legal hold keeps it: court."))
            try await desk.database.write { tx in try FileStore.hold(held.id, because: nil, in: tx) }
            #expect(try await desk.sweep(policy).counts.deleted == 1)
        }
    }

    @Test func aRuleThatIsRemovedShowsInThePlanBeforeAnythingHappens() async throws {
        try await Desk.run { desk in
            let paid = RetentionRule(
                "paid", when: .payment([.paid]), .retainUntil(RetentionMoment(.paid, after: .days(365))),
                reason: "Paid.")
            let before = try daysPolicy(rules: [paid])
            let files = try await desk.add((0..<20).map { "f\($0)" }) { record in
                record.payment = .paid
                record.times.paid = record.times.created
            }
            desk.clock.advance(microseconds: us(31 * day))
            try await desk.rehearse(before)
            #expect(try await desk.plan(before).0.totals.deletes == 0)
            let after = try daysPolicy(version: 2)
            let (plan, items) = try await desk.plan(after)
            #expect(plan.isDry)
            #expect(plan.totals.deletes == 20)
            #expect(items.items.allSatisfy { $0.step.cause == .rule("days") })
            #expect(try await desk.apply(plan, items, after).state == .dry)
            for file in files { #expect(try await desk.record(file) == file) }
        }
    }

    @Test func reasonsAreToldInPlainWords() async throws {
        let policy = try ServicePolicies.songs(in: Zones.zone("Asia/Seoul"))
        var record = try file("song", created: try moment("2026-01-10T00:00:00Z"))
        record.times.finished = try moment("2026-01-10T01:00:00Z")
        let now = try moment("2026-02-20T00:00:00Z")
        let goes = policy.explain(RetentionFacts(record), at: now)
        #expect(goes.first == "Now: delete it in a way that can be undone (unpaid-30-days).")
        #expect(goes.contains { $0.contains("Songs that nobody paid for go 30 days after they were completed.") })
        record.payment = .paid
        record.times.paid = try moment("2026-01-11T00:00:00Z")
        let kept = policy.explain(RetentionFacts(record), at: now)
        #expect(kept.first == "Nothing is done with it now.")
        #expect(kept.contains { $0.hasPrefix("It is kept until 2027-01-11T00:00:00.000000Z") })
        let dim = policy.explain(RetentionFacts(record, unknown: [.payment]), at: now)
        #expect(dim.contains { $0.contains("not known: payment") })
    }
}
