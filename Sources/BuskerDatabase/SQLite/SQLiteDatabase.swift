// The embedded database: one file, one process that writes.

import Synchronization

/// A database in one file, written by one process.
///
/// What waits to be written is committed together: each closure in a savepoint of its own, one commit for all, and no
/// answer before the commit is on the disk. Reads run beside on snapshots of their own. A read that lasts long keeps the
/// log beside the file from shrinking; end it, and the log does.
public final class SQLiteDatabase: Database {
    /// What SQLite says differently.
    public let dialect = Dialect.sqlite

    private let writer: Lane?
    private let readers: [Lane]
    private let writes: WorkQueue
    private let reads: WorkQueue
    private let closing = Mutex<Task<Void, Never>?>(nil)

    /// Opens the database, and makes it if it is not there.
    ///
    /// A file `<path>.lock` beside it keeps a second writer away, in this process or another.
    ///
    /// - Throws: ``DatabaseError`` with `inUse`, `storage`, `readOnly`, `corrupt` or `unsafeSettings`.
    public convenience init(path: String, limits: DatabaseLimits = DatabaseLimits()) throws(DatabaseError) {
        try self.init(path: path, limits: limits, setup: SQLiteSetup())
    }

    /// Opens the database for a test that ends the process while the log is moved into the file.
    ///
    /// - Parameter checkpointing: called right before that, which happens at every eighth commit here.
    /// - Throws: as ``init(path:limits:)``.
    @_spi(Crash) public convenience init(
        path: String, limits: DatabaseLimits = DatabaseLimits(), checkpointing: @escaping @Sendable () -> Void
    ) throws(DatabaseError) {
        var setup = SQLiteSetup()
        setup.checkpointing = checkpointing
        try self.init(path: path, limits: limits, setup: setup)
    }

    /// Opens the database in a way that tests ask for.
    package convenience init(path: String, limits: DatabaseLimits, setup: SQLiteSetup) throws(DatabaseError) {
        let file = try DatabaseFile(path, mustExist: false)
        let lock = try FileLock(for: file.path)
        let name = file.name(fileLayer: setup.fileLayer)
        let writer = try Lane(name, isReader: false, lock: lock, setup: setup, limits: limits)
        let readers = try Self.readers(name, setup, limits)
        self.init(writer: writer, readers: readers, limits: limits)
    }

    /// Opens the database for looking only, as tools do beside a server that writes.
    ///
    /// - Throws: ``DatabaseError`` with `storage`, `corrupt` or `unsafeSettings`.
    public convenience init(readingOnly path: String, limits: DatabaseLimits = DatabaseLimits()) throws(DatabaseError) {
        let file = try DatabaseFile(path, mustExist: true)
        let readers = try Self.readers(file.path, SQLiteSetup(), limits)
        self.init(writer: nil, readers: readers, limits: limits)
    }

    /// Makes a database that lives in memory and goes with the object.
    ///
    /// It has one connection: reads and writes take turns.
    public static func inMemory(limits: DatabaseLimits = DatabaseLimits()) throws(DatabaseError) -> SQLiteDatabase {
        let lane = try Lane(":memory:", isReader: false, setup: SQLiteSetup(), limits: limits)
        return SQLiteDatabase(writer: lane, readers: [], limits: limits)
    }

    private static func readers(
        _ name: String, _ setup: SQLiteSetup, _ limits: DatabaseLimits
    ) throws(DatabaseError) -> [Lane] {
        var readers: [Lane] = []
        for _ in 0..<limits.readers {
            readers.append(try Lane(name, isReader: true, setup: setup, limits: limits))
        }
        return readers
    }

    private init(writer: Lane?, readers: [Lane], limits: DatabaseLimits) {
        self.writer = writer
        self.readers = readers
        let committer = Committer(groupSize: limits.groupSize)
        writes = WorkQueue(writer.map { [$0] } ?? [], length: limits.queueLength) { committer.drain($0, $1) }
        reads = WorkQueue(readers, length: limits.queueLength) { Reading.drain($0, $1) }
    }

    /// Runs `body` on a snapshot that later writes do not touch; it never blocks a writer.
    ///
    /// A database in memory has one connection, so there it takes its turn with the writers.
    public func read<T: Sendable>(_ body: @escaping @Sendable (ReadTransaction) throws -> T) async throws -> T {
        guard readers.isEmpty else {
            return try await QueuedCall { try body(ReadTransaction($0)) }.value(in: reads)
        }
        return try await QueuedCall { connection in
            connection.mayWrite = false
            defer { connection.mayWrite = true }
            return try body(ReadTransaction(connection))
        }.value(in: writes)
    }

    /// Runs `body` in a transaction and returns its value once that transaction is durable.
    @discardableResult
    public func write<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws -> T {
        guard writer != nil else {
            throw DatabaseError(.readOnly, "The database was opened for reading only: open it with init(path:).")
        }
        return try await QueuedCall { try body(Transaction($0)) }.value(in: writes)
    }

    /// Brings the tables up to date: applies what is missing, in order, each in a transaction of its own.
    public func migrate(_ migrations: [Migration]) async throws {
        try await Migrator(migrations).run(on: self)
    }

    /// Looks for damage, and returns what was found; empty means sound.
    public func integrityCheck() async throws -> [String] {
        try await inspect { connection throws(DatabaseError) in try connection.findDamage() }
    }

    /// Finishes what was asked for, refuses what comes, and lets go of the file.
    public func close() async {
        let task = closing.withLock { closing in
            if let closing { return closing }
            let task = Task { await letGo() }
            closing = task
            return task
        }
        await task.value
    }

    private func letGo() async {
        writes.close()
        reads.close()
        for reader in readers { await reader.close() }
        await writer?.close()
    }

    /// Whether the database lies in a file.
    var isOnDisk: Bool { !readers.isEmpty }

    /// Runs `body` on a snapshot, with the connection itself.
    func inspect<T: Sendable>(_ body: @escaping @Sendable (SQLiteConnection) throws -> T) async throws -> T {
        try await QueuedCall(body).value(in: readers.isEmpty ? writes : reads)
    }
}
