// A ledger in memory for tests of the engine.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import TestSupport
import Testing

/// A ledger in a fresh database in memory, with a clock whose hands the test moves.
struct TestLedger {
    static let unit = unit("credits")
    let ledger: Ledger
    let clock: ManualClock
    let ids: IDGenerator

    init(limits: LedgerLimits = LedgerLimits()) async throws {
        clock = ManualClock()
        ids = IDGenerator(clock: clock, random: SeededGenerator(seed: 7))
        ledger = Ledger(try SQLiteDatabase.inMemory(), clock: clock, ids: ids, limits: limits)
        try await ledger.migrate()
    }

    private init(_ other: TestLedger) {
        clock = other.clock
        ids = other.ids
        ledger = Ledger(other.ledger.database, clock: clock, ids: ids, limits: other.ledger.limits)
    }

    /// Another ledger on the same database, which remembers nothing yet.
    func another() -> TestLedger { TestLedger(self) }

    static func unit(_ code: String) -> Amount.Unit {
        guard let unit = try? Amount.Unit(code: code, scale: 2) else { preconditionFailure("a bad unit") }
        return unit
    }

    /// Carries a command out under a key.
    @discardableResult
    func run(_ action: LedgerAction, _ key: String) async throws -> Receipt {
        try await ledger.perform(LedgerCommand(action, key: IdempotencyKey(key)))
    }

    /// Opens an account with credit on it.
    func open(_ name: String, with steps: Int64 = 0) async throws -> AccountName {
        let account = try AccountName(name)
        try await run(.open(account, unit: Self.unit), "open \(name)")
        if steps > 0 { try await run(.grant(account, credits(steps), GrantTerms()), "grant \(name)") }
        return account
    }
}

func credits(_ steps: Int64) -> Amount { Amount(steps: steps, unit: TestLedger.unit) }
