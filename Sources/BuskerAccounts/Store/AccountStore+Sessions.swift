// Sessions: how they begin, go on, and end.

public import BuskerCore
public import BuskerDatabase

extension AccountStore {
    /// Begins a session; the one that was idle the longest ends when there would be too many.
    func begin(_ account: Account, label: String, at now: Timestamp, in tx: Transaction) throws -> SignedIn {
        let open = try SessionRows.open(account.id, at: now, in: tx)
        for old in open.dropFirst(max(1, limits.sessionsMax) - 1) {
            try SessionRows.end("id = \(old.id)", reason: "too_many", at: now, in: tx)
        }
        let expires = now.advanced(by: .seconds(min(limits.sessionSeconds, limits.sessionSecondsMax)))
        let session = AccountSession(
            id: ids.make(), account: account.id, label: self.label(label), createdAt: now, usedAt: now,
            expiresAt: expires)
        try SessionRows.insert(session, in: tx)
        return try pair(account, session.id, until: expires, at: now, in: tx)
    }

    /// Gives the next pair for a refresh token, which is good once.
    ///
    /// A token that comes a second time is in two hands: the session is ended for both. Only when it comes again within some
    /// seconds, as a double click sends it, the session goes on for whoever got the pair; clocks of hosts may be apart by the leeway.
    ///
    /// - Throws: ``AccountsError`` with `badToken`, `expired`, `disabled`, `justUsed` or `reused`.
    public func refresh(_ token: String) async throws(AccountsError) -> SignedIn {
        switch try await writing({ [self] tx in try refresh(token, in: tx) }) {
        case .renewed(let pair): return pair
        case .refused(let error): throw error
        }
    }

    /// The same in a transaction, which is to be committed whatever the answer is.
    public func refresh(_ token: String, in tx: Transaction) throws -> Refreshment {
        let now = clock.now
        guard let sum = RefreshToken.sum(of: token), let id = try SessionRows.session(ofToken: sum, in: tx),
            let row = try SessionRows.find("id = \(id)\(tx.dialect.forUpdate)", in: tx)
        else { return .refused(.badToken) }
        guard !row.isEnded else { return .refused(.badToken) }
        if let used = try SessionRows.use(ofToken: sum, in: tx) {
            let age = used.microseconds(until: now)
            let (early, late) = (-max(0, limits.leewaySeconds), max(0, limits.reuseGraceSeconds))
            if early * 1_000_000 <= age, age < late * 1_000_000 {
                return .refused(
                    AccountsError(.justUsed, "The token was used a moment ago; use the pair that came of it."))
            }
            try SessionRows.end("id = \(id)", reason: "reused", at: now, in: tx)
            return .refused(
                AccountsError(.reused, "The token was used before, so the session was ended; log in again."))
        }
        guard now < row.session.expiresAt else { return .refused(.expired) }
        guard let account = try AccountRows.find("id = \(row.session.account)", in: tx)?.account else {
            return .refused(.badToken)
        }
        guard !account.isDisabled else { return .refused(.disabled) }
        try SessionRows.markUsed(sum, at: now, in: tx)
        let end = row.session.createdAt.advanced(by: .seconds(limits.sessionSecondsMax))
        let expires = min(now.advanced(by: .seconds(limits.sessionSeconds)), end)
        try SessionRows.refreshed(id, until: expires, at: now, in: tx)
        return .renewed(try pair(account, id, until: expires, at: now, in: tx))
    }

    private func pair(
        _ account: Account, _ session: SessionID, until expires: Timestamp, at now: Timestamp, in tx: Transaction
    ) throws -> SignedIn {
        let refresh = RefreshToken(chance)
        try SessionRows.insertToken(refresh.sum, session, in: tx)
        let signed = try tokens.sign(account.id, session, account.role, seconds: limits.accessSeconds, at: now)
        return SignedIn(
            account: account, session: session, access: signed.token, accessExpiresAt: signed.claims.expiresAt,
            refresh: refresh.text, refreshExpiresAt: expires)
    }

    /// Who holds an access token: genuine, of an open session, of an account that may log in, at this moment.
    ///
    /// - Throws: ``AccountsError`` with `badToken`, `expired` or `disabled`.
    public func authenticate(_ accessToken: String) async throws(AccountsError) -> Principal {
        let claims = try tokens.verify(accessToken, at: clock.now, leeway: .seconds(limits.leewaySeconds))
        return try await reading { [self] tx in try principal(claims, in: tx) }
    }

    /// The same in a transaction.
    public func authenticate(_ accessToken: String, in tx: ReadTransaction) throws -> Principal {
        try principal(tokens.verify(accessToken, at: clock.now, leeway: .seconds(limits.leewaySeconds)), in: tx)
    }

    private func principal(_ claims: AccessClaims, in tx: ReadTransaction) throws -> Principal {
        guard let row = try SessionRows.find("id = \(claims.session)", in: tx), !row.isEnded,
            row.session.account == claims.account,
            let account = try AccountRows.find("id = \(claims.account)", in: tx)?.account
        else { throw AccountsError.badToken }
        guard !account.isDisabled else { throw AccountsError.disabled }
        return Principal(account: account, proof: .session(claims.session))
    }

    /// The open sessions of an account, the one used last first.
    public func sessions(of account: AccountID) async throws(AccountsError) -> [AccountSession] {
        let now = clock.now
        return try await reading { tx in try SessionRows.open(account, at: now, in: tx) }
    }

    /// Ends a session of an account: its tokens are good for nothing from now on.
    ///
    /// - Throws: ``AccountsError`` with `notFound` when the account has no such session that is open.
    public func endSession(_ id: SessionID, of account: AccountID) async throws(AccountsError) {
        try await writing { [self] tx in try endSession(id, of: account, in: tx) }
    }

    /// The same in a transaction.
    public func endSession(_ id: SessionID, of account: AccountID, in tx: Transaction) throws {
        let count = try SessionRows.end(
            "id = \(id) AND account = \(account)", reason: "revoked", at: clock.now, in: tx)
        guard count > 0 else { throw AccountsError(.notFound, "There is no such session.") }
    }

    /// Ends every session of an account, or every one but one; how many there were.
    @discardableResult
    public func endSessions(of account: AccountID, besides kept: SessionID? = nil) async throws(AccountsError) -> Int {
        try await writing { [self] tx in try endSessions(of: account, besides: kept, in: tx) }
    }

    /// The same in a transaction.
    @discardableResult
    public func endSessions(of account: AccountID, besides kept: SessionID? = nil, in tx: Transaction) throws -> Int {
        let others: SQL = kept.map { "AND id <> \($0)" } ?? ""
        return try SessionRows.end("account = \(account) \(others)", reason: "revoked", at: clock.now, in: tx)
    }
}
