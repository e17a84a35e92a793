// How an account begins.

public import BuskerCore
public import BuskerDatabase

/// What became of a registration.
public enum Registration: Sendable {
    /// The account was made; the proof opens its first session.
    case created(LoginProof)
    /// The address belongs to an account, whose person was sent a mail. A host that tells nobody answers as if it were new.
    case taken
}

extension AccountStore {
    /// Makes an account, with a mail that verifies its address; the password is hashed whether the address is free or not.
    ///
    /// - Parameters:
    ///   - email: the address.
    ///   - password: the password.
    ///   - client: from where the request comes.
    /// - Throws: ``AccountsError`` with `throttled` or `busy`.
    public func register(_ email: EmailAddress, _ password: Password, from client: ClientAddress)
        async throws(AccountsError) -> Registration
    {
        let throttle = Throttle(.registration, client.bytes, limits.registrations)
        let now = clock.now
        try await writing { tx in try throttle.take(at: now, in: tx) }
        let hash = try await hasher.hash(password)
        return try await writing { [self] tx in try register(email, hash, in: tx) }
    }

    /// The same in a transaction, with a password that was hashed before; nothing is throttled.
    ///
    /// - Parameters:
    ///   - email: the address.
    ///   - hash: what ``PasswordHasher/hash(_:)`` gave, or what another service stored.
    ///   - role: what the account may do.
    ///   - verifiedAt: when the address was shown to be right; nothing sends a mail that asks.
    ///   - tx: the transaction.
    public func register(
        _ email: EmailAddress, _ hash: PasswordHash, role: AccountRole = .user, verifiedAt: Timestamp? = nil,
        in tx: Transaction
    ) throws -> Registration {
        let now = clock.now
        let account = Account(
            id: ids.make(), email: email, role: role, isDisabled: false, verifiedAt: verifiedAt, createdAt: now)
        guard try AccountRows.insert(account, hash, in: tx) else {
            if let owner = try AccountRows.find("email_key = \(email.key)", in: tx)?.account, !owner.isDisabled,
                try mayMail(owner, at: now, in: tx)
            {
                try mail(.alreadyRegistered, owner, at: now, in: tx)
            }
            return .taken
        }
        try effects.apply(.registered(account), in: tx)
        if verifiedAt == nil { try mail(.verify, account, at: now, in: tx) }
        return .created(LoginProof(account: account, password: hash, renewed: nil))
    }

    /// An account; nothing when there is none.
    public func account(_ id: AccountID) async throws(AccountsError) -> Account? {
        try await reading { tx in try Self.account(id, in: tx) }
    }

    /// An account as a transaction sees it; nothing when there is none.
    public static func account(_ id: AccountID, in tx: ReadTransaction) throws -> Account? {
        try AccountRows.find("id = \(id)", in: tx)?.account
    }

    /// The account of an address, for administrators; nothing when there is none.
    public func account(_ email: EmailAddress) async throws(AccountsError) -> Account? {
        try await reading { tx in try AccountRows.find("email_key = \(email.key)", in: tx)?.account }
    }
}
