// Reads grants and holds, a page at a time.

import BuskerCore
import BuskerDatabase

/// Reads the grants and holds of an account, a page at a time.
struct CreditReader {
    static let grantList = "ledger.grants"
    static let holdList = "ledger.holds"

    let name: AccountName
    let request: PageRequest
    let limits: LedgerLimits
    let wall: Timestamp

    private var limit: Int { min(request.limit, limits.pageRowsMax) }

    private func now(in tx: ReadTransaction) throws -> Int64 {
        try BalanceReader(limits: limits, wall: wall).head(in: tx).now
    }

    /// What the account has grants of, in the order in which they burn.
    func grants(in tx: ReadTransaction) throws -> Page<GrantRecord> {
        let account = try HistoryReader.number(of: name, in: tx)
        let now = try now(in: tx)
        let rows = try tx.rows(
            """
            SELECT g.id, t.id, g.category, g.priority, g.scope, g.amount, g.remaining, g.held, g.effective_us,
                g.expires_us, g.cost_minor, g.cost_currency, g.payment, u.code, u.scale, u.kind, g.paid
            FROM ledger_grant g JOIN ledger_account a ON a.id = g.account JOIN ledger_unit u ON u.code = a.unit
                JOIN ledger_txn t ON t.seq = g.txn
            WHERE g.account = \(account) AND g.live = 1 AND (g.expires_us > \(now) OR g.held > 0)\(try afterGrant())
            ORDER BY g.priority, CASE WHEN g.scope = '' THEN 1 ELSE 0 END, g.expires_us, g.paid, g.effective_us, g.id
            LIMIT \(limit + 1)
            """)
        let items = try rows.prefix(limit).map { try grant($0, now) }
        guard rows.count > limit else { return Page(items: items, next: nil) }
        return Page(items: items, next: try cursor(rows[limit - 1]))
    }

    private func afterGrant() throws -> SQL {
        guard let cursor = request.after else { return "" }
        let place = try cursor.position(
            in: Self.grantList, as: Int64.self, Int64.self, Int64.self, Int64.self, Int64.self, Int64.self)
        return """
             AND (g.priority, CASE WHEN g.scope = '' THEN 1 ELSE 0 END, g.expires_us, g.paid, g.effective_us, g.id)
            > (\(place.0), \(place.1), \(place.2), \(place.3), \(place.4), \(place.5))
            """
    }

    private func cursor(_ row: Row) throws -> Cursor {
        let scope: String = try row.get(4)
        let priority: Int64 = try row.get(3)
        let expires: Int64 = try row.get(9)
        let paid: Int64 = try row.get(16)
        let effective: Int64 = try row.get(8)
        let id: Int64 = try row.get(0)
        return try Cursor(
            list: Self.grantList, after: priority, scope.isEmpty ? Int64(1) : Int64(0), expires, paid, effective, id)
    }

    private func grant(_ row: Row, _ now: Int64) throws -> GrantRecord {
        let unit = try Amount.Unit(row, from: 13)
        let expires: Int64 = try row.get(9)
        let held: Int64 = try row.get(7)
        let remaining: Int64 = expires > now ? try row.get(6) : held
        let scope: String = try row.get(4)
        guard let category = GrantCategory(rawValue: try row.get(2)) else {
            throw LedgerError(.corrupt, "A grant has a category that this release does not know.")
        }
        let terms = GrantTerms(
            category, priority: try row.get(3), scope: scope.isEmpty ? nil : scope,
            effectiveAt: try row.get(8), expiresAt: expires == .max ? nil : Timestamp(microseconds: expires),
            cost: try cost(row), payment: try row.get(12))
        return GrantRecord(
            number: try row.get(0), transaction: try ReadRow.id(try row.get(1)), terms: terms,
            amount: Amount(steps: try row.get(5), unit: unit), remaining: Amount(steps: remaining, unit: unit),
            held: Amount(steps: held, unit: unit))
    }

    private func cost(_ row: Row) throws -> Money? {
        guard let minor = try row.get(10, as: Int64?.self), let code = try row.get(11, as: String?.self) else {
            return nil
        }
        return Money(minorUnits: minor, currency: try Currency(code))
    }

    private static let holdColumns: SQL = """
        h.id, t.id, h.amount, h.captured, h.state, h.expires_us, c.id, h.scope, h.job, t.created_us, u.code, u.scale,
        u.kind, a.name
        """

    /// The holds of the account, the newest first; closed ones too where they are wanted.
    func holds(closedToo: Bool, in tx: ReadTransaction) throws -> Page<HoldRecord> {
        let account = try HistoryReader.number(of: name, in: tx)
        let now = try now(in: tx)
        let below = try request.after?.position(in: Self.holdList, as: Int64.self) ?? .max
        let which: SQL =
            closedToo
            ? "t.account = \(account) AND t.kind = \(TransactionKind.hold.rawValue) AND t.seq < \(below)"
            : "h.account = \(account) AND h.state = 1 AND h.expires_us > \(now) AND h.id < \(below)"
        let rows = try tx.rows(Self.holds(where: which, limit: limit + 1))
        let items = try rows.prefix(limit).map { try Self.hold($0, now) }
        guard rows.count > limit else { return Page(items: items, next: nil) }
        let last: Int64 = try rows[limit - 1].get(0)
        return Page(items: items, next: try Cursor(list: Self.holdList, after: last))
    }

    /// The hold of a name, if there is one.
    static func hold(_ id: HoldID, now: Int64, in tx: ReadTransaction) throws -> HoldRecord? {
        try tx.first(holds(where: "t.id = \(id.bytes)", limit: 1)).map { try hold($0, now) }
    }

    private static func holds(where which: SQL, limit: Int) -> SQL {
        """
        SELECT \(holdColumns)
        FROM ledger_hold h JOIN ledger_txn t ON t.seq = h.id JOIN ledger_account a ON a.id = h.account
            JOIN ledger_unit u ON u.code = a.unit LEFT JOIN ledger_txn c ON c.seq = h.closed_by
        WHERE \(which) ORDER BY h.id DESC LIMIT \(limit)
        """
    }

    private static func hold(_ row: Row, _ now: Int64) throws -> HoldRecord {
        let unit = try Amount.Unit(row, from: 10)
        guard let stored = HoldRecord.State(rawValue: try row.get(4)) else {
            throw LedgerError(.corrupt, "A hold has a state that this release does not know.")
        }
        let expires: Timestamp = try row.get(5)
        let isOver = stored == .active && expires.microseconds <= now
        let closedBy: [UInt8]? = try row.get(6)
        return HoldRecord(
            id: try ReadRow.id(try row.get(1)), account: AccountName(trusted: try row.get(13)),
            amount: Amount(steps: try row.get(2), unit: unit), captured: Amount(steps: try row.get(3), unit: unit),
            state: isOver ? .expired : stored, expiresAt: expires, closedBy: try closedBy.map { try ReadRow.id($0) },
            scope: try row.get(7), job: try row.get(8), createdAt: try row.get(9))
    }
}
