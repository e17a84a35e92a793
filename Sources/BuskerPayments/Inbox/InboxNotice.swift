// What the inbox tells its host while it works.

/// Something that happened in the inbox, for a host's log; it holds no secret and no body.
public enum InboxNotice: Sendable {
    /// An event arrived for the first time.
    case received(WebhookReceipt)
    /// A purchase was looked at and stands like this now; `changed` when the look changed it.
    case settled(Purchase, changed: Bool)
    /// A look failed and is repeated later.
    case failed(PurchaseID?, ReceiptID?, PaymentError)
    /// A receipt failed too often; a person must look, and may replay it.
    case parked(ReceiptID, PaymentError)
    /// Money came that buys nothing.
    case stray(StrayPayment)
}

/// A point of the inbox at which a test may end everything.
package enum InboxPoint: String, Sendable, CaseIterable {
    /// The receipt is kept; nothing was looked at.
    case received
    /// The look has its number; the provider was not asked.
    case ticketTaken
    /// The provider answered; nothing was changed.
    case looked
    /// All changes of the second transaction are made; it is not committed.
    case beforeCommit
    /// The second transaction is committed; nobody knows.
    case settled
    /// The purchase is made; no checkout was asked for.
    case purchaseMade
    /// The checkout is open at the provider; the purchase does not know.
    case checkoutOpened
    /// The refund is noted; the provider was not asked.
    case refundNoted
    /// The provider made the refund; nobody knows.
    case refundMade
}
