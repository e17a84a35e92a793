// Purchases belong to their buyers, and each payment buys one thing.

import BuskerCore
import BuskerDatabase
import BuskerPayments
import TestSupport
import Testing

@Suite struct PurchaseTests {
    @Test(arguments: DatabaseKind.all)
    func theSameKeyIsTheSamePurchaseHoweverOftenItIsPressed(kind: DatabaseKind) async throws {
        try await InboxDesk.open(kind) { desk in
            let ids = try await withThrowingTaskGroup(of: PurchaseID.self) { group in
                for _ in 0..<16 { group.addTask { try await desk.inbox.buy(desk.request("a")).id } }
                return try await group.reduce(into: Set<PurchaseID>()) { $0.insert($1) }
            }
            #expect(ids.count == 1 && desk.gateway.calls("open") == 1)
            let other = desk.request("a", item: "another")
            #expect(await desk.code { try await desk.inbox.buy(other) } == .keyReused)
            let stranger = try await desk.inbox.buy(desk.request("a", buyer: "user:2"))
            #expect(!ids.contains(stranger.id))
        }
    }

    @Test(arguments: DatabaseKind.all)
    func nobodySeesTheirNeighboursPurchases(kind: DatabaseKind) async throws {
        try await InboxDesk.open(kind) { desk in
            var mine: [PurchaseID] = []
            for at in 0..<7 {
                mine.append(try await desk.inbox.buy(desk.request("k\(at)")).id)
                _ = try await desk.inbox.buy(desk.request("k\(at)", buyer: "user:2"))
            }
            var seen: [PurchaseID] = []
            var after: Cursor?
            repeat {
                let page = try await desk.inbox.purchases(of: "user:1", page: PageRequest(after: after, limit: 3))
                seen += page.items.map(\.id)
                after = page.next
            } while after != nil
            #expect(seen == mine.reversed())
            #expect(try await desk.inbox.purchase(mine[0], of: "user:2") == nil)
            #expect(await desk.code { try await desk.inbox.settle(mine[0], of: "user:2") } == .unknownPurchase)
            let foreign = try Cursor(list: "jobs", after: Int64(3))
            let page = PageRequest(after: foreign)
            #expect(await desk.code { try await desk.inbox.purchases(of: "user:1", page: page) } == .badCursor)
        }
    }

