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
        SELECT t.seq, t.id, t.kind, t.account, t.peer, t.amount, t.scope, t.key, t.req, t.posted, t.held, t.debt,
            t.reverses, t.hold, t.payment, t.job, t.rate, t.reason, t.created_us, t.effective_us, t.meta, t.hash,
            h.account, h.amount, h.closed_by,
            CASE WHEN t.kind IN (3, 5)
                THEN (SELECT CAST(sum(r.amount) AS bigint) FROM ledger_txn r WHERE r.reverses = t.seq) END
        FROM ledger_txn t LEFT JOIN ledger_hold h ON h.id = t.hold
        WHERE t.seq > $1 ORDER BY t.seq LIMIT $2
        """

    init(_ row: Row) throws {
        sequence = try row.get(0)
        created = try row.get(18)
        hash = try row.get(21)
        self.row = Self.transaction(row, created: created)
        if let account = try row.get(22, as: Int64?.self) {
            hold = Hold(account: account, amount: try row.get(23), closedBy: try row.get(24))
        } else {
            hold = nil
        }
        reversed = try row.get(25, as: Int64?.self) ?? 0
    }

    private static func transaction(_ row: Row, created: Int64) -> TransactionRow? {
        do {
            var transaction = TransactionRow(
                seq: try row.get(0), id: try ReadRow.id(try row.get(1)), kind: try ReadRow.kind(try row.get(2)),
                account: try row.get(3), amount: try row.get(5),
                key: IdempotencyKey(trusted: try row.get(7), scope: try row.get(6)), request: try row.get(8),
                created: created)
            transaction.peer = try row.get(4)
            transaction.posted = try row.get(9)
            transaction.held = try row.get(10)
            transaction.debt = try row.get(11)
            transaction.reverses = try row.get(12)
            transaction.hold = try row.get(13)
            transaction.payment = try row.get(14)
            transaction.job = try row.get(15)
            transaction.rate = try row.get(16)
            transaction.reason = try row.get(17)
            transaction.effective = try row.get(19)
            transaction.meta = try row.get(20)
            return transaction
        } catch {
            return nil
        }
    }
}
