// The seam: one database, whichever it is.

/// A database that rooms and hosts share, so that what they change together commits together.
///
/// The closures are synchronous, so that no transaction waits for anything but the database. They may run on another
/// thread, and `write` may run its closure again after a deadlock or a lost race: change nothing outside the transaction.
public protocol Database: Sendable {
    /// The fragments of SQL in which this database differs from others.
    var dialect: Dialect { get }

    /// Runs `body` on a snapshot that later writes do not touch; it never blocks a writer.
    ///
    /// - Throws: what `body` throws, ``DatabaseError``, or `CancellationError` when cancelled before it began.
    func read<T: Sendable>(_ body: @escaping @Sendable (ReadTransaction) throws -> T) async throws -> T

    /// Runs `body` in a transaction and returns its value once that transaction is durable.
    ///
    /// When `body` throws, nothing it did remains. A task that is cancelled while it waits leaves without a trace; one whose
    /// closure has begun gets its result.
    ///
    /// - Throws: what `body` throws; ``DatabaseError`` with `unknownOutcome` when the commit failed and may or may not
    ///   have happened, after which the caller repeats the same operation under the same key; `CancellationError`.
    @discardableResult
    func write<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws -> T

    /// Brings the tables up to date: applies what is missing, in order, each in a transaction of its own.
    ///
    /// - Throws: ``DatabaseError`` with `migrationChanged` when a migration that was applied differs from the one given, or
    ///   with `migrationUnknown` when the database holds a newer one of the same room.
    func migrate(_ migrations: [Migration]) async throws

    /// Looks for damage, and returns what was found; empty means sound.
    func integrityCheck() async throws -> [String]

    /// Finishes what runs, refuses what comes, and lets go of files and connections.
    func close() async
}
