// Checks what stands on accounts against their transactions, grants and holds.

import BuskerCore
import BuskerDatabase

/// Checks every account of a range against what its transactions, grants and holds say.
struct AccountPass {
    let followed: FollowedAccounts
    /// The first number that is not checked here.
    let end: Int64

    private static let text = """
        SELECT a.id, a.name, a.house, a.posted, a.held, a.debt, a.grants,
            (SELECT CAST(coalesce(sum(g.remaining), 0) AS bigint) FROM ledger_grant g
                WHERE g.account = a.id AND g.live = 1),
            (SELECT CAST(coalesce(sum(g.held), 0) AS bigint) FROM ledger_grant g
                WHERE g.account = a.id AND g.live = 1),
            (SELECT count(*) FROM ledger_grant g WHERE g.account = a.id AND g.live = 1),
            (SELECT CAST(coalesce(sum(h.amount), 0) AS bigint) FROM ledger_hold h
                WHERE h.account = a.id AND h.state = 1)
        FROM ledger_account a WHERE a.id >= $1 AND a.id < $2 ORDER BY a.id LIMIT $3
        """

    private struct Account {
        let id: Int64
        let name: String
        let isHouse: Bool
        let posted: Int64
        let held: Int64
        let debt: Int64
        let grants: Int64
        let remaining: Int64
        let pinned: Int64
        let live: Int64
        let active: Int64

        init(_ row: Row) throws {
            id = try row.get(0)
            name = try row.get(1)
            isHouse = try row.get(2, as: Int64.self) != 0
            posted = try row.get(3)
            held = try row.get(4)
            debt = try row.get(5)
            grants = try row.get(6)
            remaining = try row.get(7)
            pinned = try row.get(8)
            live = try row.get(9)
            active = try row.get(10)
        }
    }

    func run(_ context: inout VerifyContext, in tx: ReadTransaction) throws {
        var next = followed.first
        while next < end {
            let page = SQL(
                text: Self.text,
                values: [.integer(next), .integer(end), .integer(Int64(VerifyContext.pageRows))])
            let accounts = try tx.rows(page).map { try Account($0) }
            guard let last = accounts.last else { return }
            for account in accounts {
                checkHistory(account, &context)
                if !account.isHouse { checkCredit(account, &context) }
            }
            try context.advance(accounts.count)
            next = last.id + 1
        }
    }

    private func checkHistory(_ account: Account, _ context: inout VerifyContext) {
        guard let place = followed.place(of: account.id) else { return }
        if followed.posted[place] != account.posted {
            context.note(
                .postedFollows,
                """
                Account \(account.name) has \(account.posted) steps posted, its transactions add up to \
                \(followed.posted[place]).
                """)
        }
        guard !account.isHouse else { return }
        if followed.held[place] != account.held {
            context.note(
                .holdsCover,
                "Account \(account.name) has \(account.held) steps held, its last transaction says \(followed.held[place])."
            )
        }
        if followed.debt[place] != account.debt {
            context.note(
                .bounds,
                "Account \(account.name) owes \(account.debt) steps, its transactions say \(followed.debt[place]).")
        }
    }

    private func checkCredit(_ account: Account, _ context: inout VerifyContext) {
        let name = account.name
        if account.remaining != account.posted {
            context.note(
                .grantsCover,
                "Account \(name) has \(account.posted) steps posted, its grants have \(account.remaining) left.")
        }
        if account.pinned != account.held || account.active != account.held {
            context.note(
                .holdsCover,
                """
                Account \(name) has \(account.held) steps held; its active holds set aside \(account.active), its grants \
                have pinned \(account.pinned).
                """)
        }
        if account.live != account.grants {
            context.note(
                .bounds,
                "Account \(name) says it has \(account.grants) grants with something left, it has \(account.live).")
        }
        let inBounds =
            account.held >= 0 && account.held <= account.posted && account.posted <= LedgerLimits.balanceMax
            && account.debt >= 0 && (account.debt == 0 || account.posted == account.held)
        if !inBounds {
            context.note(
                .bounds,
                """
                Account \(name) has \(account.posted) steps posted, \(account.held) held and owes \(account.debt): held is \
                never more than posted, and who owes has nothing free.
                """)
        }
    }
}
