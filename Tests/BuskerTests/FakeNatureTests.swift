// What goes wrong goes wrong as it was asked for.

import BuskerCore
import BuskerPayments
import BuskerTesting
import Testing

@Suite struct FakeNatureTests {
    private static func open(_ shop: FakeShop, _ purchase: String, timeout: Int = 20) -> FakeClient.Answer {
        let request = shop.request(purchase: purchase)
        return shop.client.send("POST", request.path, body: request.body, headers: request.headers, timeout: timeout)
    }

    @Test(arguments: FakeShop.providers) func everyKindOfFailureCanBeAskedFor(provider: PaymentProvider) async throws {
        let shop = try await FakeShop(provider)
        shop.fake.failNext(.rateLimit)
        let limited = Self.open(shop, "pur_1")
        #expect(limited.status == 429 && limited.headers["retry-after"] == "1" && limited.json.kind == .object)
        shop.fake.failNext(.serverError)
        #expect(Self.open(shop, "pur_1").status == 500)
        shop.fake.failNext(.badGateway)
        let page = Self.open(shop, "pur_1")
        #expect(page.status == 502 && page.headers["content-type"]?.hasPrefix("text/html") == true)
        shop.fake.failNext(.cut)
        #expect(Self.open(shop, "pur_1").status == 0)
        shop.fake.failNext(.half)
        #expect(Self.open(shop, "pur_1").status == 0)
        shop.fake.failNext(.stall)
        #expect(Self.open(shop, "pur_1", timeout: 1).status == 0)
        while Self.open(shop, "pur_1").status == 409 { await Task.yield() }
        #expect(Self.open(shop, "pur_1").status < 300)
        await shop.fake.stop()
    }

    @Test(arguments: FakeShop.providers, [FakeNature.Failure.badGateway, .cut, .half])
    func whatWasDoneAnywayIsFoundUnderItsKey(provider: PaymentProvider, failure: FakeNature.Failure) async throws {
        let shop = try await FakeShop(provider)
        let payment = try await shop.buy("pur_1")
        shop.fake.failNext(failure, done: true)
        let first = shop.refund(payment, 300, key: "refund:1")
        #expect(first.status == 0 || first.status == 502)
        #expect(shop.fake.books().first?.refunded.minorUnits == 300)
        let again = shop.refund(payment, 300, key: "refund:1")
        #expect(again.status < 300)
        #expect(shop.fake.books().first?.refunded.minorUnits == (provider == .polar ? 600 : 300))
        await shop.fake.stop()
    }

    @Test func stripeSaysItsFirst500AgainUnderTheSameKey() async throws {
        let shop = try await FakeShop(.stripe)
        let payment = try await shop.buy("pur_1")
        shop.fake.failNext(.serverError, done: true)
        #expect(shop.refund(payment, 300, key: "refund:1").status == 500)
        let again = shop.refund(payment, 300, key: "refund:1")
        #expect(again.status == 500 && again.headers["idempotent-replayed"] == "true")
        shop.fake.failNext(.serverError)
        #expect(shop.refund(payment, 100, key: "refund:2").status == 500)
        #expect(shop.refund(payment, 100, key: "refund:2").status == 200)
        #expect(shop.fake.books().first?.refunded.minorUnits == 400)
        await shop.fake.stop()
    }

    @Test func payPalAndSquareAnswerTheTruthAfterA500() async throws {
        for provider in [PaymentProvider.payPal, .square] {
            let shop = try await FakeShop(provider)
            let payment = try await shop.buy("pur_1")
            shop.fake.failNext(.serverError, done: true)
            #expect(shop.refund(payment, 300, key: "refund:1").status == 500)
            #expect(shop.refund(payment, 300, key: "refund:1").status < 300)
            #expect(shop.fake.books().first?.refunded.minorUnits == 300)
            await shop.fake.stop()
        }
    }

