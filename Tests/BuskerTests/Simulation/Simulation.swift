// Thousands of purchases, and everything that can go wrong with them.

import Busker
import BuskerCore
import BuskerDatabase
import BuskerLedger
import BuskerPayments
import BuskerTesting
import Synchronization
import TestSupport

/// A run of the simulation: what happens follows from the seed, in which order lanes come to it does not.
final class Simulation: Sendable {
    /// What a buyer came to.
    struct Sale: Sendable {
        let plan: SalePlan
        var purchase: PurchaseID?
        var payment: String?
    }

    static let roundTime = Duration.seconds(6 * 3_600)

    let street: Street
    let seed: UInt64
    let lanes: Int
    let rounds: Int
    let accounts: [AccountName]
    private let sales: Mutex<[Sale]>
    private let spent = Mutex<[AccountName: Int64]>([:])
    private let census = Mutex<[String: Int]>([:])

    init(_ street: Street, purchases: Int, seed: UInt64, lanes: Int) throws {
        let count = max(3, purchases / 8)
        let rounds = max(4, min(40, purchases / 10))
        self.street = street
        self.seed = seed
        self.lanes = lanes
        self.rounds = rounds
        accounts = try (0..<count).map { try AccountName("user:\($0)") }
        sales = Mutex(
            (0..<purchases).map { Sale(plan: SalePlan($0, seed: seed, accounts: count, rounds: rounds)) })
    }

    /// Lets everything happen, and then lets the dust settle for longer than any dispute lasts.
    func run() async throws {
        for round in 0..<(rounds + 13) {
            let begun = sales.withLock { $0.filter { $0.plan.round == round } }
            try await each(begun) { try await self.buy($0) }
            let due = sales.withLock { sales in
                sales.flatMap { sale in
                    sale.plan.later.enumerated().filter { sale.plan.round + $0.element.after == round }
                        .map { (sale: sale, number: $0.offset, what: $0.element.what) }
                }
            }
            try await each(due) { try await self.giveBack($0.sale, $0.number, $0.what) }
            street.pass(Self.roundTime)
            try await deliver()
            if round % 4 == 3 { try await sweep(times: 2) }
        }
        for fake in street.fakes { fake.turn(.calm) }
        for days in [4, 32, 40, 60, 60] {
            street.pass(.seconds(days * 86_400))
            try await deliver()
            try await sweep(times: 1_000)
        }
    }

    /// How often something happened.
    var counts: [String: Int] { census.withLock { $0 } }
    var all: [Sale] { sales.withLock { $0 } }
    func spending(of account: AccountName) -> Int64 { spent.withLock { $0[account] ?? 0 } }

    private func count(_ what: String) { census.withLock { $0[what, default: 0] += 1 } }

