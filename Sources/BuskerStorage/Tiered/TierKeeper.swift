// Sees to it that both tiers have every file.

public import BuskerCore
public import BuskerDatabase
import Synchronization

/// What somebody who looked at the tiers of files found and did.
public struct TierReport: Sendable, Hashable {
    /// Files that were looked at.
    public internal(set) var looked = 0
    /// Those whose bytes were read and hashed.
    public internal(set) var hashed = 0
    /// Copies that were made anew.
    public internal(set) var repaired = 0
    /// Copies that could not be made; they are tried again next time.
    public internal(set) var failed = 0
    /// Files of which a tier did not answer.
    public internal(set) var unknown = 0
    /// Files about which somebody should be told, as far as the limit of lines allows.
    public internal(set) var alerts: [FileID: TierAlert] = [:]
    /// Where the next call goes on; nothing when all files were looked at.
    public internal(set) var next: FileID?
}

/// Looks at files in both tiers, makes copies anew that are missing or damaged, and writes into the rows what is where.
///
/// Every readable file belongs into both tiers. Nothing is ever deleted here, and a row changes only when both tiers answered.
public struct TierKeeper: Sendable {
    private let database: any Database
    private let store: TieredStore
    private let sampler: TierSampler
    private let linesMax: Int

    /// Makes a keeper of a database with the tables of ``StorageSchema`` and the store of its files.
    ///
    /// - Parameters:
    ///   - database: where the rows are.
    ///   - store: the two tiers.
    ///   - sampler: which files are hashed, beside those that are not known to be well.
    ///   - linesMax: alerts of one report at most.
    public init(
        _ database: any Database, store: TieredStore, sampler: TierSampler = TierSampler(), linesMax: Int = 1000
    ) {
        self.database = database
        self.store = store
        self.sampler = sampler
        self.linesMax = max(1, linesMax)
    }

    /// Looks at files in the order of their ids.
    ///
    /// - Parameters:
    ///   - after: the `next` of the call before.
    ///   - limit: files at most.
    ///   - random: draws the files that are hashed.
    /// - Throws: ``StorageError`` with `databaseFailed` or `cancelled`.
    public func keep(
        after: FileID? = nil, limit: Int = 1000, using random: inout some RandomNumberGenerator
    ) async throws(StorageError) -> TierReport {
        var report = TierReport()
        let place: SQL = after.map { "AND id > \($0)" } ?? ""
        let limit = max(1, limit)
        let files: [FileRecord]
        do {
            files = try await database.read { tx in
                try FileStore.rows("state = 'accepted' \(place) ORDER BY id LIMIT \(limit + 1)", in: tx)
            }
        } catch {
            throw StorageError(any: error)
        }
        for file in files.prefix(limit) {
            guard !Task.isCancelled else { throw StorageError(.cancelled, "The task was cancelled.") }
            try await keep(file, isHashed: sampler.picks(using: &random), &report)
        }
        if files.count > limit { report.next = files[limit - 1].id }
        return report
    }

    /// Looks at one file, such as one that a read found bad.
    ///
    /// - Throws: ``StorageError`` with `databaseFailed`.
    public func keep(_ id: FileID) async throws(StorageError) -> TierReport {
        var report = TierReport()
        let file: FileRecord?
        do {
            file = try await database.read { tx in try FileStore.find(id, in: tx) }
        } catch {
            throw StorageError(any: error)
        }
        if let file, file.state == .accepted { try await keep(file, isHashed: true, &report) }
        return report
    }

    private func keep(_ file: FileRecord, isHashed: Bool, _ report: inout TierReport) async throws(StorageError) {
        guard let tiered = TieredFile(belonging: file) else { return }
        report.looked += 1
        if isHashed { report.hashed += 1 }
        let verdict = isHashed ? await store.rehash(tiered) : await store.inspect(tiered)
        guard !verdict.isUnknown else {
            report.unknown += 1
            return
        }
        var states = verdict.states
        if let alert = verdict.alert, report.alerts.count < linesMax { report.alerts[file.id] = alert }
        for tier in StoreTier.allCases where verdict.repairs.contains(tier) {
            let done = await store.repair(tiered.repair(of: tier))
            if let near = done.near { states.near = near }
            if let far = done.far { states.far = far }
            if done.failure == nil { report.repaired += 1 } else { report.failed += 1 }
        }
        try await write(states, of: file)
    }

    /// Writes what is where, unless the row is of other bytes by now.
    private func write(_ states: TierStates, of file: FileRecord) async throws(StorageError) {
        guard states != TierStates(near: file.near, far: file.far) else { return }
        do {
            try await database.write { tx in
                var row = try FileStore.lock(file.id, in: tx)
                guard row.state == .accepted, row.key == file.key, row.sha256 == file.sha256 else { return }
                row.near = states.near
                row.far = states.far
                try FileStore.save(row, in: tx)
            }
        } catch {
            throw StorageError(any: error)
        }
    }
}

extension TieredFile {
    /// A file that belongs into both tiers, whatever its row says by now; nothing when its bytes have not been received.
    public init?(belonging record: FileRecord) {
        guard let size = record.size, let sha256 = record.sha256 else { return nil }
        let states = TierStates(
            near: record.near == .none ? .present : record.near, far: record.far == .none ? .present : record.far)
        self.init(key: record.key, size: size, sha256: sha256, row: states)
    }
}
