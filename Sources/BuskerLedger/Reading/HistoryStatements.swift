// The statements behind histories.

import BuskerCore
import BuskerDatabase

/// The statements behind histories: a window of transactions, each with who looks at it, and what readers show of them.
enum HistoryStatements {
    /// Where a window lies in the one order of transactions: after `above`, before `below`.
    struct Span {
        var above: Int64 = 0
        var below: Int64 = .max
    }

    /// What a window of transactions shows, the newest first; the window has a column `viewer` beside those of the table.
    static func entries(_ window: SQL, newestFirst: Bool = true) -> SQL {
        let order: SQL = newestFirst ? "ORDER BY t.seq DESC" : "ORDER BY t.seq"
        return """
            SELECT t.seq, t.id, t.kind, t.scope, t.key, t.amount, t.posted, t.held, t.debt, t.payment, t.job, t.rate,
                t.meta, t.created_us, t.effective_us, a.unit, u.scale, u.kind, a.name, p.name, h.id, r.id,
                CASE WHEN t.viewer = t.account THEN 1 ELSE 0 END, t.hash,
                (SELECT CAST(coalesce(sum(e.amount), 0) AS bigint) FROM ledger_entry e
                    WHERE e.txn = t.seq AND e.account = t.viewer),
                (SELECT e.posted_after FROM ledger_entry e
                    WHERE e.txn = t.seq AND e.account = t.viewer ORDER BY e.line DESC LIMIT 1),
                t.reason
            FROM (\(window)) AS t
                JOIN ledger_account a ON a.id = t.viewer
                JOIN ledger_unit u ON u.code = a.unit
                LEFT JOIN ledger_account p ON p.id = CASE WHEN t.viewer = t.account THEN t.peer ELSE t.account END
                LEFT JOIN ledger_txn h ON h.seq = t.hold
                LEFT JOIN ledger_txn r ON r.seq = t.reverses
            \(order)
            """
    }

    /// Transactions of one account, its own and those that moved something to it.
    static func window(of account: Int64, _ span: Span, _ filter: SQL, limit: Int, newestFirst: Bool = true) -> SQL {
        let order: SQL = newestFirst ? "ORDER BY seq DESC" : "ORDER BY seq"
        return """
            SELECT * FROM (
                SELECT w.*, w.account AS viewer FROM ledger_txn w
                WHERE account = \(account) AND seq > \(span.above) AND seq < \(span.below)\(filter)
                \(order) LIMIT \(limit)) AS own
            UNION ALL SELECT * FROM (
                SELECT w.*, w.peer AS viewer FROM ledger_txn w
                WHERE peer = \(account) AND account <> \(account) AND seq > \(span.above) AND seq < \(span.below)\(filter)
                \(order) LIMIT \(limit)) AS received
            \(order) LIMIT \(limit)
            """
    }

    /// Transactions that a condition finds, as their own accounts see them.
    static func window(where condition: SQL, _ span: Span, limit: Int) -> SQL {
        """
        SELECT w.*, w.account AS viewer FROM ledger_txn w
        WHERE \(condition) AND seq > \(span.above) AND seq < \(span.below)
        ORDER BY seq DESC LIMIT \(limit)
        """
    }

    /// The part of a filter that each transaction is asked.
    static func condition(_ filter: HistoryFilter) -> SQL {
        var condition: SQL = ""
        if !filter.kinds.isEmpty {
            let kinds = filter.kinds.map(\.rawValue).sorted()
            condition = "\(condition) AND kind IN \(list: kinds)"
        }
        if let job = filter.job { condition = "\(condition) AND job = \(job)" }
        if let payment = filter.payment { condition = "\(condition) AND payment = \(payment)" }
        return condition
    }

    /// The part of a filter that bounds the place in the order.
    static func span(_ filter: HistoryFilter, in tx: ReadTransaction) throws -> Span {
        var span = Span()
        if let from = filter.from {
            span.above = try SequenceFinder.last(until: from.advanced(byMicroseconds: -1), in: tx)
        }
        if let to = filter.to {
            span.below = try SequenceFinder.last(until: to.advanced(byMicroseconds: -1), in: tx).summed(1)
        }
        return span
    }
}
