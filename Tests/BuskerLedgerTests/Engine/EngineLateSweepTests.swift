// More falls due at once than fits into a page or is kept before saving.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import TestSupport
import Testing

@Suite struct EngineLateSweepTests {
    private static let count = 1_300

    /// A ledger whose one account has many grants and holds that end in the next thousand seconds, and a debt.
    private static func prepared(seed: UInt64) async throws -> (test: TestLedger, account: AccountName) {
        let test = try await TestLedger()
        let account = try await test.open("many")
        var random = SeededGenerator(seed: seed)
        let paid = GrantTerms(.paid, priority: 1, cost: Money(minorUnits: 100, currency: .usd), payment: "p")
        try await test.run(.grant(account, credits(700), paid), "paid")
        var commands: [LedgerCommand] = []
        for at in 0..<count {
            let end = test.clock.now.advanced(byMicroseconds: Int64.random(in: 60...1_000, using: &random) * 1_000_000)
            let terms = GrantTerms(.promo, priority: Int.random(in: 2...4, using: &random), expiresAt: end)
            commands.append(LedgerCommand(.grant(account, credits(3), terms), key: try IdempotencyKey("g\(at)")))
        }
        for at in 0..<count {
            let life = Duration.seconds(Int64.random(in: 60...1_000, using: &random))
            let steps = Int64.random(in: 1...3, using: &random)
            commands.append(
                LedgerCommand(
                    .hold(account, credits(steps), timeToLive: life, scope: nil), key: try IdempotencyKey("h\(at)")))
        }
        for answer in await test.ledger.performEach(commands) { _ = try answer.get() }
        let free = try await test.ledger.balance(of: account).available
        try await test.run(.charge(account, free, scope: nil), "rest")
        try await test.run(.clawback(payment: "p", reversed: Money(minorUnits: 100, currency: .usd)), "event")
        return (test, account)
    }

    private static func remaining(_ test: TestLedger) async throws -> [[Int64]] {
        try await test.ledger.database.read { tx in
            try tx.rows("SELECT id, remaining, held FROM ledger_grant ORDER BY id").map { row in
                try (0..<3).map { try row.get($0) }
            }
        }
    }

    @Test(arguments: [3] as [UInt64])
    func oneLateSweepLeavesWhatManyLeave(seed: UInt64) async throws {
        let (early, account) = try await Self.prepared(seed: seed)
        let (late, _) = try await Self.prepared(seed: seed)
        for _ in 0..<100 {
            early.clock.advance(microseconds: 11_000_000)
            try await early.ledger.sweep()
        }
        late.clock.advance(microseconds: 1_100_000_000)
        let told = try await late.ledger.balance(of: account)
        let report = try await late.ledger.sweep()
        #expect(report.ended > Self.count, "seed \(seed)")
        let balances = [told, try await late.ledger.balance(of: account), try await early.ledger.balance(of: account)]
        for balance in balances {
            #expect(
                [balance.held, balance.posted, balance.debt] == [
                    balances[2].held, balances[2].posted, balances[2].debt,
                ])
        }
        #expect(balances[2].held == credits(0))
        #expect(try await Self.remaining(late) == Self.remaining(early), "seed \(seed)")
        for test in [early, late] { #expect(try await test.ledger.verify().ok, "seed \(seed)") }
    }
}
