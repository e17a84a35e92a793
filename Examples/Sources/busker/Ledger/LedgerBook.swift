// An open ledger, and how long a command has it.

import BuskerCore
@_spi(Crash) import BuskerDatabase
@_spi(Crash) import BuskerLedger
import BuskerPostgres
import Foundation

/// What a command wants of the database.
enum LedgerAccess {
    /// To change it, and to make it where it is not there.
    case create
    /// To change it.
    case write
    /// To read it, beside whoever writes.
    case read
}

/// An open ledger.
struct LedgerBook {
    let place: LedgerPlace
    let database: any Database
    let ledger: Ledger

    /// Opens a ledger.
    static func open(
        _ place: LedgerPlace, _ access: LedgerAccess, clock: any WallClock = SystemClock(),
        limits: LedgerLimits = LedgerLimits(), crash: CrashPoint? = nil
    ) async throws -> LedgerBook {
        let database: any Database
        switch place {
        case .server(let url): database = try await PostgresDatabase(url: url)
        case .file(let path):
            guard access == .create || FileManager.default.fileExists(atPath: path) else {
                throw Failure(
                    .noInput, code: "database_not_found",
                    "There is no database '\(path)'. 'busker ledger open' makes one; check --database otherwise.")
            }
            database = try Self.sqlite(path, access, crash)
        }
        let ledger =
            if let crash {
                Ledger(database, clock: clock, limits: limits) { crash.passed($0) }
            } else {
                Ledger(database, clock: clock, limits: limits)
            }
        let book = LedgerBook(place: place, database: database, ledger: ledger)
        guard access != .read else { return book }
        do {
            if access == .write { try await book.requireLedger() }
            try await ledger.migrate()
        } catch {
            await database.close()
            throw error
        }
        return book
    }

    /// Refuses a database of somebody else's: only `open` puts a ledger into one.
    private func requireLedger() async throws {
        _ = try await database.read { tx in try tx.value("SELECT seq FROM ledger_head", as: Int64.self) }
    }

    private static func sqlite(_ path: String, _ access: LedgerAccess, _ crash: CrashPoint?) throws -> SQLiteDatabase {
        guard access != .read else { return try SQLiteDatabase(readingOnly: path) }
        guard let crash else { return try SQLiteDatabase(path: path) }
        return try SQLiteDatabase(path: path) { crash.passed(CrashPoint.checkpoint) }
    }

    /// Opens a ledger for as long as `body` runs.
    static func with<Value>(
        _ place: LedgerPlace, _ access: LedgerAccess, _ body: (LedgerBook) async throws -> Value
    ) async throws -> Value {
        do {
            let book = try await open(place, access)
            do {
                let value = try await body(book)
                await book.database.close()
                return value
            } catch {
                await book.database.close()
                throw error
            }
        } catch {
            throw Failure(error, at: place)
        }
    }

    /// An amount as a person writes it, in the unit of an account.
    func amount(_ text: String, of account: AccountName) async throws -> Amount {
        try Amount(parsing: text, unit: try await ledger.balance(of: account).unit)
    }

    /// The amount of a transaction whose id was given.
    func amount(of id: TransactionID, or missing: @autoclosure () -> Failure) async throws -> Amount {
        guard let found = try await ledger.transaction(id) else { throw missing() }
        return found.entry.amount
    }
}
