// What refunds and disputes do to credit that was bought.

import BuskerCore
import BuskerDatabase
import BuskerLedger
import TestSupport
import Testing

@Suite struct PaymentTests {
    static func usd(_ cents: Int64) -> Money { Money(minorUnits: cents, currency: .usd) }

    @Test(arguments: DatabaseKind.all)
    func takesBackInProportionToWhatWasReversedSoFar(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open()
            try await desk.grant(alice, 100, GrantTerms(.paid, cost: Self.usd(300), payment: "p1"))
            let steps: [(Int64, Int64, TransactionKind, Int64)] = [
                (0, 0, .clawback, 100), (1, 0, .clawback, 100), (3, 1, .clawback, 99), (100, 32, .clawback, 67),
                (100, 0, .clawback, 67), (299, 66, .clawback, 1), (300, 1, .clawback, 0), (900, 0, .clawback, 0),
                (150, 50, .reinstate, 50), (0, 50, .reinstate, 100),
            ]
            for (reversed, amount, what, posted) in steps {
                let receipt = try await desk.done(.clawback(payment: "p1", reversed: Self.usd(reversed)))
                #expect(receipt.amount.steps == amount, "reversed \(reversed)")
                #expect(receipt.kind == what, "reversed \(reversed)")
                #expect(receipt.after.posted.steps == posted, "reversed \(reversed)")
            }
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func takesItsOwnGrantsFirstThenOthersThenLeavesDebt(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open()
            try await desk.grant(alice, 4, GrantTerms(.promo, priority: 1, scope: "stems"))
            try await desk.grant(alice, 10, GrantTerms(.paid, priority: 90, cost: Self.usd(100), payment: "p1"))
            try await desk.grant(alice, 3, GrantTerms(.promo, priority: 2))
            try await desk.done(.clawback(payment: "p1", reversed: Self.usd(40)))
            #expect(try await desk.remaining() == [4, 6, 3])
            try await desk.charge(alice, 8)
            #expect(try await desk.remaining() == [4, 1, 0])
            try await desk.done(.clawback(payment: "p1", reversed: Self.usd(100)))
            #expect(try await desk.remaining() == [0, 0, 0])
            #expect(try await desk.standing(alice) == [0, 0, 1])
            #expect(try await desk.house("~clawback") == 10)
            try await desk.check()
        }
    }

    enum Event: String, CaseIterable { case paid, paidAgain, partRefund, moreRefund, lost, won, refundAfterWon }

    /// A host as the documents tell it to be: it keeps the facts, and sends the sum of what has been reversed.
    struct Host {
        var desk: Desk
        var alice: AccountName
        var isPaid = false
        var refunded: Int64 = 0
        var isLost = false
        var isWon = false

        var reversed: Int64 { isLost && !isWon ? 1_000 : refunded }

        mutating func hear(_ event: Event, _ tx: Transaction) throws {
            switch event {
            case .paid, .paidAgain:
                isPaid = true
                let terms = GrantTerms(.paid, cost: PaymentTests.usd(1_000), payment: "p1")
                try ask(.grant(alice, Desk.credits(100), terms), "pay:p1", tx)
                try ask(.charge(alice, Desk.credits(60), scope: nil), "job:1", tx)
            case .partRefund: refunded = max(refunded, 200)
            case .moreRefund: refunded = max(refunded, 500)
            case .refundAfterWon: refunded = max(refunded, 700)
            case .lost: isLost = true
            case .won: isWon = true
            }
            guard isPaid else { return }
            let claw = LedgerAction.clawback(payment: "p1", reversed: PaymentTests.usd(reversed))
            try ask(claw, "event:\(event)", tx)
            if event != .paid, event != .paidAgain {
                let again = try desk.ledger.perform(LedgerCommand(claw, key: IdempotencyKey("event:\(event)")), in: tx)
                #expect(again.replayed)
            }
        }

        private func ask(_ action: LedgerAction, _ key: String, _ tx: Transaction) throws {
            _ = try desk.ledger.perform(LedgerCommand(action, key: IdempotencyKey(key)), in: tx)
        }
    }

    struct Undo: Error {}

    /// Every order, as a tree whose branches are undone; `leafs` bounds how many are looked at.
    private static func walk(
        _ host: Host, _ left: [Event], _ tx: Transaction, _ generator: inout SeededGenerator, width: Int,
        _ leafs: inout Int
    ) throws {
        if left.isEmpty {
            let row = try tx.first("SELECT posted, held, debt FROM ledger_account WHERE name = \("alice")")
            let standing = try row.map { [try $0.get(0, as: Int64.self), try $0.get(1), try $0.get(2)] }
            #expect(standing == [0, 0, 23])
            leafs += 1
        }
        for event in left.shuffled(using: &generator).prefix(width) {
            do {
                try tx.savepoint {
                    var next = host
                    try next.hear(event, tx)
                    try walk(next, left.filter { $0 != event }, tx, &generator, width: width, &leafs)
                    throw Undo()
                }
            } catch is Undo {}
        }
    }

    @Test(arguments: DatabaseKind.all)
    func everyOrderOfEventsEndsTheSame(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open(with: 7)
            let width = kind == .sqliteMemory ? 7 : 2
            let leafs = try await desk.database.write { tx in
                var generator = SeededGenerator(seed: 1)
                var leafs = 0
                try Self.walk(
                    Host(desk: desk, alice: alice), Event.allCases.filter { $0 != .paidAgain }, tx, &generator,
                    width: width, &leafs)
                try Self.walk(Host(desk: desk, alice: alice), Event.allCases, tx, &generator, width: 2, &leafs)
                return leafs
            }
            #expect(leafs >= (kind == .sqliteMemory ? 720 : 32))
        }
    }

    @Test(arguments: DatabaseKind.all)
    func paymentsMustBeKnownAndPaid(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open()
            try await desk.refused(.clawback(payment: "p0", reversed: Self.usd(1)), .unknownPayment)
            try await desk.grant(alice, 5, GrantTerms(.promo, payment: "gift"))
            try await desk.refused(.clawback(payment: "gift", reversed: Self.usd(1)), .badTerms)
            try await desk.grant(alice, 5, GrantTerms(.paid, cost: Self.usd(100), payment: "p1"))
            try await desk.refused(
                .clawback(payment: "p1", reversed: Money(minorUnits: 1, currency: .krw)), .unitMismatch)
            try await desk.refused(.clawback(payment: "p1", reversed: Self.usd(-1)), .badAmount)
            #expect(try await desk.standing(alice) == [10, 0, 0])
            try await desk.check()
        }
    }

    @Test(arguments: DatabaseKind.all)
    func hugePaymentsAreComputedExactly(kind: DatabaseKind) async throws {
        try await withDesk(kind) { desk in
            let alice = try await desk.open()
            let most = LedgerLimits.amountMax
            try await desk.grant(alice, most, GrantTerms(.paid, cost: Self.usd(most), payment: "p1"))
            let receipt = try await desk.done(.clawback(payment: "p1", reversed: Self.usd(most - 1)))
            #expect(receipt.amount.steps == most - 1)
            let rest = try await desk.done(.clawback(payment: "p1", reversed: Self.usd(.max)))
            #expect(rest.amount.steps == 1)
            try await desk.check()
        }
    }
}
