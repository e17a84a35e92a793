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

    /// What the rows of an account say: its own figures, and what its grants of each scope add up to.
    private struct Figures {
        let id: Int64
        let unit: Amount.Unit
        let due: Int64?
        /// What can be spent, by scope; an empty one stands for everything.
        var usable: [ByteText: Int64] = [:]
        var soon: Int64 = 0
        var over: Int64 = 0
        var swept: DueCredit

        init(_ rows: [Row], _ first: Row) throws {
            id = try first.get(0)
            unit = try Amount.Unit(first, from: 1)
            due = try first.get(7)
            swept = DueCredit(posted: try first.get(4), held: try first.get(5), debt: try first.get(6))
            for row in rows {
                guard let scope = try row.get(8, as: String?.self) else { continue }
                usable[ByteText(scope)] = try row.get(9)
                soon = try soon.summed(try row.get(10))
                over = try over.summed(try row.get(11))
            }
        }
    }

    func head(in tx: ReadTransaction) throws -> Head {
        guard let row = try tx.first(BalanceStatements.head) else {
            throw LedgerError(.databaseFailed, "The ledger has no tables yet: call migrate() once.")
        }
        let created: Int64 = try row.get(1)
        return Head(
            sequence: try row.get(0), createdAt: created,
            now: max(min(wall.microseconds, LedgerLimits.balanceMax), try created.summed(1)))
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
            guard let first = rows.first else {
                balances.append(nil)
                continue
            }
            balances.append(try balance(name, Figures(rows, first), head, soon.microseconds, in: tx))
        }
        return balances
    }

    private func balance(
        _ name: AccountName, _ found: Figures, _ head: Head, _ soon: Int64, in tx: ReadTransaction
    ) throws -> Balance {
        var figures = found
        if let due = figures.due, due <= head.now {
            try figures.swept.sweep(figures.id, now: head.now, over: figures.over, in: tx)
            for (scope, freed) in figures.swept.freed {
                figures.usable[scope] = try (figures.usable[scope] ?? 0).summed(freed)
            }
        }
        let unit = figures.unit
        let available = figures.usable.removeValue(forKey: ByteText("")) ?? 0
        return Balance(
            account: name,
            posted: Amount(steps: figures.swept.posted, unit: unit),
            held: Amount(steps: figures.swept.held, unit: unit),
            available: Amount(steps: available, unit: unit),
            debt: Amount(steps: figures.swept.debt, unit: unit),
            scoped: figures.usable.filter { $0.value > 0 }
                .map { ScopedCredit(scope: $0.key.text, amount: Amount(steps: $0.value, unit: unit)) }
                .sorted { $0.scope.utf8.lexicographicallyPrecedes($1.scope.utf8) },
            expiringSoon: try expiring(figures, head.now, soon, in: tx),
            asOfSequence: head.sequence,
            asOf: Timestamp(microseconds: head.now))
    }

    private func expiring(
        _ figures: Figures, _ now: Int64, _ soon: Int64, in tx: ReadTransaction
    ) throws -> [ExpiringCredit] {
        var steps = figures.swept.freedUntil.filter { $0.key <= soon }
        guard figures.soon > 0 || !steps.isEmpty else { return [] }
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
