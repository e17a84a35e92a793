// The ledger as a host uses it.

public import BuskerCore
public import BuskerDatabase

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
    let readers = BalanceBatcher()

    /// Makes a ledger on a database whose tables ``open(_:clock:ids:limits:)`` or ``LedgerSchema/migrations`` brought up to date.
    public init(
        _ database: any Database, clock: any WallClock = SystemClock(), ids: IDGenerator,
        limits: LedgerLimits = LedgerLimits()
    ) {
        self.database = database
        self.clock = clock
        self.ids = ids
        self.limits = limits
    }
}
