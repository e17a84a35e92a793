// The types of events that Polar sends.

extension EventType {
    /// Types of Polar; there is no `order.confirmed`.
    public enum Polar {
        /// A checkout was made.
        public static let checkoutCreated = EventType("checkout.created")
        /// A checkout changed; its `confirmed` does not mean paid.
        public static let checkoutUpdated = EventType("checkout.updated")
        /// A checkout can no longer be paid.
        public static let checkoutExpired = EventType("checkout.expired")
        /// An order exists; on renewals it is not paid yet.
        public static let orderCreated = EventType("order.created")
        /// An order changed; sent before `order.paid` and on every refund.
        public static let orderUpdated = EventType("order.updated")
        /// The money of an order arrived.
        public static let orderPaid = EventType("order.paid")
        /// A refund of an order succeeded.
        public static let orderRefunded = EventType("order.refunded")
        /// A refund was made; it may be pending.
        public static let refundCreated = EventType("refund.created")
        /// A refund changed.
        public static let refundUpdated = EventType("refund.updated")
        /// A subscription was made.
        public static let subscriptionCreated = EventType("subscription.created")
        /// A subscription changed.
        public static let subscriptionUpdated = EventType("subscription.updated")
        /// A subscription is in force.
        public static let subscriptionActive = EventType("subscription.active")
        /// A subscription was cancelled.
        public static let subscriptionCanceled = EventType("subscription.canceled")
        /// A cancellation was taken back.
        public static let subscriptionUncanceled = EventType("subscription.uncanceled")
        /// A new period began; it is not paid yet.
        public static let subscriptionCycled = EventType("subscription.cycled")
        /// A subscription ended.
        public static let subscriptionRevoked = EventType("subscription.revoked")
        /// A renewal was not paid.
        public static let subscriptionPastDue = EventType("subscription.past_due")
        /// A subscription rests.
        public static let subscriptionPaused = EventType("subscription.paused")
        /// A subscription goes on.
        public static let subscriptionResumed = EventType("subscription.resumed")

        /// The named ones and others that need no action here.
        public static let known: Set<EventType> = Set([
            checkoutCreated, checkoutUpdated, checkoutExpired, orderCreated, orderUpdated, orderPaid, orderRefunded,
            refundCreated, refundUpdated, subscriptionCreated, subscriptionUpdated, subscriptionActive,
            subscriptionCanceled, subscriptionUncanceled, subscriptionCycled, subscriptionRevoked,
            subscriptionPastDue, subscriptionPaused, subscriptionResumed,
        ]).union(others)

        private static let others = Set(
            [
                "benefit.created", "benefit.updated", "benefit_grant.created", "benefit_grant.cycled",
                "benefit_grant.revoked", "benefit_grant.updated", "customer.created", "customer.deleted",
                "customer.state_changed", "customer.updated", "customer_seat.assigned", "customer_seat.claimed",
                "customer_seat.revoked", "discount.created", "discount.deleted", "discount.updated", "member.created",
                "member.deleted", "member.updated", "organization.updated", "product.created", "product.updated",
                "subscription.migrated",
            ].map(EventType.init))
    }
}
