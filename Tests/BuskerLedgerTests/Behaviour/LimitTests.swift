// Amounts, balances and names at the ends of their ranges.

import BuskerCore
import BuskerLedger
import TestSupport
import Testing

@Suite struct LimitTests {
    static let edges: [Int64] = [
        0, -1, 1, LedgerLimits.amountMax, LedgerLimits.amountMax + 1, LedgerLimits.balanceMax, .max, .min, .min + 1,
    ]

    @Test(arguments: DatabaseKind.all)
    func everyEdgeOfEveryAmountIsAnswered(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 100)
            let bob = try await desk.open("bob")
            let charge = try await desk.charge(alice, 10)
            for edge in Self.edges {
                let hold = try await desk.hold(alice, 1).held()
                let amount = Desk.credits(edge)
                let actions: [(LedgerAction, ClosedRange<Int64>)] = [
                    (.grant(bob, amount, GrantTerms()), 1...LedgerLimits.amountMax),
                    (.charge(alice, amount, scope: nil), 1...1),
                    (.hold(alice, amount, timeToLive: .seconds(1), scope: nil), 1...1),
                    (.capture(hold, amount, topUp: false), 0...1),
                    (.capture(hold, amount, topUp: true), 0...1),
                    (.reverse(charge.transaction, amount), 1...1),
                    (.adjust(bob, amount, reason: "edge"), -1...LedgerLimits.amountMax),
                    (.transfer(from: alice, to: bob, amount), 1...1),
                ]
                for (action, range) in actions {
                    let answer = try await desk.ask(action)
                    guard case .failure(let error) = answer else {
                        #expect(range.contains(edge), "\(action) gave \(answer)")
                        continue
                    }
                    let known: [LedgerError.Code] = [
                        .badAmount, .insufficient, .exceedsHold, .exceedsCharge, .holdClosed,
                    ]
                    #expect(known.contains(error.code), "\(action): \(error)")
                }
            }
            try await desk.check()
        }
    }

    /// 512 grants of 2^53 − 1 each: 512 steps less than 2^62.
    private func fill(_ desk: Desk, _ name: String) async throws -> AccountName {
        let account = try await desk.open(name)
        let commands = try (0..<512).map { _ in
            LedgerCommand(
                .grant(account, Desk.credits(LedgerLimits.amountMax), GrantTerms()), key: try desk.freshKey())
        }
        for answer in await desk.ledger.performEach(commands) { _ = try answer.get() }
        #expect(try await desk.standing(account) == [LedgerLimits.balanceMax - 512, 0, 0])
        return account
    }

    @Test(arguments: DatabaseKind.all)
    func balancesEndAtTheirMost(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await fill(desk, "alice")
            let charge = try await desk.charge(alice, 5)
            try await desk.grant(alice, 517)
            #expect(try await desk.standing(alice) == [LedgerLimits.balanceMax, 0, 0])
            try await desk.refused(.grant(alice, Desk.credits(1), GrantTerms()), .overflow)
            try await desk.refused(.adjust(alice, Desk.credits(1), reason: "more"), .overflow)
            try await desk.refused(.reverse(charge.transaction, nil), .overflow)
            let bob = try await fill(desk, "bob")
            try await desk.refused(.transfer(from: bob, to: alice, Desk.credits(1)), .overflow)
            let carol = try await desk.open("carol")
            try await desk.grant(carol, 507)
            try await desk.refused(.grant(carol, Desk.credits(1), GrantTerms()), .overflow)
            try await desk.charge(bob, LedgerLimits.amountMax)
            try await desk.checkInvariants()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func chargesAreCutIntoSoManySlicesAtMost(kind: DatabaseKind) async throws {
        var limits = LedgerLimits()
        limits.slicesMax = 3
        try await withDesk(kind, limits: limits) { desk in
            let alice = try await desk.open()
            for _ in 0..<5 { try await desk.grant(alice, 1) }
            try await desk.refused(.charge(alice, Desk.credits(4), scope: nil), .tooManyGrants)
            try await desk.refused(.hold(alice, Desk.credits(4), timeToLive: .seconds(1), scope: nil), .tooManyGrants)
            try await desk.charge(alice, 3)
            try await desk.charge(alice, 2)
            try await desk.checkInvariants()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func manySmallGrantsAreSpentInOrder(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open()
            var commands: [LedgerCommand] = []
            for at in 0..<600 {
                commands.append(
                    LedgerCommand(
                        .grant(alice, Desk.credits(1), GrantTerms(.promo, priority: at % 7)), key: try desk.freshKey()))
            }
            for (command, answer) in zip(commands, await desk.ledger.performEach(commands)) {
                desk.noted(command, answer)
            }
            let hold = try await desk.hold(alice, 300).held()
            try await desk.charge(alice, 299)
            let error = try await desk.refused(.charge(alice, Desk.credits(2), scope: nil), .insufficient)
            #expect(error?.figures?.available.steps == 1)
            let capture = try await desk.done(.capture(hold, Desk.credits(301), topUp: true))
            try await desk.done(.reverse(capture.transaction, Desk.credits(150)))
            try await desk.check()
        }
    }

    @Test func namesAndKeysHaveTheirSizes() throws {
        #expect(try AccountName(String(repeating: "ä", count: 100)).text.utf8.count == 200)
        for bad in ["", "~revenue", "a\u{0}", "a\n", String(repeating: "ä", count: 101)] {
            #expect(throws: LedgerError(.badName, "")) { try AccountName(bad) }
            if bad != "~revenue" { #expect(throws: LedgerError(.badKey, "")) { try IdempotencyKey(bad) } }
        }
        #expect(throws: LedgerError(.badKey, "")) { try IdempotencyKey("k", scope: "~") }
        #expect(throws: LedgerError(.badKey, "")) { try IdempotencyKey("k", scope: String(repeating: "s", count: 101)) }
    }

    @Test(arguments: DatabaseKind.all)
    func termsOutOfRangeAreRefused(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 5)
            let long = String(repeating: "x", count: 201)
            let one = Desk.credits(1)
            let before = try await desk.tables()
            let past = Timestamp(microseconds: .min)
            let cases: [(LedgerAction, LedgerError.Code)] = [
                (.grant(alice, one, GrantTerms(priority: -1)), .badTerms),
                (.grant(alice, one, GrantTerms(priority: 101)), .badTerms),
                (.grant(alice, one, GrantTerms(scope: "")), .badName),
                (.grant(alice, one, GrantTerms(scope: long)), .badName),
                (.grant(alice, one, GrantTerms(payment: long)), .badName),
                (.grant(alice, one, GrantTerms(cost: Money(minorUnits: -1, currency: .usd))), .badTerms),
                (.grant(alice, one, GrantTerms(cost: Money(minorUnits: .max, currency: .usd))), .badTerms),
                (.grant(alice, one, GrantTerms(effectiveAt: past)), .badTerms),
                (.grant(alice, one, GrantTerms(expiresAt: past)), .badTerms),
                (.grant(alice, one, GrantTerms(effectiveAt: Timestamp(microseconds: .max))), .badTerms),
                (.charge(alice, one, scope: ""), .badName),
                (.charge(alice, one, scope: long), .badName),
                (.hold(alice, one, timeToLive: .zero, scope: nil), .badTerms),
                (.hold(alice, one, timeToLive: .seconds(-1), scope: nil), .badTerms),
                (.hold(alice, one, timeToLive: .seconds(7 * 86_400 + 1), scope: nil), .badTerms),
                (.hold(alice, one, timeToLive: .seconds(Int64.max), scope: nil), .badTerms),
                (.clawback(payment: "", reversed: Money(minorUnits: 0, currency: .usd)), .badName),
                (.adjust(alice, one, reason: String(repeating: "r", count: 501)), .badName),
            ]
            for (action, code) in cases { try await desk.refused(action, code) }
            for command in [
                LedgerCommand(.charge(alice, one, scope: nil), key: try desk.freshKey(), job: long),
                LedgerCommand(.charge(alice, one, scope: nil), key: try desk.freshKey(), rate: ""),
                LedgerCommand(.charge(alice, one, scope: nil), key: try desk.freshKey(), notes: ["": "x"]),
                LedgerCommand(
                    .charge(alice, one, scope: nil), key: try desk.freshKey(),
                    notes: ["n": String(repeating: "x", count: 501)]),
            ] {
                let answer = await desk.ask(command)
                #expect(throws: LedgerError(.badName, "")) { try answer.get() }
            }
            #expect(try await desk.tables() == before)
        }
    }
}
