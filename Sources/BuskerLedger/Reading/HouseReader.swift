// Reads the sums of all accounts.

import BuskerCore
import BuskerDatabase

/// Reads the sums of all accounts, unit by unit.
enum HouseReader {
    /// Every account of the ledger's own, by unit and name.
    static func balances(in tx: ReadTransaction) throws -> [HouseBalance] {
        let rows = try tx.rows(
            """
            SELECT a.name, a.posted, u.code, u.scale, u.kind FROM ledger_account a
                JOIN ledger_unit u ON u.code = a.unit
            WHERE a.house <> 0 ORDER BY a.unit, a.house
            """)
        return try rows.map { row in
            HouseBalance(
                account: AccountName(trusted: try row.get(0)),
                posted: Amount(steps: try row.get(1), unit: try Amount.Unit(row, from: 2)))
        }
    }

    /// The sums of every unit, by code.
    static func trialBalances(in tx: ReadTransaction) throws -> [TrialBalance] {
        try sums(in: tx).map { sums throws(LedgerError) in
            TrialBalance(
                unit: sums.unit, accounts: sums.accounts, customers: try sums.amount(sums.customers),
                held: try sums.amount(sums.held), debt: try sums.amount(sums.debt),
                house: try sums.amount(sums.house), receivable: try sums.amount(sums.receivable))
        }
    }

    /// The sums of every unit, by code, of any size.
    ///
    /// Each sum comes in two halves, so that no database can overflow on the way.
    static func sums(in tx: ReadTransaction) throws -> [UnitSums] {
        let receivable = HouseAccount.receivable.rawValue
        let rows = try tx.rows(
            """
            SELECT u.code, u.scale, u.kind, sum(CASE WHEN a.house = 0 THEN 1 ELSE 0 END),
                \(halves("posted", "a.house = 0")), \(halves("held", "a.house = 0")), \(halves("debt", "a.house = 0")),
                \(halves("posted", "a.house <> 0")), \(halves("posted", "a.house = \(receivable)"))
            FROM ledger_unit u JOIN ledger_account a ON a.unit = u.code
            GROUP BY u.code, u.scale, u.kind ORDER BY u.code
            """)
        return try rows.map { row in
            UnitSums(
                unit: try Amount.Unit(row, from: 0), accounts: try row.get(3), customers: try sum(row, 4),
                held: try sum(row, 6), debt: try sum(row, 8), house: try sum(row, 10), receivable: try sum(row, 12))
        }
    }

    private static func halves(_ column: SQL, _ condition: SQL) -> SQL {
        """
        CAST(coalesce(sum(CASE WHEN \(condition) THEN a.\(column) / 2147483648 END), 0) AS bigint),
            CAST(coalesce(sum(CASE WHEN \(condition) THEN a.\(column) % 2147483648 END), 0) AS bigint)
        """
    }

    private static func sum(_ row: Row, _ column: Int) throws -> Int128 {
        let high: Int64 = try row.get(column)
        let low: Int64 = try row.get(column + 1)
        return Int128(high) * 2_147_483_648 + Int128(low)
    }
}

/// The sums of all accounts of one unit, which one number of 64 bits may not hold.
struct UnitSums {
    let unit: Amount.Unit
    let accounts: Int64
    let customers: Int128
    let held: Int128
    let debt: Int128
    let house: Int128
    let receivable: Int128

    /// Whether everything given is accounted for, as ``TrialBalance/isBalanced`` says.
    var isBalanced: Bool { customers + house == 0 && debt + receivable == 0 }

    func amount(_ sum: Int128) throws(LedgerError) -> Amount {
        guard let steps = Int64(exactly: sum) else {
            throw LedgerError(.overflow, "The accounts in \(unit) add up to more than 64 bits can say.")
        }
        return Amount(steps: steps, unit: unit)
    }

    /// A sum for people.
    func text(_ sum: Int128) -> String {
        (try? amount(sum).decimalText) ?? "\(sum) steps"
    }
}
