// Processes that end anywhere, providers that are out, events that never come.

import BuskerCore
import BuskerDatabase
import BuskerPayments
import TestSupport
import Testing

@Suite struct InboxFailureTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let kind: DatabaseKind
        let point: InboxPoint
        var testDescription: String { "\(kind) \(point)" }

        static func of(_ points: [InboxPoint]) -> [Case] {
            DatabaseKind.all.flatMap { kind in points.map { Case(kind: kind, point: $0) } }
        }
    }

    @Test(arguments: Case.of([.received, .ticketTaken, .looked, .beforeCommit, .settled]))
    func aCrashAnywhereLosesNothing(at: Case) async throws {
        try await InboxDesk.open(at.kind) { desk in
            let (id, payment) = try await desk.paid("a")
            desk.crash(at: at.point)
            let code = await desk.code {
                let reception = try await desk.receive("evt_1", about: payment)
                try await desk.inbox.process(reception.receipt)
            }
            #expect(code == .effectFailed)
            #expect(try await desk.world(id)[0] == (at.point == .settled ? 1 : 0))
            desk.pass(.seconds(120))
            let other = try desk.another()
            _ = try await other.sweep()
            #expect(try await desk.world(id) == [1, 0, 0, 0, 0])
            #expect(try await other.receipts(.done).items.count == 1)
            #expect(try await other.sweep().receipts == 0)
        }
    }

    @Test(arguments: Case.of([.purchaseMade, .checkoutOpened]))
    func aPurchaseGoesOnWhereItStopped(at: Case) async throws {
        try await InboxDesk.open(at.kind) { desk in
            desk.crash(at: at.point)
            #expect(await desk.code { try await desk.inbox.buy(desk.request("a")) } == .effectFailed)
            let purchase = try await desk.inbox.buy(desk.request("a"))
            #expect(purchase.state == .open && purchase.checkoutURL != nil)
            #expect(desk.gateway.pages.count == 1)
            #expect(try await desk.inbox.purchases(of: "user:1").items.map(\.id) == [purchase.id])
        }
    }

    @Test(arguments: Case.of([.refundNoted, .refundMade]))
    func aRefundGoesOnWhereItStopped(at: Case) async throws {
        try await InboxDesk.open(at.kind) { desk in
            let (id, _) = try await desk.paid("a")
            try await desk.inbox.settle(id)
            desk.crash(at: at.point)
            let some = Money(minorUnits: 150, currency: .usd)
            #expect(await desk.code { try await desk.inbox.refund(id, amount: some, key: "r") } == .effectFailed)
            #expect(try await desk.inbox.refund(id, amount: some, key: "r").reversed == some)
            #expect(try await desk.inbox.refund(id, key: "r").reversed == some)
            #expect(try await desk.world(id) == [1, 0, 150, 0, 0])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func whileTheProviderIsOutNothingIsGrantedAndNothingIsLost(kind: DatabaseKind) async throws {
        try await InboxDesk.open(kind) { desk in
            let (id, payment) = try await desk.paid("a")
            let reception = try await desk.receive("evt_1", about: payment)
            let out = PaymentError(.unavailable, "out", retryAfter: .seconds(600))
            for _ in 0..<30 {
                desk.gateway.fail(out)
                #expect(await desk.code { try await desk.inbox.process(reception.receipt) } == .unavailable)
            }
            desk.gateway.fail(out)
            do {
                try await desk.inbox.settle(id)
                Issue.record("settled")
            } catch let error as PaymentError { #expect(error.retryAfter == .seconds(600)) }
            #expect(try await desk.world(id) == [0, 0, 0, 0, 0])
            desk.pass(.seconds(500))
            let idle = try await desk.inbox.sweep()
            #expect(idle.receipts + idle.purchases + idle.failed == 0)
            desk.pass(.seconds(200))
            _ = try await desk.inbox.sweep()
            #expect(try await desk.world(id) == [1, 0, 0, 0, 0])
            #expect(try await desk.inbox.receipt(reception.receipt)?.state == .done)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aReceiptThatAlwaysFailsIsParkedAndBlocksNobody(kind: DatabaseKind) async throws {
        try await InboxDesk.open(kind) { desk in
            let (bad, badPayment) = try await desk.paid("bad")
            let (good, goodPayment) = try await desk.paid("good")
            desk.gateway.change(badPayment) { $0.isWhole = false }
            let poison = try await desk.receive("evt_1", about: badPayment)
            for _ in 0..<20 {
                desk.pass(.seconds(3_601))
                _ = try await desk.inbox.sweep(limit: 2)
            }
            let parked = try #require(try await desk.inbox.receipt(poison.receipt))
            #expect(parked.state == .parked && parked.attempts == 10 && parked.problem == "bad_answer")
            #expect(try await desk.world(good) == [1, 0, 0, 0, 0])
            let fine = try await desk.receive("evt_2", about: goodPayment)
            try await desk.inbox.process(fine.receipt)
            #expect(try await desk.inbox.receipts(.parked).items.map(\.id) == [poison.receipt])
            desk.gateway.change(badPayment) { $0.isWhole = true }
            try await desk.inbox.replay(poison.receipt)
            #expect(try await desk.world(bad) == [1, 0, 0, 0, 0])
            #expect(try await desk.inbox.receipt(poison.receipt)?.state == .done)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func whatNoEventTellsTheSweepFinds(kind: DatabaseKind) async throws {
        try await InboxDesk.open(kind) { desk in
            let (id, payment) = try await desk.paid("a")
            desk.pass(.seconds(61))
            #expect(try await desk.inbox.sweep().purchases == 1)
            #expect(try await desk.world(id) == [1, 0, 0, 0, 0])
            desk.gateway.change(payment) { $0.refunded = 500 }
            for _ in 0..<60 {
                desk.pass(.seconds(3 * 86_400))
                _ = try await desk.inbox.sweep()
            }
            #expect(try await desk.world(id) == [1, 0, 500, 0, 0])
            #expect(desk.gateway.calls("standing") <= 16)
            let before = desk.gateway.calls("standing")
            desk.pass(.seconds(400 * 86_400))
            _ = try await desk.inbox.sweep()
            desk.pass(.seconds(400 * 86_400))
            #expect(try await desk.inbox.sweep().purchases == 0)
            #expect(desk.gateway.calls("standing") <= before + 1)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func twoSweepsShareTheWork(kind: DatabaseKind) async throws {
        try await InboxDesk.open(kind) { desk in
            for at in 0..<20 { _ = try await desk.paid("k\(at)") }
            desk.pass(.seconds(61))
            let other = try desk.another()
            async let one = desk.inbox.sweep()
            async let two = other.sweep()
            let (a, b) = try await (one, two)
            #expect(a.purchases + b.purchases == 20 && a.failed + b.failed == 0)
            #expect(desk.gateway.calls("standing") == 20)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func anEffectThatFailsUndoesTheWholeSecondTransaction(kind: DatabaseKind) async throws {
        try await InboxDesk.open(kind) { desk in
            let (id, payment) = try await desk.paid("a")
            desk.handler.fail(InboxDesk.Crash())
            let reception = try await desk.receive("evt_1", about: payment)
            #expect(await desk.code { try await desk.inbox.process(reception.receipt) } == .effectFailed)
            #expect(try await desk.inbox.purchase(id)?.gift == PurchaseGift.none)
            #expect(try await desk.inbox.receipt(reception.receipt)?.state == .received)
            desk.handler.fail(nil)
            try await desk.inbox.process(reception.receipt)
            #expect(try await desk.world(id) == [1, 0, 0, 0, 0])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func whatCannotBeGivenWaitsForAPerson(kind: DatabaseKind) async throws {
        try await InboxDesk.open(kind) { desk in
            let (id, payment) = try await desk.paid("a")
            desk.handler.fail(PaymentError(.refused, "no", reason: "account_closed"))
            #expect(try await desk.inbox.settle(id).state == .refused)
            let stray = try #require(try await desk.inbox.strays().first)
            #expect(stray.reason == "account_closed" && stray.payment == payment && stray.purchase == id)
            desk.handler.fail(nil)
            #expect(try await desk.inbox.settle(id).state == .paid)
            #expect(try await desk.world(id) == [1, 0, 0, 0, 0])
        }
    }

    @Test func tooManyLooksAreRefusedAndNotForgotten() async throws {
        try await InboxDesk.open(.sqliteMemory) { desk in
            var ids: [PurchaseID] = []
            for at in 0..<3 { ids.append(try await desk.paid("k\(at)").id) }
            var limits = InboxLimits()
            (limits.looksMax, limits.waitingMax) = (1, 1)
            let small = try InboxDesk.inbox(desk.database, [desk.gateway], desk.handler, desk.clock, limits, nil)
            let (gate, reached) = (Gate(), Gate())
            desk.gateway.pause { _ in
                reached.open()
                await gate.opened()
            }
            let first = Task { [id = ids[0]] in try await small.settle(id) }
            await reached.opened()
            let others = ids.dropFirst().map { id in Task { await desk.code { try await small.settle(id) } } }
            var refused = 0
            while refused == 0 {
                refused = try await desk.database.read { tx in
                    try tx.value("SELECT COUNT(*) FROM payments_purchase WHERE problem = \("overloaded")") ?? 0
                }
                await Task.yield()
            }
            gate.open()
            _ = try await first.value
            var codes: [PaymentError.Code?] = []
            for other in others { codes.append(await other.value) }
            #expect(codes.filter { $0 == .overloaded }.count == 1 && codes.filter { $0 == nil }.count == 1)
            desk.pass(.seconds(120))
            _ = try await small.sweep()
            for id in ids { #expect(try await desk.world(id) == [1, 0, 0, 0, 0]) }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aPurchaseThatNobodyOpenedExpiresAndCanStillBeOpened(kind: DatabaseKind) async throws {
        try await InboxDesk.open(kind) { desk in
            desk.crash(at: .purchaseMade)
            #expect(await desk.code { try await desk.inbox.buy(desk.request("a")) } == .effectFailed)
            let id = try #require(try await desk.inbox.purchase(key: "a", of: "user:1")?.id)
            desk.pass(.seconds(120))
            _ = try await desk.inbox.sweep()
            #expect(try await desk.inbox.purchase(id)?.state == .created)
            desk.pass(.seconds(2 * 86_400))
            _ = try await desk.inbox.sweep()
            #expect(try await desk.inbox.purchase(id)?.state == .expired)
            #expect(try await desk.world(id) == [0, 0, 0, 0, 1])
            #expect(try await desk.inbox.buy(desk.request("a")).state == .open)
        }
    }
}
