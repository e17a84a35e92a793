// A person as the service knows them.

public import BuskerCore

/// What an account may do.
public enum AccountRole: String, Sendable, Hashable, CaseIterable {
    /// Its own things.
    case user
    /// Everybody's things.
    case admin
}

/// An account as it stands.
public struct Account: Sendable, Hashable {
    /// Its name.
    public let id: AccountID
    /// Where its person is reached.
    public let email: EmailAddress
    /// What it may do.
    public let role: AccountRole
    /// Whether it was disabled by an administrator.
    public let isDisabled: Bool
    /// When its person showed that mail to the address arrives; nothing until then.
    public let verifiedAt: Timestamp?
    /// When it was made.
    public let createdAt: Timestamp

    /// Whether the address was verified.
    public var isVerified: Bool { verifiedAt != nil }
}
