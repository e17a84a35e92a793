// Takes deletions back, erases on request, and tells what was done.

public import BuskerCore
import BuskerDatabase
public import BuskerStorage

/// What an undoing brought back.
public struct UndoReport: Sendable, Hashable {
    /// Files that can be read again.
    public var restored: Int64 = 0
    /// Files that are gone, were deleted again by somebody else, or whose owner went away.
    public var kept: Int64 = 0
}

/// What an erasure did.
public struct EraseReport: Sendable, Hashable {
    /// Files that are deleted; their bytes go after the time to undo.
    public var deleted: Int64 = 0
    /// Files that nobody reads any more, but that something keeps.
    public var restricted: Int64 = 0
    /// Files that were deleted or restricted before.
    public var before: Int64 = 0
    /// Files whose links the host could not end; erase again.
    public var linksLeft: Int64 = 0
}

extension Retention {
    /// Brings back what a run deleted, as far as it can be undone.
    ///
    /// The next run deletes it again unless the policy says otherwise by then, or a hold is put on it here.
    ///
    /// - Parameters:
    ///   - plan: the plan that was carried out.
    ///   - reason: a reason to hold the files, so that nothing deletes them until somebody lifts the hold.
    /// - Throws: ``RetentionError`` with `unknownPlan`, `databaseFailed`.
    public func undo(_ plan: PlanID, holding reason: String? = nil) async throws(RetentionError) -> UndoReport {
        var report = UndoReport()
        var after: Int64 = 0
        _ = try await reading { tx in try RunStore.find(plan, in: tx) }
        while true {
            let place = after
            let lines = try await reading { tx in
                try RetentionAudit.lines(
                    "run = \(plan) AND action = 'delete' AND seq > \(place) ORDER BY seq LIMIT 200", in: tx)
            }
            guard let last = lines.last else { return report }
            after = last.sequence
            let restored = try await writing { [clock] tx in
                var restored: [FileRecord] = []
                for line in lines {
                    guard let file = line.file, let record = try Self.restore(file, reason, at: line.at, in: tx) else {
                        continue
                    }
                    restored.append(record)
                }
                let drafts = restored.map { AuditDraft("undo", $0, plan: plan, cause: "@undo") }
                try RetentionAudit.append(drafts, at: clock.now, in: tx)
                return Int64(restored.count)
            }
            report.restored += restored
            report.kept += Int64(lines.count) - restored
        }
    }

    /// Brings back one file.
    ///
    /// - Parameters:
    ///   - file: the file.
    ///   - reason: a reason to hold it, so that nothing deletes it until somebody lifts the hold.
    /// - Throws: ``RetentionError`` with `unknownFile`, `notUndoable`, `databaseFailed`.
    @discardableResult
    public func undo(_ file: FileID, holding reason: String? = nil) async throws(RetentionError) -> FileRecord {
        try await writing { [clock] tx in
            guard try FileStore.find(file, in: tx) != nil else {
                throw RetentionError(.unknownFile, "There is no such file.")
            }
            guard let record = try Self.restore(file, reason, at: nil, in: tx) else {
                throw RetentionError(
                    .notUndoable, "The file was not deleted, is gone for good, or its owner went away.")
            }
            try RetentionAudit.append([AuditDraft("undo", record, plan: nil, cause: "@undo")], at: clock.now, in: tx)
            return record
        }
    }

    /// The row without its deletion; nothing when it cannot be undone, or was deleted at another moment.
    private static func restore(
        _ file: FileID, _ reason: String?, at moment: Timestamp?, in tx: Transaction
    ) throws -> FileRecord? {
        let sql: SQL = "id = \(file) AND deleted_us IS NOT NULL AND owner_deleted_us IS NULL\(tx.dialect.forUpdate)"
        guard let record = try FileStore.rows(sql, in: tx).first, ![.tombstoned, .gone].contains(record.state),
            moment == nil || record.times.deleted == moment
        else { return nil }
        let restored = try FileStore.undelete(file, in: tx)
        return try reason.map { try FileStore.hold(file, because: $0, in: tx) } ?? restored
    }

