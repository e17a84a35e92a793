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
}
