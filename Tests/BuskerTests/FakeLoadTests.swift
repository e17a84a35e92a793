// Many purchases go through a double in little time.

import BuskerCore
import BuskerPayments
import BuskerTesting
import Foundation
import Testing

/// How many purchases each provider gets; more when asked for, to measure.
private let purchases = ProcessInfo.processInfo.environment["BUSKER_FAKE_PURCHASES"].flatMap { Int($0) } ?? 60

@Suite struct FakeLoadTests {
    @Test(arguments: FakeShop.providers)
    func manyPurchasesKeepTheirBooksStraight(provider: PaymentProvider) async throws {
        var nature = FakeNature.rough
        nature.failures = 0
        let shop = try await FakeShop(provider, seed: 3, nature: nature)
        var refunded: Int64 = 0
        for number in 0..<purchases {
            let payment = try await shop.buy("pur_\(number)", amount: 1000 + Int64(number % 100))
            if number.isMultiple(of: 10) {
                shop.fake.refund(payment: payment, amount: 500)
                refunded += 500
            }
            if number.isMultiple(of: 15) { shop.fake.dispute(payment: payment, ends: .won) }
            for _ in 0..<3 where provider == .stripe {
                #expect(shop.client.send("GET", "/v1/payment_intents/\(payment)?expand[]=latest_charge").status == 200)
            }
        }
        shop.fake.pass(.seconds(3600))
        #expect(shop.fake.deliveries().count >= 2 * purchases)
        let books = shop.fake.books()
        #expect(books.count == purchases && books.reduce(0) { $0 + $1.refunded.minorUnits } == refunded)
        await shop.fake.stop()
    }
}
