// What an administrator sees: receipts and strays.

public import BuskerCore
import BuskerDatabase

extension PaymentInbox {
    /// A receipt.
    public func receipt(_ id: ReceiptID) async throws(PaymentError) -> WebhookReceipt? {
        try await reading { tx in try ReceiptStore.find("id = \(id)", in: tx) }
    }

    /// The raw body of a receipt, for audit.
    public func body(of id: ReceiptID) async throws(PaymentError) -> [UInt8]? {
        try await reading { tx in try ReceiptStore.body(id, in: tx) }
    }

    /// Receipts, the newest first; all, or those in one state.
    ///
    /// - Throws: ``PaymentError`` with `badCursor`.
    public func receipts(
        _ state: WebhookReceipt.State? = nil, page: PageRequest = PageRequest()
    ) async throws(PaymentError) -> Page<WebhookReceipt> {
        let list = "payments.receipts"
        let limit = min(page.limit, limits.pageRowsMax)
        let after = try InboxCursor.place(page.after, in: list, as: ReceiptID.self)
        let place: SQL = after.map { "AND id < \($0)" } ?? ""
        let kind: SQL = state.map { "state = \($0.rawValue)" } ?? "1 = 1"
        let rows = try await reading { tx in
            try ReceiptStore.list("\(kind) \(place) ORDER BY id DESC LIMIT \(limit + 1)", in: tx)
        }
        return try InboxCursor.page(rows, limit, list) { $0.id }
    }

    /// Payments that buy nothing and wait for a person, the oldest first.
    ///
    /// - Throws: ``PaymentError`` with `databaseFailed`.
    public func strays(limit: Int = 100) async throws(PaymentError) -> [StrayPayment] {
        let limit = max(1, min(limit, limits.pageRowsMax))
        return try await reading { tx in
            try StrayStore.list("closed_us IS NULL ORDER BY created_us, payment LIMIT \(limit)", in: tx)
        }
    }

    /// Gives a stray back, all of it, and puts it aside.
    ///
    /// - Throws: ``PaymentError`` with `badAmount` when its sum is not known, then give it back at the provider and dismiss it; or what
    ///   the provider says, then repeat the call.
    public func refund(_ stray: StrayPayment) async throws(PaymentError) -> Refund {
        guard let amount = stray.amount else {
            throw PaymentError(.badAmount, "The sum is not known; refund it at the provider and dismiss the stray.")
        }
        let gateway = try gateway(stray.provider, stray.mode)
        let key = "stray:\(stray.payment.prefix(100))"
        let refund = try await gateway.refund(RefundOrder(key: key, payment: stray.payment, amount: amount))
        try await close(stray, refund: refund.id)
        return refund
    }

    /// Puts a stray aside that a person has dealt with.
    ///
    /// - Throws: ``PaymentError`` with `databaseFailed`.
    public func dismiss(_ stray: StrayPayment) async throws(PaymentError) { try await close(stray, refund: nil) }

    private func close(_ stray: StrayPayment, refund: String?) async throws(PaymentError) {
        let now = clock.now
        try await writing { tx in try StrayStore.close(stray, refund: refund, at: now, in: tx) }
    }
}
