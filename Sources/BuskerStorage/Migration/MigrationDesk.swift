// Moves of files as a host uses them.

public import BuskerCore
public import BuskerDatabase

/// Moves files from where temporary ones are to where permanent ones are, so that no crash and no fault loses a byte.
///
/// A move is written to a journal, the bytes are copied to a key that is used once, read back and compared; then one
/// transaction points the row at the copy. The source goes when nobody can use it any more. Each step can be repeated:
/// whoever finds the journal after a crash goes on with ``resume(limit:)``. One desk or many can work on the same tables.
public final class MigrationDesk: Sendable {
    /// What a host does in the transaction that points the row at the copy; it is given the row as it is then.
    ///
    /// A ``StorageError`` with `badState` refuses the move, which is then taken back; other errors let it be tried again.
    public typealias Commit = @Sendable (FileRecord, FileMigration, Transaction) throws -> Void

    /// The database that holds the tables of ``StorageSchema``.
    public let database: any Database
    /// The store that holds the bytes.
    public let store: any ObjectStore
    /// The limits in force.
    public let limits: MigrationLimits
    let clock: any WallClock
    let ids: IDGenerator
    let commit: Commit

    /// Makes a desk on a database whose tables ``StorageSchema/migrations`` brought up to date.
    ///
    /// - Parameters:
    ///   - database: where files and the journal are kept.
    ///   - store: where the bytes are.
    ///   - clock: the time of day.
    ///   - ids: makes the ids of moves.
    ///   - limits: the limits in force.
    ///   - commit: the host's own changes, in the transaction of the commit.
    public init(
        _ database: any Database, store: any ObjectStore, clock: any WallClock = SystemClock(),
        ids: IDGenerator = IDGenerator(), limits: MigrationLimits = MigrationLimits(),
        commit: @escaping Commit = { _, _, _ in }
    ) {
        self.database = database
        self.store = store
        self.clock = clock
        self.ids = ids
        self.limits = limits
        self.commit = commit
    }

    /// Writes the intent to move a file, in a transaction of the caller; carry it out with ``advance(_:)`` after that.
    ///
    /// A file that is being moved already answers with that move.
    ///
    /// - Throws: ``StorageError`` with `notFound`; `badState` for a file that is not accepted, or was deleted; `badKey` for
    ///   a prefix that no key can have.
    public func start(_ file: FileID, _ order: MigrationOrder, in tx: Transaction) throws -> FileMigration {
        let record = try FileStore.lock(file, in: tx)
        if let running = try MigrationStore.find("file = \(file) AND due_us IS NOT NULL", in: tx) { return running }
        guard record.isReadable, let size = record.size, let sha256 = record.sha256 else {
            throw StorageError(.badState, "Only a file that was accepted and not deleted can be moved.")
        }
        let (id, now) = (ids.make(MigrationKind.self), clock.now)
        let hash = sha256.description
        let target = try ObjectKey("\(order.prefix)\(hash.prefix(2))/\(hash)-\(id)")
        let migration = FileMigration(
            id: id, file: file, rowVersion: record.version, source: record.key, target: target, size: size,
            sha256: sha256, order: order, step: .intended, waitUntil: nil, begun: now, changed: now, attempts: 0,
            problem: nil, version: 1)
        try MigrationStore.insert(migration, due: due(limits.leaseSeconds, after: now), in: tx)
        try audit("migration.begin", migration, "intended", at: now, in: tx)
        return migration
    }

    /// Writes the intent to move a file and carries it out as far as it goes.
    ///
    /// - Returns: the move; one that is `committed` waits until nobody uses the source, and ``resume(limit:)`` ends it.
    /// - Throws: ``StorageError``; what was begun goes on with ``resume(limit:)``.
    public func move(_ file: FileID, _ order: MigrationOrder) async throws(StorageError) -> FileMigration {
        let migration = try await writing { tx in try self.start(file, order, in: tx) }
        return try await advance(migration.id)
    }

    /// Gives a move up that is not committed: the file stays where it is, the copy is deleted.
    ///
    /// - Throws: ``StorageError`` with `badState` when it is committed, `notFound`; others as ``advance(_:)``.
    public func cancel(_ id: MigrationID) async throws(StorageError) -> FileMigration {
        let now = clock.now
        try await writing { tx in
            var machine = MigrationMachine(try MigrationStore.lock(id, in: tx))
            let before = machine.migration.step
            _ = try machine.apply(.cancelled)
            guard machine.migration.step != before else { return }
            _ = try self.save(machine.migration, at: now, due: 0, in: tx)
            try self.audit("migration.cancel", machine.migration, "returning", at: now, in: tx)
        }
        return try await advance(id)
    }

    /// Takes up moves whose time has come: those that a crash cut off, that failed, or whose wait is over.
    ///
    /// - Returns: what became of each; a failure is noted in its journal and does not keep others from going on.
    /// - Throws: ``StorageError`` when the journal cannot be read.
    @discardableResult
    public func resume(limit: Int = 100) async throws(StorageError) -> [FileMigration] {
        let now = clock.now
        let limit = min(max(limit, 1), limits.batchMax)
        let until = due(limits.leaseSeconds, after: now)
        let ids = try await writing { tx in try MigrationStore.claim(limit, at: now, until: until, in: tx) }
        var results: [FileMigration] = []
        for id in ids {
            do throws(StorageError) {
                results.append(try await advance(id))
            } catch {
                guard error.code != .cancelled else { throw error }
                if let one = try await migration(id) { results.append(one) }
            }
        }
        return results
    }

    /// Writes the journal of a move, its time and the time of its next look.
    func save(_ migration: FileMigration, at now: Timestamp, due seconds: Int64, in tx: Transaction) throws -> Bool {
        var changed = migration
        changed.changed = now
        return try MigrationStore.save(changed, due: due(seconds, after: now), in: tx)
    }

    func due(_ seconds: Int64, after now: Timestamp) -> Timestamp { now.advanced(by: .seconds(seconds)) }

    func audit(
        _ action: String, _ migration: FileMigration, _ result: String, at now: Timestamp, in tx: Transaction
    ) throws {
        try AuditTrail.append(
            AuditEntry(
                at: now, who: migration.order.who, action: action, result: result, plan: migration.order.plan,
                rule: migration.order.rule, file: migration.file, before: migration.source, after: migration.target,
                sha256: migration.sha256, size: migration.size), in: tx)
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
