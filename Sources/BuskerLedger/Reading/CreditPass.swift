// Checks grants, holds, keys and sums.

import BuskerCore
import BuskerDatabase

/// Checks grants and holds one by one, that no key was used twice, and the sums of all accounts.
enum CreditPass {
    static func run(_ context: inout VerifyContext, in tx: ReadTransaction) throws {
        try checkGrants(&context, in: tx)
        try checkHolds(&context, in: tx)
        try checkPins(&context, in: tx)
        try checkKeys(&context, in: tx)
        try checkBooks(&context, in: tx)
    }

    private static func checkGrants(_ context: inout VerifyContext, in tx: ReadTransaction) throws {
        var last: Int64 = .min
        while true {
            let rows = try tx.rows(
                """
                SELECT g.id, g.txn, g.amount, g.remaining, g.held, g.live, a.name, a.house
                FROM ledger_grant g LEFT JOIN ledger_account a ON a.id = g.account
                WHERE g.id > \(last) ORDER BY g.id LIMIT \(VerifyContext.pageRows)
                """)
            guard let end = rows.last else { return }
            for row in rows {
                let (amount, remaining): (Int64, Int64) = (try row.get(2), try row.get(3))
                let (held, live): (Int64, Int64) = (try row.get(4), try row.get(5))
                let isBounded = 0 <= held && held <= remaining && remaining <= amount && (live == 1) == (remaining > 0)
                let id: Int64 = try row.get(0)
                guard let name = try row.get(6, as: String?.self), isBounded, (0...1).contains(live) else {
                    context.note(
                        .bounds,
                        """
                        Grant \(id), made by transaction \(try row.get(1, as: Int64.self)), of account \(try row.get(6, as: String?.self) ?? "(none)") has \(remaining) of \(amount) \
                        steps left, \(held) held: it was changed.
                        """)
                    continue
                }
                if try row.get(7, as: Int64.self) != 0 {
                    context.note(.bounds, "Grant \(id) is on \(name), which never has grants.")
                }
            }
            last = try end.get(0)
            try context.advance(rows.count)
        }
    }

    private static func checkHolds(_ context: inout VerifyContext, in tx: ReadTransaction) throws {
        var last: Int64 = .min
        while true {
            let rows = try tx.rows(
                """
                SELECT h.id, h.amount, h.captured, h.state, h.closed_by, t.kind, c.kind, c.hold,
                    (SELECT CAST(coalesce(sum(s.taken), 0) AS bigint) FROM ledger_alloc s WHERE s.owner = h.id)
                FROM ledger_hold h LEFT JOIN ledger_txn t ON t.seq = h.id LEFT JOIN ledger_txn c ON c.seq = h.closed_by
                WHERE h.id > \(last) ORDER BY h.id LIMIT \(VerifyContext.pageRows)
                """)
            guard let end = rows.last else { return }
            for row in rows { try checkHold(row, &context) }
            last = try end.get(0)
            try context.advance(rows.count)
        }
    }

    private static func checkHold(_ row: Row, _ context: inout VerifyContext) throws {
        let id: Int64 = try row.get(0)
        let (amount, captured): (Int64, Int64) = (try row.get(1), try row.get(2))
        let closedBy: Int64? = try row.get(4)
        let kind = try row.get(6, as: Int64?.self).flatMap { TransactionKind(rawValue: $0) }
        let state = HoldRecord.State(rawValue: try row.get(3))
        let fits =
            switch state {
            case .active: closedBy == nil && captured == 0
            case .captured: kind == .capture && captured > 0
            case .released: kind == .release && captured == 0
            case .expired: kind == .expireHold && captured == 0
            case nil: false
            }
        let closes: Int64? = try row.get(7)
        let isOwn = closedBy == nil || closes == id
        if !fits || !isOwn {
            context.note(
                .once, at: id,
                "The hold of transaction \(id) says it is \(state.map { "\($0)" } ?? "nothing known"); no transaction closed it so."
            )
        }
        let made: Int64? = try row.get(5)
        guard made == TransactionKind.hold.rawValue else {
            context.note(.holdsCover, at: id, "Hold \(id) was made by no transaction: it was added.")
            return
        }
        if !(0...max(0, amount)).contains(captured) || amount <= 0 {
            context.note(
                .bounds, at: id, "Of the hold of transaction \(id) \(captured) of \(amount) steps were captured.")
        }
        let taken: Int64 = try row.get(8)
        if taken != captured {
            context.note(
                .slicesCover, at: id,
                "Of the hold of transaction \(id) \(captured) steps were captured, its slices say \(taken).")
        }
    }

    /// What active holds have set aside of each grant must be what the grant has pinned.
    private static func checkPins(_ context: inout VerifyContext, in tx: ReadTransaction) throws {
        try tx.forEach(
            """
            SELECT g.id, g.txn, g.held, p.pinned FROM ledger_grant g LEFT JOIN (
                SELECT s.grant_id, CAST(sum(s.amount) AS bigint) AS pinned
                FROM ledger_hold h JOIN ledger_alloc s ON s.owner = h.id WHERE h.state = 1 GROUP BY s.grant_id
            ) AS p ON p.grant_id = g.id
            WHERE g.live = 1 AND g.held <> coalesce(p.pinned, 0) ORDER BY g.id LIMIT \(context.limits.problemsMax)
            """
        ) { row in
            let pinned = try row.get(3, as: Int64?.self) ?? 0
            context.note(
                .holdsCover,
                """
                Grant \(try row.get(0, as: Int64.self)), made by transaction \(try row.get(1, as: Int64.self)), has \(try row.get(2, as: Int64.self)) steps pinned, active holds set \
                aside \(pinned) of it.
                """)
        }
        try context.advance(0)
    }

    private static func checkKeys(_ context: inout VerifyContext, in tx: ReadTransaction) throws {
        try tx.forEach(
            """
            SELECT max(seq), scope, key FROM ledger_txn GROUP BY scope, key HAVING count(*) > 1
            ORDER BY 1 LIMIT \(context.limits.problemsMax)
            """
        ) { row in
            let sequence: Int64 = try row.get(0)
            context.note(.once, at: sequence, "Transaction \(sequence) has the key of an earlier one.")
        }
        try context.advance(0)
    }

    private static func checkBooks(_ context: inout VerifyContext, in tx: ReadTransaction) throws {
        for sums in try HouseReader.sums(in: tx) where !sums.isBalanced {
            context.note(
                .booksBalance,
                """
                In \(sums.unit) customers have \(sums.text(sums.customers)) and owe \(sums.text(sums.debt)); the ledger's own \
                accounts have \(sums.text(sums.house)) and claim \(sums.text(sums.receivable)): they do not cancel out.
                """)
        }
    }
}
