// How an address changes.

import BuskerCore
public import BuskerDatabase

extension AccountStore {
    /// Asks for another address for somebody who knows the password: a link goes to the new one, word to the present one.
    ///
    /// Nothing changes before the link is used. Where another account has the address, its person is told instead, and nobody
    /// else learns of it. Attempts count as logins to the account do, mails as those of links.
    ///
    /// - Parameters:
    ///   - principal: who asks, by a session.
    ///   - email: the address to come.
    ///   - password: the password as it was typed.
    ///   - client: from where the request comes.
    /// - Throws: ``AccountsError`` with `badCredentials`, `badRequest` when it is the present address, `forbidden` for API keys,
    ///   `throttled`, `busy`.
    public func requestEmailChange(
        _ principal: Principal, to email: EmailAddress, password: String, from client: ClientAddress
    ) async throws(AccountsError) {
        guard case .session = principal.proof else {
            throw AccountsError(.forbidden, "An address is changed in a session, not by a key.")
        }
        let proof = try await check(email: principal.account.email.text, password: password, from: client)
        guard proof.account.id == principal.account.id else { throw .badCredentials }
        try await writing { [self] tx in try requestEmailChange(proof, to: email, in: tx) }
    }

    /// The same in a transaction, for somebody who knew the password a moment ago.
    ///
    /// - Throws: ``AccountsError`` with `changed` when the account is another one by now, `badRequest` or `throttled`.
    public func requestEmailChange(_ proof: LoginProof, to email: EmailAddress, in tx: Transaction) throws {
        let now = clock.now
        let row = try AccountRows.lock(proof.account.id, in: tx)
        let account = row.account
        guard row.password == proof.password, account.email == proof.account.email, !account.isDisabled else {
            throw AccountsError(.changed, "The account changed meanwhile; log in and try again.")
        }
        guard account.email != email else { throw AccountsError(.badRequest, "This is the address already.") }
        for person in [account.email.key, email.key].sorted() {
            try Throttle(.mailOfAccount, person.utf8, limits.mails).take(at: now, in: tx)
        }
        let owner = try AccountRows.find("email_key = \(email.key)", in: tx)?.account
        let link = LinkToken(chance)
        let until = now.advanced(by: .seconds(limits.changeSeconds))
        let kind = AccountMail.Kind.changeEmail
        try LinkRows.forget(account.id, kind.rawValue, in: tx)
        try LinkRows.insert(
            link.sum, owner == nil ? account.id : nil, kind.rawValue, account.email.key, until: until, at: now, in: tx)
        try tx.execute(
            "UPDATE accounts_link SET new_email = \(email.text), new_key = \(email.key) WHERE sum = \(link.sum)")
        let name = TokenText.encode(Array(link.sum.prefix(16)))
        if let owner {
            if !owner.isDisabled { try mail(.alreadyRegistered, owner, at: now, in: tx) }
        } else {
            try effects.apply(
                .mail(
                    AccountMail(
                        kind: kind, account: account.id, to: email, token: link.text, expiresAt: until,
                        key: "\(kind.rawValue):\(name)")), in: tx)
        }
        try mail(.emailChangeAsked, account, at: now, in: tx)
    }

    /// Takes the token of a mail as proof that the new address is right, and makes it the account's; the one before is told.
    ///
    /// Every other link of the account is good no more, so that none that lies in the old mailbox is.
    ///
    /// - Throws: ``AccountsError`` with `badToken` when the link was used, is over, or was never made, when the account has another
    ///   address than it had, or when somebody else took the new one meanwhile.
    @discardableResult
    public func confirmEmail(token: String) async throws(AccountsError) -> Account {
        try await writing { [self] tx in try confirmEmail(token: token, in: tx) }
    }

    /// The same in a transaction.
    @discardableResult
    public func confirmEmail(token: String, in tx: Transaction) throws -> Account {
        let now = clock.now
        guard let sum = LinkToken.sum(of: token),
            let row = try LinkRows.use(sum, AccountMail.Kind.changeEmail.rawValue, at: now, in: tx),
            !row.account.isDisabled,
            let wanted = try tx.first("SELECT new_email, new_key FROM accounts_link WHERE sum = \(sum)")
        else { throw AccountsError.badLink }
        let email = EmailAddress(stored: try wanted.get(0), key: try wanted.get(1))
        guard try AccountRows.move(row.account.id, to: email, at: now, in: tx) else { throw AccountsError.badLink }
        let account = row.account.with(email: email, verifiedAt: now)
        try LinkRows.forget(account.id, in: tx)
        try mail(.emailChanged, row.account, at: now, in: tx)
        if !row.account.isVerified { try effects.apply(.verified(account), in: tx) }
        try effects.apply(.emailChanged(account), in: tx)
        return account
    }
}
