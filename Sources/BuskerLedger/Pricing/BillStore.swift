// Bills, usage lines and free quotas in the tables.

import BuskerCore
import BuskerDatabase

/// A bill as the tables have it.
struct BillRow {
    let id: Int64
    let request: [UInt8]
    let kind: Int64
    let account: Int64
    let transaction: Int64?
    let card: String
    let version: Int
    let amount: Int64
}

/// Reads and writes what priced commands leave behind.
enum BillStore {
    /// The bill of a key.
    static func bill(_ key: IdempotencyKey, in tx: ReadTransaction) throws(LedgerError) -> BillRow? {
        try bill("scope = \(key.scope) AND key = \(key.text)", in: tx)
    }

    /// The bill of the transaction that made a hold.
    static func bill(hold: HoldID, in tx: ReadTransaction) throws(LedgerError) -> BillRow? {
        try bill("txn = (SELECT seq FROM ledger_txn WHERE id = \(hold)) AND kind = 2", in: tx)
    }

    private static func bill(_ condition: SQL, in tx: ReadTransaction) throws(LedgerError) -> BillRow? {
        let row = try tx.find(
            first: "SELECT id, req, kind, account, txn, card, version, amount FROM ledger_bill WHERE \(condition)")
        guard let row else { return nil }
        return BillRow(
            id: try row.read(0), request: try row.read(1), kind: try row.read(2), account: try row.read(3),
            transaction: try row.read(4), card: try row.read(5), version: try row.read(6), amount: try row.read(7))
    }

    /// What an account used of the free quotas of a card, by meter, in the periods that hold an instant.
    static func freeUsed(
        _ card: RateCard, account: Int64, at instant: Timestamp, in tx: ReadTransaction
    ) throws(LedgerError) -> [String: Int64] {
        var used: [String: Int64] = [:]
        for meter in card.meters {
            guard let free = meter.free, free.perPeriod > 0 else { continue }
            used[meter.name] = try tx.find(
                value: """
                    SELECT used FROM ledger_quota WHERE account = \(account) AND card = \(card.name)
                    AND meter = \(meter.name) AND start_us = \(free.period.start(at: instant))
                    """)
        }
        return used
    }

    /// Writes a bill with its lines and what it used of free quotas, and returns the lines.
    static func save(
        _ quote: Quote, _ kind: Bill.Kind, _ order: PricedOrder, request: [UInt8], account: Int64, receipt: Receipt?,
        in tx: Transaction
    ) throws(LedgerError) -> [UsageLine] {
        let created = receipt?.createdAt ?? quote.at
        let id: Int64? = try tx.find(
            value: """
                INSERT INTO ledger_bill
                (scope, key, req, kind, account, txn, card, version, amount, job, created_us)
                VALUES (\(order.key.scope), \(order.key.text), \(request), \(kind.rawValue), \(account),
                \(receipt?.sequence), \(quote.card), \(quote.version), \(quote.total.steps), \(order.job), \(created))
                RETURNING id
                """)
        guard let id else { throw LedgerError(.databaseFailed, "The database gave a bill no number.") }
        if kind == .hold { return [] }
        let lines = quote.lines.enumerated().map { at, line in
            UsageLine(
                bill: id, line: at, usage: line.usage, billed: line.billed,
                free: line.freeForJob + line.freeForPeriod, amount: line.amount, job: order.job,
                transaction: receipt?.transaction, createdAt: created)
        }
        try save(lines, account: account, sequence: receipt?.sequence, in: tx)
        try saveQuotas(quote, account: account, in: tx)
        return lines
    }

    private static func save(
        _ lines: [UsageLine], account: Int64, sequence: Int64?, in tx: Transaction
    ) throws(LedgerError) {
        let rows: [[SQLValue]] = lines.map { line in
            [
                .integer(line.bill), .integer(Int64(line.line)), .integer(account),
                sequence.map { .integer($0) } ?? .null, line.job.map { .text($0) } ?? .null, .text(line.usage.meter),
                .integer(line.usage.quantity), .integer(line.usage.step), .integer(line.billed), .integer(line.free),
                .integer(line.amount.steps), .integer(line.createdAt.microseconds),
            ]
        }
        try tx.put(
            into: "ledger_usage",
            columns: [
                "bill", "line", "account", "txn", "job", "meter", "quantity", "step", "billed", "free", "amount",
                "created_us",
            ], rows: rows)
    }

    private static func saveQuotas(_ quote: Quote, account: Int64, in tx: Transaction) throws(LedgerError) {
        var used: [String: (start: Timestamp, taken: Int64)] = [:]
        for line in quote.lines where line.freeForPeriod > 0 {
            guard let start = line.periodStart else { continue }
            used[line.usage.meter, default: (start, 0)].taken += line.freeForPeriod
        }
        for (meter, use) in used.sorted(by: { $0.key < $1.key }) {
            try tx.run(
                """
                INSERT INTO ledger_quota (account, card, meter, start_us, used)
                VALUES (\(account), \(quote.card), \(meter), \(use.start), \(use.taken))
                ON CONFLICT (account, card, meter, start_us)
                DO UPDATE SET used = ledger_quota.used + excluded.used
                """)
        }
    }

    /// The columns of a usage line, as ``line(_:)`` reads them.
    static let columns: SQL = """
        b.id, s.line, s.meter, s.quantity, s.step, s.billed, s.free, s.amount, s.job, t.id, s.created_us,
        u.code, u.scale, u.kind FROM ledger_usage s JOIN ledger_bill b ON b.id = s.bill
        JOIN ledger_account a ON a.id = s.account JOIN ledger_unit u ON u.code = a.unit
        LEFT JOIN ledger_txn t ON t.seq = s.txn
        """

    static func line(_ row: Row) throws(LedgerError) -> UsageLine {
        let unit = try row.unit(at: 11)
        return UsageLine(
            bill: try row.read(0), line: try row.read(1),
            usage: Usage(try row.read(2), try row.read(3, as: Int64.self), step: try row.read(4)),
            billed: try row.read(5),
            free: try row.read(6), amount: Amount(steps: try row.read(7), unit: unit), job: try row.read(8),
            transaction: try row.read(9), createdAt: try row.read(10))
    }

    /// The lines of a bill.
    static func lines(of bill: Int64, in tx: ReadTransaction) throws(LedgerError) -> [UsageLine] {
        let rows = try tx.find(all: "SELECT \(columns) WHERE s.bill = \(bill) ORDER BY s.line")
        var lines: [UsageLine] = []
        for row in rows { lines.append(try line(row)) }
        return lines
    }
}
