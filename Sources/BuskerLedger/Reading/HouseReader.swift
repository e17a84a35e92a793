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
    ///
    /// Each sum comes in two halves, so that no database can overflow on the way.
    static func trialBalances(in tx: ReadTransaction) throws -> [TrialBalance] {
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
            let unit = try Amount.Unit(row, from: 0)
            return TrialBalance(
                unit: unit, accounts: try row.get(3),
                customers: try sum(row, 4, unit), held: try sum(row, 6, unit), debt: try sum(row, 8, unit),
                house: try sum(row, 10, unit), receivable: try sum(row, 12, unit))
        }
    }

    private static func halves(_ column: SQL, _ condition: SQL) -> SQL {
        """
        CAST(coalesce(sum(CASE WHEN \(condition) THEN a.\(column) / 2147483648 END), 0) AS bigint),
            CAST(coalesce(sum(CASE WHEN \(condition) THEN a.\(column) % 2147483648 END), 0) AS bigint)
        """
    }

    private static func sum(_ row: Row, _ column: Int, _ unit: Amount.Unit) throws -> Amount {
        let high: Int64 = try row.get(column)
        let low: Int64 = try row.get(column + 1)
        guard let steps = Int64(exactly: Int128(high) * 2_147_483_648 + Int128(low)) else {
            throw LedgerError(.overflow, "The accounts in \(unit) add up to more than 64 bits can say.")
        }
        return Amount(steps: steps, unit: unit)
    }
}
