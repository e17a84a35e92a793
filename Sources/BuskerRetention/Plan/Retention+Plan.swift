// Judges all files and writes down what is to be done.

import BuskerCore
import BuskerDatabase
import BuskerStorage

/// One page of judged rows.
private struct JudgedPage: Sendable {
    var items: [PlanItem] = []
    var owners: [String] = []
    var judged: Int64 = 0
    var conflicts: Int64 = 0
    var last: FileID?
}

extension Retention {
    /// Judges every file by a policy and gives what is to be done to `sink`, item by item; nothing is changed but the journal.
    ///
    /// Rows are read in pages in the order of their ids, so that memory does not grow with them; of owners only those are
    /// counted who have as many files as the policy's `minPopulation`.
    ///
    /// - Parameters:
    ///   - policy: the policy.
    ///   - files: when many fewer files are known than at the run before: how many there are, to go on all the same.
    ///   - sink: takes the items in order; what it throws ends the planning.
    /// - Throws: ``RetentionError`` with `clockWentBack`, `filesVanished`, `databaseFailed` or `sinkFailed`.
    public func plan(
        _ policy: RetentionPolicy, accepting files: Int64? = nil, into sink: (PlanItem) async throws -> Void
    ) async throws(RetentionError) -> RetentionPlan {
        let id: PlanID = ids.make()
        let now = clock.now
        var totals = try await population()
        try await check(now, accepting: files)
        var owners = try await owners(policy)
        var digest = PlanDigest(id, policy.digest, at: now)
        var after: FileID?
        let filter = RetentionFilter.condition(policy, at: now)
        repeat {
            let page = try await page(policy, filter, after: after, at: now)
            for (item, owner) in zip(page.items, page.owners) {
                digest.add(item)
                totals.count(item)
                if item.step.action == .delete, !item.isRehearsed, item.step.cause != .erasure {
                    owners[owner]?.deletes += 1
                }
                do { try await sink(item) } catch { throw RetentionError(any: error) }
            }
            totals.judged += page.judged
            totals.conflicts += page.conflicts
            after = page.last
        } while after != nil
        let brakes = try await brakes(policy, totals, owners)
        return try await keep(id, policy, now, totals, digest.text(totals), brakes)
    }

    private func population() async throws(RetentionError) -> PlanTotals {
        try await reading { tx in
            let row = try tx.first(
                """
                SELECT COUNT(*), CAST(COALESCE(SUM(size), 0) AS bigint) FROM storage_file
                WHERE state NOT IN ('tombstoned', 'gone')
                """)
            var totals = PlanTotals()
            totals.files = try row?.get(0) ?? 0
            totals.bytes = try row?.get(1) ?? 0
            return totals
        }
    }

    /// Refuses to work by a clock that went back, and with files that are not there any more.
    ///
    /// Rows stay when their bytes go, so that fewer rows than before are another table than before.
    private func check(_ now: Timestamp, accepting: Int64?) async throws(RetentionError) {
        let (seen, known, files): (Timestamp, Int64, Int64) = try await reading { tx in
            let row = try tx.first(
                "SELECT seen_us, files, (SELECT COUNT(*) FROM storage_file) FROM retention_head WHERE id = 1")
            return (try row?.get(0) ?? Timestamp(microseconds: 0), try row?.get(1) ?? 0, try row?.get(2) ?? 0)
        }
        try checkClock(now, seen)
        let isFewer = Int128(files) * 100 < Int128(known) * Int128(100 - limits.vanishedPercent)
        guard !isFewer || accepting == files else {
            throw RetentionError(
                .filesVanished,
                "The database knows \(files) files; after the last run it knew \(known). Was it restored? Accept \(files) to go on."
            )
        }
    }

    func checkClock(_ now: Timestamp, _ seen: Timestamp) throws(RetentionError) {
        guard now >= seen.advanced(byMicroseconds: -limits.clockBack * 1_000_000) else {
            throw RetentionError(
                .clockWentBack,
                "The clock says \(now.iso8601), but a run saw \(seen.iso8601) before; set the clock right.")
        }
    }

    /// The owners whose share is watched.
    private func owners(_ policy: RetentionPolicy) async throws(RetentionError) -> [String: (
        files: Int64, deletes: Int64
    )] {
        let least = policy.guards.minPopulation
        return try await reading { tx in
            var owners: [String: (files: Int64, deletes: Int64)] = [:]
            let sql: SQL = """
                SELECT owner, COUNT(*) FROM storage_file WHERE state NOT IN ('tombstoned', 'gone')
                GROUP BY owner HAVING COUNT(*) >= \(least)
                """
            try tx.forEach(sql) { row in owners[try row.get(0)] = (try row.get(1), 0) }
            return owners
        }
    }

