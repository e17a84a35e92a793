// Links in mails: to verify an address, to set a new password.

public import BuskerCore
public import BuskerDatabase

/// Links in the table; each is good once, until its time is over.
enum LinkRows {
    static func insert(
        _ sum: [UInt8], _ account: AccountID?, _ purpose: String, _ emailKey: String, until expires: Timestamp,
        at now: Timestamp, in tx: Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO accounts_link (sum, account, purpose, email_key, created_us, expires_us, used_us)
            VALUES (\(sum), \(account), \(purpose), \(emailKey), \(now), \(expires), \(Timestamp?.none))
            """)
    }

    /// Whose link it is, when it can be used.
    static func owner(_ sum: [UInt8], _ purpose: String, at now: Timestamp, in tx: ReadTransaction) throws -> AccountID?
    {
        try tx.value(
            """
            SELECT account FROM accounts_link WHERE sum = \(sum) AND purpose = \(purpose) AND used_us IS NULL
            AND account IS NOT NULL AND expires_us > \(now)
            """)
    }

    /// Uses a link; nothing when it cannot be used, or is used by another at this moment.
    static func use(_ sum: [UInt8], _ purpose: String, at now: Timestamp, in tx: Transaction) throws -> AccountRow? {
        let row = try tx.first(
            """
            UPDATE accounts_link SET used_us = \(now) WHERE sum = \(sum) AND purpose = \(purpose) AND used_us IS NULL
            AND account IS NOT NULL AND expires_us > \(now) RETURNING account, email_key
            """)
        guard let row else { return nil }
        let account = try AccountRows.lock(try row.get(0), in: tx)
        return account.account.email.key == (try row.get(1)) ? account : nil
    }

    /// Forgets the links of an account that are for one purpose, or all.
    static func forget(_ account: AccountID, _ purpose: String? = nil, in tx: Transaction) throws {
        let which: SQL = purpose.map { "AND purpose = \($0)" } ?? ""
        try tx.execute("DELETE FROM accounts_link WHERE account = \(account) \(which)")
    }
}

extension AccountStore {
    /// Sends the mail that verifies an address once more.
    ///
    /// - Throws: ``AccountsError`` with `throttled`, or `notFound`.
    public func requestVerification(of id: AccountID) async throws(AccountsError) {
        try await writing { [self] tx in try requestVerification(of: id, in: tx) }
    }

    /// The same in a transaction.
    public func requestVerification(of id: AccountID, in tx: Transaction) throws {
        let now = clock.now
        let account = try AccountRows.lock(id, in: tx).account
        guard !account.isVerified else { return }
        try Throttle(.mailOfAccount, account.email.key.utf8, limits.mails).take(at: now, in: tx)
        try mail(.verify, account, at: now, in: tx)
    }

    /// Takes the token of a mail as proof that the address is right.
    ///
    /// - Throws: ``AccountsError`` with `badToken` when the link was used, is over, or was never made.
    @discardableResult
    public func verifyEmail(token: String) async throws(AccountsError) -> Account {
        try await writing { [self] tx in try verifyEmail(token: token, in: tx) }
    }

    /// The same in a transaction.
    @discardableResult
    public func verifyEmail(token: String, in tx: Transaction) throws -> Account {
        let now = clock.now
        guard let sum = LinkToken.sum(of: token), let row = try LinkRows.use(sum, "verify", at: now, in: tx) else {
            throw AccountsError.badLink
        }
        guard !row.account.isVerified else { return row.account }
        let account = row.account.with(verifiedAt: now)
        try AccountRows.save(account, row.password, at: now, in: tx)
        try effects.apply(.verified(account), in: tx)
        return account
    }

    /// Sends a mail with a link to set a new password, if an account has the address; nobody is told whether one has.
    ///
    /// The mail goes to the stored address. For an address that nobody has, the same rows are written.
    ///
    /// - Throws: ``AccountsError`` with `throttled`, which counts requests for addresses that nobody has all the same.
    public func requestReset(email: String, from client: ClientAddress) async throws(AccountsError) {
        guard let email = try? EmailAddress(parsing: email) else { return }
        try await writing { [self] tx in try requestReset(email, from: client, in: tx) }
    }

    /// The same in a transaction.
    public func requestReset(_ email: EmailAddress, from client: ClientAddress, in tx: Transaction) throws {
        let now = clock.now
        let wide = ThrottleRule(burst: limits.mails.burst * 10, everySeconds: max(1, limits.mails.everySeconds / 10))
        try Throttle(.mailOfAddress, client.bytes, wide).take(at: now, in: tx)
        try Throttle(.mailOfAccount, email.key.utf8, limits.mails).take(at: now, in: tx)
        let account = try AccountRows.find("email_key = \(email.key)", in: tx)?.account
        guard let account, !account.isDisabled else {
            let until = now.advanced(by: .seconds(limits.resetSeconds))
            return try LinkRows.insert(LinkToken(chance).sum, nil, "reset", "", until: until, at: now, in: tx)
        }
        try mail(.reset, account, at: now, in: tx)
    }

    /// Sets a new password by the token of a mail; every session ends, and the address counts as verified.
    ///
    /// - Throws: ``AccountsError`` with `badToken` when the link was used, is over, or was never made; `throttled`, `busy`.
    @discardableResult
    public func resetPassword(token: String, new: Password, from client: ClientAddress) async throws(AccountsError)
        -> Account
    {
        let now = clock.now
        let throttle = Throttle(.resetOfAddress, client.bytes, limits.loginsOfAddress)
        let sum = LinkToken.sum(of: token)
        let isGood = try await writing { tx in
            try throttle.take(at: now, in: tx)
            return try sum.flatMap { try LinkRows.owner($0, "reset", at: now, in: tx) } != nil
        }
        guard isGood else { throw .badLink }
        let hash = try await hasher.hash(new)
        return try await writing { [self] tx in try resetPassword(token: token, hash, in: tx) }
    }

    /// The same in a transaction, with a password that was hashed before; nothing is throttled.
    @discardableResult
    public func resetPassword(token: String, _ hash: PasswordHash, in tx: Transaction) throws -> Account {
        let now = clock.now
        guard let sum = LinkToken.sum(of: token), let row = try LinkRows.use(sum, "reset", at: now, in: tx),
            !row.account.isDisabled
        else { throw AccountsError.badLink }
        let isFirst = !row.account.isVerified
        let account = isFirst ? row.account.with(verifiedAt: now) : row.account
        try set(hash, of: account, keeping: nil, at: now, in: tx)
        if isFirst { try effects.apply(.verified(account), in: tx) }
        return account
    }

    /// Whether one mail more may go to a person who did not ask for it.
    func mayMail(_ account: Account, at now: Timestamp, in tx: Transaction) throws -> Bool {
        try Throttle(.mailOfAccount, account.email.key.utf8, limits.mails).attempt(at: now, in: tx) == nil
    }

    /// Has a mail sent, with a new link where its kind has one; older links of the kind are good no more.
    func mail(_ kind: AccountMail.Kind, _ account: Account, at now: Timestamp, in tx: Transaction) throws {
        let seconds: Int64? =
            switch kind {
            case .verify: limits.verifySeconds
            case .reset: limits.resetSeconds
            default: nil
            }
        let link = LinkToken(chance)
        let until = seconds.map { now.advanced(by: .seconds($0)) }
        if let until {
            try LinkRows.forget(account.id, kind.rawValue, in: tx)
            try LinkRows.insert(
                link.sum, account.id, kind.rawValue, account.email.key, until: until, at: now, in: tx)
        }
        let mail = AccountMail(
            kind: kind, account: account.id, to: account.email, token: until == nil ? nil : link.text,
            expiresAt: until, key: "\(kind.rawValue):\(TokenText.encode(Array(link.sum.prefix(16))))")
        try effects.apply(.mail(mail), in: tx)
    }
}

extension AccountsError {
    static let badLink = AccountsError(.badToken, "The link was used, is over, or is damaged; ask for a new one.")
}
