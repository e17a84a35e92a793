// Reads what an account had at another moment.

import BuskerCore
import BuskerDatabase

/// Reads what an account had at another moment, from its transactions and what has fallen due since.
struct PastReader {
    let name: AccountName
    let moment: Timestamp
    let basis: PastBalance.Basis

    private struct Account {
        let id: Int64
        let unit: Amount.Unit
        let receivable: Int64
        let posted: Int64
        let held: Int64
        let debt: Int64
        let due: Int64?

        init(_ row: Row) throws {
            id = try row.get(0)
            unit = try Amount.Unit(row, from: 1)
            posted = try row.get(4)
            held = try row.get(5)
            debt = try row.get(6)
            due = try row.get(7)
            receivable = try row.get(8)
        }
    }

    private struct Figures {
        var posted: Int64 = 0
        var held: Int64 = 0
        var debt: Int64 = 0

        mutating func add(posted: Int64, held: Int64, debt: Int64) throws(LedgerError) {
            self.posted = try self.posted.summed(posted)
            self.held = try self.held.summed(held)
            self.debt = try self.debt.summed(debt)
        }
    }

    /// The balance at the moment.
    ///
    /// - Throws: ``LedgerError`` with `unknownAccount`.
    func balance(in tx: ReadTransaction) throws -> PastBalance {
        guard let row = try tx.first(accountStatement) else { throw LedgerError.noAccount(name) }
        let account = try Account(row)
        let last = try SequenceFinder.last(until: moment, in: tx)
        var figures = try recorded(account, last, in: tx)
        if basis == .effective {
            try addMoved(to: &figures, account, last, in: tx)
            try addUnswept(to: &figures, account, in: tx)
        }
        return PastBalance(
            account: name,
            posted: Amount(steps: figures.posted, unit: account.unit),
            held: Amount(steps: figures.held, unit: account.unit),
            debt: Amount(steps: figures.debt, unit: account.unit),
            at: moment, basis: basis, asOfSequence: last)
    }

    private var accountStatement: SQL {
        """
        SELECT a.id, a.unit, u.scale, u.kind, a.posted, a.held, a.debt, a.due_us, coalesce(r.id, 0)
        FROM ledger_account a JOIN ledger_unit u ON u.code = a.unit
            LEFT JOIN ledger_account r ON r.name = \(HouseAccount.receivable.name(unit: "")) || a.unit
        WHERE a.name = \(name.text)
        """
    }

    /// What stood on the account after the transaction `last`, as it was written down.
    private func recorded(_ account: Account, _ last: Int64, in tx: ReadTransaction) throws -> Figures {
        var figures = Figures()
        let own = try tx.first(
            """
            SELECT seq, posted, held, debt FROM ledger_txn
            WHERE account = \(account.id) AND seq <= \(last) ORDER BY seq DESC LIMIT 1
            """)
        if let own { try figures.add(posted: own.get(1), held: own.get(2), debt: own.get(3)) }
        let sequence: Int64 = try own?.get(0) ?? 0
        let received = try tx.first(
            """
            SELECT CAST(coalesce(sum(CASE WHEN e.account = \(account.id) THEN e.amount END), 0) AS bigint),
                CAST(coalesce(sum(CASE WHEN e.account = \(account.receivable) THEN e.amount END), 0) AS bigint)
            FROM ledger_txn t JOIN ledger_entry e ON e.txn = t.seq
            WHERE t.peer = \(account.id) AND t.seq > \(sequence) AND t.seq <= \(last)
            """)
        if let received { try figures.add(posted: received.get(0), held: 0, debt: Int64(0).lessened(received.get(1))) }
        return figures
    }

    /// Adds what was written down later but took effect by the moment, and leaves out what was to take effect after it.
    private func addMoved(
        to figures: inout Figures, _ account: Account, _ last: Int64, in tx: ReadTransaction
    ) throws {
        let late = try moved(account, "t.seq > \(last) AND t.effective_us <= \(moment)", in: tx)
        try figures.add(posted: late.posted, held: late.held, debt: late.debt)
        let early = try moved(account, "t.seq <= \(last) AND t.effective_us > \(moment)", in: tx)
        try figures.add(
            posted: Int64(0).lessened(early.posted), held: Int64(0).lessened(early.held),
            debt: Int64(0).lessened(early.debt))
    }

    private func moved(_ account: Account, _ condition: SQL, in tx: ReadTransaction) throws -> Figures {
        var figures = Figures()
        let row = try tx.first(
            """
            SELECT CAST(coalesce(sum(m.posted), 0) AS bigint), CAST(coalesce(sum(m.owed), 0) AS bigint),
                CAST(coalesce(sum(m.held), 0) AS bigint)
            FROM (
                SELECT (SELECT sum(e.amount) FROM ledger_entry e WHERE e.txn = t.seq AND e.account = \(account.id))
                        AS posted,
                    (SELECT sum(e.amount) FROM ledger_entry e WHERE e.txn = t.seq AND e.account = \(account.receivable))
                        AS owed,
                    CASE WHEN t.kind = \(TransactionKind.expireHold.rawValue) THEN t.amount END AS held
                FROM ledger_txn t WHERE t.account = \(account.id) AND \(condition)
            ) AS m
            """)
        if let row {
            try figures.add(
                posted: row.get(0), held: Int64(0).lessened(row.get(2)), debt: Int64(0).lessened(row.get(1)))
        }
        return figures
    }

    /// Adds what is due by the moment and has not been swept yet.
    private func addUnswept(to figures: inout Figures, _ account: Account, in tx: ReadTransaction) throws {
        guard let due = account.due, due <= moment.microseconds else { return }
        let now = moment.microseconds
        let over = try tx.value(BalanceStatements.over(account.id, now: now), as: Int64.self) ?? 0
        var swept = DueCredit(posted: account.posted, held: account.held, debt: account.debt)
        try swept.sweep(account.id, now: now, over: over, in: tx)
        try figures.add(
            posted: swept.posted.lessened(account.posted), held: swept.held.lessened(account.held),
            debt: swept.debt.lessened(account.debt))
    }
}
