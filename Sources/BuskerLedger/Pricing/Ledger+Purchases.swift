// Grants what was paid for.

public import BuskerCore
public import BuskerDatabase

extension Ledger {
    /// Grants what a payment bought: the credits with their cost, and the bonus with its own end, together or not at all.
    ///
    /// The keys come from the payment (`pay:<payment>` and `pay:<payment>:bonus`), so the same payment grants once, however
    /// often its provider reports it. Both grants carry the payment: a refund takes back of both in proportion. A paid
    /// purchase also lets top-up rules of the account that wait after a declined charge go on.
    ///
    /// - Parameters:
    ///   - version: the version that was on offer when the buyer agreed.
    ///   - paid: what was really paid; another sum or currency is refused.
    ///   - payment: the provider's name of the payment, 1 to 180 bytes.
    /// - Throws: ``LedgerError`` with `badPricing` when there is no such package or another sum was paid, `unitMismatch` when
    ///   it was another currency or the account counts in another unit, `conflict` when the payment bought something else.
    @discardableResult
    public func purchase(
        _ package: String, version: Int, account: AccountName, paid: Money, payment: String
    ) async throws(LedgerError) -> PurchaseReceipt {
        try await priced { tx throws(LedgerError) in
            try self.purchase(package, version: version, account: account, paid: paid, payment: payment, in: tx)
        }
    }

    /// Grants what a payment bought as part of a transaction.
    @discardableResult
    public func purchase(
        _ package: String, version: Int, account: AccountName, paid: Money, payment: String, in tx: Transaction
    ) throws(LedgerError) -> PurchaseReceipt {
        guard NameRule.holds(payment, bytesMax: 180) else {
            throw LedgerError(.badName, "A payment is named by 1 to 180 bytes without control characters.")
        }
        let now = try PricingStore.lock(tx, clock: clock)
        guard let sold = try self.package(package, version: version, in: tx) else {
            throw .pricing("There is no such version of the package; publish it, or name the one that was on offer.")
        }
        guard paid.currency == sold.price.currency else {
            throw LedgerError(
                .unitMismatch, "\(sold.reference) is sold in \(sold.price.currency), but \(paid.currency) was paid.")
        }
        guard paid == sold.price else {
            throw .pricing("\(sold.reference) costs \(sold.price), but \(paid) was paid; grant or refund it by hand.")
        }
        let buyer = try PricingStore.account(account, in: tx)
        if let known = try PackageStore.purchase(payment, in: tx) {
            guard known.account == buyer.number, known.package == package, known.version == version else {
                throw LedgerError(.conflict, "The payment \(payment) bought something else before.")
            }
            return PurchaseReceipt(
                package: sold, payment: payment, credits: try PricingStore.receipt(of: known.transaction, in: tx),
                bonus: try known.bonus.map { seq throws(LedgerError) in try PricingStore.receipt(of: seq, in: tx) })
        }
        let receipts = try performNew(try grants(of: sold, account, payment, now), in: tx)
        let bonus = receipts.count > 1 ? receipts[1] : nil
        try PackageStore.save(sold, payment, buyer.number, receipts[0], bonus, in: tx)
        try RuleStore.paid(account: buyer.number, at: receipts[0].createdAt, in: tx)
        return PurchaseReceipt(package: sold, payment: payment, credits: receipts[0], bonus: bonus)
    }

    private func grants(
        of sold: CreditPackage, _ account: AccountName, _ payment: String, _ now: Timestamp
    ) throws(LedgerError) -> [LedgerCommand] {
        func end(_ seconds: Int64?) -> Timestamp? { seconds.map { now.advanced(by: .seconds($0)) } }
        let terms = GrantTerms(.paid, expiresAt: end(sold.lifetimeSeconds), cost: sold.price, payment: payment)
        var commands = [
            LedgerCommand(
                .grant(account, sold.credits, terms), key: try IdempotencyKey("pay:\(payment)"), rate: sold.reference)
        ]
        if sold.bonus.steps > 0 {
            let free = GrantTerms(.promo, expiresAt: end(sold.bonusLifetimeSeconds), payment: payment)
            commands.append(
                LedgerCommand(
                    .grant(account, sold.bonus, free), key: try IdempotencyKey("pay:\(payment):bonus"),
                    rate: sold.reference))
        }
        return commands
    }
}