    @Test(arguments: [PaymentProvider.stripe, .payPal, .square])
    func aKeyThatIsBeingWorkedOnIsRefused(provider: PaymentProvider) async throws {
        let shop = try await FakeShop(provider)
        let payment = try await shop.buy("pur_1")
        shop.fake.failNext(.stall, path: "refund")
        let before = shop.fake.requestCount
        shop.client.isHasty = true
        #expect(shop.refund(payment, 300, key: "refund:1").status == 0)
        while shop.fake.requestCount == before { await Task.yield() }
        let second = shop.again()
        #expect(second.refund(payment, 300, key: "refund:1").status == 409)
        #expect(second.refund(payment, 200, key: "refund:2").status < 300)
        shop.client.end()
        while second.refund(payment, 300, key: "refund:1").status == 409 { await Task.yield() }
        #expect(shop.fake.books().first?.refunded.minorUnits == 500)
        await shop.fake.stop()
    }

    @Test(arguments: FakeShop.providers) func webhooksComeTwiceMixedLateOrNever(provider: PaymentProvider) async throws
    {
        let nature = FakeNature(duplicates: 500, shuffle: true, delay: .seconds(600), lost: 200)
        let shop = try await FakeShop(provider, seed: 7, nature: nature)
        let calm = try await FakeShop(provider, seed: 7)
        for number in 0..<20 {
            _ = try await shop.buy("pur_\(number)")
            _ = try await calm.buy("pur_\(number)")
        }
        var seen: [String] = []
        for _ in 0..<11 {
            seen += shop.fake.deliveries().map(\.id)
            shop.fake.pass(.seconds(60))
        }
        let all = calm.fake.deliveries().map(\.id)
        #expect(Set(all).count == all.count)
        #expect(Set(seen).isSubset(of: all) && Set(seen).count == all.count - shop.fake.lostCount)
        #expect(shop.fake.lostCount > 0 && seen.count > Set(seen).count)
        #expect(seen != all.filter(Set(seen).contains))
        #expect(shop.fake.deliveries().isEmpty)
        await shop.fake.stop()
        await calm.fake.stop()
    }

    @Test func whatTheHostDidNotTakeComesAgain() async throws {
        let shop = try await FakeShop(.stripe)
        _ = try await shop.buy("pur_1")
        let first = try #require(shop.fake.deliveries().last)
        shop.fake.refused(first)
        #expect(shop.fake.deliveries().isEmpty)
        shop.fake.pass(.seconds(60))
        let second = try #require(shop.fake.deliveries().first)
        #expect(second.id == first.id && second.body == first.body && second.attempt == 2)
        #expect(second.headers != first.headers)
        await shop.fake.stop()
    }

    @Test(arguments: FakeShop.providers) func theSameSeedIsTheSameWorld(provider: PaymentProvider) async throws {
        func run(seed: UInt64, order: [Int]) async throws -> (deliveries: [String], books: [FakeBook]) {
            var nature = FakeNature.rough
            nature.failureKinds = [.rateLimit, .serverError, .badGateway]
            let shop = try await FakeShop(provider, seed: seed, nature: nature)
            var payments: [Int: String] = [:]
            for number in order {
                for _ in 0..<20 where payments[number] == nil {
                    guard let checkout = shop.open("pur_\(number)") else { continue }
                    payments[number] = await shop.fake.pay(checkout: checkout)
                    guard provider == .payPal else { continue }
                    for _ in 0..<9 {
                        _ = shop.client.send("POST", "/v2/checkout/orders/\(checkout)/capture", body: "{}")
                    }
                }
            }
            for (number, payment) in payments where number.isMultiple(of: 3) {
                shop.fake.refund(payment: payment, amount: Int64(10 * number + 10))
            }
            shop.fake.pass(.seconds(3600))
            let deliveries = shop.fake.deliveries().map {
                String(decoding: $0.body, as: UTF8.self).replacing(shop.fake.baseURL, with: "")
            }
            let books = shop.fake.books()
            await shop.fake.stop()
            return (deliveries, books)
        }
        let first = try await run(seed: 5, order: Array(0..<15))
        let again = try await run(seed: 5, order: Array(0..<15))
        let mixed = try await run(seed: 5, order: (0..<15).reversed())
        let other = try await run(seed: 6, order: Array(0..<15))
        #expect(first.books.count >= 10)
        #expect(first.books == again.books)
        #expect(zip(first.deliveries, again.deliveries).allSatisfy { $0 == $1 })
        #expect(first.deliveries.count == again.deliveries.count && first.deliveries.count > 30)
        #expect(first.books == mixed.books)
        #expect(first.books != other.books)
    }
}
