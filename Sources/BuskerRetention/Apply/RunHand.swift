// Carries out a batch of items: rows, then bytes, then rows.

import BuskerCore
import BuskerDatabase
import BuskerStorage

/// What the first transaction of a batch decided.
private struct Prepared: Sendable {
    /// Rows as they are now, with what is still to be done outside the database.
    var work: [(record: FileRecord, item: PlanItem)] = []
    /// Tombstones whose bytes go.
    var tombstones: [(record: FileRecord, item: PlanItem)] = []
    var deleted: Int64 = 0
    var skipped: Int64 = 0
}

/// What became of the work outside the database.
private struct Done: Sendable {
    var steps: [(record: FileRecord, item: PlanItem)] = []
    var gone: [(record: FileRecord, item: PlanItem)] = []
    var failed: Int64 = 0
    var problem = ""
}

/// Carries out what a plan wants.
struct RunHand<Hands: RetentionHands, Waiter: Clock<Duration>>: Sendable {
    let retention: Retention
    let policy: RetentionPolicy
    let store: any ObjectStore
    let hands: Hands
    let waiter: Waiter

    /// Carries out the batch of a course and notes how far it is.
    func carryOut(_ course: inout RunCourse) async throws(RetentionError) {
        guard !course.batch.isEmpty else { return }
        let (batch, plan) = (course.batch, course.plan.id)
        let prepared = try await prepare(batch, plan)
        var done = await workOutside(prepared)
        course.tried += Int64(prepared.work.count + prepared.tombstones.count)
        course.failed += done.failed
        if done.problem.isEmpty, course.tried >= 20, course.failed * 10 > course.tried {
            done.problem = "\(course.failed) of \(course.tried) items failed."
        }
        let from = course.counts.place
        course.counts.place += Int64(batch.count)
        course.counts.deleted += prepared.deleted
        course.counts.purged += Int64(done.gone.count)
        course.counts.others += Int64(done.steps.count)
        course.counts.skipped += prepared.skipped
        course.counts.failed += done.failed
        course.problem = done.problem
        course.batch = []
        try await note(done, plan, from: from, course.counts)
    }

    /// Judges the rows again and changes those that stayed as they were.
    private func prepare(_ batch: [PlanItem], _ plan: PlanID) async throws(RetentionError) -> Prepared {
        let now = retention.clock.now
        return try await retention.writing { tx in
            var prepared = Prepared()
            var drafts: [AuditDraft] = []
            let done = try MarkStore.steps(of: batch.map(\.file), in: tx)
            for item in batch {
                guard var record = try fitting(item, done[item.file] ?? [], now, tx) else {
                    prepared.skipped += 1
                    continue
                }
                let cause = item.step.cause.description
                switch item.step.action {
                case .delete, .restrict:
                    record.times.deleted = now
                    record = try FileStore.save(record, in: tx)
                    prepared.deleted += 1
                    prepared.work.append((record, item))
                    drafts.append(AuditDraft(item.step.name, record, plan: plan, cause: cause))
                case .purge:
                    record = try FileStore.save(try FileMachine.apply(.tombstone, to: record), in: tx)
                    prepared.tombstones.append((record, item))
                    drafts.append(AuditDraft("tombstone", record, plan: plan, cause: cause))
                default: prepared.work.append((record, item))
                }
            }
            try RetentionAudit.append(drafts, at: now, in: tx)
            return prepared
        }
    }

    /// The row of an item, if it is as planned and the policy still wants the same.
    private func fitting(
        _ item: PlanItem, _ done: Set<String>, _ now: Timestamp, _ tx: Transaction
    ) throws -> FileRecord? {
        let sql: SQL = "id = \(item.file) AND version = \(item.version)\(tx.dialect.forUpdate)"
        guard let record = try FileStore.rows(sql, in: tx).first else { return nil }
        let decision = policy.evaluate(RetentionFacts(record, done: done), at: now)
        return decision.steps.contains { $0.name == item.step.name } ? record : nil
    }

