// Packages, purchases, promotion codes and welcome credit.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import TestSupport
import Testing

@Suite struct PricingSaleTests {
    static func dollars(_ text: String) throws -> Money { try Money(parsing: text, currency: Currency("USD")) }

    @Test func theSampleCataloguesAreAsDocumented() throws {
        let unit = try Amount.Unit(code: "credits", scale: 2)
        func lines(_ list: PriceList) -> [String] { list.packages.map { "\($0.credits.decimalText) for \($0.price)" } }
        #expect(
            lines(try .classic(unit)) == [
                "100.00 for 5.00 USD", "250.00 for 10.00 USD", "500.00 for 18.00 USD", "1000.00 for 30.00 USD",
            ])
        #expect(
            lines(try .small(unit)) == ["5.00 for 1.00 USD", "25.00 for 4.00 USD", "100.00 for 15.00 USD"])
        #expect(try PriceList.classic(unit).package("enterprise")?.name == "Enterprise")
        #expect(try PriceList.classic(Amount.Unit(code: "nano", scale: 9)).packages.count == 4)
    }

    @Test func badPackagesAreRefused() throws {
        let unit = try Amount.Unit(code: "credits", scale: 2)
        let ten = Amount(steps: 1000, unit: unit)
        let refused = LedgerError(.badPricing, "")
        let price = try Self.dollars("1")
        #expect(throws: refused) { try CreditPackage("a b", name: "a", price: price, credits: ten) }
        #expect(throws: refused) { try CreditPackage("a", name: "", price: price, credits: ten) }
        #expect(throws: refused) { try CreditPackage("a", version: 0, name: "a", price: price, credits: ten) }
        #expect(throws: refused) { try CreditPackage("a", name: "a", price: Self.dollars("-1"), credits: ten) }
        #expect(throws: refused) {
            try CreditPackage("a", name: "a", price: price, credits: Amount(steps: 0, unit: unit))
        }
        #expect(throws: refused) {
            try CreditPackage("a", name: "a", price: price, credits: ten, bonus: Amount(steps: -1, unit: unit))
        }
        #expect(throws: refused) { try CreditPackage("a", name: "a", price: price, credits: ten, lifetimeSeconds: 0) }
        #expect(throws: LedgerError(.unitMismatch, "")) {
            try CreditPackage(
                "a", name: "a", price: price, credits: ten,
                bonus: Amount(steps: 1, unit: Amount.Unit(code: "gold", scale: 2)))
        }
        let package = try CreditPackage("a", name: "a", price: price, credits: ten)
        #expect(throws: refused) { try PriceList([package, package]) }
    }

    func bonusPackage(_ shop: Shop, version: Int = 1, price: String = "10") throws -> CreditPackage {
        try CreditPackage(
            "basic", version: version, name: "Basic", price: Self.dollars(price), credits: shop.amount("250"),
            bonus: shop.amount("25"), bonusLifetimeSeconds: 30 * 86_400)
    }

    @Test(arguments: DatabaseKind.all)
    func aPaymentGrantsCreditsAndBonusOnce(kind: DatabaseKind) async throws {
        try await Shop.open(kind) { shop in
            try await shop.ledger.publish(bonusPackage(shop))
            let alice = try await shop.account("alice")
            func buy(_ payment: String = "pi_1", paid: String = "10", account: AccountName? = nil) async throws
                -> PurchaseReceipt
            {
                try await shop.ledger.purchase(
                    "basic", version: 1, account: account ?? alice, paid: Self.dollars(paid), payment: payment)
            }
            let bought = try await buy()
            #expect(bought.credits.key.text == "pay:pi_1")
            #expect(bought.bonus?.key.text == "pay:pi_1:bonus")
            #expect(bought.bonus?.after.posted.decimalText == "275.00")
            #expect(!bought.replayed)
            shop.clock.advance(microseconds: 5_000_000)
            let again = try await buy()
            #expect(again.replayed)
            #expect(again.credits.transaction == bought.credits.transaction)
            #expect(again.bonus?.transaction == bought.bonus?.transaction)
            #expect(try await shop.standing(alice) == [27_500, 0, 0])
            #expect(try await refusal { try await buy("pi_2", paid: "9.99") }?.code == .badPricing)
            let euros = try Money(parsing: "10", currency: Currency("EUR"))
            #expect(
                try await refusal {
                    try await shop.ledger.purchase("basic", version: 1, account: alice, paid: euros, payment: "pi_3")
                }?.code == .unitMismatch)
            let bob = try await shop.account("bob")
            #expect(try await refusal { try await buy(account: bob) }?.code == .conflict)
            #expect(try await shop.standing(alice) == [27_500, 0, 0])
            let grants = try await shop.database.read { tx in
                try tx.rows("SELECT category, amount, cost_minor, payment, expires_us FROM ledger_grant ORDER BY id")
                    .map { row in
                        "\(try row.get(0, as: Int64.self)) \(try row.get(1, as: Int64.self)) "
                            + "\(try row.get(2, as: Int64?.self) ?? -1) \(try row.get(3, as: String.self)) "
                            + "\(try row.get(4, as: Int64.self) == .max)"
                    }
            }
            #expect(grants == ["1 25000 1000 pi_1 true", "2 2500 -1 pi_1 false"])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aRefundTakesBackCreditsAndBonusInProportion(kind: DatabaseKind) async throws {
        try await Shop.open(kind) { shop in
            try await shop.ledger.publish(bonusPackage(shop))
            let alice = try await shop.account("alice")
            _ = try await shop.ledger.purchase(
                "basic", version: 1, account: alice, paid: Self.dollars("10"), payment: "pi_1")
            _ = try await shop.ledger.clawback(payment: "pi_1", reversed: Self.dollars("4"), key: shop.key("refund"))
            #expect(try await shop.standing(alice) == [16_500, 0, 0])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func onePaymentFromManyTasksIsOnePurchase(kind: DatabaseKind) async throws {
        try await Shop.open(kind) { shop in
            try await shop.ledger.publish(bonusPackage(shop))
            let alice = try await shop.account("alice")
            let fresh = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<32 {
                    group.addTask {
                        try await !shop.ledger.purchase(
                            "basic", version: 1, account: alice, paid: Self.dollars("10"), payment: "pi_1"
                        ).replayed
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(fresh == 1)
            #expect(try await shop.standing(alice) == [27_500, 0, 0])
            #expect(try await shop.count("ledger_purchase") == 1)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func packagesHaveVersionsAndWhatWasSoldIsGranted(kind: DatabaseKind) async throws {
        try await Shop.open(kind) { shop in
            for package in try PriceList.classic(shop.credits).packages { try await shop.ledger.publish(package) }
            #expect(try await shop.ledger.priceList() == .classic(shop.credits))
            let dearer = try bonusPackage(shop, version: 2, price: "12")
            try await shop.ledger.publish(dearer)
            try await shop.ledger.publish(dearer)
            #expect(try await shop.ledger.priceList().package("basic") == dearer)
            let changed = try bonusPackage(shop, version: 2, price: "13")
            #expect(try await refusal { try await shop.ledger.publish(changed) }?.code == .badPricing)
            let gap = try bonusPackage(shop, version: 4, price: "13")
            #expect(try await refusal { try await shop.ledger.publish(gap) }?.code == .badPricing)
            try await shop.ledger.retirePackage("basic")
            #expect(try await shop.ledger.priceList().packages.map(\.id) == ["starter", "professional", "enterprise"])
            let alice = try await shop.account("alice")
            let old = try await shop.ledger.purchase(
                "basic", version: 1, account: alice, paid: Self.dollars("10"), payment: "pi_1")
            #expect(old.bonus == nil)
            #expect(old.credits.amount.decimalText == "250.00")
            #expect(
                try await refusal {
                    try await shop.ledger.purchase(
                        "gold", version: 1, account: alice, paid: Self.dollars("10"), payment: "pi_2")
                }?.code == .badPricing)
            #expect(try await refusal { try await shop.ledger.retirePackage("gold") }?.code == .badPricing)
        }
    }

    @Test(arguments: [
        ("  spring-26 ", "SPRING-26"), ("a_b", "A_B"), ("ab", nil), ("", nil), ("a b c", nil), ("fr\u{FC}hling", nil),
        ("\u{41F}\u{420}\u{418}", nil), ("\u{FF21}\u{FF22}\u{FF23}", nil), ("~welcome", nil), ("abc\u{0}", nil),
        (String(repeating: "a", count: 65), nil), (String(repeating: " ", count: 300) + "abc", nil),
    ])
    func codesHaveOneForm(text: String, normal: String?) {
        #expect(PromoCode.normalise(text) == normal)
    }

    func promo(
        _ shop: Shop, _ code: String = "SPRING", max: Int64? = nil, each: Int64 = 1, secret: Bool = false,
        starts: Int64 = 0, ends: Int64? = nil
    ) throws -> PromoCode {
        try PromoCode(
            code, startsAt: shop.clock.now.advanced(by: .seconds(starts)),
            endsAt: ends.map { shop.clock.now.advanced(by: .seconds($0)) }, usesMax: max, usesPerAccount: each,
            isSecret: secret, template: PromoTemplate(shop.amount("5"), scope: "stems", lifetimeSeconds: 86_400))
    }

    func reason(_ body: () async throws -> some Any) async throws -> CodeRefusal? {
        let error = try await refusal(body)
        if let error { #expect(error.code == .codeRefused) }
        return error?.underlying as? CodeRefusal
    }

    @Test(arguments: DatabaseKind.all, [false, true])
    func aCodeSaysWhyItRefusesUnlessItIsSecret(kind: DatabaseKind, secret: Bool) async throws {
        try await Shop.open(kind) { shop in
            let alice = try await shop.account("alice")
            let bob = try await shop.account("bob")
            func redeem(_ code: String, _ account: AccountName, _ key: String) async throws -> Receipt {
                try await shop.ledger.redeem(code, for: account, key: shop.key(key))
            }
            func says(_ reason: CodeRefusal) -> CodeRefusal { secret ? .notValid : reason }
            #expect(try await reason { try await redeem("nothing", alice, "0") } == .notValid)
            #expect(try await reason { try await redeem("n\u{F6}", alice, "0") } == .notValid)
            try await shop.ledger.publish(promo(shop, max: 1, secret: secret, starts: 60, ends: 120))
            #expect(try await reason { try await redeem("spring", alice, "1") } == says(.notStarted))
            shop.clock.advance(microseconds: 60_000_000)
            let first = try await redeem(" sPrInG ", alice, "1")
            #expect(first.amount.decimalText == "5.00")
            #expect(try await redeem("SPRING", alice, "1").transaction == first.transaction)
            #expect(try await redeem("SPRING", alice, "1").replayed)
            #expect(try await reason { try await redeem("spring", alice, "2") } == .alreadyRedeemed)
            #expect(try await reason { try await redeem("spring", bob, "3") } == says(.usedUp))
            #expect(try await refusal { try await redeem("spring", bob, "1") }?.code == .conflict)
            shop.clock.advance(microseconds: 60_000_000)
            try await shop.ledger.publish(promo(shop, max: 2, secret: secret, starts: -120, ends: 0))
            #expect(try await reason { try await redeem("spring", bob, "4") } == says(.ended))
            try await shop.ledger.publish(promo(shop, max: 2, secret: secret))
            try await shop.ledger.stopPromo("spring")
            #expect(try await reason { try await redeem("spring", bob, "4") } == says(.ended))
            try await shop.ledger.publish(promo(shop, max: 2, secret: secret))
            #expect(try await redeem("spring", bob, "4").amount.decimalText == "5.00")
            let fewer = try promo(shop, max: 1)
            #expect(try await refusal { try await shop.ledger.publish(fewer) }?.code == .badPricing)
            #expect(try await redeem("SPRING", alice, "1").replayed)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func theLastUsesOfACodeGoToAsManyAccounts(kind: DatabaseKind) async throws {
        try await Shop.open(kind) { shop in
            try await shop.ledger.publish(promo(shop, max: 5))
            var accounts: [AccountName] = []
            for number in 0..<64 { accounts.append(try await shop.account("user:\(number)")) }
            let everyone = accounts
            let outcomes = await withTaskGroup(of: CodeRefusal?.self) { group in
                for (number, account) in everyone.enumerated() {
                    group.addTask {
                        do {
                            _ = try await shop.ledger.redeem("spring", for: account, key: shop.key("\(number)"))
                            return nil
                        } catch { return (error as? LedgerError)?.underlying as? CodeRefusal ?? .notValid }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == nil } == 5)
            #expect(outcomes.count { $0 == .usedUp } == 59)
            #expect(try await shop.count("ledger_redemption") == 5)
            #expect(try await shop.row("SELECT used FROM ledger_promo").get(0, as: Int64.self) == 5)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func oneAccountRedeemsAsOftenAsItMayFromAnyNumberOfTasks(kind: DatabaseKind) async throws {
        try await Shop.open(kind) { shop in
            try await shop.ledger.publish(promo(shop, each: 3))
            let alice = try await shop.account("alice")
            let redeemed = await withTaskGroup(of: Int.self) { group in
                for number in 0..<64 {
                    group.addTask {
                        let key = number % 2 == 0 ? "same" : "\(number)"
                        let receipt = try? await shop.ledger.redeem("spring", for: alice, key: shop.key(key))
                        return receipt.map { $0.replayed ? 0 : 1 } ?? 0
                    }
                }
                return await group.reduce(0, +)
            }
            #expect(redeemed == 3)
            #expect(try await shop.standing(alice) == [1500, 0, 0])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func codesInAnotherUnitAreRefused(kind: DatabaseKind) async throws {
        try await Shop.open(kind) { shop in
            let gold = try AccountName("gold")
            try await shop.ledger.open(gold, unit: Amount.Unit(code: "gold", scale: 0), key: shop.key("open"))
            try await shop.ledger.publish(promo(shop))
            #expect(
                try await refusal {
                    try await shop.ledger.redeem("spring", for: gold, key: shop.key("a"))
                }?.code == .unitMismatch)
            try await shop.ledger.publish(promo(shop, secret: true))
            #expect(
                try await reason { try await shop.ledger.redeem("spring", for: gold, key: shop.key("a")) } == .notValid)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func welcomeCreditIsGivenOnceForEver(kind: DatabaseKind) async throws {
        try await Shop.open(kind) { shop in
            let alice = try await shop.account("alice")
            let three = try PromoTemplate(shop.amount("3"), lifetimeSeconds: 86_400)
            let fresh = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<64 { group.addTask { try await !shop.ledger.welcome(alice, three).replayed } }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(fresh == 1)
            shop.clock.advance(microseconds: 400 * Shop.day)
            let later = try await shop.ledger.welcome(alice, PromoTemplate(shop.amount("50")))
            #expect(later.replayed)
            #expect(later.amount.decimalText == "3.00")
            #expect(try await shop.count("ledger_redemption") == 1)
            let category: Int64 = try await shop.row("SELECT category FROM ledger_grant").get(0)
            #expect(category == GrantCategory.welcome.rawValue)
        }
    }
}
