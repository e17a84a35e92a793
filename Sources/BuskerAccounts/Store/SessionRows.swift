// Sessions and refresh tokens in the tables.

import BuskerCore
import BuskerDatabase

/// Reads and writes sessions.
enum SessionRows {
    /// A session with what only the store needs.
    struct Row: Sendable {
        let session: AccountSession
        let isEnded: Bool
    }

    private static let columns: SQL = "id, account, label, created_us, used_us, expires_us, ended_us"

    static func find(_ condition: SQL, in tx: ReadTransaction) throws -> Row? {
        try tx.first("SELECT \(columns) FROM accounts_session WHERE \(condition)").map(row)
    }

    /// Sessions that are open, the one used last first.
    static func open(_ account: AccountID, at now: Timestamp, in tx: ReadTransaction) throws -> [AccountSession] {
        try tx.rows(
            """
            SELECT \(columns) FROM accounts_session WHERE account = \(account) AND ended_us IS NULL
            AND expires_us > \(now) ORDER BY used_us DESC, id DESC
            """
        ).map { try row($0).session }
    }

    static func insert(_ s: AccountSession, in tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO accounts_session (\(columns)) VALUES (\(s.id), \(s.account), \(s.label), \(s.createdAt),
            \(s.usedAt), \(s.expiresAt), \(Timestamp?.none))
            """)
    }

    static func refreshed(_ id: SessionID, until expires: Timestamp, at now: Timestamp, in tx: Transaction) throws {
        try tx.execute(
            "UPDATE accounts_session SET used_us = \(now), expires_us = \(expires) WHERE id = \(id)")
    }

    /// Ends sessions that are open; how many there were.
    @discardableResult
    static func end(_ condition: SQL, reason: String, at now: Timestamp, in tx: Transaction) throws -> Int {
        try tx.execute(
            """
            UPDATE accounts_session SET ended_us = \(now), reason = \(reason)
            WHERE ended_us IS NULL AND \(condition)
            """)
    }

    static func insertToken(_ sum: [UInt8], _ session: SessionID, in tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO accounts_refresh (sum, session, used_us) VALUES (\(sum), \(session), \(Timestamp?.none))
            """)
    }

    /// The session of a token that was given here once.
    static func session(ofToken sum: [UInt8], in tx: ReadTransaction) throws -> SessionID? {
        try tx.value("SELECT session FROM accounts_refresh WHERE sum = \(sum)")
    }

    /// When a token was used; nothing when it was not.
    static func use(ofToken sum: [UInt8], in tx: ReadTransaction) throws -> Timestamp? {
        try tx.value("SELECT used_us FROM accounts_refresh WHERE sum = \(sum)", as: Timestamp?.self) ?? nil
    }

    static func markUsed(_ sum: [UInt8], at now: Timestamp, in tx: Transaction) throws {
        try tx.execute("UPDATE accounts_refresh SET used_us = \(now) WHERE sum = \(sum)")
    }

    private static func row(_ row: BuskerDatabase.Row) throws -> Row {
        let session = AccountSession(
            id: try row.get(0), account: try row.get(1), label: try row.get(2), createdAt: try row.get(3),
            usedAt: try row.get(4), expiresAt: try row.get(5))
        return Row(session: session, isEnded: try row.get(6, as: Timestamp?.self) != nil)
    }
}
