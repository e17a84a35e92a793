// A transaction as a verification reads it.

import BuskerCore
import BuskerDatabase

/// A transaction as a verification reads it, with what other tables say of it.
struct ChainRow {
    let sequence: Int64
    let created: Int64
    let hash: [UInt8]
    /// What the engine would have written; nothing when a column holds what it never writes.
    let row: TransactionRow?
    /// The hold it made or closed, as the table of holds has it.
    let hold: Hold?
    /// What was given back of it.
    let reversed: Int64

    /// A hold as the table of holds has it.
    struct Hold {
        let account: Int64
        let amount: Int64
        let closedBy: Int64?
    }

    static func page(after sequence: Int64, limit: Int) -> SQL {
        SQL(text: pageText, values: [.integer(sequence), .integer(Int64(limit))])
    }

    private static let pageText = """
        SELECT \(TransactionRow.columns), h.account, h.amount, h.closed_by,
            CASE WHEN t.kind IN (3, 5)
                THEN (SELECT CAST(sum(r.amount) AS bigint) FROM ledger_txn r WHERE r.reverses = t.seq) END
        FROM ledger_txn t LEFT JOIN ledger_hold h ON h.id = t.hold
        WHERE t.seq > $1 ORDER BY t.seq LIMIT $2
        """

    init(_ row: Row) throws {
        sequence = try row.get(0)
        created = try row.get(18)
        hash = try row.get(21)
        do { self.row = try TransactionRow(row) } catch { self.row = nil }
        if let account = try row.get(22, as: Int64?.self) {
            hold = Hold(account: account, amount: try row.get(23), closedBy: try row.get(24))
        } else {
            hold = nil
        }
        reversed = try row.get(25, as: Int64?.self) ?? 0
    }
}
