// Accounts with more grants than fit into one page.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import TestSupport
import Testing

@Suite struct EngineManyGrantsTests {
    /// Gives `count` grants of two steps each, in a priority that falls with their number.
    private func open(_ test: TestLedger, count: Int, scope: String? = nil) async throws -> AccountName {
        let account = try await test.open("many")
        var commands: [LedgerCommand] = []
        for at in 0..<count {
            let terms = GrantTerms(.promo, priority: 100 - at % 100, scope: at % 2 == 0 ? scope : nil)
            commands.append(
                LedgerCommand(.grant(account, credits(2), terms), key: try IdempotencyKey("g\(at)")))
        }
        for answer in await test.ledger.performEach(commands) { _ = try answer.get() }
        return account
    }

    private func remaining(_ test: TestLedger) async throws -> [(priority: Int64, left: Int64)] {
        try await test.ledger.database.read { tx in
            try tx.rows(
                "SELECT priority, CAST(SUM(remaining) AS bigint) FROM ledger_grant GROUP BY priority ORDER BY priority"
            ).map { (try $0.get(0), try $0.get(1)) }
        }
    }

    @Test(arguments: [1, 2, 63, 64, 65, 599, 1_000])
    func theyBurnInOrderAcrossPages(amount: Int64) async throws {
        let test = try await TestLedger()
        let account = try await open(test, count: 600)
        let fresh = test.another()
        _ = try await fresh.run(.charge(account, credits(amount), scope: nil), "c")
        var spent = amount
        for (priority, left) in try await remaining(test) {
            let taken = min(12, spent)
            #expect(left == 12 - taken, "priority \(priority) after \(amount)")
            spent -= taken
        }
    }

    @Test func aChargeThatNeedsTooManySlicesIsRefused() async throws {
        var limits = LedgerLimits()
        limits.slicesMax = 100
        let test = try await TestLedger(limits: limits)
        let account = try await open(test, count: 300)
        let fresh = test.another()
        await #expect(throws: LedgerError(.tooManyGrants, "")) {
            try await fresh.run(.charge(account, credits(201), scope: nil), "over")
        }
        #expect(try await fresh.run(.charge(account, credits(200), scope: nil), "fits").after.posted == credits(400))
    }

    @Test func aRefusalCountsWhatIsBeyondTheSlices() async throws {
        var limits = LedgerLimits()
        limits.slicesMax = 50
        let test = try await TestLedger(limits: limits)
        let account = try await open(test, count: 300, scope: "stems")
        for (scope, available) in [(nil, 300), ("stems", 600)] as [(String?, Int64)] {
            let fresh = test.another()
            do {
                try await fresh.run(.charge(account, credits(601), scope: scope), "over \(available)")
                Issue.record("the charge went through")
            } catch let error as LedgerError {
                #expect(error.code == .insufficient && error.figures?.available == credits(available))
            }
        }
    }

    @Test func everythingThatIsDueEndsBeforeACharge() async throws {
        let test = try await TestLedger()
        let account = try await test.open("many", with: 1)
        let end = test.clock.now.advanced(byMicroseconds: 1_000_000)
        for start in stride(from: 0, to: 2_600, by: 200) {
            var commands: [LedgerCommand] = []
            for at in start..<start + 200 {
                let terms = GrantTerms(.promo, expiresAt: end.advanced(byMicroseconds: Int64(at)))
                commands.append(
                    LedgerCommand(.grant(account, credits(3), terms), key: try IdempotencyKey("g\(at)")))
            }
            for answer in await test.ledger.performEach(commands) { _ = try answer.get() }
        }
        test.clock.set(end.advanced(byMicroseconds: 1_000_000))
        await #expect(throws: LedgerError(.insufficient, "")) {
            try await test.run(.charge(account, credits(2), scope: nil), "over")
        }
        #expect(try await test.run(.charge(account, credits(1), scope: nil), "last").after.posted == credits(0))
        #expect(try await test.ledger.verify().ok)
    }

    @Test func aSweepEndsWhatIsDueOnManyAccountsInParts() async throws {
        let test = try await TestLedger()
        for at in 0..<7 {
            let account = try await test.open("user:\(at)", with: 10)
            try await test.run(.hold(account, credits(4), timeToLive: .seconds(60 + Int64(at)), scope: nil), "h\(at)")
        }
        test.clock.advance(microseconds: 65_500_000)
        let first = try await test.ledger.sweep(limit: 4)
        let second = try await test.ledger.sweep(limit: 4)
        let third = try await test.ledger.sweep(limit: 4)
        #expect(first.ended == 4 && first.isMore && second.ended == 2 && !second.isMore && third.accounts == 0)
        #expect(try await test.ledger.verify().ok)
    }

    @Test func holdsThatEndAfterManyGrantsAreEndedToo() async throws {
        let test = try await TestLedger()
        let account = try await test.open("many", with: 10)
        let end = test.clock.now.advanced(byMicroseconds: 1_000_000)
        for start in stride(from: 0, to: 2_600, by: 200) {
            let commands = try (start..<start + 200).map { at in
                let terms = GrantTerms(.promo, priority: 90, expiresAt: end.advanced(byMicroseconds: Int64(at)))
                return LedgerCommand(.grant(account, credits(3), terms), key: try IdempotencyKey("g\(at)"))
            }
            for answer in await test.ledger.performEach(commands) { _ = try answer.get() }
        }
        for at in 0..<5 {
            try await test.run(.hold(account, credits(2), timeToLive: .seconds(5), scope: nil), "h\(at)")
        }
        test.clock.advance(microseconds: 10_000_000)
        let before = try await test.ledger.balance(of: account)
        try await test.ledger.sweep()
        let after = try await test.ledger.balance(of: account)
        for balance in [before, after] {
            #expect(balance.posted == credits(10) && balance.held == credits(0) && balance.available == credits(10))
        }
        #expect(try await test.ledger.verify().ok)
    }

    @Test func aRefusalDoesNotCountWhatTheSameBatchTook() async throws {
        var limits = LedgerLimits()
        limits.slicesMax = 50
        let test = try await TestLedger(limits: limits)
        let account = try await open(test, count: 300)
        let paid = GrantTerms(
            .paid, priority: 100, expiresAt: test.clock.now.advanced(byMicroseconds: 1_000_000),
            cost: Money(minorUnits: 100, currency: .usd), payment: "p")
        try await test.run(.grant(account, credits(7), paid), "paid")
        let commands = [
            LedgerCommand(
                .clawback(payment: "p", reversed: Money(minorUnits: 100, currency: .usd)), key: try IdempotencyKey("b")),
            LedgerCommand(.charge(account, credits(601), scope: nil), key: try IdempotencyKey("c")),
        ]
        let answers = await test.another().ledger.performEach(commands)
        #expect(try answers[0].get().after.posted == credits(600))
        guard case .failure(let error) = answers[1] else { throw LedgerError(.corrupt, "the charge went through") }
        #expect(error.code == .insufficient && error.figures?.available == credits(600), "\(error)")
    }
}
