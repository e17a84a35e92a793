// Deletes what nothing needs any more, and nothing else.

public import BuskerCore
public import BuskerDatabase

/// Goes through the prefixes that a product owns and deletes what nothing needs: never early, never by accident.
///
/// An orphan is seen twice, a day apart, and is a week old. Its key is closed in the database, where no row can take it any
/// more, before its bytes go. What never had a row goes into quarantine first. A listing that failed says nothing, and a
/// database that lost rows is not believed. Each call goes on where the one before stopped.
public final class OrphanSweeper: Sendable {
    /// The database that holds the tables of ``StorageSchema``.
    public let database: any Database
    /// The store that is swept.
    public let store: any ObjectStore
    /// The beginnings of keys that this product owns; nothing else is ever looked at.
    public let prefixes: [String]
    /// Where objects lie that never had a row.
    public let quarantine: String
    /// The limits in force.
    public let limits: SweepLimits
    let clock: any WallClock

    /// Makes a sweeper.
    ///
    /// - Parameters:
    ///   - database: where files are kept, with the tables of ``StorageSchema``.
    ///   - store: where the bytes are.
    ///   - prefixes: the beginnings of keys that this product owns, each with its slash, none within another.
    ///   - quarantine: where objects are put that never had a row; no prefix is within it.
    ///   - clock: the time of day.
    ///   - limits: the limits in force.
    /// - Throws: ``StorageError`` with `badKey` for a prefix that does not end with a slash or that lies within another.
    public init(
        _ database: any Database, store: any ObjectStore, prefixes: [String], quarantine: String = "quarantine/",
        clock: any WallClock = SystemClock(), limits: SweepLimits = SweepLimits()
    ) throws(StorageError) {
        let all = prefixes + [quarantine]
        for (at, prefix) in all.enumerated() {
            guard prefix.utf8.last == UInt8(ascii: "/"), prefix.utf8.count <= 200 else {
                throw StorageError(.badKey, "A prefix to sweep ends with a slash and has at most 200 bytes.")
            }
            _ = try ObjectKey(prefix + "a")
            let isWithin = all.enumerated().contains { $0 != at && prefix.utf8.starts(with: $1.utf8) }
            guard !isWithin else { throw StorageError(.badKey, "A prefix to sweep lies within another.") }
        }
        self.database = database
        self.store = store
        self.prefixes = prefixes
        self.quarantine = quarantine
        self.clock = clock
        self.limits = limits
    }

    /// Sweeps, or goes on with a sweep that was begun.
    ///
    /// - Parameters:
    ///   - isDry: whether nothing is changed, only told.
    ///   - acceptsFewerRows: whether a person made sure that rows are missing for a reason.
    /// - Throws: ``StorageError`` with `badState` when there are many fewer rows than at the last sweep; whatever a listing
    ///   met; `databaseFailed`. Nothing was deleted that the report of a later call does not count as well.
    public func sweep(isDry: Bool = false, acceptsFewerRows: Bool = false) async throws(StorageError) -> SweepReport {
        var report = SweepReport(isDry: isDry)
        let (state, rows) = try await begin(isDry: isDry, acceptsFewerRows: acceptsFewerRows)
        if try await !sweepRows(&report) { return report }
        if try await !sweepTombstones(&report) { return report }
        let all = prefixes + [quarantine]
        let first = state.place.flatMap { place in all.firstIndex { $0.utf8.elementsEqual(place.prefix.utf8) } } ?? 0
        for prefix in all[first...] {
            let after = prefix.utf8.elementsEqual(state.place?.prefix.utf8 ?? "".utf8) ? state.place?.after : nil
            if try await !sweepObjects(prefix, after: after, &report) { return report }
            try await sweepParts(prefix, &report)
        }
        if !isDry { try await finish(rows) }
        return report
    }

    /// Begins a sweep, or takes one up again.
    private func begin(isDry: Bool, acceptsFewerRows: Bool) async throws(StorageError) -> (SweepState, Int64) {
        let now = clock.now
        let first = SweepPlace(prefix: prefixes.first ?? quarantine, after: nil)
        let check: @Sendable (ReadTransaction, SQL) throws -> (SweepState, Int64) = { tx, lock in
            var state = try SweepStore.state(lock, in: tx)
            let rows = try SweepStore.rows(in: tx)
            let least = (state.rowsThen ?? 0) / 100 * self.limits.rowsPercentMin
            let rest = (state.rowsThen ?? 0) % 100 * self.limits.rowsPercentMin / 100
            guard acceptsFewerRows || rows >= least + rest else {
                throw StorageError(
                    .badState,
                    "There are \(rows) rows of files, but there were \(state.rowsThen ?? 0); is it the right database?")
            }
            if isDry || state.place == nil { (state.place, state.begun) = (first, now) }
            return (state, rows)
        }
        guard !isDry else { return try await reading { tx in try check(tx, "") } }
        return try await writing { tx in
            let (state, rows) = try check(tx, tx.dialect.forUpdate)
            try SweepStore.save(state, finished: nil, in: tx)
            return (state, rows)
        }
    }

    private func finish(_ rows: Int64) async throws(StorageError) {
        let now = clock.now
        let old = now.advanced(by: .seconds(-10 * limits.orphanSeconds))
        try await writing { tx in
            var state = try SweepStore.state(tx.dialect.forUpdate, in: tx)
            (state.place, state.rowsThen) = (nil, rows)
            try SweepStore.save(state, finished: now, in: tx)
            try SweepStore.forget(before: old, in: tx)
        }
    }

    /// Takes so many deletions from what is allowed for now.
    ///
    /// - Returns: nothing when they may be made, else when to come again.
    func take(_ count: Int, at now: Timestamp, in tx: Transaction) throws -> Timestamp? {
        var state = try SweepStore.state(tx.dialect.forUpdate, in: tx)
        let each = 1_000_000 / max(1, limits.deletesPerSecond)
        let rest = now.advanced(byMicroseconds: -each * max(1, limits.deletesAtOnce))
        let spent = max(state.spent, rest).advanced(byMicroseconds: each * Int64(count))
        guard spent <= now else { return spent }
        state.spent = spent
        try SweepStore.save(state, finished: nil, in: tx)
        return nil
    }

    /// Whether so few deletions failed that the sweep goes on; a few are always borne.
    func bears(_ report: SweepReport) -> Bool {
        let done = (report.counts[.delete] ?? 0) + (report.counts[.vanish] ?? 0) + (report.counts[.quarantine] ?? 0)
        return report.failures < 10 || report.failures * 100 <= (done + report.failures) * limits.failuresPercentMax
    }

    /// Deletions that are made together at most.
    var batch: Int { Int(min(100, max(1, limits.deletesAtOnce))) }

    func audit(
        _ action: String, _ key: ObjectKey, to target: ObjectKey? = nil, size: Int64?, file: FileID? = nil,
        sha256: ContentHash? = nil, at now: Timestamp, in tx: Transaction
    ) throws {
        try AuditTrail.append(
            AuditEntry(
                at: now, who: "sweeper", action: action, result: "closed", file: file, before: key, after: target,
                sha256: sha256, size: size), in: tx)
    }

    func writing<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws(StorageError) -> T {
        do { return try await database.write(body) } catch { throw StorageError(any: error) }
    }

    func reading<T: Sendable>(_ body: @escaping @Sendable (ReadTransaction) throws -> T) async throws(StorageError)
        -> T
    {
        do { return try await database.read(body) } catch { throw StorageError(any: error) }
    }
}
