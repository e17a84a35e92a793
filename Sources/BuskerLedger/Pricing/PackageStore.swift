// Packages and purchases in the tables.

import BuskerCore
import BuskerDatabase

/// Reads and writes packages and purchases.
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
