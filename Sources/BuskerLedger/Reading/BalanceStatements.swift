// The statements behind a balance.

import BuskerCore
import BuskerDatabase

/// The statements behind a balance; their texts never change, so that each is prepared once.
enum BalanceStatements {
    /// The last transaction and its time.
    static let head = SQL(text: "SELECT seq, created_us FROM ledger_head WHERE id = 1", values: [])

    private static let accountText = """
        SELECT a.id, a.unit, u.scale, u.kind, a.posted, a.held, a.debt, a.due_us, g.scope,
            CAST(coalesce(sum(CASE WHEN g.effective_us <= $1 AND g.expires_us > $1
                THEN g.remaining - g.held END), 0) AS bigint),
            CAST(coalesce(sum(CASE WHEN g.effective_us <= $1 AND g.expires_us > $1 AND g.expires_us <= $2
                THEN g.remaining - g.held END), 0) AS bigint),
            CAST(coalesce(sum(CASE WHEN g.expires_us <= $1 THEN g.remaining - g.held END), 0) AS bigint)
        FROM ledger_account a JOIN ledger_unit u ON u.code = a.unit
            LEFT JOIN ledger_grant g ON g.account = a.id AND g.live = 1
        WHERE a.name = $3 GROUP BY a.id, u.code, g.scope
        """

    /// The account's figures beside what its grants of each scope add up to: usable now, ending until `soon`, over but
    /// not swept.
    ///
    /// One row at least; the index on grants gives them in the order of their scopes.
    static func account(_ name: AccountName, now: Int64, soon: Int64) -> SQL {
        SQL(text: accountText, values: [.integer(now), .integer(soon), .text(name.text)])
    }

    private static let soonText = """
        SELECT g.expires_us, CAST(sum(g.remaining - g.held) AS bigint)
        FROM ledger_grant g
        WHERE g.account = $1 AND g.live = 1 AND g.remaining > g.held AND g.effective_us <= $2 AND g.expires_us > $2
            AND g.expires_us <= $3
        GROUP BY g.expires_us ORDER BY g.expires_us LIMIT $4
        """

    /// What ends when, the earliest first.
    static func soon(_ account: Int64, now: Int64, soon: Int64, limit: Int) -> SQL {
        SQL(text: soonText, values: [.integer(account), .integer(now), .integer(soon), .integer(Int64(limit))])
    }

    private static let dueText = """
        SELECT h.id, h.expires_us, s.amount, g.scope, g.effective_us, g.expires_us
        FROM ledger_hold h JOIN ledger_alloc s ON s.owner = h.id JOIN ledger_grant g ON g.id = s.grant_id
        WHERE h.account = $1 AND h.state = 1 AND h.expires_us <= $2
        ORDER BY h.expires_us, h.id, s.ord
        """

    /// The slices of the holds that are over but not swept, in the order of their ends.
    static func dueSlices(_ account: Int64, now: Int64) -> SQL {
        SQL(text: dueText, values: [.integer(account), .integer(now)])
    }

    private static let overText = """
        SELECT CAST(coalesce(sum(g.remaining - g.held), 0) AS bigint) FROM ledger_grant g
        WHERE g.account = $1 AND g.live = 1 AND g.expires_us <= $2
        """

    /// What is free in grants that are over but not swept.
    static func over(_ account: Int64, now: Int64) -> SQL {
        SQL(text: overText, values: [.integer(account), .integer(now)])
    }
}
