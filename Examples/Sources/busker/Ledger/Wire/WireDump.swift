// Every row of a ledger as lines of JSON.

import BuskerCore
import BuskerDatabase
import BuskerLedger

/// Streams the tables of a ledger from one snapshot; memory does not grow with their size.
struct WireDump: Sendable {
    let key: String
    let writer: LineWriter

    /// What a column holds.
    private enum Kind {
        case integer, text, bytes, id
    }

    private struct Table {
        let name: String
        let count: String
        let select: SQL
        let columns: [(name: String, kind: Kind)]
    }

    private static let tables: [Table] = [
        Table(
            name: "account", count: "accounts",
            select: "SELECT id, name, unit, house, posted, held, debt, state FROM ledger_account ORDER BY id",
            columns: integers("id") + texts("name", "unit") + integers("house", "posted", "held", "debt", "state")),
        Table(
            name: "txn", count: "txns",
            select: """
                SELECT seq, id, kind, account, peer, amount, scope, key, req, posted, held, debt, reverses, hold, payment,
                    job, rate, created_us, effective_us, hash FROM ledger_txn ORDER BY seq
                """,
            columns: integers("seq") + [("id", .id)] + integers("kind", "account", "peer", "amount")
                + texts("scope", "key") + [("req", .bytes)] + integers("posted", "held", "debt", "reverses", "hold")
                + texts("payment", "job", "rate") + integers("created_us", "effective_us") + [("hash", .bytes)]),
        Table(
            name: "entry", count: "entries",
            select: """
                SELECT txn, line, account, grant_id, amount, posted_after FROM ledger_entry ORDER BY txn, line
                """,
            columns: integers("txn", "line", "account", "grant_id", "amount", "posted_after")),
        Table(
            name: "grant", count: "grants",
            select: """
                SELECT id, account, txn, category, priority, scope, amount, remaining, held, effective_us, expires_us,
                    cost_minor, cost_currency, payment FROM ledger_grant ORDER BY id
                """,
            columns: integers("id", "account", "txn", "category", "priority") + texts("scope")
                + integers("amount", "remaining", "held", "effective_us", "expires_us", "cost_minor")
                + texts("cost_currency", "payment")),
        Table(
            name: "hold", count: "holds",
            select: """
                SELECT id, account, amount, captured, state, expires_us, closed_by, scope FROM ledger_hold ORDER BY id
                """,
            columns: integers("id", "account", "amount", "captured", "state", "expires_us", "closed_by")
                + texts("scope")),
        Table(
            name: "alloc", count: "allocs",
            select: "SELECT owner, ord, grant_id, amount, taken FROM ledger_alloc ORDER BY owner, ord",
            columns: integers("owner", "ord", "grant_id", "amount", "taken")),
        Table(
            name: "refusal", count: "refusals",
            select: "SELECT scope, key, req, code, body, created_us FROM ledger_refusal ORDER BY created_us",
            columns: texts("scope", "key") + [("req", .bytes)] + texts("code", "body") + integers("created_us")),
    ]

    private static func integers(_ names: String...) -> [(name: String, kind: Kind)] { names.map { ($0, .integer) } }
    private static func texts(_ names: String...) -> [(name: String, kind: Kind)] { names.map { ($0, .text) } }

    /// Sends every row, and returns the line that ends the dump.
    func run(_ database: any Database) async throws -> WireLine {
        try await database.read { tx in
            var summary = WireLine.done(key)
            for table in Self.tables {
                var count: Int64 = 0
                try tx.forEach(table.select) { row in
                    writer.sendSlowly(try line(row, of: table).closed)
                    count += 1
                }
                summary.add(table.count, count)
            }
            if let head = try tx.first("SELECT seq, created_us, hash FROM ledger_head") {
                summary.add("seq", try head.get(0, as: Int64.self))
                summary.add("created", try head.get(1, as: Int64.self))
                summary.add("hash", Self.hex(try head.get(2)))
            }
            return summary
        }
    }

    private func line(_ row: Row, of table: Table) throws -> WireLine {
        var line = WireLine()
        line.add("key", key)
        line.add("row", table.name)
        for (at, column) in table.columns.enumerated() {
            switch column.kind {
            case .integer: line.add(column.name, try row.get(at, as: Int64?.self))
            case .text: line.add(column.name, try row.get(at, as: String?.self))
            case .bytes: line.add(column.name, try row.get(at, as: [UInt8]?.self).map(Self.hex))
            case .id: line.add(column.name, "\(try row.get(at, as: TransactionID.self))")
            }
        }
        return line
    }

    static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
