// Packages in the ledger: publish, offer, retire, and grant what was paid for.

public import BuskerCore
public import BuskerDatabase

extension Ledger {
    /// Publishes a version of a package, which is then on offer instead of the one before; versions never change.
    ///
    /// - Throws: ``LedgerError`` with `badPricing` when the version exists with other figures or leaves a gap.
    public func publish(_ package: CreditPackage) async throws(LedgerError) {
        try await priced { tx throws(LedgerError) in try self.publish(package, in: tx) }
    }

    /// Publishes a version of a package as part of a transaction.
    public func publish(_ package: CreditPackage, in tx: Transaction) throws(LedgerError) {
        let now = try PricingStore.lock(tx, clock: clock)
        if let known = try self.package(package.id, version: package.version, in: tx) {
            guard known == package else {
                throw .pricing("\(package.reference) exists with other figures; publish the next version.")
            }
            return
        }
        let last: Int64? = try tx.find(
            value: "SELECT version FROM ledger_package WHERE id = \(package.id) ORDER BY version DESC LIMIT 1")
        guard Int64(package.version) == (last ?? 0) + 1 else {
            throw .pricing("The last version of \(package.id) is \(last ?? 0); publish version \((last ?? 0) + 1).")
        }
        try tx.run(
            """
            INSERT INTO ledger_package (id, version, name, price_minor, currency, unit, scale, credits, bonus,
            expires_s, bonus_expires_s, created_us, unit_kind)
            VALUES (\(package.id), \(package.version), \(package.name), \(package.price.minorUnits),
            \(package.price.currency.code), \(package.credits.unit.code), \(package.credits.unit.scale),
            \(package.credits.steps), \(package.bonus.steps), \(package.lifetimeSeconds),
            \(package.bonusLifetimeSeconds), \(now), \(package.credits.unit.kind.number))
            """)
    }

    /// Takes a package off the list; what has been or is being paid for it is still granted.
    ///
    /// - Throws: ``LedgerError`` with `badPricing` when there is no such package.
    public func retirePackage(_ id: String) async throws(LedgerError) {
        try await priced { tx throws(LedgerError) in try self.retirePackage(id, in: tx) }
    }

    /// Takes a package off the list as part of a transaction.
    public func retirePackage(_ id: String, in tx: Transaction) throws(LedgerError) {
        let now = try PricingStore.lock(tx, clock: clock)
        guard try self.package(id, version: nil, in: tx) != nil else { throw .pricing("There is no such package.") }
        try tx.run("UPDATE ledger_package SET retired_us = \(now) WHERE id = \(id) AND retired_us IS NULL")
    }

    /// The packages on offer: of each, the last version, unless it was retired.
    public func priceList() async throws(LedgerError) -> PriceList {
        try await pricedRead { tx throws(LedgerError) in try self.priceList(in: tx) }
    }

    /// The packages on offer, as part of a transaction.
    public func priceList(in tx: ReadTransaction) throws(LedgerError) -> PriceList {
        try PriceList(
            try PackageStore.packages(
                """
                p.retired_us IS NULL
                AND p.version = (SELECT MAX(o.version) FROM ledger_package o WHERE o.id = p.id)
                """, in: tx))
    }

    /// A version of a package, retired or not; the last one where none is named.
    public func package(
        _ id: String, version: Int?, in tx: ReadTransaction
    ) throws(LedgerError) -> CreditPackage? {
        if let version {
            return try PackageStore.packages("p.id = \(id) AND p.version = \(version)", in: tx).first
        }
        return try PackageStore.packages(
            "p.id = \(id) AND p.version = (SELECT MAX(o.version) FROM ledger_package o WHERE o.id = p.id)", in: tx
        ).first
    }

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

/// Packages and purchases in the tables.
enum PackageStore {
    struct Purchase {
        let account: Int64
        let package: String
        let version: Int
        let transaction: Int64
        let bonus: Int64?
    }

    static func packages(_ condition: SQL, in tx: ReadTransaction) throws(LedgerError) -> [CreditPackage] {
        let rows = try tx.find(
            all: """
                SELECT p.unit, p.scale, p.unit_kind, p.id, p.version, p.name, p.price_minor, p.currency, p.credits, p.bonus,
                p.expires_s, p.bonus_expires_s FROM ledger_package p WHERE \(condition)
                """)
        var packages: [CreditPackage] = []
        for row in rows { packages.append(try package(row)) }
        return packages
    }

    private static func package(_ row: Row) throws(LedgerError) -> CreditPackage {
        let unit = try row.unit(at: 0)
        do {
            return try CreditPackage(
                try row.get(3), version: try row.get(4), name: try row.get(5),
                price: Money(minorUnits: try row.get(6), currency: try Currency(try row.get(7, as: String.self))),
                credits: Amount(steps: try row.get(8), unit: unit), bonus: Amount(steps: try row.get(9), unit: unit),
                lifetimeSeconds: try row.get(10), bonusLifetimeSeconds: try row.get(11))
        } catch {
            throw LedgerError(.corrupt, "A stored package cannot be read.", underlying: error)
        }
    }

    static func purchase(_ payment: String, in tx: ReadTransaction) throws(LedgerError) -> Purchase? {
        let row = try tx.find(
            first: "SELECT account, package, version, txn, bonus_txn FROM ledger_purchase WHERE payment = \(payment)")
        guard let row else { return nil }
        return Purchase(
            account: try row.read(0), package: try row.read(1), version: try row.read(2), transaction: try row.read(3),
            bonus: try row.read(4))
    }

    static func save(
        _ sold: CreditPackage, _ payment: String, _ account: Int64, _ credits: Receipt, _ bonus: Receipt?,
        in tx: Transaction
    ) throws(LedgerError) {
        try tx.run(
            """
            INSERT INTO ledger_purchase (payment, account, package, version, txn, bonus_txn, created_us)
            VALUES (\(payment), \(account), \(sold.id), \(sold.version), \(credits.sequence), \(bonus?.sequence),
            \(credits.createdAt))
            """)
    }
}
