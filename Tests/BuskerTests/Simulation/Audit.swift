// Compares what the shop gave with what the providers have.

import Busker
import BuskerCore
import BuskerDatabase
import BuskerLedger
import BuskerPayments
import BuskerTesting
import TestSupport

/// The books of the providers beside the ledger of the shop.
struct Audit {
    let simulation: Simulation
    private(set) var problems: [String] = []
    /// What everything came to, the same for every run of a seed in one lane.
    private(set) var fingerprint = ""
    private(set) var paid = 0

    init(_ simulation: Simulation) async throws {
        self.simulation = simulation
        var wanted = try await wantedFromMoney()
        for (account, free) in try await wantedForNothing() { wanted[account, default: 0] += free }
        try await compare(wanted)
        try await askForLeftovers()
        if try await !shop.ledger.verify().ok { problems.append("the ledger does not verify") }
    }

    private var shop: CreditShop { simulation.street.shop }

    /// Per account: of every payment with its purchase, what the part of the money that is still there bought.
    private mutating func wantedFromMoney() async throws -> [AccountName: Int64] {
        var wanted: [AccountName: Int64] = [:]
        for fake in simulation.street.fakes {
            for book in fake.books() {
                guard let id = Self.purchase(of: book), let purchase = try await shop.inbox.purchase(id) else {
                    problems.append("\(book.payment) belongs to no purchase")
                    continue
                }
                paid += 1
                let package = try await shop.package(of: purchase)
                let whole = package.credits.steps + package.bonus.steps
                let gone = min(book.paid.minorUnits, book.refunded.minorUnits + book.contested.minorUnits)
                let credit = whole - whole * gone / book.paid.minorUnits
                wanted[try AccountName(purchase.buyer), default: 0] += credit
                fingerprint += "\(book.payment) \(book.paid) \(gone) \(credit)\n"
                let grants = try await grants(of: "\(fake.provider):\(book.payment)")
                let parts = package.bonus.steps > 0 ? 2 : 1
                if purchase.payment != book.payment || grants != parts {
                    problems.append("\(book.payment) of \(id) \(purchase.state): \(grants) grants, not \(parts)")
                }
                if purchase.reversed.minorUnits != gone || purchase.isFrozen != book.isDisputed {
                    problems.append("\(book): \(purchase.state) \(purchase.reversed), frozen: \(purchase.isFrozen)")
                }
            }
        }
        return wanted
    }

    static func purchase(of book: FakeBook) -> PurchaseID? {
        let note = book.notes[CheckoutOrder.purchaseNote] ?? book.notes["custom_id"] ?? book.notes["reference_id"]
        return note.flatMap { try? PurchaseID(parsing: $0) }
    }

    /// How many grants carry a payment, those that give again what was taken back left out.
    private func grants(of payment: String) async throws -> Int {
        try await shop.ledger.find(payment: payment, page: PageRequest(limit: 200)).items.filter { $0.kind == .grant }
            .count
    }

    private func wantedForNothing() async throws -> [AccountName: Int64] {
        var wanted: [AccountName: Int64] = [:]
        for sale in simulation.all where sale.plan.payments == [.free] {
            guard let id = sale.purchase, let purchase = try await shop.inbox.purchase(id), purchase.gift == .free
            else { continue }
            let package = try await shop.package(of: purchase)
            wanted[try AccountName(purchase.buyer), default: 0] += package.credits.steps + package.bonus.steps
        }
        return wanted
    }

    private mutating func compare(_ wanted: [AccountName: Int64]) async throws {
        for account in simulation.accounts {
            var found: Int64 = 0
            do throws(LedgerError) {
                let balance = try await shop.ledger.balance(of: account)
                found = balance.posted.steps - balance.debt.steps
            } catch {
                guard error.code == .unknownAccount else { throw error }
            }
            let spent = simulation.spending(of: account)
            if found + spent != wanted[account, default: 0] {
                problems.append(
                    "\(account) has \(found) and spent \(spent), but paid for \(wanted[account, default: 0])")
            }
            fingerprint += "\(account) \(found) \(spent)\n"
        }
    }

    private mutating func askForLeftovers() async throws {
        for stray in try await shop.inbox.strays() { problems.append("stray: \(stray)") }
        for state in [WebhookReceipt.State.received, .parked] {
            for receipt in try await shop.inbox.receipts(state).items {
                problems.append("\(receipt.event) \(receipt.type) is \(state): \(receipt.problem ?? "")")
            }
        }
    }
}