    private func each<T: Sendable>(_ items: [T], _ body: @escaping @Sendable (T) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (at, item) in items.enumerated() {
                if at >= lanes { _ = try await group.next() }
                group.addTask { try await body(item) }
            }
            try await group.waitForAll()
        }
    }

    /// Repeats what may fail for a while, as hosts do; nothing when it never came about.
    private func persist<T>(_ what: String, _ body: () async throws -> T) async throws -> T? {
        for _ in 0..<6 {
            do {
                return try await body()
            } catch let error as PaymentError {
                count("\(what) \(error.code)")
                guard [.unavailable, .rateLimited, .badAnswer, .inProgress].contains(error.code) else { return nil }
            }
        }
        return nil
    }

    private func buy(_ sale: Sale) async throws {
        let plan = sale.plan
        let order = CreditOrder(
            plan.package, for: accounts[plan.account], at: plan.provider, key: "sale:\(plan.number)",
            successURL: "https://host.example/thanks", product: plan.provider == .polar ? Street.product : nil)
        var bought: Purchase?
        for press in 0..<plan.presses {
            let host = street.hosts[(plan.number + press) % 2]
            if let purchase = try await persist("buy", { try await host.buy(order) }) { bought = purchase }
        }
        guard let bought, let checkout = bought.checkout else { return count("never opened") }
        let fake = try street.fake(plan.provider)
        var payment: String?
        for how in plan.payments {
            payment = await fake.pay(checkout: checkout, how) ?? payment
            count("\(how)")
        }
        let (id, paid) = (bought.id, payment)
        sales.withLock { sales in
            sales[plan.number].purchase = id
            sales[plan.number].payment = paid
        }
        if plan.returns {
            let buyer = accounts[plan.account].text
            _ = try await persist("landing") {
                try await self.street.hosts[plan.number / 2 % 2].inbox.settle(id, of: buyer)
            }
        }
        try await spend(accounts[plan.account], plan.number)
    }

    /// Now and then some credit is spent before its money goes back.
    private func spend(_ account: AccountName, _ number: Int) async throws {
        guard number % 3 == 0 else { return }
        let amount = Int64(1 + number % 50)
        do throws(LedgerError) {
            try await street.shop.ledger.charge(
                Amount(steps: amount, unit: street.unit), to: account, key: IdempotencyKey("spend:\(number)"))
            spent.withLock { $0[account, default: 0] += amount }
            count("spent")
        } catch {
            count("spend \(error.code)")
        }
    }

    private func giveBack(_ sale: Sale, _ number: Int, _ what: SalePlan.Return) async throws {
        guard let id = sale.purchase, let purchase = try await street.shop.inbox.purchase(id) else { return }
        func part(_ perMille: Int64) -> Int64 { max(1, purchase.price.minorUnits * perMille / 1_000) }
        let fake = try street.fake(sale.plan.provider)
        switch what {
        case .own(let perMille):
            let amount = Money(minorUnits: part(perMille), currency: purchase.price.currency)
            let done = try await persist("refund") {
                try await self.street.hosts[number % 2].inbox.refund(id, amount: amount, key: "back:\(number)")
            }
            if done != nil { count("own refund") }
        case .theirs(let perMille, let fails):
            guard let payment = purchase.payment ?? sale.payment else { return }
            if fake.refund(payment: payment, amount: part(perMille), fails: fails) != nil { count("their refund") }
        case .dispute(let perMille, let ends):
            guard let payment = purchase.payment ?? sale.payment else { return }
            if fake.dispute(payment: payment, amount: part(perMille), ends: ends) != nil { count("dispute \(ends)") }
        }
    }

    /// Brings what the providers send; some hosts end right after they answered.
    private func deliver() async throws {
        for fake in street.fakes {
            try await each(fake.deliveries()) { delivery in
                let host = delivery.attempt % 2
                let answer = try await self.street.take(delivery, of: fake, host: host)
                self.count("answer \(answer.status)")
                guard let receipt = answer.receipt, !delivery.id.hashes(to: 0, of: 10, self.seed) else { return }
                do {
                    try await self.street.hosts[host].inbox.process(receipt)
                } catch let error as PaymentError { self.count("process \(error.code)") }
            }
        }
    }

    /// Both hosts sweep; in one lane one after the other, so that a run replays.
    private func sweep(times: Int) async throws {
        for _ in 0..<times {
            let more = Mutex(false)
            try await each(street.hosts) { host in
                let sweep = try await host.inbox.sweep(limit: 200)
                if sweep.isMore { more.withLock { $0 = true } }
                self.census.withLock { $0["swept", default: 0] += sweep.purchases + sweep.receipts }
                if sweep.failed > 0 { self.census.withLock { $0["sweep failed", default: 0] += sweep.failed } }
            }
            guard more.withLock({ $0 }) else { return }
        }
    }
}

extension String {
    /// Whether this text falls into one of so many parts, by FNV-1a with a seed.
    fileprivate func hashes(to part: UInt64, of parts: UInt64, _ seed: UInt64) -> Bool {
        let sum = utf8.reduce(seed ^ 0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return (sum >> 20) % parts == part
    }
}
