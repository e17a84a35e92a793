// Promotion codes and welcome credit in the ledger.

import BuskerCore
public import BuskerDatabase

extension Ledger {
    /// Publishes a code, or changes the limits of one that exists; what was redeemed stays.
    ///
    /// - Throws: ``LedgerError`` with `badPricing` when fewer uses would be allowed than there were.
    public func publish(_ promo: PromoCode) async throws(LedgerError) {
        try await priced { tx throws(LedgerError) in try self.publish(promo, in: tx) }
    }

    /// Publishes a code as part of a transaction.
    public func publish(_ promo: PromoCode, in tx: Transaction) throws(LedgerError) {
        let now = try PricingStore.lock(tx, clock: clock)
        let used = try PromoStore.promo(promo.code, account: 0, in: tx)?.used ?? 0
        guard used <= promo.usesMax ?? .max else {
            throw .pricing("The code was redeemed \(used) times before; allow at least as many.")
        }
        try PromoStore.save(promo, used: used, at: now, in: tx)
    }

    /// Stops a code at once; publishing it again starts it again.
    ///
    /// A code that does not exist stays so.
    public func stopPromo(_ code: String) async throws(LedgerError) {
        try await priced { tx throws(LedgerError) in try self.stopPromo(code, in: tx) }
    }

    /// Stops a code as part of a transaction.
    public func stopPromo(_ code: String, in tx: Transaction) throws(LedgerError) {
        _ = try PricingStore.lock(tx, clock: clock)
        let normal = PromoCode.normalise(code) ?? ""
        try tx.run("UPDATE ledger_promo SET stopped = 1 WHERE code = \(normal)")
    }

    /// Redeems a code for an account: one grant, once for each key, within every limit of the code.
    ///
    /// Whoever may guess codes should be slowed down by the host; the answer tells no more than ``CodeRefusal`` says.
    ///
    /// - Throws: ``LedgerError`` with `codeRefused`, whose `underlying` is a ``CodeRefusal``; `conflict` when the key redeemed
    ///   another code or for another account; `unknownAccount`, `accountClosed`, `unitMismatch`.
    public func redeem(
        _ code: String, for account: AccountName, key: IdempotencyKey
    ) async throws(LedgerError) -> Receipt {
        try await priced { tx throws(LedgerError) in try self.redeem(code, for: account, key: key, in: tx) }
    }

    /// Redeems a code as part of a transaction.
    public func redeem(
        _ code: String, for account: AccountName, key: IdempotencyKey, in tx: Transaction
    ) throws(LedgerError) -> Receipt {
        let now = try PricingStore.lock(tx, clock: clock)
        let owner = try PricingStore.account(account, in: tx)
        guard let normal = PromoCode.normalise(code) else { throw LedgerError(.notValid) }
        if let known = try PromoStore.redemption(key, in: tx) {
            guard known.code == normal, known.account == owner.number else {
                throw LedgerError(.conflict, "The key \(key) redeemed something else before; take a new one.")
            }
            return try PricingStore.receipt(of: known.transaction, in: tx)
        }
        guard let found = try PromoStore.promo(normal, account: owner.number, in: tx) else {
            throw LedgerError(.notValid)
        }
        if let refusal = found.refusal(at: now) { throw LedgerError(refusal) }
        guard !found.promo.isSecret || found.promo.template.amount.unit == owner.unit else {
            throw LedgerError(.notValid)
        }
        let receipt = try give(
            found.promo.template, .promo, account, code: normal, number: found.usedByAccount + 1, owner: owner.number,
            key: key, at: now, in: tx)
        try tx.run("UPDATE ledger_promo SET used = used + 1 WHERE code = \(normal)")
        return receipt
    }

    /// Gives a new account its welcome credit, once for ever: later calls answer the first receipt, whatever they would give.
    ///
    /// - Throws: ``LedgerError`` with `unknownAccount`, `accountClosed` or `unitMismatch`.
    @discardableResult
    public func welcome(_ account: AccountName, _ template: PromoTemplate) async throws(LedgerError) -> Receipt {
        try await priced { tx throws(LedgerError) in try self.welcome(account, template, in: tx) }
    }

    /// Gives a new account its welcome credit as part of a transaction.
    @discardableResult
    public func welcome(
        _ account: AccountName, _ template: PromoTemplate, in tx: Transaction
    ) throws(LedgerError) -> Receipt {
        let now = try PricingStore.lock(tx, clock: clock)
        let owner = try PricingStore.account(account, in: tx)
        let key = IdempotencyKey(trusted: "welcome:\(owner.number)", scope: PromoStore.welcomeScope)
        if let known = try PromoStore.redemption(key, in: tx) {
            return try PricingStore.receipt(of: known.transaction, in: tx)
        }
        return try give(
            template, .welcome, account, code: PromoStore.welcome, number: 1, owner: owner.number, key: key, at: now,
            in: tx)
    }

    /// Grants and notes the redemption.
    private func give(
        _ template: PromoTemplate, _ category: GrantCategory, _ account: AccountName, code: String, number: Int64,
        owner: Int64, key: IdempotencyKey, at now: Timestamp, in tx: Transaction
    ) throws(LedgerError) -> Receipt {
        let command = LedgerCommand(.grant(account, template.amount, template.terms(category, at: now)), key: key)
        let receipt = try performNew([command], in: tx)[0]
        try tx.run(
            """
            INSERT INTO ledger_redemption (code, account, n, scope, key, txn, created_us)
            VALUES (\(code), \(owner), \(number), \(key.scope), \(key.text), \(receipt.sequence),
            \(receipt.createdAt))
            """)
        return receipt
    }
}
