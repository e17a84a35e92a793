// Events that are written with the transactions they tell of.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import TestSupport
import Testing

@Suite struct EngineEventTests {
    private func events(_ test: TestLedger) async throws -> [String] {
        try await test.ledger.database.read { tx in
            try tx.rows("SELECT kind, body FROM ledger_event ORDER BY seq").map { row in
                "\(try row.get(0, as: String.self)) \(try row.get(1, as: String.self))"
            }
        }
    }

    @Test func theyTellWhenCreditIsUsedUpAndWhenDebtComesAndGoes() async throws {
        let test = try await TestLedger()
        let account = try await test.open("user:1")
        let terms = GrantTerms(cost: Money(minorUnits: 100, currency: .usd), payment: "p")
        try await test.run(.grant(account, credits(10), terms), "g")
        try await test.run(.charge(account, credits(9), scope: nil), "c1")
        try await test.run(.charge(account, credits(1), scope: nil), "c2")
        try await test.run(.clawback(payment: "p", reversed: Money(minorUnits: 50, currency: .usd)), "cb")
        try await test.run(.grant(account, credits(4), GrantTerms()), "g2")
        try await test.run(.grant(account, credits(4), GrantTerms()), "g3")
        #expect(
            try await events(test) == [
                #"depleted {"posted":0,"held":0,"debt":0}"#, #"debt_created {"posted":0,"held":0,"debt":5}"#,
                #"debt_cleared {"posted":3,"held":0,"debt":0}"#,
            ])
    }

    @Test func theEndOfAGrantIsAnnouncedOnceAWeekBefore() async throws {
        let test = try await TestLedger()
        let account = try await test.open("user:1")
        let end = test.clock.now.advanced(byMicroseconds: 30 * 86_400_000_000)
        try await test.run(.grant(account, credits(10), GrantTerms(expiresAt: end)), "g")
        let week: Int64 = 7 * 86_400_000_000
        for (moment, count) in [(-week - 10, 0), (-week, 1), (-week + 10, 1), (-10, 1), (0, 1)] as [(Int64, Int)] {
            test.clock.set(end.advanced(byMicroseconds: moment))
            try await test.ledger.sweep()
            let told = try await events(test)
            #expect(told.count { $0.hasPrefix("grant_expiring") } == count, "\(moment) µs after the end")
        }
        #expect(try await test.ledger.verify().ok)
    }

    @Test func aRefusedCommandTellsNothing() async throws {
        let test = try await TestLedger()
        let account = try await test.open("user:1", with: 5)
        await #expect(throws: LedgerError.self) { try await test.run(.charge(account, credits(6), scope: nil), "c") }
        #expect(try await events(test).isEmpty)
    }

    /// Keeps what it is told.
    private struct Observer: BalanceObserver {
        func balancesChanged(_ changes: [BalanceChange], in transaction: Transaction) throws {
            for change in changes {
                try transaction.execute(
                    """
                    INSERT INTO told (name, before_free, after_free, seq)
                    VALUES (\(change.name), \(change.before.free), \(change.after.free), \(change.sequence))
                    """)
            }
        }
    }

    @Test func observersAreToldInsideTheTransaction() async throws {
        let database = try SQLiteDatabase.inMemory()
        let ledger = Ledger(
            database, clock: ManualClock(), ids: IDGenerator(), limits: LedgerLimits(), observers: [Observer()])
        try await ledger.migrate()
        try await database.write { tx in
            try tx.execute("CREATE TABLE told (name TEXT, before_free INTEGER, after_free INTEGER, seq INTEGER)")
        }
        let account = try AccountName("user:1")
        let other = try AccountName("user:2")
        try await ledger.open(account, unit: TestLedger.unit, key: try IdempotencyKey("o1"))
        try await ledger.open(other, unit: TestLedger.unit, key: try IdempotencyKey("o2"))
        try await ledger.grant(credits(10), to: account, key: try IdempotencyKey("g"))
        try await ledger.transfer(credits(3), from: account, to: other, key: try IdempotencyKey("t"))
        try await ledger.transfer(credits(3), from: account, to: other, key: try IdempotencyKey("t"))
        let told = try await database.read { tx in
            try tx.rows("SELECT name, before_free, after_free, seq FROM told ORDER BY rowid").map { row in
                "\(try row.get(0, as: String.self)) \(try row.get(1, as: Int64.self)) \(try row.get(2, as: Int64.self))"
            }
        }
        #expect(told == ["user:1 0 10", "user:1 10 7", "user:2 0 3"])
    }
}
