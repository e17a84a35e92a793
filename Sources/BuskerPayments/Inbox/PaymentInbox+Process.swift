// From a receipt to the purchase it is about.

public import BuskerCore
import BuskerDatabase

/// What processing a receipt came to.
public enum ProcessOutcome: Sendable {
    /// The purchase was looked at and stands like this.
    case settled(Purchase)
    /// A subscription was looked at.
    case subscription(SubscriptionStanding)
    /// It is about nothing that was bought here.
    case ignored
    /// It was processed before.
    case alreadyDone
}

extension PaymentInbox {
    /// Looks into what an event hints at, and carries out what the truth makes necessary; a receipt that was done is left alone.
    ///
    /// - Throws: ``PaymentError``: the provider is out, or something else failed; the receipt is tried again by the sweep.
    @discardableResult
    public func process(_ receipt: ReceiptID) async throws(PaymentError) -> ProcessOutcome {
        let stored = try await stored(receipt)
        guard stored.receipt.state == .received else { return .alreadyDone }
        return try await process(stored)
    }

    /// Looks again into what an event hints at, whatever became of its receipt.
    ///
    /// - Throws: ``PaymentError``, with `unknownReceipt` among others.
    @discardableResult
    public func replay(_ receipt: ReceiptID) async throws(PaymentError) -> ProcessOutcome {
        try await process(try await stored(receipt))
    }

    struct StoredReceipt: Sendable {
        let receipt: WebhookReceipt
        let body: [UInt8]
    }

    private func stored(_ id: ReceiptID) async throws(PaymentError) -> StoredReceipt {
        try await reading { tx in
            guard let receipt = try ReceiptStore.find("id = \(id)", in: tx),
                let body = try ReceiptStore.body(id, in: tx)
            else { throw PaymentError.noReceipt }
            return StoredReceipt(receipt: receipt, body: body)
        }
    }

    private func process(_ stored: StoredReceipt) async throws(PaymentError) -> ProcessOutcome {
        do throws(PaymentError) {
            return try await outcome(of: stored)
        } catch {
            await noteFailure(of: stored.receipt, error)
            throw error
        }
    }

    private func outcome(of stored: StoredReceipt) async throws(PaymentError) -> ProcessOutcome {
        let receipt = stored.receipt
        let gateway = try gateway(receipt.provider, receipt.mode)
        let hint = EventHint(
            provider: receipt.provider, id: receipt.event, type: receipt.type, subject: receipt.subject,
            mode: receipt.mode, body: receipt.hasFullBody ? try? JSONValue(parsing: stored.body) : nil)
        let place = try await gate.pass { () async throws(PaymentError) in try await gateway.place(of: hint) }
        guard let place else { return try await ignore(receipt, "no_place") }
        if let purchase = try await purchase(at: place, gateway) {
            let settlement = try await settle(purchase, Passenger(receipt: receipt.id, place: place))
            return .settled(settlement.purchase)
        }
        if let subscription = place.subscription {
            return .subscription(try await entitle(subscription, by: receipt, gateway))
        }
        return try await ignore(receipt, "no_purchase")
    }

    private func ignore(_ receipt: WebhookReceipt, _ reason: String) async throws(PaymentError) -> ProcessOutcome {
        let now = clock.now
        try await writing { tx in
            try ReceiptStore.close([receipt.id], .ignored, nil, problem: reason, at: now, in: tx)
        }
        return .ignored
    }

    /// The purchase that a place means: by the host's own id, else by the provider's ids, else by what those carry.
    private func purchase(at place: PaymentPlace, _ gateway: any PaymentGateway) async throws(PaymentError)
        -> PurchaseID?
    {
        if let found = try await known(place, gateway) { return found }
        guard place.purchase == nil else { return nil }
        var notes: [String: String] = [:]
        if let payment = place.payment {
            notes = try await gate.pass { () async throws(PaymentError) in try await gateway.standing(of: payment).notes
            }
        } else if let checkout = place.checkout {
            notes = try await gate.pass { () async throws(PaymentError) in try await gateway.checkout(checkout).notes }
        }
        guard let name = PurchaseNote.find(in: notes) else { return nil }
        return try await known(PaymentPlace(purchase: name), gateway)
    }

    private func known(_ place: PaymentPlace, _ gateway: any PaymentGateway) async throws(PaymentError) -> PurchaseID? {
        let id = place.purchase.flatMap { try? PurchaseID(parsing: $0) }
        let provider = gateway.provider.name
        let mode = gateway.mode.rawValue
        var conditions: [SQL] = []
        if let id { conditions.append("id = \(id)") }
        if let payment = place.payment { conditions.append("payment = \(payment)") }
        if let checkout = place.checkout { conditions.append("checkout = \(checkout)") }
        let all = conditions
        guard !all.isEmpty else { return nil }
        return try await reading { tx in
            for condition in all {
                let whole: SQL = "\(condition) AND provider = \(provider) AND mode = \(mode)"
                if let row = try PurchaseStore.find(whole, in: tx) { return row.purchase.id }
            }
            return nil
        }
    }

    /// Notes a failed attempt; a receipt that cannot succeed is parked, so that it never blocks others.
    private func noteFailure(of receipt: WebhookReceipt, _ error: PaymentError) async {
        let attempts = error.isOutage ? receipt.attempts : receipt.attempts + 1
        let isPoison = attempts >= limits.attemptsMax
        let retry = CheckSchedule(limits: limits).retry(
            after: attempts, since: receipt.receivedAt, hint: error.retryAfter, at: clock.now)
        do {
            try await writing { tx in
                try ReceiptStore.failed(
                    receipt.id, attempts: attempts, problem: "\(error.code)", due: isPoison ? nil : retry, in: tx)
            }
        } catch {
            notice(.failed(nil, receipt.id, PaymentError(any: error)))
        }
        notice(isPoison ? .parked(receipt.id, error) : .failed(nil, receipt.id, error))
    }
}

/// The note by which a payment names its purchase, wherever its provider keeps it.
enum PurchaseNote {
    /// The name under which the judge sees it.
    static func name(at provider: PaymentProvider) -> String {
        switch provider {
        case .payPal: "custom_id"
        case .square: "reference_id"
        default: CheckoutOrder.purchaseNote
        }
    }

    static func find(in notes: [String: String]) -> String? {
        notes[CheckoutOrder.purchaseNote] ?? notes["custom_id"] ?? notes["reference_id"]
    }
}
