// The life of a purchase, every short sequence of looks, beside a naive statement of the rules.

import BuskerCore
import BuskerPayments
import TestSupport
import Testing

@Suite struct PurchaseMachineTests {
    static let price: Int64 = 500

    /// What a provider may say.
    enum Fact: String, CaseIterable {
        case open, pending, failed, expired, unknown, wrongSum, authorised, free
        case paid, partRefunded, allRefunded, disputed, lost, refundedAndDisputed, otherPaid, cameToNothing

        var state: Checkout.State {
            switch self {
            case .open: .open
            case .pending, .authorised: .pending
            case .failed, .cameToNothing: .failed
            case .expired: .expired
            case .unknown: .unknown
            case .free: .free
            default: .paid
            }
        }

        var payment: String? {
            switch self {
            case .open, .pending, .failed, .expired, .unknown, .free: nil
            case .otherPaid: "pi_2"
            default: "pi_1"
            }
        }

        /// Refunded, contested and lost.
        var sums: (refunded: Int64, contested: Int64, lost: Int64) {
            switch self {
            case .partRefunded: (200, 0, 0)
            case .allRefunded: (500, 0, 0)
            case .disputed: (0, 500, 0)
            case .lost: (0, 500, 500)
            case .refundedAndDisputed: (300, 500, 0)
            default: (0, 0, 0)
            }
        }

        var isOpenDispute: Bool { self == .disputed || self == .refundedAndDisputed }
        var isGoodMoney: Bool {
            [.paid, .partRefunded, .allRefunded, .disputed, .lost, .refundedAndDisputed, .otherPaid].contains(self)
        }
    }

    static func verified(_ payment: String) throws -> VerifiedPayment {
        let text = """
            {"object":"payment_intent","id":"\(payment)","status":"succeeded","amount":500,"amount_received":500,\
            "currency":"usd","livemode":false,"metadata":{"busker_purchase":"x"},"latest_charge":{"captured":true,\
            "paid":true,"status":"succeeded","amount_refunded":0,"refunded":false,"disputed":false}}
            """
        let fetched = FetchedObject(
            try JSONValue(parsing: Array(text.utf8)), from: .stripe, mode: .test, at: Timestamp(microseconds: 0))
        return try PaymentPolicy.verifyPayment(
            fetched,
            expecting: PaymentExpectation(
                payment: payment, price: Money(minorUnits: 500, currency: .usd), mode: .test, purpose: "x",
                notes: ["busker_purchase": "x"]))
    }

    struct Proofs {
        let first: VerifiedPayment
        let second: VerifiedPayment

        init() throws {
            first = try PurchaseMachineTests.verified("pi_1")
            second = try PurchaseMachineTests.verified("pi_2")
        }

        func look(_ fact: Fact, _ ticket: Int64) -> PurchaseLook {
            let judgement: PurchaseLook.Judgement =
                switch fact {
                case .wrongSum: .bad(.amountMismatch)
                case .authorised: .bad(.notCaptured)
                case .free: .free
                case .otherPaid: .good(second)
                default: fact.isGoodMoney ? .good(first) : .none
                }
            return PurchaseLook(
                ticket: ticket, state: fact.state, payment: fact.payment, judgement: judgement,
                refunded: fact.sums.refunded, contested: fact.sums.contested, lost: fact.sums.lost,
                isDisputed: fact.isOpenDispute)
        }
    }

    static func purchase() -> BuskerPayments.Purchase {
        let ids = IDGenerator(clock: ManualClock(), random: SeededGenerator(seed: 1))
        return BuskerPayments.Purchase(
            ids.make(), at: .stripe, .test, buyer: "b", kind: "k", item: "i",
            price: Money(minorUnits: price, currency: .usd), createdAt: Timestamp(microseconds: 0))
    }

    /// What the effects made of the world.
    struct World: Equatable {
        var grants = 0
        var freeGrants = 0
        var reversed: Int64 = 0
        var isFrozen = false
        var complaints: [String] = []

        mutating func carryOut(_ effect: PaymentEffect) {
            let isGranted = grants + freeGrants > 0
            switch effect {
            case .grant: grants += 1
            case .grantFree: freeGrants += 1
            case .reverse(_, _, let total):
                if grants == 0 { complaints.append("reversed before granted") }
                if total.minorUnits == reversed { complaints.append("reversed for nothing") }
                reversed = total.minorUnits
            case .freeze:
                if isFrozen { complaints.append("frozen twice") }
                isFrozen = true
            case .unfreeze:
                if !isFrozen { complaints.append("thawed for nothing") }
                isFrozen = false
            case .abandon: if isGranted { complaints.append("abandoned what was granted") }
            case .entitle: complaints.append("a subscription")
            }
        }
    }

