// How a person is recognised by a password.

import BuskerCore
public import BuskerDatabase

/// That somebody knew the password of an account a moment ago; only ``AccountStore`` makes one.
public struct LoginProof: Sendable {
    /// The account.
    public let account: Account
    /// The hash that the password was compared with.
    let password: PasswordHash
    /// The hash at today's cost that replaces it.
    let renewed: PasswordHash?
}

extension AccountStore {
    /// Logs a person in: compares the password and opens a session.
    ///
    /// - Parameters:
    ///   - email: the address as it was typed.
    ///   - password: the password as it was typed.
    ///   - client: from where the request comes.
    ///   - label: what the person sees in the list of sessions, such as the name of a browser.
    /// - Throws: ``AccountsError`` with `badCredentials`, `disabled`, `throttled` or `busy`.
    public func login(email: String, password: String, from client: ClientAddress, label: String = "")
        async throws(AccountsError) -> SignedIn
    {
        let proof = try await check(email: email, password: password, from: client)
        return try await writing { [self] tx in try openSession(proof, label: label, in: tx) }
    }

    /// Compares a password, so slowly and so seldom that guessing does not pay.
    ///
    /// One hash is computed for every attempt that is let through: for wrong passwords, for addresses nobody has, for texts that
    /// are no addresses. What is refused says the same in all of these cases. Attempts are counted before they are made.
    ///
    /// - Throws: ``AccountsError`` with `badCredentials`, `disabled`, `throttled` or `busy`.
    public func check(email: String, password: String, from client: ClientAddress) async throws(AccountsError)
        -> LoginProof
    {
        let email = try? EmailAddress(parsing: email)
        let password = try? Password(entered: password)
        let now = clock.now
        let (address, person) = throttles(email, client)
        let row = try await writing { tx in
            try address.take(at: now, in: tx)
            try person.take(at: now, in: tx)
            return try AccountRows.find("email_key = \(email?.key ?? "")", in: tx)
        }
        guard try await hasher.verify(password, against: row?.password), let row, let password else {
            throw .badCredentials
        }
        try await writing { tx in
            try address.giveBack(in: tx)
            try person.forget(in: tx)
        }
        guard !row.account.isDisabled else { throw .disabled }
        let renewed = hasher.isOutdated(row.password) ? try await hasher.hash(password) : nil
        return LoginProof(account: row.account, password: row.password, renewed: renewed)
    }

    /// Opens a session for somebody who knew the password, unless it or the account changed since.
    ///
    /// - Throws: ``AccountsError`` with `badCredentials` or `disabled`, or what the database reports.
    public func openSession(_ proof: LoginProof, label: String = "", in tx: Transaction) throws -> SignedIn {
        let now = clock.now
        guard let row = try AccountRows.find("id = \(proof.account.id)\(tx.dialect.forUpdate)", in: tx),
            row.password == proof.password || row.password == proof.renewed
        else { throw AccountsError.badCredentials }
        guard !row.account.isDisabled else { throw AccountsError.disabled }
        if let renewed = proof.renewed { try AccountRows.save(row.account, renewed, at: now, in: tx) }
        return try begin(row.account, label: label, at: now, in: tx)
    }

    /// The same in a transaction of its own.
    ///
    /// - Throws: ``AccountsError`` with `badCredentials` or `disabled`.
    public func openSession(_ proof: LoginProof, label: String = "") async throws(AccountsError) -> SignedIn {
        try await writing { [self] tx in try openSession(proof, label: label, in: tx) }
    }

    /// The buckets of a login: that of the network address first, always in this order, so that no two logins wait for each other.
    func throttles(_ email: EmailAddress?, _ client: ClientAddress) -> (address: Throttle, person: Throttle) {
        (
            Throttle(.loginOfAddress, client.bytes, limits.loginsOfAddress),
            Throttle(.loginOfAccount, (email?.key ?? "").utf8, limits.loginsOfAccount)
        )
    }
}
