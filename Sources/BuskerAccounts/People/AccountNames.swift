// What the ids of accounts name.

public import BuskerCore

/// Accounts are named `usr_…`.
public enum AccountKind: IDKind {
    /// What the text begins with.
    public static let prefix = "usr"
}

/// Sessions are named `ses_…`.
public enum SessionKind: IDKind {
    /// What the text begins with.
    public static let prefix = "ses"
}

/// API keys are named `key_…`.
public enum APIKeyKind: IDKind {
    /// What the text begins with.
    public static let prefix = "key"
}

/// The name of an account.
public typealias AccountID = ID<AccountKind>
/// The name of a session.
public typealias SessionID = ID<SessionKind>
/// The name of an API key.
public typealias APIKeyID = ID<APIKeyKind>