    /// The rules, said plainly: only looks newer than all before count; the first good one grants; from then on the last one that
    /// says something about that payment says how much is gone and whether somebody fights for it.
    static func rules(_ looks: [(fact: Fact, ticket: Int64)]) -> (world: World, state: PurchaseState) {
        var newest: Int64 = 0
        var seen: [Fact] = []
        for look in looks where look.ticket > newest {
            newest = look.ticket
            seen.append(look.fact)
        }
        var world = World()
        guard let first = seen.firstIndex(where: { $0.isGoodMoney || $0 == .free }) else {
            return (world, waiting(seen))
        }
        guard seen[first] != .free else {
            world.freeGrants = 1
            return (world, .paid)
        }
        world.grants = 1
        let payment = seen[first].payment
        let about = seen[first...].last { $0.payment == payment && ($0.state == .paid || $0.state == .failed) }
        let last = about ?? seen[first]
        world.reversed = last == .cameToNothing ? price : min(price, last.sums.refunded + last.sums.contested)
        world.isFrozen = last.isOpenDispute
        switch last {
        case .disputed, .refundedAndDisputed: return (world, .disputed)
        case .lost: return (world, .lost)
        case .partRefunded: return (world, .partlyRefunded)
        case .allRefunded, .cameToNothing: return (world, .refunded)
        default: return (world, .paid)
        }
    }

    static func waiting(_ seen: [Fact]) -> PurchaseState {
        switch seen.last(where: { $0 != .unknown }) {
        case .open: .open
        case .pending, .authorised: .pending
        case .failed, .cameToNothing: .failed
        case .expired: .expired
        case .wrongSum: .refused
        default: .created
        }
    }

    static func problem(_ looks: [(fact: Fact, ticket: Int64)], _ proofs: Proofs) -> String? {
        var machine = PurchaseMachine(purchase())
        var world = World()
        for look in looks {
            for effect in machine.apply(proofs.look(look.fact, look.ticket)) { world.carryOut(effect) }
        }
        let (wanted, state) = rules(looks)
        let p = machine.purchase
        guard world == wanted else { return "\(looks): \(world) is not \(wanted)" }
        guard p.state == state else { return "\(looks): \(p.state) is not \(state)" }
        guard p.reversed.minorUnits == world.reversed, p.isFrozen == world.isFrozen else { return "\(looks): \(p)" }
        return nil
    }

    @Test func everyShortSequenceFollowsTheRules() throws {
        let proofs = try Proofs()
        var problems: [String] = []
        for a in Fact.allCases {
            for b in Fact.allCases {
                for c in Fact.allCases {
                    for d in [nil] + Fact.allCases.map(Optional.some) {
                        let facts = [a, b, c] + (d.map { [$0] } ?? [])
                        let looks = facts.enumerated().map { (fact: $0.element, ticket: Int64($0.offset + 1)) }
                        if let problem = Self.problem(looks, proofs) { problems.append(problem) }
                    }
                }
            }
        }
        #expect(problems.isEmpty, "\(problems.count): \(problems.prefix(3))")
    }

    @Test func looksThatCameLateChangeNothing() throws {
        let proofs = try Proofs()
        let orders: [[Int64]] = [
            [1, 1, 1], [1, 1, 2], [1, 2, 1], [1, 2, 2], [2, 1, 1], [2, 1, 2], [2, 1, 3], [3, 2, 1], [3, 1, 2],
            [2, 3, 1],
            [1, 3, 2],
        ]
        var problems: [String] = []
        for a in Fact.allCases {
            for b in Fact.allCases {
                for c in Fact.allCases {
                    for order in orders {
                        let looks = zip([a, b, c], order).map { (fact: $0, ticket: $1) }
                        if let problem = Self.problem(looks, proofs) { problems.append(problem) }
                    }
                }
            }
        }
        #expect(problems.isEmpty, "\(problems.count): \(problems.prefix(3))")
    }

    @Test func sumsOutOfRangeAreHeldAtThePrice() throws {
        let proofs = try Proofs()
        var machine = PurchaseMachine(Self.purchase())
        _ = machine.apply(
            PurchaseLook(
                ticket: 1, state: .paid, payment: "pi_1", judgement: .good(proofs.first), refunded: .max,
                contested: .max))
        #expect(machine.purchase.reversed.minorUnits == Self.price)
        _ = machine.apply(PurchaseLook(ticket: 2, state: .paid, payment: "pi_1", refunded: -5))
        #expect(machine.purchase.reversed.minorUnits == 0)
    }
}
