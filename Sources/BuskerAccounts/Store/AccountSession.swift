// A login that lasts.

public import BuskerCore

/// A session as its person sees it.
public struct AccountSession: Sendable, Hashable {
    /// Its name.
    public let id: SessionID
    /// Whose it is.
    public let account: AccountID
    /// What the host called it, such as the name of a browser.
    public let label: String
    /// When it began.
    public let createdAt: Timestamp
    /// When it was refreshed last.
    public let usedAt: Timestamp
    /// When it ends unless it is refreshed.
    public let expiresAt: Timestamp
}

/// What a login or a refresh gives: an access token for requests, a refresh token for the next pair.
public struct SignedIn: Sendable {
    /// The account.
    public let account: Account
    /// The session.
    public let session: SessionID
    /// The token for requests: `Authorization: Bearer …`.
    public let access: SecretText
    /// When the access token is over.
    public let accessExpiresAt: Timestamp
    /// The token that is good once, for the next pair.
    public let refresh: SecretText
    /// When the refresh token is over.
    public let refreshExpiresAt: Timestamp
}

/// What becomes of a refresh; the transaction is to be committed in either case, because a refusal may end the session.
public enum Refreshment: Sendable {
    /// The next pair; the token that was given is used up.
    case renewed(SignedIn)
    /// Nothing: `badToken`, `expired`, `disabled`, `justUsed`, or `reused`, which ended the session.
    case refused(AccountsError)
}
