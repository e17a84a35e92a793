// Compares rows with what the store has.

public import BuskerCore
public import BuskerDatabase

/// What a comparison found.
public struct ReconcileReport: Sendable, Hashable {
    /// Rows that were looked at.
    public internal(set) var looked = 0
    /// Rows of which nothing is known, because the store did not answer; nothing was changed for them.
    public internal(set) var unknown = 0
    /// Files whose bytes are missing, as far as the limit of lines allows.
    public internal(set) var missing: [FileID] = []
    /// Files whose bytes have another size.
    public internal(set) var damaged: [FileID] = []
    /// Files that were marked before and whose bytes are there.
    public internal(set) var recovered: [FileID] = []
    /// Where the next call goes on; nothing when all rows were looked at.
    public internal(set) var next: FileID?
}

/// Looks for rows whose bytes are missing and marks them; nothing is ever deleted because of it.
public struct Reconciler: Sendable {
    private let database: any Database
    private let store: any ObjectStore
    private let clock: any WallClock
    private let linesMax: Int

    /// Makes a reconciler of a database with the tables of ``StorageSchema`` and the store of its files.
    public init(
        _ database: any Database, store: any ObjectStore, clock: any WallClock = SystemClock(), linesMax: Int = 1000
    ) {
        self.database = database
        self.store = store
        self.clock = clock
        self.linesMax = max(1, linesMax)
    }

    /// Asks the store for the bytes of rows, in the order of their ids.
    ///
    /// - Parameters:
    ///   - after: the `next` of the call before.
    ///   - limit: rows at most.
    ///   - isDry: whether rows are not marked.
    /// - Throws: ``StorageError`` with `databaseFailed`.
    public func reconcile(
        after: FileID? = nil, limit: Int = 1000, isDry: Bool = false
    ) async throws(StorageError) -> ReconcileReport {
        var report = ReconcileReport()
        let place: SQL = after.map { "AND id > \($0)" } ?? ""
        let limit = max(1, limit)
        let files: [FileRecord]
        do {
            files = try await database.read { tx in
                try FileStore.rows(
                    """
                    state IN ('received', 'scanning', 'accepted', 'quarantined') \(place) ORDER BY id LIMIT \(limit + 1)
                    """, in: tx)
            }
        } catch {
            throw StorageError(any: error)
        }
        for file in files.prefix(limit) {
            report.looked += 1
            let state: TierState
            switch await store.head(file.key) {
            case .unknown:
                report.unknown += 1
                continue
            case .absent: state = .missing
            case .present(let info): state = file.size == nil || info.size == file.size ? .present : .damaged
            }
            let wasWell = file.near != .missing && file.far != .missing && file.near != .damaged && file.far != .damaged
            guard state != .present || !wasWell else { continue }
            if !isDry, try await !mark(file, state) { continue }
            add(file.id, state, &report)
        }
        if files.count > limit { report.next = files[limit - 1].id }
        return report
    }

    private func add(_ id: FileID, _ state: TierState, _ report: inout ReconcileReport) {
        switch state {
        case .missing: if report.missing.count < linesMax { report.missing.append(id) }
        case .damaged: if report.damaged.count < linesMax { report.damaged.append(id) }
        case .present, .none: if report.recovered.count < linesMax { report.recovered.append(id) }
        }
    }

    /// Marks a row, unless it was changed since it was read.
    private func mark(_ seen: FileRecord, _ state: TierState) async throws(StorageError) -> Bool {
        let now = clock.now
        do {
            return try await database.write { tx in
                var file = try FileStore.lock(seen.id, in: tx)
                guard file.version == seen.version else { return false }
                if file.near != .none || file.far == .none { file.near = state }
                if file.far != .none { file.far = state }
                guard file.near != seen.near || file.far != seen.far else { return true }
                _ = try FileStore.save(file, in: tx)
                try AuditTrail.append(
                    AuditEntry(
                        at: now, who: "reconcile", action: "reconcile.mark", result: state.rawValue, file: file.id,
                        before: file.key, sha256: file.sha256, size: file.size), in: tx)
                return true
            }
        } catch {
            throw StorageError(any: error)
        }
    }
}
