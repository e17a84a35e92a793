// The text of every statement that looks rows up.

/// Each is written out once, so that it is prepared once.
extension LedgerReading {
    static let byKey = ListSelect(
        head: "SELECT \(TransactionRow.columns) FROM ledger_txn t WHERE t.scope = $1 AND", column: "t.key")
    static let refusalByKey = ListSelect(
        head: "SELECT \(RefusalRow.columns) FROM ledger_refusal r WHERE r.scope = $1 AND", column: "r.key")
    static let bySequence = ListSelect(
        head: "SELECT \(TransactionRow.columns) FROM ledger_txn t WHERE", column: "t.seq")
    static let units = ListSelect(head: "SELECT code, scale, kind FROM ledger_unit WHERE", column: "code")

    private static let account =
        "SELECT \(AccountRow.columns) FROM ledger_account a JOIN ledger_unit u ON u.code = a.unit WHERE"
    static let accountByName = ListSelect(head: account, column: "a.name")
    static let accountByNumber = ListSelect(head: account, column: "a.id")

    static let targets = ListSelect(
        head: "SELECT \(TransactionRow.columns) FROM ledger_txn t WHERE", column: "t.id")
    static let targetAccounts = ListSelect(
        head: """
            SELECT \(AccountRow.columns) FROM ledger_txn t JOIN ledger_account a ON a.id = t.account
            JOIN ledger_unit u ON u.code = a.unit WHERE
            """,
        column: "t.id")
    static let targetHolds = ListSelect(
        head: "SELECT \(HoldRow.columns) FROM ledger_txn t JOIN ledger_hold h ON h.id = t.seq WHERE", column: "t.id")
    static let targetSlices = ListSelect(
        head: "SELECT \(SliceRow.columns) FROM ledger_txn t JOIN ledger_alloc s ON s.owner = t.seq WHERE",
        column: "t.id", order: " ORDER BY owner, ord")
    static let targetGrants = ListSelect(
        head: """
            SELECT \(GrantRow.columns) FROM ledger_txn t JOIN ledger_alloc s ON s.owner = t.seq
            JOIN ledger_grant g ON g.id = s.grant_id WHERE
            """,
        column: "t.id")
    static let ownerSlices = ListSelect(
        head: "SELECT \(SliceRow.columns) FROM ledger_alloc s WHERE", column: "s.owner", order: " ORDER BY owner, ord")
    static let ownerGrants = ListSelect(
        head: "SELECT \(GrantRow.columns) FROM ledger_alloc s JOIN ledger_grant g ON g.id = s.grant_id WHERE",
        column: "s.owner")

    static let grantsByPayment = ListSelect(
        head: "SELECT \(GrantRow.columns) FROM ledger_grant g WHERE", column: "g.payment", order: " ORDER BY id")
    static let clawed = ListSelect(
        head: """
            SELECT payment, CAST(SUM(CASE kind WHEN 10 THEN amount ELSE -amount END) AS bigint) FROM ledger_txn
            WHERE kind IN (10, 11) AND
            """,
        column: "payment", tail: " GROUP BY payment")

    static let lane = ListSelect(
        head: "SELECT \(GrantRow.columns) FROM ledger_grant g WHERE g.scope = $1 AND g.live = 1 AND",
        column: "g.account")
    private static let pageHead = """
        SELECT \(GrantRow.columns) FROM ledger_grant g WHERE g.account = $1 AND g.scope = $2 AND g.live = 1
        """
    private static let pageTail = " ORDER BY g.priority, g.expires_us, g.paid, g.effective_us, g.id LIMIT "
    private static let beyond = """
         AND (g.priority, g.expires_us, g.paid, g.effective_us, g.id)
        """
    static let firstPage = pageHead + pageTail + "$3"
    static let nextPage = pageHead + beyond + " > ($3, $4, $5, $6, $7)" + pageTail + "$8"
    static let sum = """
        SELECT CAST(SUM(g.remaining - g.held) AS bigint) FROM ledger_grant g
        WHERE g.account = $1 AND g.scope = $2 AND g.live = 1 AND g.effective_us <= $3 AND g.expires_us > $4
        """
    static let sumBeyond = sum + beyond + " > ($5, $6, $7, $8, $9)"
    static let scopes = "SELECT DISTINCT scope FROM ledger_grant WHERE account = $1 AND live = 1"

    static let dueGrants = """
        SELECT \(GrantRow.columns) FROM ledger_grant g
        WHERE g.account = $1 AND g.live = 1 AND g.expires_us <= $2 AND g.remaining > g.held
        AND (g.expires_us, g.id) > ($3, $4) ORDER BY g.expires_us, g.id LIMIT $5
        """
    static let dueHolds = """
        SELECT \(HoldRow.columns) FROM ledger_hold h
        WHERE h.account = $1 AND h.state = 1 AND h.expires_us <= $2
        AND (h.expires_us, h.id) > ($3, $4) ORDER BY h.expires_us, h.id LIMIT $5
        """
    static let dueNotices = """
        SELECT \(GrantRow.columns) FROM ledger_grant g
        WHERE g.account = $1 AND g.live = 1 AND g.notice = 1 AND g.expires_us <= $2
        AND (g.expires_us, g.id) > ($3, $4) ORDER BY g.expires_us, g.id LIMIT $5
        """
    static let nextEnds = """
        SELECT
        (SELECT expires_us FROM ledger_grant WHERE account = $1 AND live = 1 AND expires_us > $2
        ORDER BY expires_us LIMIT 1),
        (SELECT expires_us FROM ledger_hold WHERE account = $1 AND state = 1 AND expires_us > $2
        ORDER BY expires_us LIMIT 1),
        (SELECT expires_us FROM ledger_grant WHERE account = $1 AND live = 1 AND notice = 1 AND expires_us > $3
        ORDER BY expires_us LIMIT 1)
        """
    static let dueAccounts = """
        SELECT id FROM ledger_account WHERE due_us IS NOT NULL AND due_us <= $1 ORDER BY due_us, id LIMIT $2
        """
}
