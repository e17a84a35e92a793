// What one buyer will do, chosen by a seed before anything happens.

import BuskerPayments
import BuskerTesting
import TestSupport

/// One sale of the simulation: who buys what where, how it is paid, and what becomes of the money.
struct SalePlan: Sendable {
    /// How money goes back.
    enum Return: Sendable {
        case own(perMille: Int64)
        case theirs(perMille: Int64, FakeRefund)
        case dispute(perMille: Int64, FakeDispute)
    }

    let number: Int
    let provider: PaymentProvider
    let package: String
    let account: Int
    /// The round in which it begins.
    let round: Int
    /// How often the button is pressed.
    let presses: Int
    /// How it is paid, one attempt after the other; nothing when the buyer walks away.
    let payments: [FakePayment]
    /// Whether the buyer comes back to the page that the checkout leads to.
    let returns: Bool
    /// What happens to the money, and how many rounds later.
    let later: [(after: Int, what: Return)]

    static let providers: [PaymentProvider] = [.stripe, .polar, .payPal, .square]
    static let packages = ["small", "odd", "large", "yen"]

    init(_ number: Int, seed: UInt64, accounts: Int, rounds: Int) {
        var random = SeededGenerator(seed: seed &* 1_000_003 &+ UInt64(number))
        func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
        self.number = number
        provider = Self.providers[pick(4)]
        package = Self.packages[pick(4)]
        account = pick(accounts)
        round = pick(rounds)
        presses = pick(5) == 0 ? 2 : 1
        returns = pick(2) == 0
        switch pick(100) {
        case 0..<62: payments = [.card]
        case 62..<70: payments = [.declined, .card]
        case 70..<78: payments = [.threeDSecure]
        case 78..<84: payments = [.delayed(success: true)]
        case 84..<88: payments = [.delayed(success: false)]
        case 88..<91 where provider == .stripe: payments = [.free]
        default: payments = []
        }
        var later: [(after: Int, what: Return)] = []
        for _ in 0..<(pick(3) == 0 ? 1 + pick(2) : 0) {
            let part: Int64 = [1_000, 1_000, 500, 333, 137][pick(5)]
            let what: Return
            switch pick(5) {
            case 0, 1: what = .own(perMille: part)
            case 2: what = .theirs(perMille: part, .never)
            case 3: what = .theirs(perMille: part, pick(2) == 0 ? .atOnce : .later)
            default: what = .dispute(perMille: part, [.won, .lost, .lost, .inquiry][pick(4)])
            }
            later.append((after: 1 + pick(12), what: what))
        }
        self.later = later
    }
}
