// A provider in memory whose answers a test sets.

package import BuskerCore
package import BuskerPayments
import Synchronization

/// A provider that answers like Stripe, as its books say; a test changes the books, and lets calls fail or wait.
package final class ScriptedGateway: PaymentGateway {
    /// What the books say about a payment.
    package struct Payment: Sendable {
        package var id: String
        package var notes: [String: String]
        package var amount: Int64
        package var currency: Currency
        package var state = Checkout.State.paid
        package var refunded: Int64 = 0
        package var contested: Int64 = 0
        package var lost: Int64 = 0
        package var isDisputed = false
        package var isWhole = true

        package init(_ id: String, notes: [String: String], amount: Int64, currency: Currency = .usd) {
            self.id = id
            self.notes = notes
            self.amount = amount
            self.currency = currency
        }
    }

    /// What the books say about a checkout.
    package struct Page: Sendable {
        package let id: String
        package let order: CheckoutOrder
        package var state = Checkout.State.open
        package var payment: String?
    }

    private struct Books {
        var pages: [String: Page] = [:]
        var byKey: [String: String] = [:]
        var payments: [String: Payment] = [:]
        var refunds: [String: Refund] = [:]
        var subscriptions: [String: SubscriptionStanding] = [:]
        var failures: [PaymentError] = []
        var calls: [String: Int] = [:]
        var count = 0
    }

    package let provider = PaymentProvider.stripe
    package let mode: PaymentMode
    private let books = Mutex(Books())
    private let before: Mutex<(@Sendable (String) async -> Void)?> = Mutex(nil)
    private let prefix: String

    /// Makes empty books.
    package init(mode: PaymentMode = .test, prefix: String = "") {
        self.mode = mode
        self.prefix = prefix
    }

    /// Lets the next calls fail, one after the other.
    package func fail(_ errors: PaymentError...) { books.withLock { $0.failures += errors } }

    /// Forgets failures that were not met.
    package func recover() { books.withLock { $0.failures = [] } }

    /// Runs before every answer is given, after it was made up: whoever waits here answers what is old by then.
    package func pause(_ body: (@Sendable (String) async -> Void)?) { before.withLock { $0 = body } }

    /// How often something was asked.
    package func calls(_ name: String) -> Int { books.withLock { $0.calls[name] ?? 0 } }

    /// The checkouts, by their ids.
    package var pages: [String: Page] { books.withLock { $0.pages } }

    /// Pays a checkout, and answers the payment's id.
    @discardableResult
    package func pay(_ checkout: String, state: Checkout.State = .paid, amount: Int64? = nil) -> String {
        books.withLock { books in
            guard let page = books.pages[checkout] else { return "" }
            books.count += 1
            let id = page.payment ?? "pi_\(prefix)\(books.count)"
            var payment = Payment(
                id, notes: page.order.notes, amount: amount ?? page.order.price.minorUnits,
                currency: page.order.price.currency)
            payment.state = state
            books.payments[id] = payment
            books.pages[checkout]?.payment = id
            books.pages[checkout]?.state = state
            return id
        }
    }

    /// Adds a payment that belongs to no checkout.
    package func add(_ payment: Payment) { books.withLock { $0.payments[payment.id] = payment } }

    /// Changes what the books say about a payment.
    package func change(_ payment: String, _ body: (inout Payment) -> Void) {
        books.withLock { books in
            guard var one = books.payments[payment] else { return }
            body(&one)
            books.payments[payment] = one
        }
    }

    /// Changes what the books say about a checkout.
    package func change(checkout: String, _ body: (inout Page) -> Void) {
        books.withLock { books in
            guard var one = books.pages[checkout] else { return }
            body(&one)
            books.pages[checkout] = one
        }
    }

    /// Forgets a checkout, as providers do with old ones.
    package func forget(checkout: String) { books.withLock { $0.pages[checkout] = nil } }

    /// Sets how a subscription stands.
    package func set(subscription id: String, status: String, isActive: Bool, notes: [String: String]) {
        let object = fetched("{}")
        books.withLock {
            $0.subscriptions[id] = SubscriptionStanding(
                id: id, status: status, isActive: isActive, periodEnd: nil, notes: notes, object: object)
        }
    }

    private func answering<T: Sendable>(
        _ name: String, _ body: @Sendable (inout Books) throws(PaymentError) -> T
    ) async throws(PaymentError) -> T {
        let made = books.withLock { books -> Result<T, PaymentError> in
            books.calls[name, default: 0] += 1
            if !books.failures.isEmpty { return .failure(books.failures.removeFirst()) }
            do throws(PaymentError) { return .success(try body(&books)) } catch { return .failure(error) }
        }
        if let before = before.withLock({ $0 }) { await before(name) }
        return try made.get()
    }

    package func open(_ order: CheckoutOrder) async throws(PaymentError) -> Checkout {
        try await answering("open") { books throws(PaymentError) in
            if let known = books.byKey[order.key], let page = books.pages[known] { return self.checkout(page) }
            books.count += 1
            let page = Page(id: "cs_\(self.prefix)\(books.count)", order: order)
            books.pages[page.id] = page
            books.byKey[order.key] = page.id
            return self.checkout(page)
        }
    }

    package func checkout(_ id: String) async throws(PaymentError) -> Checkout {
        try await answering("checkout") { books throws(PaymentError) in
            guard let page = books.pages[id] else { throw PaymentError(.notFound, "no checkout") }
            return self.checkout(page)
        }
    }

    package func expire(_ checkout: String) async throws(PaymentError) -> Checkout {
        try await answering("expire") { books throws(PaymentError) in
            guard var page = books.pages[checkout] else { throw PaymentError(.notFound, "no checkout") }
            if page.state == .open { page.state = .expired }
            books.pages[checkout] = page
            return self.checkout(page)
        }
    }

    package func standing(of payment: String) async throws(PaymentError) -> PaymentStanding {
        try await answering("standing") { books throws(PaymentError) in
            guard let one = books.payments[payment] else { throw PaymentError(.notFound, "no payment") }
            return self.standing(one)
        }
    }

    package func refund(_ order: RefundOrder) async throws(PaymentError) -> Refund {
        try await answering("refund") { books throws(PaymentError) in
            if let known = books.refunds[order.key] { return known }
            guard var one = books.payments[order.payment], !one.isDisputed,
                one.refunded + order.amount.minorUnits <= one.amount
            else { throw PaymentError(.notRefundable, "not refundable") }
            one.refunded += order.amount.minorUnits
            books.payments[order.payment] = one
            books.count += 1
            let refund = Refund(
                id: "re_\(books.count)", status: "succeeded", amount: order.amount, object: self.fetched("{}"))
            books.refunds[order.key] = refund
            return refund
        }
    }

    package func place(of hint: EventHint) async throws(PaymentError) -> PaymentPlace? {
        try await answering("place") { books throws(PaymentError) in
            guard let id = hint.subject?.id else { return nil }
            if id.hasPrefix("cs_") { return PaymentPlace(checkout: id) }
            if id.hasPrefix("sub_") { return PaymentPlace(subscription: id) }
            guard id.hasPrefix("pi_") else { return nil }
            let note = books.payments[id]?.notes[CheckoutOrder.purchaseNote]
            return PaymentPlace(payment: id, purchase: note)
        }
    }

    package func subscription(_ id: String) async throws(PaymentError) -> SubscriptionStanding {
        try await answering("subscription") { books throws(PaymentError) in
            guard let one = books.subscriptions[id] else { throw PaymentError(.notFound, "no subscription") }
            return one
        }
    }

    private func fetched(_ text: String) -> FetchedObject {
        let json = (try? JSONValue(parsing: Array(text.utf8))) ?? .null
        return FetchedObject(json, from: provider, mode: mode, at: Timestamp(microseconds: 1_800_000_000_000_000))
    }

    private func checkout(_ page: Page) -> Checkout {
        Checkout(
            id: page.id, state: page.state, url: page.state == .open ? "https://pay.example/\(page.id)" : nil,
            payment: page.payment, notes: page.order.notes, expiresAt: nil, object: fetched("{}"))
    }

    private func standing(_ p: Payment) -> PaymentStanding {
        func money(_ minor: Int64) -> Money { Money(minorUnits: minor, currency: p.currency) }
        let notes = p.notes.map { "\"\($0.key)\":\"\($0.value)\"" }.joined(separator: ",")
        let isPaid = p.state == .paid
        let charge = """
            {"payment_intent":"\(p.id)","captured":true,"paid":true,"status":"succeeded","amount_refunded":\(p.refunded),\
            "refunded":\(p.refunded == p.amount),"disputed":\(p.isDisputed || p.contested > 0)}
            """
        let text = """
            {"object":"payment_intent","id":"\(p.id)","status":"\(isPaid ? "succeeded" : "processing")",\
            "amount":\(p.amount),\(p.isWhole ? "\"amount_received\":\(isPaid ? p.amount : 0)," : "")\
            "currency":"\(p.currency.code.lowercased())","livemode":\(mode == .live),"metadata":{\(notes)},\
            "latest_charge":\(charge)}
            """
        return PaymentStanding(
            object: fetched(text), payment: p.id, notes: p.notes, state: p.state, refunded: money(p.refunded),
            contested: money(p.contested), lost: money(p.lost), isDisputed: p.isDisputed)
    }
}
