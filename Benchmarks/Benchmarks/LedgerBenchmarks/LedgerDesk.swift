// A ledger for the benchmarks, with accounts that are rich enough.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import Foundation
import Synchronization

/// A ledger with a thousand accounts, and the commands that are measured.
final class LedgerDesk: Sendable {
    /// Where the ledger lies.
    enum Place: String, CaseIterable {
        case file = "SQLite file"
        case memory = "in memory"
    }

    private static let accounts = 1_000

    private let ledger: Ledger
    private let unit: Amount.Unit
    private let names: [AccountName]
    private let number = Atomic(0)

    init(_ place: Place) async throws {
        let database =
            switch place {
            case .file: try SQLiteDatabase(path: try Self.freshFolder().appending(path: "ledger.db").path)
            case .memory: try SQLiteDatabase.inMemory()
            }
        ledger = Ledger(database)
        unit = try Amount.Unit(code: "credits", scale: 2)
        names = try (0..<Self.accounts).map { try AccountName("user:\($0)") }
        try await ledger.migrate()
        let opening = Amount(steps: 1_000_000_000, unit: unit)
        var commands: [LedgerCommand] = []
        for name in names {
            commands.append(LedgerCommand(.open(name, unit: unit), key: try IdempotencyKey("open:\(name)")))
            commands.append(
                LedgerCommand(.grant(name, opening, GrantTerms()), key: try IdempotencyKey("grant:\(name)")))
        }
        for answer in await ledger.performEach(commands) { _ = try answer.get() }
    }

    /// One charge, alone.
    func charge() async throws { _ = try await ledger.perform(try next()) }

    /// Charges that are asked for at once.
    func charge(together count: Int) async throws {
        let commands = try (0..<count).map { _ in try next() }
        for answer in await ledger.performEach(commands) { _ = try answer.get() }
    }

    /// A hold, and all of it spent.
    func holdAndCapture() async throws {
        let (number, name) = turn()
        let amount = Amount(steps: 1, unit: unit)
        let held = try await ledger.hold(amount, on: name, key: try IdempotencyKey("h:\(number)"))
        guard let hold = held.hold else { return }
        _ = try await ledger.capture(amount, of: hold, key: try IdempotencyKey("c:\(number)"))
    }

    /// What one account has.
    func balance() async throws -> Balance { try await ledger.balance(of: turn().name) }

    private func next() throws -> LedgerCommand {
        let (number, name) = turn()
        return LedgerCommand(
            .charge(name, Amount(steps: 1, unit: unit), scope: nil), key: try IdempotencyKey("k:\(number)"))
    }

    private func turn() -> (number: Int, name: AccountName) {
        let number = number.wrappingAdd(1, ordering: .relaxed).oldValue
        return (number, names[number * 7 % names.count])
    }

    private static let folder = FileManager.default.temporaryDirectory
        .appending(path: "busker-ledger-benchmarks-\(ProcessInfo.processInfo.processIdentifier)")

    private static func freshFolder() throws -> URL {
        cleanUp()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    /// Removes the file.
    static func cleanUp() { try? FileManager.default.removeItem(at: folder) }
}