    private func page(
        _ policy: RetentionPolicy, _ filter: SQL, after: FileID?, at now: Timestamp
    ) async throws(RetentionError) -> JudgedPage {
        let limit = min(max(limits.pageRows, 1), 5000)
        return try await reading { tx in
            let place: SQL = after.map { "id > \($0) AND" } ?? ""
            let rows = try FileStore.rows("\(place) \(filter) ORDER BY id LIMIT \(limit)", in: tx)
            var page = JudgedPage()
            page.judged = Int64(rows.count)
            page.last = rows.count == limit ? rows.last?.id : nil
            let done = try MarkStore.steps(of: rows.map(\.id), in: tx)
            for record in rows {
                let facts = RetentionFacts(record, done: done[record.id] ?? [])
                let decision = policy.evaluate(facts, at: now)
                if decision.conflict != nil { page.conflicts += 1 }
                page.add(record, decision, policy)
            }
            return page
        }
    }

    private func brakes(
        _ policy: RetentionPolicy, _ totals: PlanTotals, _ owners: [String: (files: Int64, deletes: Int64)]
    ) async throws(RetentionError) -> [Brake] {
        let trail = try await reading { tx in try RunStore.trail(policy.id, in: tx) }
        var brakes = BrakeRules(guards: policy.guards, totals: totals, trail: trail).brakes
        let shared = owners.filter { owner in
            Int128(owner.value.deletes) * 100 > Int128(owner.value.files) * Int128(policy.guards.maxPercentPerOwner)
        }
        for (owner, share) in shared.sorted(by: { ($1.value.deletes, $0.key) < ($0.value.deletes, $1.key) }).prefix(20)
        {
            brakes.append(
                Brake(
                    .owner, count: share.deletes, of: share.files, limit: policy.guards.maxPercentPerOwner, owner: owner
                ))
        }
        return brakes
    }

    private func keep(
        _ id: PlanID, _ policy: RetentionPolicy, _ now: Timestamp, _ totals: PlanTotals, _ digest: String,
        _ brakes: [Brake]
    ) async throws(RetentionError) -> RetentionPlan {
        try await writing { tx in
            let isDry = try !RunStore.wasRehearsed(policy.digest, policy.id, in: tx)
            let plan = RetentionPlan(
                id: id, policy: policy.id, policyVersion: policy.version, policyDigest: policy.digest, at: now,
                totals: totals, digest: digest, isDry: isDry, brakes: brakes)
            try RunStore.insert(plan, in: tx)
            try tx.execute(
                """
                UPDATE retention_head SET files = (SELECT COUNT(*) FROM storage_file),
                seen_us = CASE WHEN seen_us > \(now) THEN seen_us ELSE \(now) END WHERE id = 1
                """)
            return plan
        }
    }
}

extension JudgedPage {
    fileprivate mutating func add(_ record: FileRecord, _ decision: RetentionDecision, _ policy: RetentionPolicy) {
        for step in decision.steps { add(record, step, policy, isRehearsed: false) }
        for step in decision.rehearsal ?? [] where !decision.steps.contains(step) {
            add(record, step, policy, isRehearsed: true)
        }
    }

    private mutating func add(
        _ record: FileRecord, _ step: RetentionStep, _ policy: RetentionPolicy, isRehearsed: Bool
    ) {
        items.append(
            PlanItem(
                file: record.id, key: record.key.text, version: record.version, size: record.size ?? 0, step: step,
                reason: policy.reason(of: step.cause), isRehearsed: isRehearsed))
        owners.append(record.owner)
    }
}

extension RetentionPolicy {
    /// Why something happens, in words.
    func reason(of cause: RetentionCause) -> String {
        switch cause {
        case .rule(let id): rules.first { $0.id == id }?.reason ?? ""
        case .erasure: "Its owner went away."
        case .deletion: "It was deleted, and the time to undo that is over."
        }
    }
}

/// What is unusual about the totals of a plan.
struct BrakeRules {
    let guards: RetentionGuards
    let totals: PlanTotals
    let trail: [Int64]

    var brakes: [Brake] {
        var brakes: [Brake] = []
        for (count, bytes) in [(totals.deletes, totals.deleteBytes), (totals.purges, totals.purgeBytes)] {
            if count > guards.maxDeletes {
                brakes.append(Brake(.deletes, count: count, of: totals.files, limit: guards.maxDeletes))
            }
            guard totals.files >= guards.minPopulation else { continue }
            if isMore(count, totals.files, guards.maxPercentObjects) {
                brakes.append(Brake(.objects, count: count, of: totals.files, limit: guards.maxPercentObjects))
            }
            if isMore(bytes, totals.bytes, guards.maxPercentBytes) {
                brakes.append(Brake(.bytes, count: bytes, of: totals.bytes, limit: guards.maxPercentBytes))
            }
        }
        if let anomaly { brakes.append(anomaly) }
        return brakes
    }

    private func isMore(_ count: Int64, _ whole: Int64, _ percent: Int64) -> Bool {
        Int128(count) * 100 > Int128(whole) * Int128(percent)
    }

    /// Three runs make a habit.
    private var anomaly: Brake? {
        guard trail.count >= 3, totals.deletes >= guards.minPopulation else { return nil }
        let median = max(1, trail.sorted()[trail.count / 2])
        guard Int128(totals.deletes) > Int128(median) * Int128(guards.anomalyFactor) else { return nil }
        return Brake(.anomaly, count: totals.deletes, of: median, limit: guards.anomalyFactor)
    }
}
