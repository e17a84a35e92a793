// Charges, holds and captures whose amount a rate card decides.

public import BuskerCore
public import BuskerDatabase

extension Ledger {
    /// What usages would cost an account now; nothing is written.
    ///
    /// The quote names the version, so that an order can keep it.
    ///
    /// - Throws: ``LedgerError`` with `badPricing`, `unknownAccount`, `unitMismatch` or `overflow`.
    public func quote(
        _ usages: [Usage], card: String, version: Int? = nil, account: AccountName
    ) async throws(LedgerError) -> Quote {
        try await pricedRead { tx throws(LedgerError) in
            try self.quote(usages, card: card, version: version, account: account, in: tx)
        }
    }

    /// What usages would cost an account now, as part of a transaction.
    public func quote(
        _ usages: [Usage], card: String, version: Int? = nil, account: AccountName, in tx: ReadTransaction
    ) throws(LedgerError) -> Quote {
        let known = try PricingStore.account(account, in: tx)
        return try quote(usages, card, version, known, at: clock.now, in: tx)
    }

    /// Prices usages and charges them: the charge and its usage lines are written together, or neither.
    ///
    /// A repeated key answers the first bill, whatever prices are today. A refusal is not remembered: when there is credit
    /// again, the same key may be tried again.
    ///
    /// - Throws: ``LedgerError`` with `badPricing` when the order is wrong or costs more than `atMost`, else as `charge`.
    public func charge(_ order: PricedOrder) async throws(LedgerError) -> Bill {
        try await priced { tx throws(LedgerError) in try self.charge(order, in: tx) }
    }

    /// Prices usages and charges them as part of a transaction.
    public func charge(_ order: PricedOrder, in tx: Transaction) throws(LedgerError) -> Bill {
        try settle(order, .charge, more: [], in: tx) { quote throws(LedgerError) in
            guard quote.total.steps > 0 else { return nil }
            return .charge(order.account, quote.total, scope: order.scope)
        }
    }

    /// Prices usages and sets their amount aside; the bill's receipt names the hold.
    ///
    /// What is free altogether needs no hold and has no receipt: charge it when it is done.
    ///
    /// A hold keeps credit, not free quota: what is free is settled when the work is captured or charged.
    public func hold(_ order: PricedOrder, timeToLive: Duration) async throws(LedgerError) -> Bill {
        try await priced { tx throws(LedgerError) in try self.hold(order, timeToLive: timeToLive, in: tx) }
    }

    /// Prices usages and sets their amount aside as part of a transaction.
    public func hold(_ order: PricedOrder, timeToLive: Duration, in tx: Transaction) throws(LedgerError) -> Bill {
        try settle(order, .hold, more: ["\(timeToLive.microseconds64)"], in: tx) { quote throws(LedgerError) in
            guard quote.total.steps > 0 else { return nil }
            return .hold(order.account, quote.total, timeToLive: timeToLive, scope: order.scope)
        }
    }

    /// Captures a hold for what was really used, priced by the version that priced the hold.
    ///
    /// What was held beyond it is free again. With `topUp`, more than was held is charged in the same transaction.
    public func capture(_ hold: HoldID, for order: PricedOrder, topUp: Bool = true) async throws(LedgerError) -> Bill {
        try await priced { tx throws(LedgerError) in try self.capture(hold, for: order, topUp: topUp, in: tx) }
    }

    /// Captures a hold for what was really used as part of a transaction.
    public func capture(
        _ hold: HoldID, for order: PricedOrder, topUp: Bool = true, in tx: Transaction
    ) throws(LedgerError) -> Bill {
        var priced = order
        if priced.version == nil, let held = try BillStore.bill(hold: hold, in: tx), held.card == order.card {
            priced.version = held.version
        }
        try check(hold, belongsTo: order.account, in: tx)
        return try settle(priced, .capture, more: ["\(hold)", "\(topUp)"], in: tx) { quote throws(LedgerError) in
            .capture(hold, quote.total, topUp: topUp)
        }
    }

