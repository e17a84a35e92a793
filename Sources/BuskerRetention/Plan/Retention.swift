// Where policies meet the rows of files.

public import BuskerCore
public import BuskerDatabase
import BuskerStorage

/// Keeps files as long as policies say, and no longer: plans, carries out, undoes, erases.
///
/// Many may plan at once; a plan is carried out by one at a time, and every row is judged again and changed only if nobody
/// changed it since.
public struct Retention: Sendable {
    let database: any Database
    let clock: any WallClock
    let ids: IDGenerator
    /// The bounds of its work.
    public let limits: RetentionLimits

    /// Works on the tables of a database that has those of storage, too.
    public init(
        _ database: some Database, clock: some WallClock = SystemClock(), ids: IDGenerator = IDGenerator(),
        limits: RetentionLimits = RetentionLimits()
    ) {
        self.database = database
        self.clock = clock
        self.ids = ids
        self.limits = limits
    }

    /// Brings the tables up to date.
    ///
    /// - Throws: ``RetentionError`` with `databaseFailed`.
    public func migrate() async throws(RetentionError) {
        do { try await database.migrate(RetentionSchema.migrations) } catch { throw RetentionError(any: error) }
    }

    func reading<T: Sendable>(_ body: @escaping @Sendable (ReadTransaction) throws -> T) async throws(RetentionError)
        -> T
    {
        do { return try await database.read(body) } catch { throw RetentionError(any: error) }
    }

    func writing<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws(RetentionError) -> T {
        do { return try await database.write(body) } catch { throw RetentionError(any: error) }
    }
}

/// The bounds of what retention does at once.
public struct RetentionLimits: Sendable, Hashable {
    /// Rows that are read at once, 1...5000.
    public var pageRows = 1000
    /// Items that are carried out at once, 1...1000.
    public var batchItems = 100
    /// Files whose bytes are deleted in one second at most, 1 or more.
    public var deletesPerSecond: Int64 = 100
    /// A plan that is older is not carried out, in seconds.
    public var planAge: Int64 = 3_600
    /// A clock that says so much less than the latest run stops everything, in seconds.
    public var clockBack: Int64 = 300
    /// A number of files that dropped by more percent since the last run stops everything.
    public var vanishedPercent: Int64 = 20

    /// The bounds as documented.
    public init() {}
}

extension RetentionError {
    /// What a failure looks like from the room of retention.
    init(any error: any Error) {
        switch error {
        case let error as RetentionError: self = error
        case let error as DatabaseError:
            self.init(.databaseFailed, "The database failed; repeat the same call. \(error.detail)")
        case let error as StorageError: self.init(.databaseFailed, error.detail)
        case let error as TextError: self.init(.databaseFailed, error.detail)
        case is CancellationError: self.init(.databaseFailed, "The task was cancelled; repeat the same call.")
        default: self.init(.sinkFailed, "Whoever takes or gives the items of the plan failed.")
        }
    }
}
