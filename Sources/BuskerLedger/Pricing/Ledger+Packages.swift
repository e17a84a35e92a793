// Packages in the ledger: publish, offer, retire.

import BuskerCore
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
    public func package(_ id: String, version: Int? = nil) async throws(LedgerError) -> CreditPackage? {
        try await pricedRead { tx throws(LedgerError) in try self.package(id, version: version, in: tx) }
    }

    /// A version of a package, as part of a transaction.
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
}
