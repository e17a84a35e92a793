// Sums over many customers that no single number could hold.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import TestSupport
import Testing

@Suite struct EngineRangeTests {
    /// Fills two house accounts to the end of their range, over six customers.
    private func full() async throws -> TestLedger {
        let test = try await TestLedger()
        for (at, category) in [GrantCategory.paid, .promo].enumerated() {
            for part in 0..<3 {
                let account = try await test.open("user:\(at):\(part)")
                let commands = try (0..<(part == 2 ? 1 : 512)).map { number in
                    LedgerCommand(
                        .grant(account, credits(LedgerLimits.amountMax), GrantTerms(category)),
                        key: try IdempotencyKey("g\(at):\(part):\(number)"))
                }
                for answer in await test.ledger.performEach(commands) {
                    if part < 2 { _ = try answer.get() }
                }
            }
        }
        return test
    }

    @Test func moreThanANumberHoldsIsVerifiedAndToldAsAnOverflow() async throws {
        let test = try await full()
        #expect(try await test.ledger.verify().ok)
        await #expect(throws: LedgerError(.overflow, "")) { try await test.ledger.trialBalances() }
        #expect(try await test.ledger.houseBalances().map(\.posted.steps).contains { $0 < -LedgerLimits.balanceMax })
    }
}
