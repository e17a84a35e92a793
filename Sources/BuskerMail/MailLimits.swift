// The limits of mail.

/// The limits of mail; every one is named here.
public struct MailLimits: Sendable, Hashable {
    /// The most bytes of a whole message, as it is sent.
    public static let messageBytesMax = 25 << 20
    /// The most people that one message goes to.
    public static let recipientsMax = 50
    /// The most files that one message carries.
    public static let attachmentsMax = 20
    /// The most bytes of a name, a subject or the value of a header.
    public static let headerBytesMax = 500
    /// The most headers that a host adds.
    public static let headersMax = 20

    /// For how long a delivery keeps a mail from other hosts, in seconds; longer than sending takes.
    public var leaseSeconds: Int64 = 900
    /// Mails that are taken from the outbox at once.
    public var batch = 8
    /// The wait after the first failure, in seconds; it doubles with each further one.
    public var retrySeconds: Int64 = 60
    /// The longest wait between two attempts, in seconds.
    public var retrySecondsMax: Int64 = 14_400
    /// How many seconds after it was put in a mail is given up.
    public var ageSecondsMax: Int64 = 2 * 86_400
    /// Rows of a page.
    public var pageRowsMax = 200

    /// The limits as documented.
    public init() {}
}
