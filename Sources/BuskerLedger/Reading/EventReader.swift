// Reads and ends events.

import BuskerCore
import BuskerDatabase

/// Reads events in their order, and marks them as done.
enum EventReader {
    /// The most events pruned in one transaction.
    static let pruneMax = 10_000

    /// The events that wait, in their order.
    static func waiting(after sequence: Int64, limit: Int, in tx: ReadTransaction) throws -> [LedgerEvent] {
        try events("v.seq > \(sequence) AND v.done_us IS NULL", limit: limit, in: tx)
    }

    /// Claims the first events that wait and nobody else has claimed, and marks them as done.
    static func take(limit: Int, at now: Timestamp, in tx: Transaction) throws -> [LedgerEvent] {
        let claimed = try tx.rows(
            """
            SELECT seq FROM ledger_event WHERE done_us IS NULL ORDER BY seq LIMIT \(limit)\(tx.dialect.forUpdateSkipLocked)
            """)
        guard !claimed.isEmpty else { return [] }
        let sequences: [Int64] = try claimed.map { try $0.get(0) }
        let events = try events("v.seq IN \(list: sequences)", limit: sequences.count, in: tx)
        try markDone(sequences, at: now, in: tx)
        return events
    }

    /// Marks events as done, and says how many were not yet.
    @discardableResult
    static func markDone(_ sequences: [Int64], at now: Timestamp, in tx: Transaction) throws -> Int {
        guard !sequences.isEmpty else { return 0 }
        return try tx.execute(
            "UPDATE ledger_event SET done_us = \(now) WHERE seq IN \(list: sequences) AND done_us IS NULL")
    }

    /// Deletes events that were done before a moment, and says how many.
    static func prune(before moment: Timestamp, in tx: Transaction) throws -> Int {
        try tx.execute(
            """
            DELETE FROM ledger_event WHERE seq IN (
                SELECT seq FROM ledger_event WHERE done_us < \(moment) ORDER BY seq LIMIT \(pruneMax))
            """)
    }

    private static func events(_ condition: SQL, limit: Int, in tx: ReadTransaction) throws -> [LedgerEvent] {
        let rows = try tx.rows(
            """
            SELECT v.seq, v.kind, a.name, t.id, v.body, v.created_us, v.done_us
            FROM ledger_event v JOIN ledger_account a ON a.id = v.account LEFT JOIN ledger_txn t ON t.seq = v.txn
            WHERE \(condition) ORDER BY v.seq LIMIT \(limit)
            """)
        return try rows.map { row in
            let transaction: [UInt8]? = try row.get(3)
            return LedgerEvent(
                sequence: try row.get(0), kind: LedgerEvent.Kind(try row.get(1)),
                account: AccountName(trusted: try row.get(2)), transaction: try transaction.map { try ReadRow.id($0) },
                body: try row.get(4), createdAt: try row.get(5), doneAt: try row.get(6))
        }
    }
}
