// Carries a plan out, item by item, each judged again.

public import BuskerCore
import BuskerDatabase
public import BuskerStorage

extension Retention {
    /// Carries a plan out, or goes on where it stopped.
    ///
    /// Every item is judged again by the policy, and a row is changed only if its version is the one that was planned. What
    /// goes is first deleted in a way that can be undone; after the policy's `undoWindow` a later plan turns the row into a
    /// tombstone, deletes the bytes and keeps the row as gone. It stops when more than a tenth fails or the store asks to
    /// slow down; the same call goes on.
    ///
    /// - Parameters:
    ///   - id: the plan.
    ///   - policy: the policy that made it.
    ///   - items: the items that the plan gave away.
    ///   - store: where the bytes are.
    ///   - hands: what the host does.
    ///   - release: releases the brake, where there is one.
    ///   - waiter: waits between deletions of bytes.
    /// - Throws: ``RetentionError`` with `unknownPlan`, `otherPolicy`, `stalePlan`, `badPlan`, `badState`, `brake`,
    ///   `clockWentBack`, `databaseFailed`, `sinkFailed`.
    public func apply(
        _ id: PlanID, _ policy: RetentionPolicy, items: some PlanItems, store: any ObjectStore,
        hands: some RetentionHands = NoHands(), release: BrakeRelease? = nil,
        waiter: some Clock<Duration> = ContinuousClock()
    ) async throws(RetentionError) -> RunReport {
        let run = try await reading { tx in try RunStore.find(id, in: tx) }
        try await check(run, policy, items, release)
        guard !run.plan.isDry else { return try await rehearse(run) }
        let hand = RunHand(retention: self, policy: policy, store: store, hands: hands, waiter: waiter)
        let finished = try await hand.finishTombstones()
        var course = RunCourse(run)
        if course.counts.place == 0 { try await begin(course) }
        do {
            try await items.each { item in
                guard course.takes(item), course.batch.count >= max(1, min(limits.batchItems, 1000)) else { return }
                try await hand.carryOut(&course)
                if !course.problem.isEmpty { throw RunStopped() }
            }
            try await hand.carryOut(&course)
        } catch is RunStopped {
        } catch {
            throw RetentionError(any: error)
        }
        let state: RunState = course.problem.isEmpty ? .applied : .stopped
        try await end(course, state)
        return RunReport(
            plan: id, state: state, counts: course.counts, problem: course.problem, finished: finished)
    }

    private func check(
        _ run: Run, _ policy: RetentionPolicy, _ items: some PlanItems, _ release: BrakeRelease?
    ) async throws(RetentionError) {
        let plan = run.plan
        guard plan.policy == policy.id, plan.policyDigest == policy.digest else {
            throw RetentionError(.otherPolicy, "The plan was made with another policy or edition; make a new plan.")
        }
        guard run.state != .applied, run.state != .dry else {
            throw RetentionError(.badState, "The plan was carried out before; make a new plan.")
        }
        let now = clock.now
        let seen: Timestamp = try await reading { tx in
            try tx.value("SELECT seen_us FROM retention_head WHERE id = 1") ?? Timestamp(microseconds: 0)
        }
        try checkClock(now, seen)
        guard now <= plan.at.advanced(byMicroseconds: limits.planAge * 1_000_000) else {
            throw RetentionError(.stalePlan, "The plan is of \(plan.at.iso8601) and too old; make a new plan.")
        }
        var digest = PlanDigest(plan.id, plan.policyDigest, at: plan.at)
        do { try await items.each { digest.add($0) } } catch { throw RetentionError(any: error) }
        guard digest.text(plan.totals) == plan.digest else {
            throw RetentionError(.badPlan, "The items are not those of the plan \(plan.id); make a new plan.")
        }
        guard plan.brakes.isEmpty || plan.isDry else { return try checkRelease(plan, release) }
    }

    private func checkRelease(_ plan: RetentionPlan, _ release: BrakeRelease?) throws(RetentionError) {
        guard let release else {
            let why = plan.brakes.map(\.description).joined(separator: "; ")
            throw RetentionError(
                .brake,
                "Nothing was deleted: \(why). Look at the plan, then release it by its digest and \(plan.totals.ends) deletions.",
                brakes: plan.brakes)
        }
        guard release.planDigest == plan.digest, release.ends == plan.totals.ends else {
            throw RetentionError(
                .brake, "Nothing was deleted: the release names another digest or number than this plan has.",
                brakes: plan.brakes)
        }
    }

    private func rehearse(_ run: Run) async throws(RetentionError) -> RunReport {
        try await writing { tx in
            try RunStore.save(run.plan.id, from: run.counts.place, run.counts, .dry, in: tx)
        }
        return RunReport(plan: run.plan.id, state: .dry, counts: run.counts, problem: "", finished: 0)
    }

    private func begin(_ course: RunCourse) async throws(RetentionError) {
        let now = clock.now
        try await writing { tx in
            try RunStore.save(course.plan.id, from: 0, course.counts, .running, in: tx)
            let draft = AuditDraft("run", nil, plan: course.plan.id, cause: course.plan.digest)
            try RetentionAudit.append([draft], at: now, in: tx)
        }
    }

    private func end(_ course: RunCourse, _ state: RunState) async throws(RetentionError) {
        let now = clock.now
        try await writing { tx in
            try RunStore.save(course.plan.id, from: course.counts.place, course.counts, state, in: tx)
            try tx.execute(
                """
                UPDATE retention_head SET seen_us = CASE WHEN seen_us > \(now) THEN seen_us ELSE \(now) END WHERE id = 1
                """)
        }
    }
}

/// Ends the reading of items.
struct RunStopped: Error {}

/// How far a run is, in memory.
struct RunCourse: Sendable {
    let plan: RetentionPlan
    var counts: RunCounts
    var batch: [PlanItem] = []
    var problem = ""
    /// Items to pass over that were dealt with before.
    private var behind: Int64
    /// What was tried and what failed in this call.
    var (tried, failed): (Int64, Int64) = (0, 0)

    init(_ run: Run) {
        plan = run.plan
        counts = run.counts
        behind = run.counts.place
    }

    /// Takes an item into the batch unless it was dealt with before or is only shown.
    mutating func takes(_ item: PlanItem) -> Bool {
        guard !item.isRehearsed else { return false }
        guard behind == 0 else {
            behind -= 1
            return false
        }
        batch.append(item)
        return true
    }
}
