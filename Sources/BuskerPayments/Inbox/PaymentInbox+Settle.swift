// One look at a purchase, and everything that follows from it in one transaction.

public import BuskerCore
import BuskerDatabase

/// Who takes part in a look: a receipt that it answers, and what that receipt's event named.
struct Passenger: Sendable {
    var receipt: ReceiptID?
    var place: PaymentPlace?
}

/// What a look came to.
struct Settlement: Sendable {
    let purchase: Purchase
    let changed: Bool
    var strays: [StrayPayment] = []
}

extension PaymentInbox {
    /// Looks at a purchase and carries out what the truth makes necessary; webhook, landing page and sweep all end here.
    ///
    /// Callers who come while a look runs share the next one. Nothing is granted while the provider is out.
    ///
    /// - Returns: the purchase as it stands now.
    /// - Throws: ``PaymentError`` with `unknownPurchase`; with `unavailable` and the like when the provider did not answer, then try
    ///   again after its `retryAfter`; with `effectFailed` when an effect could not be carried out, then nothing was changed.
    @discardableResult
    public func settle(_ purchase: PurchaseID) async throws(PaymentError) -> Purchase {
        try await settle(purchase, Passenger()).purchase
    }

    /// Looks at a purchase of this buyer, as the page does to which a buyer returns after paying; that page grants nothing itself.
    ///
    /// What was given already is answered as it stands, so that a page that is opened again and again asks no provider.
    ///
    /// - Throws: ``PaymentError`` with `unknownPurchase`, also for purchases of others.
    @discardableResult
    public func settle(_ purchase: PurchaseID, of buyer: String) async throws(PaymentError) -> Purchase {
        guard let known = try await self.purchase(purchase, of: buyer) else { throw .noPurchase }
        return known.gift == .none ? try await settle(purchase) : known
    }

    func settle(_ purchase: PurchaseID, _ passenger: Passenger) async throws(PaymentError) -> Settlement {
        try await flights.board(purchase, passenger) { passengers in
            do throws(PaymentError) {
                return .success(
                    try await self.gate.pass { () async throws(PaymentError) in
                        try await self.look(at: purchase, passengers)
                    })
            } catch {
                await self.noteFailure(of: purchase, error)
                return .failure(error)
            }
        }.get()
    }

    private func look(at id: PurchaseID, _ passengers: [Passenger]) async throws(PaymentError) -> Settlement {
        let row = try await writing { tx in try PurchaseStore.takeTicket(id, in: tx) }
        try pass(.ticketTaken)
        let gateway = try gateway(row.purchase.provider, row.purchase.mode)
        let day = row.purchase.createdAt.advanced(by: .seconds(limits.forgottenSeconds))
        let looker = Looker(
            gateway: gateway, purchase: row.purchase, ticket: row.ticket, isForgotten: day < clock.now)
        let seen = try await looker.look(passengers.compactMap(\.place))
        try pass(.looked)
        let receipts = passengers.compactMap(\.receipt)
        let settlement = try await writing { tx in try self.apply(seen, to: id, receipts, in: tx) }
        try pass(.settled)
        notice(.settled(settlement.purchase, changed: settlement.changed))
        for stray in settlement.strays { notice(.stray(stray)) }
        return settlement
    }

    /// The second transaction: effects, purchase and receipts change together or not at all.
    private func apply(_ seen: Looker.Seen, to id: PurchaseID, _ receipts: [ReceiptID], in tx: Transaction) throws
        -> Settlement
    {
        let before = try PurchaseStore.lock(id, in: tx).purchase
        var look = seen.look
        var strays = seen.strays
        if case .good(let payment) = look.judgement, before.gift == .none,
            try isConsumed(payment, beside: before, in: tx)
        {
            look.judgement = .bad(.alreadyConsumed)
        }
        var machine = PurchaseMachine(before)
        let effects = machine.apply(look)
        if case .bad(let verdict) = look.judgement, machine.purchase.state == .refused, before.state != .refused {
            strays.append(stray(look.payment, of: before, "\(verdict)", amount: seen.received))
        }
        for effect in effects {
            guard let reason = try carryOut(effect, in: tx) else { continue }
            strays.append(stray(machine.purchase.payment ?? look.payment, of: before, reason, amount: before.price))
            guard before.gift == .none, machine.purchase.gift != .none else { continue }
            machine = PurchaseMachine(before)
            machine.refuse(at: look.ticket)
            break
        }
        let now = clock.now
        let after = machine.purchase
        let due = CheckSchedule(limits: limits).next(after, at: now)
        try PurchaseStore.save(after, due: due, in: tx)
        try ReceiptStore.close(receipts, .done, id, at: now, in: tx)
        let new = try strays.filter { try StrayStore.insert($0, in: tx) }
        try pass(.beforeCommit)
        var unchanged = before
        unchanged.look = after.look
        return Settlement(purchase: after, changed: unchanged != after, strays: new)
    }

    private func isConsumed(_ payment: VerifiedPayment, beside purchase: Purchase, in tx: Transaction) throws -> Bool {
        let other = try PurchaseStore.find(
            """
            provider = \(purchase.provider.name) AND mode = \(purchase.mode.rawValue) AND payment = \(payment.id)
            AND id <> \(purchase.id)
            """, in: tx)
        return other != nil
    }

    private func stray(_ payment: String?, of purchase: Purchase, _ reason: String, amount: Money?) -> StrayPayment {
        StrayPayment(
            provider: purchase.provider, mode: purchase.mode, payment: payment ?? "\(purchase.id)",
            purchase: purchase.id, reason: reason, amount: amount, createdAt: clock.now, closedAt: nil)
    }

    /// Carries out an effect; answers why it was refused, after which nothing of it remains.
    func carryOut(_ effect: PaymentEffect, in tx: Transaction) throws -> String? {
        guard let kind = effect.kind, let handler = handlers[kind] else { return "unknown_kind" }
        do {
            try tx.savepoint { try handler.apply(effect, in: tx) }
            return nil
        } catch let error as PaymentError where error == PaymentError.refusal {
            return error.reason ?? "\(error.code)"
        }
    }

    private func noteFailure(of id: PurchaseID, _ error: PaymentError) async {
        notice(.failed(id, nil, error))
        guard error != .noPurchase else { return }
        let now = clock.now
        let schedule = CheckSchedule(limits: limits)
        do {
            try await writing { tx in
                let row = try PurchaseStore.lock(id, in: tx)
                guard schedule.next(row.purchase, at: now) != nil else { return }
                let retry = schedule.retry(after: row.attempts + 1, since: now, hint: error.retryAfter, at: now)
                try PurchaseStore.failed(
                    id, attempts: row.attempts + 1, problem: "\(error.code)", due: retry, in: tx)
            }
        } catch {
            notice(.failed(id, nil, PaymentError(any: error)))
        }
    }
}

extension PaymentEffect {
    /// The kind of purchase whose handler carries it out.
    var kind: String? {
        switch self {
        case .grant(let purchase, _), .grantFree(let purchase), .reverse(let purchase, _, _), .freeze(let purchase, _),
            .unfreeze(let purchase, _), .abandon(let purchase):
            purchase.kind
        case .entitle: "subscription"
        }
    }
}

extension PaymentError {
    static let refusal = PaymentError(.refused, "It cannot be given or taken back; a person must look.")
}
