// Alerts and top-up rules on the ledger: told in the transaction that changes a balance.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import TestSupport
import Testing

@Suite struct PricingRuleStoreTests {
    @Test(arguments: DatabaseKind.all)
    func aFallThroughTheThresholdIsToldOnce(kind: DatabaseKind) async throws {
        try await Shop.open(kind) { shop in
            let alice = try await shop.account("alice", with: "20")
            try await shop.ledger.setAlert("low", on: alice, at: shop.amount("10"))
            try await shop.ledger.setAlert("very low", on: alice, at: shop.amount("5"))
            func charge(_ text: String) async throws {
                try await shop.ledger.charge(shop.amount(text), to: alice, key: shop.key("c\(shop.clock.now)"))
                shop.clock.advance(microseconds: 10)
            }
            try await charge("9.99")
            #expect(try await shop.ruleEvents().isEmpty)
            try await charge("0.01")
            #expect(
                try await shop.ruleEvents() == [#"low_balance {"available":1000,"rule":"low","threshold":1000}"#])
            try await charge("6")
            #expect(try await shop.ruleEvents().count == 2)
            try await shop.ledger.grant(shop.amount("7"), to: alice, key: shop.key("more"))
            let held = try await shop.ledger.hold(shop.amount("10"), on: alice, key: shop.key("hold"))
            #expect(try await shop.ruleEvents().count == 4)
            try await shop.ledger.release(try #require(held.hold), key: shop.key("release"))
            #expect(try await shop.ruleEvents().count == 4)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func commandsOfOneBatchAreSeenOneByOne(kind: DatabaseKind) async throws {
        try await Shop.open(kind) { shop in
            let alice = try await shop.account("alice", with: "100")
            let bob = try await shop.account("bob", with: "100")
            try await shop.ledger.setAlert("low", on: alice, at: shop.amount("50"))
            try await shop.ledger.setAlert("hand", on: alice, at: shop.amount("50"), rearm: .byHand)
            var commands: [LedgerCommand] = []
            for number in 0..<4 {
                commands.append(
                    LedgerCommand(.charge(alice, try shop.amount("60"), scope: nil), key: try shop.key("c\(number)")))
                commands.append(
                    LedgerCommand(.charge(bob, try shop.amount("20"), scope: nil), key: try shop.key("b\(number)")))
                commands.append(
                    LedgerCommand(.grant(alice, try shop.amount("60"), GrantTerms()), key: try shop.key("g\(number)")))
            }
            for answer in await shop.ledger.performEach(commands) { _ = try answer.get() }
            #expect(try await shop.ruleEvents().count { $0.contains("\"low\"") } == 4)
            #expect(try await shop.ruleEvents().count { $0.contains("\"hand\"") } == 1)
            try await shop.ledger.rearmAlert("hand", on: alice)
            try await shop.ledger.charge(shop.amount("99"), to: alice, key: shop.key("last"))
            #expect(try await shop.ruleEvents().count { $0.contains("\"hand\"") } == 2)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func rulesOfManyAccountsAreSeenInOneBatch(kind: DatabaseKind) async throws {
        try await Shop.open(kind) { shop in
            var commands: [LedgerCommand] = []
            for number in 0..<40 {
                let account = try await shop.account("user:\(number)", with: "20")
                commands.append(
                    LedgerCommand(.charge(account, try shop.amount("15"), scope: nil), key: try shop.key("c\(number)")))
            }
            let free = try AccountName("user:7")
            try await shop.ledger.setAlert("low", on: free, at: shop.amount("10"))
            for answer in await shop.ledger.performEach(commands) { _ = try answer.get() }
            #expect(try await shop.ruleEvents().count == 1)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func whatIsUndoneIsNotTold(kind: DatabaseKind) async throws {
        struct Stop: Error {}
        try await Shop.open(kind) { shop in
            let alice = try await shop.account("alice", with: "20")
            try await shop.ledger.setAlert("low", on: alice, at: shop.amount("10"))
            await #expect(throws: Stop.self) {
                try await shop.database.write { tx in
                    try shop.ledger.charge(shop.amount("15"), to: alice, key: shop.key("c"), in: tx)
                    throw Stop()
                }
            }
            #expect(try await shop.ruleEvents().isEmpty)
            try await shop.database.write { tx in
                try shop.ledger.charge(shop.amount("15"), to: alice, key: shop.key("c"), in: tx)
            }
            #expect(try await shop.ruleEvents().count == 1)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aTopUpIsAskedForPaidAndAskedForAgain(kind: DatabaseKind) async throws {
        try await Shop.open(kind) { shop in
            let alice = try await shop.account("alice", with: "20")
            try await shop.ledger.setTopUp(
                "auto", on: alice, at: shop.amount("10"), goal: .target(shop.amount("50")))
            #expect(try await shop.ruleEvents().isEmpty)
            try await shop.ledger.charge(shop.amount("12"), to: alice, key: shop.key("1"))
            #expect(try await shop.ruleEvents() == [#"topup_due {"amount":4200,"attempt":1,"rule":"auto"}"#])
            try await shop.ledger.charge(shop.amount("8"), to: alice, key: shop.key("2"))
            #expect(try await shop.ruleEvents().count == 1)
            try await shop.database.write { tx in
                try shop.ledger.grant(shop.amount("42"), to: alice, key: shop.key("pay"), in: tx)
                try shop.ledger.report(.settled, attempt: 1, of: "auto", on: alice, in: tx)
            }
            try await shop.ledger.report(.settled, attempt: 1, of: "auto", on: alice)
            #expect(try await shop.ruleEvents().count == 1)
            shop.clock.advance(microseconds: Shop.day)
            try await shop.ledger.charge(shop.amount("42"), to: alice, key: shop.key("3"))
            #expect(try await shop.ruleEvents().last == #"topup_due {"amount":5000,"attempt":2,"rule":"auto"}"#)
            #expect(
                try await refusal {
                    try await shop.ledger.report(.settled, attempt: 3, of: "auto", on: alice)
                }?.code == .badPricing)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aRuleSetBelowItsThresholdAsksAtOnceAndWaitsAfterADecline(kind: DatabaseKind) async throws {
        try await Shop.open(kind) { shop in
            let alice = try await shop.account("alice", with: "1")
            try await shop.ledger.setTopUp("auto", on: alice, at: shop.amount("10"), goal: .fixed(shop.amount("25")))
            #expect(try await shop.ruleEvents().count == 1)
            try await shop.ledger.setTopUp("auto", on: alice, at: shop.amount("11"), goal: .fixed(shop.amount("25")))
            #expect(try await shop.ruleEvents().count == 1)
            try await shop.ledger.report(.declined, attempt: 1, of: "auto", on: alice)
            #expect(try await shop.ledger.checkRules() == 0)
            shop.clock.advance(microseconds: 3_600_001_000)
            #expect(try await shop.ledger.checkRules() == 1)
            #expect(try await shop.ruleEvents().count == 2)
            try await shop.ledger.report(.failed, attempt: 2, of: "auto", on: alice)
            #expect(try await shop.ruleEvents().last == #"topup_off {"reason":"failed","rule":"auto"}"#)
            try await shop.ledger.charge(shop.amount("0.5"), to: alice, key: shop.key("c"))
            #expect(try await shop.ruleEvents().count == 3)
            try await shop.ledger.resumeTopUp("auto", on: alice)
            #expect(try await shop.ruleEvents().count == 4)
            try await shop.ledger.switchOffTopUp("auto", on: alice)
            try await shop.ledger.removeRule("auto", on: alice)
            #expect(try await shop.ledger.rules(of: alice).isEmpty)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aPurchaseByHandEndsTheWait(kind: DatabaseKind) async throws {
        try await Shop.open(kind) { shop in
            let alice = try await shop.account("alice")
            let price = try PricingSaleTests.dollars("1")
            try await shop.ledger.publish(
                CreditPackage("five", name: "5 credits", price: price, credits: shop.amount("5")))
            try await shop.ledger.setTopUp("auto", on: alice, at: shop.amount("10"), goal: .target(shop.amount("50")))
            try await shop.ledger.report(.declined, attempt: 1, of: "auto", on: alice)
            _ = try await shop.ledger.purchase("five", version: 1, account: alice, paid: price, payment: "p")
            try await shop.ledger.charge(shop.amount("1"), to: alice, key: shop.key("c"))
            #expect(try await shop.ruleEvents().last == #"topup_due {"amount":4600,"attempt":2,"rule":"auto"}"#)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aBurstPausesTheRule(kind: DatabaseKind) async throws {
        try await Shop.open(kind) { shop in
            let alice = try await shop.account("alice")
            try await shop.ledger.setTopUp("auto", on: alice, at: shop.amount("0"), goal: .fixed(shop.amount("1")))
            for attempt in 1...4 as ClosedRange<Int64> {
                if attempt < 4 {
                    try await shop.database.write { tx in
                        try shop.ledger.grant(shop.amount("1"), to: alice, key: shop.key("g\(attempt)"), in: tx)
                        try shop.ledger.report(.settled, attempt: attempt, of: "auto", on: alice, in: tx)
                    }
                    try await shop.ledger.charge(shop.amount("1"), to: alice, key: shop.key("c\(attempt)"))
                }
            }
            let kinds = try await shop.ruleEvents().map { $0.split(separator: " ")[0] }
            #expect(kinds == ["topup_due", "topup_due", "topup_due", "topup_paused"])
            let rules = try await shop.ledger.rules(of: alice)
            guard case .topUp(let machine)? = rules.first?.rule else {
                Issue.record("The rule is gone.")
                return
            }
            #expect(machine.state == .paused)
            #expect(machine.attempts == 3)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func rulesAreCheckedAndLimited(kind: DatabaseKind) async throws {
        try await Shop.open(kind) { shop in
            let alice = try await shop.account("alice")
            let gold = Amount(steps: 5, unit: try Amount.Unit(code: "gold", scale: 2))
            #expect(
                try await refusal { try await shop.ledger.setAlert("a", on: alice, at: gold) }?.code == .unitMismatch)
            #expect(
                try await refusal {
                    try await shop.ledger.setAlert("a", on: AccountName("nobody"), at: shop.amount("1"))
                }?.code == .unknownAccount)
            #expect(
                try await refusal { try await shop.ledger.setAlert("", on: alice, at: shop.amount("1")) }?.code
                    == .badPricing)
            #expect(
                try await refusal { try await shop.ledger.setAlert("a", on: alice, at: shop.amount("-1")) }?.code
                    == .badPricing)
            #expect(try await refusal { try await shop.ledger.rearmAlert("a", on: alice) }?.code == .badPricing)
            #expect(
                try await refusal {
                    try await shop.ledger.setTopUp(
                        "t", on: alice, at: shop.amount("5"), goal: .target(shop.amount("14")),
                        distance: shop.amount("10"))
                }?.code == .badPricing)
            for number in 0..<20 {
                try await shop.ledger.setAlert("\(number)", on: alice, at: shop.amount("\(number)"))
            }
            #expect(
                try await refusal { try await shop.ledger.setAlert("20", on: alice, at: shop.amount("1")) }?.code
                    == .limit)
            try await shop.ledger.setAlert("19", on: alice, at: shop.amount("3"), rearm: .byHand)
            let rules = try await shop.ledger.rules(of: alice)
            #expect(rules.count == 20)
            let changed = BalanceRule.alert(BalanceAlert(threshold: 300, rearm: .byHand))
            #expect(rules.first { $0.name == "19" }?.rule == changed)
        }
    }

    /// Whatever rules see, they leave the tables so that the same machine comes back.
    @Test(arguments: 0..<6)
    func machinesComeBackFromTheTablesAsTheyWere(seed: UInt64) async throws {
        try await Shop.open(.sqliteMemory) { shop in
            var dice = SeededGenerator(seed: seed)
            let alice = try await shop.account("alice", with: "100")
            let goal: TopUpGoal = seed % 2 == 0 ? .fixed(try shop.amount("7")) : .target(try shop.amount("60"))
            try await shop.ledger.setTopUp("auto", on: alice, at: shop.amount("20"), goal: goal)
            guard case .topUp(var model)? = try await shop.ledger.rules(of: alice).first?.rule else { return }
            for step in 0..<60 {
                shop.clock.advance(microseconds: Int64.random(in: 1...4_500_000_000, using: &dice))
                let steps = Int64.random(in: 1...6000, using: &dice)
                let amount = Amount(steps: steps, unit: shop.credits)
                let key = try shop.key("\(step)")
                let receipt: Receipt
                if Int.random(in: 0...3, using: &dice) == 0 {
                    receipt = try await shop.ledger.grant(amount, to: alice, key: key)
                } else {
                    guard let charged = try? await shop.ledger.charge(amount, to: alice, key: key) else { continue }
                    receipt = charged
                }
                _ = try model.apply(.balance(available: receipt.after.posted.steps, debt: 0), at: receipt.createdAt)
                guard case .topUp(let stored)? = try await shop.ledger.rules(of: alice).first?.rule else { return }
                #expect(stored == model, "seed \(seed), step \(step)")
            }
            #expect(model.attempts > 0, "seed \(seed)")
        }
    }
}
