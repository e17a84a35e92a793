// A delivery that was kept.

public import BuskerCore

/// The kind of receipt ids: `rcp_…`.
public enum ReceiptKind: IDKind {
    /// `rcp`.
    public static let prefix = "rcp"
}

/// The id of a receipt.
public typealias ReceiptID = ID<ReceiptKind>

/// An event that was received; its raw body is kept for audit.
public struct WebhookReceipt: Sendable, Hashable {
    /// What became of a receipt.
    public enum State: String, Sendable, Hashable, CaseIterable {
        /// It is kept and has to be looked into.
        case received
        /// What it hinted at was looked at, and every effect is carried out.
        case done
        /// It is about nothing that was bought here.
        case ignored
        /// It failed too often; a person must look, and may replay it.
        case parked
    }

    /// Its id here.
    public let id: ReceiptID
    /// Who sent the event.
    public let provider: PaymentProvider
    /// Whether real money is meant.
    public let mode: PaymentMode
    /// The provider's id of the event.
    public let event: String
    /// What happened.
    public let type: EventType
    /// What the event is about.
    public let subject: EventSubject?
    /// Whether the signature covers the body.
    public let hasFullBody: Bool
    /// When the provider says it happened.
    public let createdAt: Timestamp?
    /// When it arrived first.
    public let receivedAt: Timestamp
    /// What became of it.
    public internal(set) var state: State
    /// How many attempts failed.
    public let attempts: Int
    /// What the last attempt failed with: a code.
    public let problem: String?
    /// The purchase it was about, once that is known.
    public let purchase: PurchaseID?
}

/// The answer to a delivery: answer the sender 2xx in either case.
public struct Reception: Sendable, Hashable {
    /// The receipt, of now or of the first delivery.
    public let receipt: ReceiptID
    /// Whether the event had been received before.
    public let isDuplicate: Bool
    /// Whether it still has to be processed.
    public let isOpen: Bool
}
