// Whatever comes, however often and in whatever order: the truth is granted once.

import BuskerCore
import BuskerDatabase
import BuskerPayments
import TestSupport
import Testing

@Suite struct InboxTests {
    @Test(arguments: DatabaseKind.all)
    func aWebhookLeadsToOneGrant(kind: DatabaseKind) async throws {
        try await InboxDesk.open(kind) { desk in
            let (id, payment) = try await desk.paid("a")
            let first = try await desk.receive("evt_1", about: payment)
            #expect(!first.isDuplicate && first.isOpen)
            try await desk.inbox.process(first.receipt)
            let again = try await desk.receive("evt_1", about: payment)
            #expect(again.isDuplicate && !again.isOpen && again.receipt == first.receipt)
            guard case .alreadyDone = try await desk.inbox.process(first.receipt) else {
                Issue.record("processed twice")
                return
            }
            for at in 2...4 {
                let more = try await desk.receive("evt_\(at)", "checkout.session.completed", about: "cs_1")
                try await desk.inbox.process(more.receipt)
            }
            #expect(try await desk.world(id) == [1, 0, 0, 0, 0])
            let receipt = try #require(try await desk.inbox.receipt(first.receipt))
            #expect(receipt.state == .done && receipt.purchase == id)
            #expect(try await desk.inbox.body(of: first.receipt)?.count ?? 0 > 50)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func sixtyFourDeliveriesOfOneEventAreOneReceipt(kind: DatabaseKind) async throws {
        try await InboxDesk.open(kind) { desk in
            let (id, payment) = try await desk.paid("a")
            let (event, body) = try desk.event("evt_1", about: payment)
            let new = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<64 {
                    group.addTask {
                        let reception = try await desk.inbox.receive(event, rawBody: body)
                        try await desk.inbox.process(reception.receipt)
                        return !reception.isDuplicate
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(new == 1)
            #expect(try await desk.world(id) == [1, 0, 0, 0, 0])
            #expect(try await desk.inbox.receipts(.done).items.count == 1)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func parallelEventsOfOnePurchaseShareLooks(kind: DatabaseKind) async throws {
        try await InboxDesk.open(kind) { desk in
            let (id, payment) = try await desk.paid("a")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for at in 0..<32 {
                    group.addTask {
                        let reception = try await desk.receive("evt_\(at)", about: payment)
                        try await desk.inbox.process(reception.receipt)
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await desk.world(id) == [1, 0, 0, 0, 0])
            #expect(try await desk.inbox.receipts(.done).items.count == 32)
            #expect(desk.gateway.calls("standing") <= 32)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func twoInboxesOnOneDatabaseGrantOnce(kind: DatabaseKind) async throws {
        try await InboxDesk.open(kind) { desk in
            let other = try desk.another()
            var ids: [PurchaseID] = []
            for at in 0..<8 { ids.append(try await desk.paid("k\(at)").id) }
            let all = ids
            try await withThrowingTaskGroup(of: Void.self) { group in
                for round in 0..<6 {
                    for id in all {
                        let inbox = round % 2 == 0 ? desk.inbox : other
                        group.addTask { try await inbox.settle(id) }
                    }
                }
                try await group.waitForAll()
            }
            for id in ids { #expect(try await desk.world(id) == [1, 0, 0, 0, 0]) }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func anOldAnswerNeverReplacesANewerOne(kind: DatabaseKind) async throws {
        try await InboxDesk.open(kind) { desk in
            let (id, payment) = try await desk.paid("a")
            try await desk.inbox.settle(id)
            let gate = Gate()
            let reached = Gate()
            desk.gateway.pause { name in
                guard name == "standing" else { return }
                reached.open()
                await gate.opened()
            }
            let old = Task { try await desk.inbox.settle(id) }
            await reached.opened()
            desk.gateway.pause(nil)
            desk.gateway.change(payment) { $0.refunded = 200 }
            #expect(try await desk.another().settle(id).state == .partlyRefunded)
            gate.open()
            #expect(try await old.value.reversed.minorUnits == 200)
            #expect(try await desk.world(id) == [1, 0, 200, 0, 0])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func whoComesWhileALookRunsSeesWhatIsNew(kind: DatabaseKind) async throws {
        try await InboxDesk.open(kind) { desk in
            let (id, payment) = try await desk.paid("a")
            try await desk.inbox.settle(id)
            let (gate, reached) = (Gate(), Gate())
            desk.gateway.pause { _ in
                reached.open()
                await gate.opened()
            }
            let old = Task { try await desk.inbox.settle(id) }
            await reached.opened()
            desk.gateway.change(payment) { $0.refunded = 200 }
            let late = (0..<5).map { _ in Task { try await desk.inbox.settle(id).reversed.minorUnits } }
            while desk.inbox.waitingLooks < 5 { await Task.yield() }
            gate.open()
            #expect(try await old.value.reversed.minorUnits == 0)
            for one in late { #expect(try await one.value == 200) }
            #expect(desk.gateway.calls("standing") == 3)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func refundsAndDisputesAreFollowedBothWays(kind: DatabaseKind) async throws {
        try await InboxDesk.open(kind) { desk in
            let (id, payment) = try await desk.paid("a")
            let steps: [(PurchaseState, [Int64], @Sendable (inout ScriptedGateway.Payment) -> Void)] = [
                (.paid, [1, 0, 0, 0, 0], { _ in }), (.partlyRefunded, [1, 0, 200, 0, 0], { $0.refunded = 200 }),
                (.refunded, [1, 0, 500, 0, 0], { $0.refunded = 500 }),
                (.partlyRefunded, [1, 0, 200, 0, 0], { $0.refunded = 200 }),
                (.disputed, [1, 0, 500, 1, 0], { ($0.contested, $0.isDisputed) = (500, true) }),
                (.partlyRefunded, [1, 0, 200, 0, 0], { ($0.contested, $0.isDisputed) = (0, false) }),
                (.lost, [1, 0, 500, 0, 0], { ($0.contested, $0.lost) = (300, 300) }),
            ]
            for (at, step) in steps.enumerated() {
                desk.gateway.change(payment, step.2)
                let reception = try await desk.receive("evt_\(at)", "charge.refunded", about: payment)
                try await desk.inbox.process(reception.receipt)
                #expect(try await desk.inbox.purchase(id)?.state == step.0, "step \(at)")
                #expect(try await desk.world(id) == step.1, "step \(at)")
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func eventsOfTheOtherModeAreRefused(kind: DatabaseKind) async throws {
        try await InboxDesk.open(kind) { desk in
            let (_, payment) = try await desk.paid("a")
            let (event, body) = try desk.event("evt_1", about: payment, isLive: true)
            #expect(await desk.code { try await desk.inbox.receive(event, rawBody: body) } == .wrongMode)
            #expect(try await desk.inbox.receipts().items.isEmpty)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func unknownTypesAndStrangeSubjectsAreAcknowledged(kind: DatabaseKind) async throws {
        try await InboxDesk.open(kind) { desk in
            let (id, payment) = try await desk.paid("a")
            let unknown = try await desk.receive("evt_1", "quantum.entangled", about: payment)
            #expect(!unknown.isOpen)
            #expect(try await desk.inbox.receipt(unknown.receipt)?.state == .ignored)
            for (at, subject) in ["cus_1", "pi_nobody", "cs_nobody"].enumerated() {
                let reception = try await desk.receive("evt_x\(at)", about: subject)
                _ = await desk.code { try await desk.inbox.process(reception.receipt) }
            }
            #expect(try await desk.world(id) == [0, 0, 0, 0, 0])
            guard case .settled(let purchase) = try await desk.inbox.replay(unknown.receipt) else {
                Issue.record("not replayed")
                return
            }
            #expect(purchase.id == id)
            #expect(try await desk.world(id) == [1, 0, 0, 0, 0])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func subscriptionsAreLookedAtAndTold(kind: DatabaseKind) async throws {
        try await InboxDesk.open(kind) { desk in
            for (at, isActive) in [true, false, true].enumerated() {
                desk.gateway.set(
                    subscription: "sub_1", status: isActive ? "active" : "past_due", isActive: isActive, notes: [:])
                let reception = try await desk.receive("evt_\(at)", "customer.subscription.updated", about: "sub_1")
                try await desk.inbox.process(reception.receipt)
                let active: Bool? = try await desk.database.read { tx in
                    try tx.value("SELECT active FROM test_entitlement WHERE subscription = \("sub_1")")
                }
                #expect(active == isActive)
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func oldReceiptsAreForgottenAndYoungOnesKept(kind: DatabaseKind) async throws {
        try await InboxDesk.open(kind) { desk in
            let (_, payment) = try await desk.paid("a")
            let old = try await desk.receive("evt_1", about: payment)
            try await desk.inbox.process(old.receipt)
            let open = try await desk.receive("evt_2", about: payment)
            desk.pass(.seconds(20 * 86_400))
            let young = try await desk.receive("evt_3", about: payment)
            try await desk.inbox.process(young.receipt)
            #expect(try await desk.inbox.prune(before: desk.clock.now) == 0)
            desk.pass(.seconds(11 * 86_400))
            #expect(try await desk.inbox.prune(before: desk.clock.now) == 1)
            let left = try await desk.inbox.receipts().items.map(\.id)
            #expect(left == [young.receipt, open.receipt])
        }
    }
}
