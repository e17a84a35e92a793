// The rows of an export, a page at a time.

import BuskerCore
import BuskerDatabase

/// Reads the rows of an export, a page at a time, each from a snapshot of its own: a slow reader holds nothing up.
struct CSVRows: Sendable {
    static let historyHeading = [
        "sequence", "created_at", "effective_at", "kind", "transaction", "account", "change", "unit", "posted_after",
        "held_after", "debt_after", "amount", "counterparty", "hold", "reverses", "payment", "job", "rate", "reason",
        "key_scope", "key", "notes",
    ]
    static let journalHeading = [
        "sequence", "line", "created_at", "effective_at", "kind", "transaction", "account", "amount", "unit",
        "posted_after", "grant", "payment", "job", "rate", "reason", "key_scope", "key", "notes",
    ]

    let export: CSVExport
    let limit: Int
    /// Where the next page begins: after this transaction and this line of it.
    var sequence: Int64 = 0
    var line: Int64 = .max
    /// Where the export ends, exclusive.
    var below: Int64 = .max

    init(_ export: CSVExport, limit: Int) {
        self.export = export
        self.limit = limit
    }

    var heading: [String] {
        switch export.content {
        case .history: Self.historyHeading
        case .journal: Self.journalHeading
        }
    }

    /// Where the export begins and ends; it returns the last transaction of the ledger.
    mutating func open(in tx: ReadTransaction) throws -> Int64 {
        let last = try tx.value("SELECT seq FROM ledger_head WHERE id = 1", as: Int64.self) ?? 0
        let span = try HistoryStatements.span(export.filter, in: tx)
        sequence = span.above
        below = min(span.below, try last.summed(1))
        return last
    }

    /// Adds the next page of rows, and says how many there were.
    mutating func add(to text: inout CSVText, in tx: ReadTransaction) throws -> Int {
        switch export.content {
        case .history(let name): try addHistory(of: name, to: &text, in: tx)
        case .journal: try addJournal(to: &text, in: tx)
        }
    }

    private mutating func addHistory(
        of name: AccountName, to text: inout CSVText, in tx: ReadTransaction
    ) throws -> Int {
        let account = try HistoryReader.number(of: name, in: tx)
        let window = HistoryStatements.window(
            of: account, HistoryStatements.Span(above: sequence, below: below),
            HistoryStatements.condition(export.filter), limit: limit, newestFirst: false)
        let rows = try tx.rows(HistoryStatements.entries(window, newestFirst: false))
        for row in rows {
            let entry = try HistoryReader.entry(row)
            Self.add(entry, notes: try row.get(12), to: &text)
            sequence = entry.sequence
        }
        return rows.count
    }

    private static func add(_ entry: HistoryEntry, notes: String, to text: inout CSVText) {
        text.add(number: String(entry.sequence))
        text.add(number: entry.createdAt.iso8601)
        text.add(number: entry.effectiveAt.iso8601)
        text.add(number: entry.kind.name)
        text.add(number: entry.transaction.description)
        text.add(entry.account.text)
        text.add(number: entry.change.decimalText)
        text.add(entry.change.unit.code)
        text.add(number: entry.postedAfter.decimalText)
        text.add(number: entry.after?.held.decimalText)
        text.add(number: entry.after?.debt.decimalText)
        text.add(number: entry.amount.decimalText)
        text.add(entry.counterparty?.text)
        text.add(number: entry.hold?.description)
        text.add(number: entry.reverses?.description)
        text.add(entry.payment)
        text.add(entry.job)
        text.add(entry.rate)
        text.add(entry.reason)
        text.add(entry.key.scope)
        text.add(entry.key.text)
        text.add(notes)
        text.endRow()
    }

    private mutating func addJournal(to text: inout CSVText, in tx: ReadTransaction) throws -> Int {
        let condition = HistoryStatements.condition(export.filter)
        let rows = try tx.rows(
            """
            SELECT t.seq, e.line, t.created_us, t.effective_us, t.kind, t.id, a.name, e.amount, u.code, u.scale, u.kind,
                e.posted_after, e.grant_id, t.payment, t.job, t.rate, t.reason, t.scope, t.key, t.meta
            FROM ledger_entry e
                JOIN ledger_txn t ON t.seq = e.txn
                JOIN ledger_account a ON a.id = e.account
                JOIN ledger_unit u ON u.code = a.unit
            WHERE (e.txn, e.line) > (\(sequence), \(line)) AND e.txn < \(below)\(condition)
            ORDER BY e.txn, e.line LIMIT \(limit)
            """)
        for row in rows {
            sequence = try row.get(0)
            line = try row.get(1)
            try Self.addLine(row, to: &text)
        }
        return rows.count
    }

    private static func addLine(_ row: Row, to text: inout CSVText) throws {
        let unit = try Amount.Unit(row, from: 8)
        let id: TransactionID = try ReadRow.id(try row.get(5))
        let grant: Int64? = try row.get(12)
        text.add(number: String(try row.get(0, as: Int64.self)))
        text.add(number: String(try row.get(1, as: Int64.self)))
        text.add(number: try row.get(2, as: Timestamp.self).iso8601)
        text.add(number: try row.get(3, as: Timestamp.self).iso8601)
        text.add(number: try ReadRow.kind(try row.get(4)).name)
        text.add(number: id.description)
        text.add(try row.get(6, as: String.self))
        text.add(number: Amount(steps: try row.get(7), unit: unit).decimalText)
        text.add(unit.code)
        text.add(number: Amount(steps: try row.get(11), unit: unit).decimalText)
        text.add(number: grant.map { String($0) })
        for column in 13...19 { text.add(try row.get(column, as: String?.self)) }
        text.endRow()
    }
}

extension TransactionKind {
    /// The name that exports and the command line show, such as `expire_grant`.
    public var name: String {
        switch self {
        case .open: "open"
        case .grant: "grant"
        case .charge: "charge"
        case .hold: "hold"
        case .capture: "capture"
        case .release: "release"
        case .expireGrant: "expire_grant"
        case .expireHold: "expire_hold"
        case .reverse: "reverse"
        case .clawback: "clawback"
        case .reinstate: "reinstate"
        case .adjust: "adjust"
        case .transfer: "transfer"
        case .close: "close"
        }
    }
}
