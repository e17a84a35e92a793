// Reads balances, one or many, from one snapshot.

import BuskerCore
import BuskerDatabase

/// Reads balances from one snapshot: one statement for the head, one for each account, more only for what is rare.
struct BalanceReader {
    let limits: LedgerLimits
    /// What the host's clock says.
    let wall: Timestamp

    /// Where the ledger stands, and the moment a command would happen at if it came now.
    struct Head {
        let sequence: Int64
        let createdAt: Int64
        let now: Int64
    }

    /// What one row says of an account.
    private struct Figures {
        let id: Int64
        let unit: Amount.Unit
        let posted: Int64
        let held: Int64
        let debt: Int64
        let due: Int64?
        let scopes: Int64
        let free: Int64
        let soon: Int64
        let over: Int64

        init(_ row: Row) throws {
            id = try row.get(0)
            unit = try ReadRow.unit(row, at: 1)
            posted = try row.get(4)
            held = try row.get(5)
            debt = try row.get(6)
            due = try row.get(7)
            scopes = try row.get(8)
            free = try row.get(9)
            soon = try row.get(10)
            over = try row.get(11)
        }
    }

    func head(in tx: ReadTransaction) throws -> Head {
        guard let row = try tx.first(BalanceStatements.head) else {
            throw LedgerError(.databaseFailed, "The ledger has no tables yet: call migrate() once.")
        }
        let created: Int64 = try row.get(1)
        return Head(
            sequence: try row.get(0), createdAt: created, now: max(wall.microseconds, try created.summed(1)))
    }

    /// The balances in the order of the names; nothing for an account that does not exist.
    func balances(of names: [AccountName], in tx: ReadTransaction) throws -> [Balance?] {
        let head = try head(in: tx)
        let soon = Timestamp(microseconds: head.now).advanced(byMicroseconds: limits.expiringSoonMicroseconds)
        let statements = names.map { BalanceStatements.account($0, now: head.now, soon: soon.microseconds) }
        let answers = statements.count == 1 ? [try tx.rows(statements[0])] : try tx.rows(ofAll: statements)
        var balances: [Balance?] = []
        balances.reserveCapacity(names.count)
        for (name, rows) in zip(names, answers) {
            guard let row = rows.first else {
                balances.append(nil)
                continue
            }
            balances.append(try balance(name, Figures(row), head, soon.microseconds, in: tx))
        }
        return balances
    }

    private func balance(
        _ name: AccountName, _ figures: Figures, _ head: Head, _ soon: Int64, in tx: ReadTransaction
    ) throws -> Balance {
        var due = DueCredit(posted: figures.posted, held: figures.held, debt: figures.debt)
        if let instant = figures.due, instant <= head.now {
            try due.sweep(figures.id, now: head.now, over: figures.over, in: tx)
        }
        let unit = figures.unit
        return Balance(
            account: name,
            posted: Amount(steps: due.posted, unit: unit),
            held: Amount(steps: due.held, unit: unit),
            available: Amount(steps: try figures.free.summed(due.freed[nil] ?? 0), unit: unit),
            debt: Amount(steps: due.debt, unit: unit),
            scoped: try scoped(figures, due, head.now, in: tx),
            expiringSoon: try expiring(figures, due, head.now, soon, in: tx),
            asOfSequence: head.sequence,
            asOf: Timestamp(microseconds: head.now))
    }

    private func scoped(
        _ figures: Figures, _ due: DueCredit, _ now: Int64, in tx: ReadTransaction
    ) throws -> [String: Amount] {
        guard figures.scopes > 0 else { return [:] }
        var steps: [String: Int64] = [:]
        for row in try tx.rows(BalanceStatements.scopes(figures.id, now: now)) {
            steps[try row.get(0)] = try row.get(1)
        }
        for case (let scope?, let freed) in due.freed { steps[scope] = try (steps[scope] ?? 0).summed(freed) }
        return steps.filter { $0.value > 0 }.mapValues { Amount(steps: $0, unit: figures.unit) }
    }

    private func expiring(
        _ figures: Figures, _ due: DueCredit, _ now: Int64, _ soon: Int64, in tx: ReadTransaction
    ) throws -> [ExpiringCredit] {
        let freed = due.freedUntil.filter { $0.key <= soon }
        guard figures.soon > 0 || !freed.isEmpty else { return [] }
        var steps = freed
        let limit = limits.expiringRowsMax
        for row in try tx.rows(BalanceStatements.soon(figures.id, now: now, soon: soon, limit: limit)) {
            let instant: Int64 = try row.get(0)
            steps[instant] = try (steps[instant] ?? 0).summed(try row.get(1))
        }
        return steps.sorted { $0.key < $1.key }.prefix(limit).map { instant, steps in
            ExpiringCredit(amount: Amount(steps: steps, unit: figures.unit), at: Timestamp(microseconds: instant))
        }
    }
}
