// How a reader gets at the tables, and what it says when that fails.

import BuskerCore
import BuskerDatabase

extension Ledger {
    /// Runs `body` on a snapshot and says every failure in the ledger's own words.
    func reading<T: Sendable>(
        _ body: @escaping @Sendable (ReadTransaction) throws -> T
    ) async throws(LedgerError) -> T {
        do {
            return try await database.read(body)
        } catch {
            throw ReadFailure.named(error)
        }
    }

    /// Runs `body` in a transaction and says every failure in the ledger's own words.
    func writing<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws(LedgerError) -> T {
        do {
            return try await database.write(body)
        } catch {
            throw ReadFailure.named(error)
        }
    }
}

/// Failures of the database in the ledger's words.
enum ReadFailure {
    static func named(_ error: any Error) -> LedgerError {
        switch error {
        case let error as LedgerError: error
        case is CancellationError: LedgerError(.cancelled, "The task was cancelled before the reading began.")
        case let error as DatabaseError: named(error)
        case let error as TextError: LedgerError(.badCursor, error.detail, underlying: error)
        default: LedgerError(.databaseFailed, "The ledger could not be read.", underlying: error)
        }
    }

    static func named(_ error: DatabaseError) -> LedgerError {
        if error.code == .unknownOutcome {
            return LedgerError(.unknownOutcome, error.detail, underlying: error)
        }
        if error.code == .corrupt { return LedgerError(.corrupt, error.detail, underlying: error) }
        return LedgerError(.databaseFailed, "The ledger could not be read: \(error.detail)", underlying: error)
    }

    /// Runs `body`; what the database or a text refuses is said in the ledger's words.
    static func guarded<T>(_ body: () throws -> T) throws(LedgerError) -> T {
        do { return try body() } catch { throw named(error) }
    }
}
