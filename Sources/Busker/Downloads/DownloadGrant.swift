// Proof that somebody may have a file.

public import BuskerCore
public import BuskerPayments

/// Proof that a buyer may have a file now; only ``DownloadGate`` makes it.
public struct DownloadGrant: Sendable, Hashable {
    /// The purchase that paid for it.
    public let purchase: PurchaseID
    /// The buyer.
    public let buyer: String
    /// What may be delivered.
    public let file: DownloadFile
    /// Until when delivery may begin; a signed link to a store must not live longer.
    public let expiresAt: Timestamp
}

/// A link that was made for a grant.
public struct DownloadLink: Sendable {
    /// The secret to put into the link; it is shown this once.
    public let token: DownloadToken
    /// What it stands for.
    public let grant: DownloadGrant
}
