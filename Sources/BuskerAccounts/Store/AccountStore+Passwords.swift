// How a password changes.

public import BuskerCore
public import BuskerDatabase

extension AccountStore {
    /// Changes a password for somebody who knows the present one; every other session ends.
    ///
    /// Attempts count as logins to the account do.
    ///
    /// - Parameters:
    ///   - principal: who asks, by a session.
    ///   - current: the present password as it was typed.
    ///   - new: the password to come.
    ///   - client: from where the request comes.
    /// - Throws: ``AccountsError`` with `badCredentials`, `forbidden` for API keys, `throttled`, `busy`.
    public func changePassword(
        _ principal: Principal, current: String, new: Password, from client: ClientAddress
    ) async throws(AccountsError) {
        guard case .session(let session) = principal.proof else {
            throw AccountsError(.forbidden, "A password is changed in a session, not by a key.")
        }
        let proof = try await check(email: principal.account.email.text, password: current, from: client)
        guard proof.account.id == principal.account.id else { throw .badCredentials }
        let hash = try await hasher.hash(new)
        try await writing { [self] tx in try changePassword(proof, hash, keeping: session, in: tx) }
    }

    /// The same in a transaction, for somebody who knew the present password a moment ago.
    ///
    /// - Throws: ``AccountsError`` with `changed` when the password is another one by now.
    public func changePassword(
        _ proof: LoginProof, _ hash: PasswordHash, keeping session: SessionID?, in tx: Transaction
    ) throws {
        let row = try AccountRows.lock(proof.account.id, in: tx)
        guard row.password == proof.password, !row.account.isDisabled else {
            throw AccountsError(.changed, "The account changed meanwhile; log in and try again.")
        }
        try set(hash, of: row.account, keeping: session, at: clock.now, in: tx)
    }

    /// Sets a password: other sessions end, links to set another are good no more, and its person is told.
    func set(
        _ hash: PasswordHash, of account: Account, keeping session: SessionID?, at now: Timestamp, in tx: Transaction
    ) throws {
        try AccountRows.save(account, hash, at: now, in: tx)
        try endSessions(of: account.id, besides: session, in: tx)
        try LinkRows.forget(account.id, "reset", in: tx)
        try effects.apply(.passwordChanged(account), in: tx)
        try mail(.passwordChanged, account, at: now, in: tx)
    }
}