    /// Answers a key that is known, else prices the order, carries out the command it comes to, and writes the bill.
    private func settle(
        _ order: PricedOrder, _ kind: Bill.Kind, more: [String], in tx: Transaction,
        _ action: (Quote) throws(LedgerError) -> LedgerAction?
    ) throws(LedgerError) -> Bill {
        if let job = order.job, !NameRule.holds(job, bytesMax: 200) {
            throw LedgerError(.badName, "A job is named by 1 to 200 bytes without control characters.")
        }
        let now = try PricingStore.lock(tx, clock: clock)
        let request = order.request(kind, more)
        if let bill = try BillStore.bill(order.key, in: tx) {
            guard bill.request == request else {
                throw LedgerError(.conflict, "The key \(order.key) was used for another order; take a new one.")
            }
            return try replay(bill, kind, in: tx)
        }
        let account = try PricingStore.account(order.account, in: tx)
        let quote = try quote(order.usages, order.card, order.version, account, at: now, in: tx)
        if let most = order.atMost { try check(quote.total, atMost: most) }
        var receipt: Receipt?
        if let action = try action(quote) {
            let command = LedgerCommand(
                action, key: order.key, job: order.job, rate: quote.reference, notes: order.notes)
            receipt = try performNew([command], in: tx).first
        } else if account.isClosed {
            throw LedgerError(.accountClosed, "The account \(order.account) was closed.")
        }
        if let receipt, receipt.kind != .release, receipt.amount != quote.total {
            throw LedgerError(.corrupt, "The usage lines come to \(quote.total), the transaction to \(receipt.amount).")
        }
        let lines = try BillStore.save(
            quote, kind, order, request: request, account: account.number, receipt: receipt, in: tx)
        return Bill(
            kind: kind, card: quote.card, version: quote.version, lines: lines, amount: quote.total, receipt: receipt,
            replayed: false)
    }

    private func replay(_ row: BillRow, _ kind: Bill.Kind, in tx: ReadTransaction) throws(LedgerError) -> Bill {
        let unit = try PricingStore.unit(ofAccount: row.account, in: tx)
        return Bill(
            kind: kind, card: row.card, version: row.version, lines: try BillStore.lines(of: row.id, in: tx),
            amount: Amount(steps: row.amount, unit: unit),
            receipt: try row.transaction.map { seq throws(LedgerError) in try PricingStore.receipt(of: seq, in: tx) },
            replayed: true)
    }

    private func quote(
        _ usages: [Usage], _ name: String, _ version: Int?, _ account: PricingStore.Account, at now: Timestamp,
        in tx: ReadTransaction
    ) throws(LedgerError) -> Quote {
        let card: RateCard? =
            if let version {
                try rateCard(name, version: version, in: tx)
            } else {
                try rateCard(name, at: now, in: tx)
            }
        guard let card else {
            throw .pricing(
                version == nil
                    ? "No version of that card is in force; publish one." : "The card has no such version; publish it.")
        }
        guard card.unit == account.unit else {
            throw LedgerError(
                .unitMismatch, "\(card.reference) prices in \(card.unit), the account counts in \(account.unit).")
        }
        let used = try BillStore.freeUsed(card, account: account.number, at: now, in: tx)
        return try card.quote(usages, freeUsed: used, at: now)
    }

    private func check(_ total: Amount, atMost most: Amount) throws(LedgerError) {
        guard most.unit == total.unit else {
            throw LedgerError(.unitMismatch, "The limit of the order is in \(most.unit), its price in \(total.unit).")
        }
        guard total.steps <= most.steps else {
            throw .pricing("The order costs \(total), more than the \(most) it may; show the new price and ask again.")
        }
    }

    private func check(
        _ hold: HoldID, belongsTo account: AccountName, in tx: ReadTransaction
    ) throws(LedgerError) {
        let owner: String? = try tx.find(
            value: """
                SELECT a.name FROM ledger_txn t JOIN ledger_account a ON a.id = t.account WHERE t.id = \(hold)
                """)
        guard let owner, owner.utf8.elementsEqual(account.text.utf8) else {
            throw LedgerError(.unknownHold, "The account \(account) has no hold \(hold).")
        }
    }
}

extension PricingStore {
    /// The unit an account counts in.
    static func unit(ofAccount number: Int64, in tx: ReadTransaction) throws(LedgerError) -> Amount.Unit {
        let row = try tx.find(
            first: """
                SELECT u.code, u.scale, u.kind FROM ledger_account a JOIN ledger_unit u ON u.code = a.unit
                WHERE a.id = \(number)
                """)
        guard let row else { throw LedgerError(.corrupt, "Account number \(number) is named but not there.") }
        return try row.unit(at: 0)
    }
}
