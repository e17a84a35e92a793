// Granting, charging and holding, as the engine decides them.

import BuskerCore
import BuskerLedger
import TestSupport
import Testing

@Suite struct EngineBasicTests {
    @Test func aChargeTakesFromTheBalance() async throws {
        let test = try await TestLedger()
        let account = try await test.open("user:1", with: 100)
        let receipt = try await test.run(.charge(account, credits(30), scope: nil), "c1")
        #expect(receipt.after.posted == credits(70))
        #expect(receipt.kind == .charge && receipt.sequence == 3 && !receipt.replayed)
    }

    @Test func aRepeatedKeyGetsTheFirstReceipt() async throws {
        let test = try await TestLedger()
        let account = try await test.open("user:1", with: 100)
        let first = try await test.run(.charge(account, credits(30), scope: nil), "c1")
        let second = try await test.run(.charge(account, credits(30), scope: nil), "c1")
        #expect(second.replayed && second.transaction == first.transaction && second.after == first.after)
        await #expect(throws: LedgerError(.conflict, "")) {
            try await test.run(.charge(account, credits(31), scope: nil), "c1")
        }
    }

    @Test func aRefusalSaysWhatIsMissing() async throws {
        let test = try await TestLedger()
        let account = try await test.open("user:1", with: 17)
        try await test.run(.hold(account, credits(5), timeToLive: .seconds(60), scope: nil), "h1")
        do {
            try await test.run(.charge(account, credits(30), scope: nil), "c1")
            Issue.record("a charge went through")
        } catch let error as LedgerError {
            #expect(error.code == .insufficient && error.detail == "needs 0.30, available 0.12, held 0.05")
            #expect(error.figures?.available == credits(12))
        }
        await #expect(throws: LedgerError(.insufficient, "")) {
            try await test.run(.charge(account, credits(30), scope: nil), "c1")
        }
    }

    @Test func aHoldIsCapturedInPartAndTheRestIsFree() async throws {
        let test = try await TestLedger()
        let account = try await test.open("user:1", with: 100)
        let hold = try #require(
            try await test.run(.hold(account, credits(40), timeToLive: .seconds(60), scope: nil), "h1").hold)
        let receipt = try await test.run(.capture(hold, credits(25), topUp: false), "cap")
        #expect(receipt.after.posted == credits(75) && receipt.after.held == credits(0))
        await #expect(throws: LedgerError(.holdClosed, "")) { try await test.run(.release(hold), "rel") }
    }

    @Test func aHoldExpiresExactlyThen() async throws {
        let test = try await TestLedger()
        let account = try await test.open("user:1", with: 100)
        let receipt = try await test.run(.hold(account, credits(40), timeToLive: .seconds(60), scope: nil), "h1")
        let hold = try #require(receipt.hold)
        test.clock.set(receipt.createdAt.advanced(byMicroseconds: 60_000_000))
        await #expect(throws: LedgerError(.holdExpired, "")) {
            try await test.run(.capture(hold, credits(40), topUp: false), "cap")
        }
        let charge = try await test.run(.charge(account, credits(100), scope: nil), "c")
        #expect(charge.after.posted == credits(0))
    }
}
