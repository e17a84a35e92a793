// The limits of accounts.

/// The limits of accounts; every one is named here.
public struct AccountLimits: Sendable, Hashable {
    /// The most bytes of an e-mail address and of the part before the `@` (RFC 5321, section 4.5.3.1).
    public static let emailBytesMax = 254
    static let localBytesMax = 64
    /// The most bytes of a label, a name of a key, or a scope.
    public static let labelBytesMax = 100
    /// The most bytes of a token that is looked at.
    public static let tokenBytesMax = 2048
    /// The fewest characters of a password.
    public static let passwordCharactersMin = 8
    /// The most bytes of a password.
    public static let passwordBytesMax = 1024

    /// The cost of bcrypt, 4...15: each step doubles the time; ten takes about 65 ms, twelve 290 ms.
    public var hashCost = 10
    /// Passwords that are hashed at once, each on a thread of its own.
    public var hashThreads = 2
    /// Passwords that may wait to be hashed; more are turned away with `busy`.
    public var hashesWaitingMax = 64
    /// For how many seconds an access token is good.
    public var accessSeconds: Int64 = 900
    /// For how many seconds a session lasts that is not refreshed.
    public var sessionSeconds: Int64 = 30 * 86_400
    /// For how many seconds a session lasts at all.
    public var sessionSecondsMax: Int64 = 180 * 86_400
    /// For how many seconds a refresh token that comes again is taken for a double click rather than a theft.
    public var reuseGraceSeconds: Int64 = 10
    /// How far the clocks of hosts may be apart, in seconds.
    public var leewaySeconds: Int64 = 60
    /// Sessions of an account; the one that was idle the longest ends when another begins.
    public var sessionsMax = 50
    /// API keys of an account that are neither revoked nor expired.
    public var keysMax = 20
    /// Scopes of a key.
    public var scopesMax = 20
    /// For how many seconds a link to verify an address is good.
    public var verifySeconds: Int64 = 86_400
    /// For how many seconds a link to set a new password is good.
    public var resetSeconds: Int64 = 3_600
    /// For how many seconds a link to change an address is good.
    public var changeSeconds: Int64 = 3_600
    /// How often the last use of a session or key is written down, in seconds.
    public var touchSeconds: Int64 = 60
    /// How long ended sessions and expired links are kept, in seconds.
    public var keptSeconds: Int64 = 30 * 86_400
    /// Rows of a page.
    public var pageRowsMax = 200
    /// Logins from one network address.
    public var loginsOfAddress = ThrottleRule(burst: 30, everySeconds: 10)
    /// Logins to one account.
    public var loginsOfAccount = ThrottleRule(burst: 10, everySeconds: 30)
    /// New accounts from one network address.
    public var registrations = ThrottleRule(burst: 10, everySeconds: 300)
    /// Mails with links to one account, and ten times as many from one network address.
    public var mails = ThrottleRule(burst: 3, everySeconds: 1_200)

    /// The limits as documented.
    public init() {}
}