    @Test(arguments: [("", "song"), ("a\u{0}b", "song"), ("a", ""), (String(repeating: "x", count: 201), "song")])
    func namesOutOfRangeAreRefused(key: String, item: String) async throws {
        try await InboxDesk.open(.sqliteMemory) { desk in
            #expect(await desk.code { try await desk.inbox.buy(desk.request(key, item: item)) } == .badRequest)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func moneyThatComesAfterTheEndStillBuys(kind: DatabaseKind) async throws {
        try await InboxDesk.open(kind) { desk in
            let purchase = try await desk.inbox.buy(desk.request("a"))
            #expect(try await desk.inbox.expire(purchase.id).state == .expired)
            #expect(try await desk.world(purchase.id) == [0, 0, 0, 0, 1])
            desk.gateway.pay(try #require(purchase.checkout))
            desk.pass(.seconds(2 * 3_600))
            _ = try await desk.inbox.sweep()
            #expect(try await desk.world(purchase.id) == [1, 0, 0, 0, 1])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aCheckoutThatItsProviderForgotIsOver(kind: DatabaseKind) async throws {
        try await InboxDesk.open(kind) { desk in
            let purchase = try await desk.inbox.buy(desk.request("a"))
            desk.gateway.forget(checkout: try #require(purchase.checkout))
            #expect(await desk.code { try await desk.inbox.settle(purchase.id) } == .notFound)
            desk.pass(.seconds(2 * 86_400))
            #expect(try await desk.inbox.settle(purchase.id).state == .expired)
            let notes = [CheckoutOrder.purchaseNote: purchase.id.description]
            desk.gateway.add(ScriptedGateway.Payment("pi_late", notes: notes, amount: 500))
            let reception = try await desk.receive("evt_1", about: "pi_late")
            try await desk.inbox.process(reception.receipt)
            #expect(try await desk.world(purchase.id) == [1, 0, 0, 0, 1])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aPageThatIsOpenedAgainAndAgainAsksNoProvider(kind: DatabaseKind) async throws {
        try await InboxDesk.open(kind) { desk in
            let (id, _) = try await desk.paid("a")
            for _ in 0..<20 { #expect(try await desk.inbox.settle(id, of: "user:1").state == .paid) }
            #expect(desk.gateway.calls("standing") == 1)
            #expect(try await desk.world(id) == [1, 0, 0, 0, 0])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aDelayedPaymentBuysWhenItArrives(kind: DatabaseKind) async throws {
        try await InboxDesk.open(kind) { desk in
            let purchase = try await desk.inbox.buy(desk.request("a"))
            let checkout = try #require(purchase.checkout)
            let payment = desk.gateway.pay(checkout, state: .pending)
            #expect(try await desk.inbox.settle(purchase.id).state == .pending)
            #expect(try await desk.world(purchase.id) == [0, 0, 0, 0, 0])
            desk.gateway.change(payment) { $0.state = .paid }
            desk.gateway.change(checkout: checkout) { $0.state = .paid }
            #expect(try await desk.inbox.settle(purchase.id).state == .paid)
            #expect(try await desk.world(purchase.id) == [1, 0, 0, 0, 0])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func theWrongSumBuysNothing(kind: DatabaseKind) async throws {
        try await InboxDesk.open(kind) { desk in
            for (at, sum) in [1, 499, 501, 50_000].enumerated() {
                let (id, payment) = try await desk.paid("k\(at)", amount: Int64(sum))
                #expect(try await desk.inbox.settle(id).state == .refused)
                #expect(try await desk.world(id) == [0, 0, 0, 0, 0])
                let stray = try #require(try await desk.inbox.strays().first { $0.payment == payment })
                #expect(stray.reason == "amount_mismatch" && stray.amount?.minorUnits == Int64(sum))
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func payingTwiceBuysOnceAndTheOtherPaymentIsKept(kind: DatabaseKind) async throws {
        try await InboxDesk.open(kind) { desk in
            let (id, _) = try await desk.paid("a")
            try await desk.inbox.settle(id)
            let notes = [CheckoutOrder.purchaseNote: id.description]
            desk.gateway.add(ScriptedGateway.Payment("pi_twice", notes: notes, amount: 500))
            for at in 0..<2 {
                let reception = try await desk.receive("evt_\(at)", about: "pi_twice")
                try await desk.inbox.process(reception.receipt)
            }
            #expect(try await desk.world(id) == [1, 0, 0, 0, 0])
            let stray = try #require(try await desk.inbox.strays().first)
            #expect(stray.reason == "paid_twice" && stray.payment == "pi_twice")
            #expect(try await desk.inbox.refund(stray).amount.minorUnits == 500)
            #expect(try await desk.inbox.strays().isEmpty)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aPaymentThatNamesAnotherPurchaseBuysNothing(kind: DatabaseKind) async throws {
        try await InboxDesk.open(kind) { desk in
            let (first, payment) = try await desk.paid("a")
            try await desk.inbox.settle(first)
            let second = try await desk.inbox.buy(desk.request("b"))
            desk.gateway.change(checkout: try #require(second.checkout)) { ($0.payment, $0.state) = (payment, .paid) }
            #expect(try await desk.inbox.settle(second.id).state == .refused)
            #expect(try await desk.world(second.id) == [0, 0, 0, 0, 0])
            #expect(try await desk.world(first) == [1, 0, 0, 0, 0])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func refundsAreBoundByWhatIsLeft(kind: DatabaseKind) async throws {
        try await InboxDesk.open(kind) { desk in
            let (id, payment) = try await desk.paid("a")
            #expect(await desk.code { try await desk.inbox.refund(id, key: "r0") } == .notRefundable)
            try await desk.inbox.settle(id)
            let some = Money(minorUnits: 100, currency: .usd)
            #expect(try await desk.inbox.refund(id, amount: some, key: "r1").state == .partlyRefunded)
            let more = Money(minorUnits: 401, currency: .usd)
            #expect(await desk.code { try await desk.inbox.refund(id, amount: more, key: "r2") } == .badAmount)
            #expect(await desk.code { try await desk.inbox.refund(id, amount: more, key: "r1") } == .keyReused)
            #expect(await desk.code { try await desk.inbox.refund(id, key: "r\u{e9}") } == .badRequest)
            #expect(try await desk.inbox.refund(id, key: "r3").state == .refunded)
            #expect(await desk.code { try await desk.inbox.refund(id, key: "r4") } == .notRefundable)
            desk.gateway.change(payment) { $0.refunded = 100 }
            #expect(try await desk.inbox.settle(id).reversed == some)
            desk.gateway.change(payment) { ($0.contested, $0.isDisputed) = (400, true) }
            try await desk.inbox.settle(id)
            #expect(await desk.code { try await desk.inbox.refund(id, key: "r5") } == .notRefundable)
        }
    }
}
