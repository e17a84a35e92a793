// The ledger as a host uses it.

public import BuskerCore
public import BuskerDatabase
import Synchronization

/// A ledger of credits in a database: double entry, holds and expiring grants in one model.
///
/// Every command exists twice. `try await ledger.perform(command)` shares its commit with whatever else waits;
/// `try ledger.perform(command, in: tx)` becomes part of the host's own transaction and commits with it.
public final class Ledger: Sendable {
    /// The database that holds the tables of ``LedgerSchema``.
    public let database: any Database
    /// The limits in force.
    public let limits: LedgerLimits
    let clock: any WallClock
    let ids: IDGenerator
    let observers: [any BalanceObserver]
    let passing: (@Sendable (LedgerPoint) -> Void)?
    let committer: LedgerCommitter
    let readers: BalanceBatcher
    private let memory: LedgerMemory

    /// Makes a ledger on a database whose tables ``migrate()`` or ``LedgerSchema/migrations`` brought up to date.
    ///
    /// One ledger serves a whole process: callers who share it share their commits.
    public convenience init(
        _ database: any Database, clock: any WallClock = SystemClock(), ids: IDGenerator = IDGenerator(),
        limits: LedgerLimits = LedgerLimits()
    ) {
        self.init(database, clock: clock, ids: ids, limits: limits, observers: [], passing: nil)
    }

    /// The same for a test that ends the process at a point of its choice.
    ///
    /// - Parameter passing: called with the name of each point that a batch passes, such as `batch.beforeCommit`.
    @_spi(Crash) public convenience init(
        _ database: any Database, clock: any WallClock = SystemClock(), ids: IDGenerator = IDGenerator(),
        limits: LedgerLimits = LedgerLimits(), passing: @escaping @Sendable (_ point: String) -> Void
    ) {
        self.init(
            database, clock: clock, ids: ids, limits: limits, observers: [], passing: { passing($0.rawValue) })
    }

    /// The same with observers of balances beside the rules of accounts, and a closure that is told which point of a batch is passed.
    package init(
        _ database: any Database, clock: any WallClock, ids: IDGenerator, limits: LedgerLimits,
        observers: [any BalanceObserver], passing: (@Sendable (LedgerPoint) -> Void)? = nil
    ) {
        self.database = database
        self.limits = limits
        self.clock = clock
        self.ids = ids
        let observers = [RuleObserver()] + observers
        self.observers = observers
        self.passing = passing
        readers = BalanceBatcher(limits: limits)
        let memory = LedgerMemory()
        self.memory = memory
        let run = LedgerRun(
            clock: clock, ids: ids, limits: limits, observers: observers, passing: passing, memory: memory)
        committer = LedgerCommitter(limits: limits) { work in await run.write(work, to: database) }
    }

    /// Brings the tables up to date.
    ///
    /// - Throws: `DatabaseError`, such as `migrationUnknown` when a newer release made the tables.
    public func migrate() async throws { try await database.migrate(LedgerSchema.migrations) }

    /// How many commands wait for the next transaction.
    package var waiting: Int { committer.waiting }

    /// What carries out work in a transaction.
    var run: LedgerRun {
        LedgerRun(clock: clock, ids: ids, limits: limits, observers: observers, passing: passing, memory: memory)
    }
}

/// The rows that stay in memory between batches; whoever works with them has them alone.
final class LedgerMemory: Sendable {
    private let kept = Mutex<LedgerState?>(nil)

    /// The rows, which are gone from here until they are kept again.
    func take() -> LedgerState {
        kept.withLock { kept in
            let state = kept
            kept = nil
            return state ?? LedgerState()
        }
    }

    /// Keeps rows for the next batch, which trusts them only if the head in the database is still theirs.
    func keep(_ state: consuming LedgerState) {
        let state = state
        kept.withLock { $0 = state }
    }
}

/// Carries out work in a transaction, on the rows in memory.
struct LedgerRun: Sendable {
    let clock: any WallClock
    let ids: IDGenerator
    let limits: LedgerLimits
    let observers: [any BalanceObserver]
    let passing: (@Sendable (LedgerPoint) -> Void)?
    let memory: LedgerMemory

    /// One transaction of its own.
    func write(_ work: [LedgerWork], to database: any Database) async -> Result<[[LedgerAnswer]], LedgerError> {
        do {
            let answers = try await database.write { tx in
                passing?(.batchBegin)
                let answers = try apply(work, in: tx)
                passing?(.batchBeforeCommit)
                return answers
            }
            passing?(.batchAfterCommit)
            return .success(answers)
        } catch {
            return .failure(LedgerError(any: error))
        }
    }

    /// Part of a transaction that is the caller's; it throws what the database reported, so that a lost race is seen.
    func apply(_ work: [LedgerWork], in tx: Transaction) throws -> [[LedgerAnswer]] {
        do throws(LedgerError) {
            return try with(tx) { engine throws(LedgerError) in try engine.run(work) }
        } catch {
            throw error.cause
        }
    }

    /// Lends an engine inside a transaction, and tells the observers what it did.
    func with<T>(
        _ tx: Transaction, _ body: (inout LedgerEngine) throws(LedgerError) -> T
    ) throws(LedgerError) -> T {
        let passing = passing
        var engine = LedgerEngine(
            state: memory.take(), store: TransactionStore(tx, passing: passing), clock: clock, ids: ids, limits: limits,
            observes: !observers.isEmpty)
        if let passing { engine.sweeping = { passing(.sweepMid) } }
        let value = try body(&engine)
        let changes = engine.state.batch.changes
        memory.keep(engine.release())
        guard !changes.isEmpty else { return value }
        do {
            for observer in observers { try observer.balancesChanged(changes, in: tx) }
        } catch {
            throw LedgerError(any: error)
        }
        return value
    }
}

extension LedgerEngine {
    /// The rows for the next batch, without those that only this one needed.
    consuming func release() -> LedgerState {
        state.batch = BatchRows()
        return state
    }
}

extension LedgerError {
    /// What the database reported, else the error itself: what a database must see to know a lost race.
    var cause: any Error { underlying as? DatabaseError ?? self }

    /// What a failure looks like from the ledger.
    init(any error: any Error) {
        switch error {
        case let error as LedgerError: self = error
        case let error as DatabaseError: self.init(error)
        case is CancellationError:
            self.init(.cancelled, "The task was cancelled before the command began; nothing was changed.")
        default:
            self.init(.databaseFailed, "The transaction failed and nothing was changed.", underlying: error)
        }
    }
}
