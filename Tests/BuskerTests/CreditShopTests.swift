// Credits are sold once, whatever comes first.

import Busker
import BuskerCore
import BuskerDatabase
import BuskerLedger
import BuskerPayments
import Logging
import TestSupport
import Testing

/// A shop on a new database, with a scripted provider.
struct ShopDesk: Sendable {
    let gateway = ScriptedGateway()
    let clock = ManualClock()
    let shop: CreditShop
    let account: AccountName

    static func open<T>(_ kind: DatabaseKind, _ body: (ShopDesk) async throws -> T) async throws -> T {
        try await withDatabase(kind) { database in try await body(try await ShopDesk(database)) }
    }

    init(_ database: any Database) async throws {
        let ids = IDGenerator(clock: clock, random: SeededGenerator(seed: 5))
        let ledger = Ledger(database, clock: clock, ids: ids)
        shop = try CreditShop(
            ledger, gateways: [gateway], mode: .test, clock: clock, ids: ids,
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await shop.migrate()
        let unit = try Amount.Unit(code: "credits", scale: 0)
        account = try AccountName("user:1")
        try await ledger.publish(
            try CreditPackage(
                "starter", name: "Starter", price: Money(minorUnits: 500, currency: .usd),
                credits: Amount(steps: 100, unit: unit), bonus: Amount(steps: 7, unit: unit)))
        try await ledger.publish(
            try CreditPackage(
                "trial", name: "Trial", price: Money(minorUnits: 0, currency: .usd),
                credits: Amount(steps: 10, unit: unit)))
    }

    func order(_ key: String, _ package: String = "starter") -> CreditOrder {
        CreditOrder(package, for: account, at: .stripe, key: key, successURL: "https://host.example/thanks")
    }

    /// What the account has, less what it owes.
    func credits() async throws -> Int64 {
        let balance = try await shop.ledger.balance(of: account)
        return balance.posted.steps - balance.debt.steps
    }

    /// A purchase with a paid checkout.
    func paid(_ key: String) async throws -> (purchase: Purchase, payment: String) {
        let purchase = try await shop.buy(order(key))
        return (purchase, gateway.pay(try #require(purchase.checkout)))
    }
}

@Suite struct CreditShopTests {
    @Test(arguments: DatabaseKind.all)
    func aPaidPackageIsGrantedOnceWithItsBonus(kind: DatabaseKind) async throws {
        try await ShopDesk.open(kind) { desk in
            let (purchase, payment) = try await desk.paid("a")
            #expect(purchase.state == .open)
            #expect(purchase.checkoutURL?.hasPrefix("https://pay.example/") == true)
            #expect(try await desk.credits() == 0)
            for _ in 0..<3 { #expect(try await desk.shop.inbox.settle(purchase.id).state == .paid) }
            #expect(try await desk.credits() == 107)
            #expect(try await desk.shop.ledger.find(payment: "stripe:\(payment)").items.count == 2)
            #expect(try await desk.shop.ledger.verify().ok)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func refundsTakeBackInProportionAndGiveAgain(kind: DatabaseKind) async throws {
        try await ShopDesk.open(kind) { desk in
            let (purchase, payment) = try await desk.paid("a")
            try await desk.shop.inbox.settle(purchase.id)
            for (refunded, credits): (Int64, Int64) in [(1, 107), (250, 54), (500, 0), (250, 54), (0, 107), (500, 0)] {
                desk.gateway.change(payment) { $0.refunded = refunded }
                try await desk.shop.inbox.settle(purchase.id)
                #expect(try await desk.credits() == credits, "refunded \(refunded)")
            }
            #expect(try await desk.shop.ledger.verify().ok)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func creditThatWasSpentBecomesDebt(kind: DatabaseKind) async throws {
        try await ShopDesk.open(kind) { desk in
            let (purchase, payment) = try await desk.paid("a")
            try await desk.shop.inbox.settle(purchase.id)
            let unit = try Amount.Unit(code: "credits", scale: 0)
            try await desk.shop.ledger.charge(
                Amount(steps: 60, unit: unit), to: desk.account, key: try IdempotencyKey("spend"))
            desk.gateway.change(payment) { $0.refunded = 500 }
            try await desk.shop.inbox.settle(purchase.id)
            #expect(try await desk.credits() == -60)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aDisputeFreezesAndItsEndThaws(kind: DatabaseKind) async throws {
        try await ShopDesk.open(kind) { desk in
            let (purchase, payment) = try await desk.paid("a")
            let (other, second) = try await desk.paid("b")
            for id in [purchase.id, other.id] { try await desk.shop.inbox.settle(id) }
            #expect(try await !desk.shop.isFrozen(desk.account))
            for one in [payment, second] { desk.gateway.change(one) { ($0.contested, $0.isDisputed) = (500, true) } }
            for id in [purchase.id, other.id] { try await desk.shop.inbox.settle(id) }
            #expect(try await desk.shop.isFrozen(desk.account))
            #expect(try await desk.credits() == 0)
            desk.gateway.change(payment) { ($0.contested, $0.isDisputed) = (0, false) }
            try await desk.shop.inbox.settle(purchase.id)
            #expect(try await desk.shop.isFrozen(desk.account))
            #expect(try await desk.credits() == 107)
            desk.gateway.change(second) { ($0.lost, $0.isDisputed) = (500, false) }
            #expect(try await desk.shop.inbox.settle(other.id).state == .lost)
            #expect(try await !desk.shop.isFrozen(desk.account))
            #expect(try await desk.credits() == 107)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func whatCostsNothingIsLimited(kind: DatabaseKind) async throws {
        try await ShopDesk.open(kind) { desk in
            let first = try await desk.shop.buy(desk.order("a", "trial"))
            #expect(first.state == .paid && first.gift == .free)
            #expect(try await desk.shop.buy(desk.order("a", "trial")) == first)
            #expect(try await desk.credits() == 10)
            await #expect(throws: PaymentError(.refused, "")) { try await desk.shop.buy(desk.order("b", "trial")) }
            #expect(try await desk.credits() == 10)
            #expect(desk.gateway.calls("open") == 0)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aCouponOfAHundredPercentCountsAsFree(kind: DatabaseKind) async throws {
        try await ShopDesk.open(kind) { desk in
            for (key, state): (String, PurchaseState) in [("a", .paid), ("b", .refused)] {
                let purchase = try await desk.shop.buy(desk.order(key))
                desk.gateway.change(checkout: try #require(purchase.checkout)) { $0.state = .free }
                #expect(try await desk.shop.inbox.settle(purchase.id).state == state)
                #expect(try await desk.credits() == 107)
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aPurchaseIsGrantedAsItWasSold(kind: DatabaseKind) async throws {
        try await ShopDesk.open(kind) { desk in
            let (purchase, _) = try await desk.paid("a")
            let unit = try Amount.Unit(code: "credits", scale: 0)
            try await desk.shop.ledger.publish(
                try CreditPackage(
                    "starter", version: 2, name: "Starter", price: Money(minorUnits: 900, currency: .usd),
                    credits: Amount(steps: 1, unit: unit)))
            #expect(try await desk.shop.buy(desk.order("a")).id == purchase.id)
            try await desk.shop.ledger.retirePackage("starter")
            #expect(try await desk.shop.buy(desk.order("a")).item == "starter@1")
            try await desk.shop.inbox.settle(purchase.id)
            #expect(try await desk.credits() == 107)
            await #expect(throws: PaymentError(.badRequest, "")) { try await desk.shop.buy(desk.order("c")) }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func moneyForAClosedAccountWaitsForAPerson(kind: DatabaseKind) async throws {
        try await ShopDesk.open(kind) { desk in
            let (purchase, payment) = try await desk.paid("a")
            _ = try await desk.shop.ledger.perform(
                LedgerCommand(.close(desk.account), key: try IdempotencyKey("close")))
            #expect(try await desk.shop.inbox.settle(purchase.id).state == .refused)
            let stray = try #require(try await desk.shop.inbox.strays().first)
            #expect(stray.payment == payment && stray.reason == "account_closed")
            #expect(try await desk.shop.inbox.refund(stray).amount == purchase.price)
            #expect(try await desk.shop.ledger.verify().ok)
        }
    }

    @Test func aGatewayOfTheOtherModeHasNoPlaceInAShop() async throws {
        let database = try SQLiteDatabase.inMemory()
        #expect(throws: PaymentError(.wrongMode, "")) {
            try CreditShop(
                Ledger(database), gateways: [ScriptedGateway(mode: .test)], mode: .live, log: Logger(label: "test"))
        }
        await database.close()
    }
}
