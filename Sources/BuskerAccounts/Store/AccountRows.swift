// Accounts in the tables.

import BuskerCore
import BuskerDatabase

/// An account with what only the store may know.
struct AccountRow: Sendable {
    let account: Account
    let password: PasswordHash
}

/// Reads and writes accounts; erased ones are found by nothing.
enum AccountRows {
    private static let columns: SQL = "id, email, email_key, password, role, state, created_us, verified_us"

    static func find(_ condition: SQL, in tx: ReadTransaction) throws -> AccountRow? {
        try tx.first("SELECT \(columns) FROM accounts_account WHERE state <> 'erased' AND \(condition)").map(row)
    }

    static func list(_ condition: SQL, in tx: ReadTransaction) throws -> [Account] {
        try tx.rows("SELECT \(columns) FROM accounts_account WHERE state <> 'erased' AND \(condition)")
            .map { try row($0).account }
    }

    /// The account, held until the transaction is over.
    static func lock(_ id: AccountID, in tx: Transaction) throws -> AccountRow {
        guard let row = try find("id = \(id)\(tx.dialect.forUpdate)", in: tx) else { throw AccountsError.noAccount }
        return row
    }

    /// Inserts an account unless its address is taken.
    static func insert(_ a: Account, _ password: PasswordHash, in tx: Transaction) throws -> Bool {
        try tx.execute(
            """
            INSERT INTO accounts_account (\(columns), changed_us)
            VALUES (\(a.id), \(a.email.text), \(a.email.key), \(password.text), \(a.role.rawValue),
            \(a.isDisabled ? "disabled" : "active"), \(a.createdAt), \(a.verifiedAt), \(a.createdAt))
            ON CONFLICT (email_key) DO NOTHING
            """) > 0
    }

    static func save(_ a: Account, _ password: PasswordHash, at now: Timestamp, in tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE accounts_account SET password = \(password.text), role = \(a.role.rawValue),
            state = \(a.isDisabled ? "disabled" : "active"), verified_us = \(a.verifiedAt), changed_us = \(now)
            WHERE id = \(a.id) AND state <> 'erased'
            """)
    }

    /// Writes a new address, which is verified by that.
    ///
    /// - Returns: whether nobody else has it.
    static func move(_ id: AccountID, to email: EmailAddress, at now: Timestamp, in tx: Transaction) throws -> Bool {
        do {
            try tx.savepoint {
                try tx.execute(
                    """
                    UPDATE accounts_account SET email = \(email.text), email_key = \(email.key), verified_us = \(now),
                    changed_us = \(now) WHERE id = \(id) AND state <> 'erased'
                    """)
            }
            return true
        } catch let error as DatabaseError {
            guard error.code == .uniqueViolation else { throw error }
            return false
        }
    }

    static func erase(_ id: AccountID, at now: Timestamp, in tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE accounts_account SET email = \(String?.none), email_key = \(String?.none),
            password = \(String?.none), role = 'user', state = 'erased', verified_us = \(Timestamp?.none),
            changed_us = \(now) WHERE id = \(id)
            """)
    }

    /// Refuses to take the last administrator away; all of them are held until the transaction is over.
    static func keepAnAdmin(besides id: AccountID, in tx: Transaction) throws {
        let admins: [AccountID] = try tx.rows(
            """
            SELECT id FROM accounts_account WHERE role = 'admin' AND state = 'active'
            ORDER BY id\(tx.dialect.forUpdate)
            """
        ).map { try $0.get(0) }
        guard admins.contains(where: { $0 != id }) else {
            throw AccountsError(.lastAdmin, "This is the last administrator; make another one first.")
        }
    }

    private static func row(_ row: Row) throws -> AccountRow {
        guard let role = AccountRole(rawValue: try row.get(4)), let state: String = try row.get(5),
            ["active", "disabled"].contains(state)
        else { throw AccountsError.strangeRow }
        let account = Account(
            id: try row.get(0), email: EmailAddress(stored: try row.get(1), key: try row.get(2)), role: role,
            isDisabled: state == "disabled", verifiedAt: try row.get(7), createdAt: try row.get(6))
        return AccountRow(account: account, password: try PasswordHash(parsing: try row.get(3)))
    }
}

extension Account {
    /// The same account with something changed.
    func with(
        email: EmailAddress? = nil, role: AccountRole? = nil, isDisabled: Bool? = nil, verifiedAt: Timestamp? = nil
    ) -> Account {
        Account(
            id: id, email: email ?? self.email, role: role ?? self.role, isDisabled: isDisabled ?? self.isDisabled,
            verifiedAt: verifiedAt ?? self.verifiedAt, createdAt: createdAt)
    }
}
