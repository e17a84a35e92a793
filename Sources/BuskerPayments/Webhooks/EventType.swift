// The types of events that providers send.

/// What happened, in the words of a provider; any text is a type, so that new ones are survived.
///
/// Known ones are named by provider: `EventType.Stripe.invoicePaid`.
public struct EventType: Sendable, Hashable, CustomStringConvertible {
    /// The provider's name of the type, such as `payment_intent.succeeded`.
    public let name: String

    /// Makes a type of a name.
    public init(_ name: String) { self.name = name }

    /// The name.
    public var description: String { name }

    /// The types of a provider that this release knows; none of a sender that is not a payment provider.
    public static func known(to provider: PaymentProvider) -> Set<EventType> {
        switch provider {
        case .stripe: Stripe.known
        case .polar: Polar.known
        case .payPal: PayPal.known
        case .square: Square.known
        default: []
        }
    }
}

extension EventType {
    /// Types of PayPal.
    public enum PayPal {
        /// The buyer agreed; nothing is paid yet.
        public static let orderApproved = EventType("CHECKOUT.ORDER.APPROVED")
        /// An order was captured.
        public static let orderCompleted = EventType("CHECKOUT.ORDER.COMPLETED")
        /// Money arrived.
        public static let captureCompleted = EventType("PAYMENT.CAPTURE.COMPLETED")
        /// Money did not arrive.
        public static let captureDenied = EventType("PAYMENT.CAPTURE.DENIED")
        /// Money is on its way.
        public static let capturePending = EventType("PAYMENT.CAPTURE.PENDING")
        /// Money was given back.
        public static let captureRefunded = EventType("PAYMENT.CAPTURE.REFUNDED")
        /// Money was taken back.
        public static let captureReversed = EventType("PAYMENT.CAPTURE.REVERSED")
        /// A dispute was opened.
        public static let disputeCreated = EventType("CUSTOMER.DISPUTE.CREATED")
        /// A dispute changed.
        public static let disputeUpdated = EventType("CUSTOMER.DISPUTE.UPDATED")
        /// A dispute ended.
        public static let disputeResolved = EventType("CUSTOMER.DISPUTE.RESOLVED")

        /// All of them.
        public static let known: Set<EventType> = [
            orderApproved, orderCompleted, captureCompleted, captureDenied, capturePending, captureRefunded,
            captureReversed, disputeCreated, disputeUpdated, disputeResolved,
        ]
    }

    /// Types of Square.
    public enum Square {
        /// A payment was made.
        public static let paymentCreated = EventType("payment.created")
        /// A payment changed.
        public static let paymentUpdated = EventType("payment.updated")
        /// A refund was made.
        public static let refundCreated = EventType("refund.created")
        /// A refund changed.
        public static let refundUpdated = EventType("refund.updated")
        /// A dispute was opened.
        public static let disputeCreated = EventType("dispute.created")
        /// A dispute changed.
        public static let disputeStateUpdated = EventType("dispute.state.updated")

        /// All of them.
        public static let known: Set<EventType> = [
            paymentCreated, paymentUpdated, refundCreated, refundUpdated, disputeCreated, disputeStateUpdated,
        ]
    }
}
