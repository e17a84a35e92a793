// The limits of the inbox.

/// The limits of the inbox; every one is named here.
public struct InboxLimits: Sendable, Hashable {
    /// The most bytes of a text that comes from a host or a client, such as a key or the name of an item.
    public static let textBytesMax = 200
    /// The most bytes of a key of a refund.
    public static let refundKeyBytesMax = 64
    /// Looks at providers that run at once.
    public var looksMax = 16
    /// Looks that may wait for their turn; more are refused with `overloaded`, and the sweep takes them up.
    public var waitingMax = 10_000
    /// Failed attempts after which a receipt is parked for a person; a provider that is out does not count.
    public var attemptsMax = 10
    /// How long after its arrival a receipt is left to whoever received it before the sweep takes it up, in seconds.
    public var graceSeconds: Int64 = 30
    /// For how long a sweep keeps what it took up from other sweeps, in seconds.
    public var leaseSeconds: Int64 = 300
    /// How many days receipts are kept at least.
    public var receiptDaysMin: Int64 = 30
    /// After how many seconds a purchase counts as expired whose checkout was never opened or is forgotten by its provider.
    public var forgottenSeconds: Int64 = 86_400
    /// For how many days a purchase without money is looked at.
    public var pendingDays: Int64 = 30
    /// For how many days money is awaited that comes after the checkout failed or ended.
    public var lateDays: Int64 = 4
    /// For how many days a paid purchase is looked at for refunds and disputes whose webhook never came.
    public var disputeDays: Int64 = 180
    /// Rows of a page.
    public var pageRowsMax = 200

    /// The limits as documented.
    public init() {}
}
