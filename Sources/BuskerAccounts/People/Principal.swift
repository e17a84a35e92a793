// Who asks, proven.

/// Who makes a request: only ``AccountStore`` makes one, from a token or key that is good at this moment.
public struct Principal: Sendable, Hashable {
    /// By what somebody was recognised.
    public enum Proof: Sendable, Hashable {
        /// An access token of a session.
        case session(SessionID)
        /// An API key with these scopes.
        case key(APIKeyID, scopes: Set<String>)
    }

    /// The account that asks.
    public let account: Account
    /// By what it was recognised.
    public let proof: Proof

    /// Whether this may be done: a session may do what its account may, a key only what its scopes name.
    public func has(scope: String) -> Bool {
        switch proof {
        case .session: true
        case .key(_, let scopes): scopes.contains(scope)
        }
    }

    /// Refuses whom a scope was not given.
    ///
    /// - Throws: ``AccountsError`` with `forbidden`.
    public func require(scope: String) throws(AccountsError) {
        guard has(scope: scope) else {
            throw AccountsError(.forbidden, "The key lacks a scope that this needs; make a key that has it.")
        }
    }

    /// Refuses whoever is no administrator; a key of one needs the scope `admin` besides.
    ///
    /// - Throws: ``AccountsError`` with `forbidden`.
    public func requireAdmin() throws(AccountsError) {
        guard account.role == .admin, has(scope: "admin") else {
            throw AccountsError(.forbidden, "Only administrators may do this.")
        }
    }
}