    /// Erases what an owner has, because the owner asked or went away: deleted at once, or restricted where something keeps it.
    ///
    /// Nothing of it can be read when the call returns. Bytes go with plans after the time to undo, and where a rule keeps a
    /// file, when the rule lets go.
    ///
    /// - Throws: ``RetentionError`` with `databaseFailed`.
    public func erase(
        owner: String, _ policy: RetentionPolicy, hands: some RetentionHands = NoHands()
    ) async throws(RetentionError) -> EraseReport {
        let now = clock.now
        try await writing { tx in
            try FileStore.ownerLeft(owner, at: now, in: tx)
            let draft = AuditDraft("erase", nil, plan: nil, cause: "@erasure")
            try RetentionAudit.append([draft], at: now, in: tx)
        }
        var report = EraseReport()
        var after: FileID?
        while true {
            let place: SQL = after.map { "AND id > \($0)" } ?? ""
            let (rows, page) = try await writing { tx in
                let rows = try FileStore.rows(
                    """
                    owner = \(owner) AND state NOT IN ('tombstoned', 'gone') \(place) ORDER BY id LIMIT 200\(tx.dialect.forUpdate)
                    """, in: tx)
                return (rows, try Self.erase(rows, policy, at: now, in: tx))
            }
            guard let last = rows.last else { return report }
            after = last.id
            report.deleted += page.deleted
            report.restricted += page.restricted
            report.before += page.before
            for record in rows {
                do { try await hands.revokeLinks(of: record) } catch { report.linksLeft += 1 }
            }
        }
    }

    private static func erase(
        _ rows: [FileRecord], _ policy: RetentionPolicy, at now: Timestamp, in tx: Transaction
    ) throws -> EraseReport {
        var report = EraseReport()
        var drafts: [AuditDraft] = []
        for var record in rows {
            guard record.times.deleted == nil else {
                report.before += 1
                continue
            }
            let goes = policy.evaluate(RetentionFacts(record), at: now).deletes
            record.times.deleted = now
            record = try FileStore.save(record, in: tx)
            drafts.append(AuditDraft(goes ? "delete" : "restrict", record, plan: nil, cause: "@erasure"))
            if goes { report.deleted += 1 } else { report.restricted += 1 }
        }
        try RetentionAudit.append(drafts, at: now, in: tx)
        return report
    }

    /// Checks the chain of the audit.
    ///
    /// - Returns: how many lines it has.
    /// - Throws: ``RetentionError`` with `brokenAudit`, `databaseFailed`.
    public func verifyAudit() async throws(RetentionError) -> Int64 {
        try await reading { tx in try RetentionAudit.verify(in: tx) }
    }

    /// What was done to a file, oldest first, at most 1000 lines.
    ///
    /// - Throws: ``RetentionError`` with `databaseFailed`.
    public func history(of file: FileID) async throws(RetentionError) -> [AuditLine] {
        try await reading { tx in try RetentionAudit.lines("file = \(file) ORDER BY seq LIMIT 1000", in: tx) }
    }

    /// The plan of an id and how far it is.
    ///
    /// - Throws: ``RetentionError`` with `unknownPlan`, `databaseFailed`.
    public func plan(_ id: PlanID) async throws(RetentionError) -> (
        plan: RetentionPlan, state: RunState, counts: RunCounts
    ) {
        let run = try await reading { tx in try RunStore.find(id, in: tx) }
        return (run.plan, run.state, run.counts)
    }

    /// The facts of a file for a judgement.
    ///
    /// - Throws: ``RetentionError`` with `unknownFile`, `databaseFailed`.
    public func facts(of key: ObjectKey) async throws(RetentionError) -> RetentionFacts {
        try await reading { tx in
            guard let record = try FileStore.find(key: key, in: tx) else {
                throw RetentionError(.unknownFile, "No row has this key.")
            }
            return RetentionFacts(record, done: try MarkStore.steps(of: [record.id], in: tx)[record.id] ?? [])
        }
    }
}
