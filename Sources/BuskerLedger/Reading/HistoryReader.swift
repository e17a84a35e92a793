// Reads transactions as an account saw them.

import BuskerCore
import BuskerDatabase

/// Reads transactions as an account saw them, a page at a time.
enum HistoryReader {
    /// The list that a cursor of a history belongs to.
    static let list = "ledger.history"

    /// A page of what an account saw, the newest first.
    ///
    /// - Throws: ``LedgerError`` with `unknownAccount` or `badCursor`.
    static func page(
        of name: AccountName, _ filter: HistoryFilter, _ request: PageRequest, _ limits: LedgerLimits,
        in tx: ReadTransaction
    ) throws -> Page<HistoryEntry> {
        let account = try number(of: name, in: tx)
        let limit = min(request.limit, limits.pageRowsMax)
        var span = try HistoryStatements.span(filter, in: tx)
        span.below = min(span.below, try place(request.after))
        let window = HistoryStatements.window(
            of: account, span, HistoryStatements.condition(filter), limit: limit + 1)
        return try page(window, limit, in: tx)
    }

    /// A page of the transactions that a condition finds, the newest first.
    static func page(
        where condition: SQL, _ request: PageRequest, _ limits: LedgerLimits, in tx: ReadTransaction
    ) throws -> Page<HistoryEntry> {
        let limit = min(request.limit, limits.pageRowsMax)
        let span = HistoryStatements.Span(below: try place(request.after))
        return try page(HistoryStatements.window(where: condition, span, limit: limit + 1), limit, in: tx)
    }

    private static func page(_ window: SQL, _ limit: Int, in tx: ReadTransaction) throws -> Page<HistoryEntry> {
        let rows = try tx.rows(HistoryStatements.entries(window))
        let items = try rows.prefix(limit).map(entry)
        guard rows.count > limit, let last = items.last else { return Page(items: items, next: nil) }
        return Page(items: items, next: try Cursor(list: list, after: last.sequence))
    }

    private static func place(_ cursor: Cursor?) throws -> Int64 {
        try cursor?.position(in: list, as: Int64.self) ?? .max
    }

    /// The number of an account.
    ///
    /// - Throws: ``LedgerError`` with `unknownAccount`.
    static func number(of name: AccountName, in tx: ReadTransaction) throws -> Int64 {
        let statement: SQL = "SELECT id FROM ledger_account WHERE name = \(name.text)"
        guard let number = try tx.value(statement, as: Int64.self) else { throw LedgerError.noAccount(name) }
        return number
    }

    /// The transaction of a name with its lines, if there is one.
    static func transaction(_ id: TransactionID, in tx: ReadTransaction) throws -> LedgerTransaction? {
        let window = HistoryStatements.window(where: "id = \(id.bytes)", HistoryStatements.Span(), limit: 1)
        guard let row = try tx.first(HistoryStatements.entries(window)) else { return nil }
        let entry = try entry(row)
        let lines = try tx.rows(
            """
            SELECT a.name, e.grant_id, e.amount, e.posted_after FROM ledger_entry e
                JOIN ledger_account a ON a.id = e.account
            WHERE e.txn = \(entry.sequence) ORDER BY e.line
            """)
        return LedgerTransaction(
            entry: entry, lines: try lines.map { try line($0, entry.amount.unit) }, hash: try row.get(23))
    }

    private static func line(_ row: Row, _ unit: Amount.Unit) throws -> LedgerTransaction.Line {
        LedgerTransaction.Line(
            account: AccountName(trusted: try row.get(0)), grant: try row.get(1),
            amount: Amount(steps: try row.get(2), unit: unit), postedAfter: Amount(steps: try row.get(3), unit: unit))
    }

    /// One transaction as an account saw it.
    static func entry(_ row: Row) throws -> HistoryEntry {
        let unit = try Amount.Unit(row, from: 15)
        let kind = try ReadRow.kind(try row.get(2))
        let id: TransactionID = try ReadRow.id(try row.get(1))
        let isOwn: Bool = try row.get(22)
        let posted: Int64 = try row.get(6)
        let after = Standing(
            posted: Amount(steps: posted, unit: unit), held: Amount(steps: try row.get(7), unit: unit),
            debt: Amount(steps: try row.get(8), unit: unit))
        let closed: [UInt8]? = try row.get(20)
        let reversed: [UInt8]? = try row.get(21)
        let postedAfter: Int64? = try row.get(25)
        let hold: HoldID? = try closed.map { try ReadRow.id($0) }
        return HistoryEntry(
            transaction: id, sequence: try row.get(0), account: AccountName(trusted: try row.get(18)), kind: kind,
            key: IdempotencyKey(trusted: try row.get(4), scope: try row.get(3)),
            amount: Amount(steps: try row.get(5), unit: unit),
            change: Amount(steps: try row.get(24), unit: unit),
            postedAfter: Amount(steps: isOwn ? posted : postedAfter ?? 0, unit: unit), after: isOwn ? after : nil,
            counterparty: try row.get(19, as: String?.self).map { AccountName(trusted: $0) },
            hold: kind == .hold ? HoldID(sharing: id) : hold, reverses: try reversed.map { try ReadRow.id($0) },
            payment: try row.get(9), job: try row.get(10), rate: try row.get(11), reason: try row.get(26),
            notes: try NotesReader.decode(try row.get(12)), createdAt: try row.get(13), effectiveAt: try row.get(14))
    }
}
