// API keys: made, used, revoked.

public import BuskerCore
public import BuskerDatabase

extension AccountStore {
    /// Makes a key; its text is shown now and never again.
    ///
    /// - Parameters:
    ///   - account: whose key it is.
    ///   - name: what its owner calls it, 1 to 100 bytes.
    ///   - scopes: what it may do, each a word of letters, digits, `.`, `:`, `-`, `_`.
    ///   - expiresAt: when it is over; nothing when never.
    /// - Throws: ``AccountsError`` with `badRequest`, `tooMany` or `notFound`.
    public func makeKey(
        of account: AccountID, name: String, scopes: Set<String>, expiresAt: Timestamp? = nil
    ) async throws(AccountsError) -> NewAPIKey {
        try await writing { [self] tx in
            try makeKey(of: account, name: name, scopes: scopes, expiresAt: expiresAt, in: tx)
        }
    }

    /// The same in a transaction.
    public func makeKey(
        of account: AccountID, name: String, scopes: Set<String>, expiresAt: Timestamp? = nil, in tx: Transaction
    ) throws -> NewAPIKey {
        let now = clock.now
        guard (1...AccountLimits.labelBytesMax).contains(name.utf8.count), label(name) == name,
            (1...limits.scopesMax).contains(scopes.count), scopes.allSatisfy(Self.isScope)
        else {
            throw AccountsError(
                .badRequest, "A key has a name of 1 to 100 bytes and 1 to \(limits.scopesMax) scopes, which are words.")
        }
        guard expiresAt.map({ $0 > now }) ?? true else {
            throw AccountsError(.badRequest, "The key would be over before it begins.")
        }
        guard !(try AccountRows.lock(account, in: tx).account.isDisabled) else { throw AccountsError.disabled }
        let count: Int =
            try tx.value(
                """
                SELECT count(*) FROM accounts_key WHERE account = \(account) AND revoked_us IS NULL
                AND (expires_us IS NULL OR expires_us > \(now))
                """) ?? 0
        guard count < limits.keysMax else {
            throw AccountsError(.tooMany, "The account has \(limits.keysMax) keys; revoke one first.")
        }
        let made = APIKeyText.make(chance)
        let key = APIKey(
            id: ids.make(), account: account, prefix: made.prefix, name: name, scopes: scopes, createdAt: now,
            expiresAt: expiresAt, revokedAt: nil, usedAt: nil)
        try KeyRows.insert(key, made.sum, in: tx)
        return NewAPIKey(key: key, text: made.text)
    }

    /// Who holds a key: one that is neither revoked nor over, of an account that may log in.
    ///
    /// - Throws: ``AccountsError`` with `badToken`, `expired` or `disabled`.
    public func authenticate(key text: String) async throws(AccountsError) -> Principal {
        guard let given = APIKeyText.parse(text) else { throw .badToken }
        let now = clock.now
        let (principal, id, used) = try await reading { tx in
            let found = try KeyRows.find("prefix = \(given.prefix)", in: tx)
            guard let found, TokenText.equal(found.sum, given.sum), found.key.revokedAt == nil,
                let account = try AccountRows.find("id = \(found.key.account)", in: tx)?.account
            else { throw AccountsError.badToken }
            if let end = found.key.expiresAt, end <= now { throw AccountsError.expired }
            guard !account.isDisabled else { throw AccountsError.disabled }
            let principal = Principal(account: account, proof: .key(found.key.id, scopes: found.key.scopes))
            return (principal, found.key.id, found.key.usedAt)
        }
        let stale = now.advanced(by: .seconds(-limits.touchSeconds))
        if used.map({ $0 < stale }) ?? true {
            try await writing { tx in
                try tx.execute("UPDATE accounts_key SET used_us = \(now) WHERE id = \(id) AND revoked_us IS NULL")
            }
        }
        return principal
    }

    /// The keys of an account, the newest first.
    public func keys(of account: AccountID) async throws(AccountsError) -> [APIKey] {
        let most = limits.pageRowsMax
        return try await reading { tx in
            try KeyRows.list("account = \(account) ORDER BY id DESC LIMIT \(most)", in: tx).map(\.key)
        }
    }

    /// Revokes a key of an account, for good.
    ///
    /// - Throws: ``AccountsError`` with `notFound` when the account has no such key that is good.
    public func revokeKey(_ id: APIKeyID, of account: AccountID) async throws(AccountsError) {
        try await writing { [self] tx in try revokeKey(id, of: account, in: tx) }
    }

    /// The same in a transaction.
    public func revokeKey(_ id: APIKeyID, of account: AccountID, in tx: Transaction) throws {
        let count = try tx.execute(
            """
            UPDATE accounts_key SET revoked_us = \(clock.now)
            WHERE id = \(id) AND account = \(account) AND revoked_us IS NULL
            """)
        guard count > 0 else { throw AccountsError(.notFound, "There is no such key.") }
    }

    private static func isScope(_ text: String) -> Bool {
        (1...AccountLimits.labelBytesMax).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy {
                $0.isASCII
                    && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || ".:-_".unicodeScalars.contains($0))
            }
    }
}

/// Keys in the table.
enum KeyRows {
    private static let columns: SQL =
        "id, account, prefix, sum, name, scopes, created_us, expires_us, revoked_us, used_us"

    static func insert(_ k: APIKey, _ sum: [UInt8], in tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO accounts_key (\(columns)) VALUES (\(k.id), \(k.account), \(k.prefix), \(sum), \(k.name),
            \(k.scopes.sorted().joined(separator: " ")), \(k.createdAt), \(k.expiresAt), \(k.revokedAt), \(k.usedAt))
            """)
    }

    static func find(_ condition: SQL, in tx: ReadTransaction) throws -> (key: APIKey, sum: [UInt8])? {
        try list("\(condition) LIMIT 1", in: tx).first
    }

    static func list(_ condition: SQL, in tx: ReadTransaction) throws -> [(key: APIKey, sum: [UInt8])] {
        try tx.rows("SELECT \(columns) FROM accounts_key WHERE \(condition)").map { row in
            let scopes: String = try row.get(5)
            let key = APIKey(
                id: try row.get(0), account: try row.get(1), prefix: try row.get(2), name: try row.get(4),
                scopes: Set(scopes.split(separator: " ").map(String.init)), createdAt: try row.get(6),
                expiresAt: try row.get(7), revokedAt: try row.get(8), usedAt: try row.get(9))
            return (key, try row.get(3))
        }
    }
}
