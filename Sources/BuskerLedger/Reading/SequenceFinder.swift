// Which transaction was the last one at a moment.

import BuskerCore
import BuskerDatabase

/// Finds places in the one order of transactions by their times.
///
/// Sequences have no gaps and times strictly increase with them, so halving finds the place without an index.
enum SequenceFinder {
    private static let text = """
        WITH RECURSIVE span (low, high) AS (
            SELECT CAST(0 AS bigint), seq FROM ledger_head WHERE id = 1
            UNION ALL
            SELECT CASE WHEN t.created_us <= $1 THEN t.seq ELSE s.low END,
                CASE WHEN t.created_us <= $1 THEN s.high ELSE t.seq - 1 END
            FROM span s JOIN ledger_txn t ON t.seq = s.low + (s.high - s.low + 1) / 2
            WHERE s.low < s.high
        )
        SELECT low FROM span WHERE low >= high
        """

    /// The last transaction created at or before a moment; zero when there is none.
    static func last(until moment: Timestamp, in tx: ReadTransaction) throws -> Int64 {
        let statement = SQL(text: text, values: [.integer(moment.microseconds)])
        guard let place = try tx.value(statement, as: Int64.self) else {
            throw LedgerError(.corrupt, "A transaction is missing from the order: run verify.")
        }
        return place
    }
}
