// The text of every statement that looks rows up.

/// Each is written out once, so that it is prepared once.
extension LedgerReading {
    static let byKey = "SELECT \(TransactionRow.columns) FROM ledger_txn t WHERE t.scope = $1 AND t.key IN "
    static let refusalByKey = "SELECT \(RefusalRow.columns) FROM ledger_refusal r WHERE r.scope = $1 AND r.key IN "
    static let bySequence = "SELECT \(TransactionRow.columns) FROM ledger_txn t WHERE t.seq IN "

    static let accountByName = """
        SELECT \(AccountRow.columns) FROM ledger_account a JOIN ledger_unit u ON u.code = a.unit WHERE a.name IN \

        """
    static let accountByNumber = """
        SELECT \(AccountRow.columns) FROM ledger_account a JOIN ledger_unit u ON u.code = a.unit WHERE a.id IN \

        """

    static let targets = "SELECT \(TransactionRow.columns) FROM ledger_txn t WHERE t.id IN "
    static let targetAccounts = """
        SELECT \(AccountRow.columns) FROM ledger_txn t JOIN ledger_account a ON a.id = t.account
        JOIN ledger_unit u ON u.code = a.unit WHERE t.id IN \

        """
    static let targetHolds = """
        SELECT \(HoldRow.columns) FROM ledger_txn t JOIN ledger_hold h ON h.id = t.seq WHERE t.id IN \

        """
    static let targetSlices = """
        SELECT \(SliceRow.columns) FROM ledger_txn t JOIN ledger_alloc s ON s.owner = t.seq WHERE t.id IN \

        """
    static let targetGrants = """
        SELECT \(GrantRow.columns) FROM ledger_txn t JOIN ledger_alloc s ON s.owner = t.seq
        JOIN ledger_grant g ON g.id = s.grant_id WHERE t.id IN \

        """
    static let ownerSlices = "SELECT \(SliceRow.columns) FROM ledger_alloc s WHERE s.owner IN "
    static let ownerGrants = """
        SELECT \(GrantRow.columns) FROM ledger_alloc s JOIN ledger_grant g ON g.id = s.grant_id WHERE s.owner IN \

        """

    static let grantsByPayment = "SELECT \(GrantRow.columns) FROM ledger_grant g WHERE g.payment IN "
    static let clawed = """
        SELECT payment, CAST(SUM(CASE kind WHEN 10 THEN amount ELSE -amount END) AS bigint) FROM ledger_txn
        WHERE payment IN \

        """

    static let lane = """
        SELECT \(GrantRow.columns) FROM ledger_grant g WHERE g.scope = $1 AND g.live = 1 AND g.account IN \

        """
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