    private func workOutside(_ prepared: Prepared) async -> Done {
        var done = Done()
        for (record, item) in prepared.work {
            do {
                try await handle(record, item)
                if !item.step.action.isDeletion, item.step.action != .restrict { done.steps.append((record, item)) }
            } catch {
                done.failed += 1
            }
        }
        guard !prepared.tombstones.isEmpty else { return done }
        await pace(prepared.tombstones.count)
        do throws(StorageError) {
            let results = try await store.delete(prepared.tombstones.map(\.record.key))
            for (one, result) in zip(prepared.tombstones, results) {
                guard let failure = result.failure else {
                    done.gone.append(one)
                    continue
                }
                done.failed += 1
                if failure.code == .rateLimited { done.problem = "The store asks to slow down." }
            }
        } catch {
            done.failed += Int64(prepared.tombstones.count)
            done.problem = "The store does not delete: \(error.detail)"
        }
        return done
    }

    private func handle(_ record: FileRecord, _ item: PlanItem) async throws {
        switch item.step.action {
        case .expireLinks, .delete, .restrict: try await hands.revokeLinks(of: record)
        case .notify(let channel, let deletion):
            try await hands.notify(record, over: channel, deletion: deletion)
        case .archive(class: let name): try await hands.archive(record, class: name)
        case .move(let target): try await hands.move(record, to: target)
        case .purge: break
        }
    }

    /// Waits as long as so many deletions may take.
    func pace(_ count: Int) async {
        let rate = max(1, retention.limits.deletesPerSecond)
        do {
            try await waiter.sleep(for: .microseconds(Int64(count) * 1_000_000 / rate))
        } catch {
            // Who is cancelled is told by the next call of the database.
        }
    }

    /// Notes what became of the bytes, and how far the run is.
    private func note(
        _ done: Done, _ plan: PlanID, from place: Int64, _ counts: RunCounts
    ) async throws(RetentionError) {
        let now = retention.clock.now
        try await retention.writing { tx in
            var drafts: [AuditDraft] = []
            for (record, item) in done.steps {
                try MarkStore.mark(record.id, item.step.name, at: now, in: tx)
                drafts.append(AuditDraft(item.step.name, record, plan: plan, cause: item.step.cause.description))
            }
            for (record, item) in done.gone {
                try Self.vanish(record, in: tx)
                drafts.append(AuditDraft("purge", record, plan: plan, cause: item.step.cause.description))
            }
            try RetentionAudit.append(drafts, at: now, in: tx)
            try RunStore.save(plan, from: place, counts, .running, in: tx)
        }
    }

    private static func vanish(_ record: FileRecord, in tx: Transaction) throws {
        try FileStore.save(try FileMachine.apply(.vanish, to: record), in: tx)
        try MarkStore.forget(record.id, in: tx)
    }

    /// Finishes deletions that a crash left half done: from a tombstone there is no way back.
    func finishTombstones() async throws(RetentionError) -> Int64 {
        var finished: Int64 = 0
        var after: FileID?
        while true {
            let place: SQL = after.map { "AND id > \($0)" } ?? ""
            let rows = try await retention.reading { tx in
                try FileStore.rows("state = 'tombstoned' \(place) ORDER BY id LIMIT 100", in: tx)
            }
            guard let last = rows.last else { return finished }
            after = last.id
            await pace(rows.count)
            guard let results = try? await store.delete(rows.map(\.key)) else { return finished }
            let gone = zip(rows, results).filter { $0.1.failure == nil }.map(\.0)
            let now = retention.clock.now
            try await retention.writing { tx in
                for record in gone { try Self.vanish(record, in: tx) }
                let drafts = gone.map { AuditDraft("purge", $0, plan: nil, cause: "@tombstone") }
                try RetentionAudit.append(drafts, at: now, in: tx)
            }
            finished += Int64(gone.count)
        }
    }
}
