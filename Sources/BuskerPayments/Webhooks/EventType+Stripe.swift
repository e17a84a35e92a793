// The types of events that Stripe sends.

extension EventType {
    /// Types of Stripe; many exist, those that money depends on are named.
    public enum Stripe {
        /// The buyer finished the checkout; paid only if `payment_status` says so.
        public static let checkoutSessionCompleted = EventType("checkout.session.completed")
        /// A delayed payment arrived.
        public static let checkoutSessionAsyncPaymentSucceeded = EventType("checkout.session.async_payment_succeeded")
        /// A delayed payment did not arrive.
        public static let checkoutSessionAsyncPaymentFailed = EventType("checkout.session.async_payment_failed")
        /// The checkout can no longer be paid.
        public static let checkoutSessionExpired = EventType("checkout.session.expired")
        /// A payment arrived.
        public static let paymentIntentSucceeded = EventType("payment_intent.succeeded")
        /// A payment is on its way.
        public static let paymentIntentProcessing = EventType("payment_intent.processing")
        /// A payment was declined.
        public static let paymentIntentPaymentFailed = EventType("payment_intent.payment_failed")
        /// A payment will not come.
        public static let paymentIntentCanceled = EventType("payment_intent.canceled")
        /// The buyer has to do something.
        public static let paymentIntentRequiresAction = EventType("payment_intent.requires_action")
        /// A payment is authorised, not captured.
        public static let paymentIntentAmountCapturableUpdated = EventType("payment_intent.amount_capturable_updated")
        /// A charge arrived.
        public static let chargeSucceeded = EventType("charge.succeeded")
        /// A charge was declined.
        public static let chargeFailed = EventType("charge.failed")
        /// A charge was refunded, wholly or in part.
        public static let chargeRefunded = EventType("charge.refunded")
        /// A refund of a charge changed.
        public static let chargeRefundUpdated = EventType("charge.refund.updated")
        /// A refund was made.
        public static let refundCreated = EventType("refund.created")
        /// A refund changed.
        public static let refundUpdated = EventType("refund.updated")
        /// A refund came back.
        public static let refundFailed = EventType("refund.failed")
        /// A dispute was opened.
        public static let chargeDisputeCreated = EventType("charge.dispute.created")
        /// A dispute changed.
        public static let chargeDisputeUpdated = EventType("charge.dispute.updated")
        /// A dispute ended.
        public static let chargeDisputeClosed = EventType("charge.dispute.closed")
        /// The money of a dispute was taken.
        public static let chargeDisputeFundsWithdrawn = EventType("charge.dispute.funds_withdrawn")
        /// The money of a dispute came back.
        public static let chargeDisputeFundsReinstated = EventType("charge.dispute.funds_reinstated")
        /// An invoice was paid.
        public static let invoicePaid = EventType("invoice.paid")
        /// An invoice was not paid.
        public static let invoicePaymentFailed = EventType("invoice.payment_failed")
        /// The buyer has to do something for an invoice.
        public static let invoicePaymentActionRequired = EventType("invoice.payment_action_required")
        /// An invoice got its number.
        public static let invoiceFinalized = EventType("invoice.finalized")
        /// An invoice was voided.
        public static let invoiceVoided = EventType("invoice.voided")
        /// An invoice was given up.
        public static let invoiceMarkedUncollectible = EventType("invoice.marked_uncollectible")
        /// A subscription was made.
        public static let customerSubscriptionCreated = EventType("customer.subscription.created")
        /// A subscription changed.
        public static let customerSubscriptionUpdated = EventType("customer.subscription.updated")
        /// A subscription ended.
        public static let customerSubscriptionDeleted = EventType("customer.subscription.deleted")
        /// A subscription rests.
        public static let customerSubscriptionPaused = EventType("customer.subscription.paused")
        /// A subscription goes on.
        public static let customerSubscriptionResumed = EventType("customer.subscription.resumed")
        /// A trial ends in three days.
        public static let customerSubscriptionTrialWillEnd = EventType("customer.subscription.trial_will_end")

        /// The named ones and others that need no action here.
        public static let known: Set<EventType> = Set([
            checkoutSessionCompleted, checkoutSessionAsyncPaymentSucceeded, checkoutSessionAsyncPaymentFailed,
            checkoutSessionExpired, paymentIntentSucceeded, paymentIntentProcessing, paymentIntentPaymentFailed,
            paymentIntentCanceled, paymentIntentRequiresAction, paymentIntentAmountCapturableUpdated,
            chargeSucceeded, chargeFailed, chargeRefunded, chargeRefundUpdated, refundCreated, refundUpdated,
            refundFailed, chargeDisputeCreated, chargeDisputeUpdated, chargeDisputeClosed,
            chargeDisputeFundsWithdrawn, chargeDisputeFundsReinstated, invoicePaid, invoicePaymentFailed,
            invoicePaymentActionRequired, invoiceFinalized, invoiceVoided, invoiceMarkedUncollectible,
            customerSubscriptionCreated, customerSubscriptionUpdated, customerSubscriptionDeleted,
            customerSubscriptionPaused, customerSubscriptionResumed, customerSubscriptionTrialWillEnd,
        ]).union(others)

        private static let others = Set(
            [
                "charge.captured", "charge.expired", "charge.pending", "charge.updated", "customer.created",
                "customer.deleted", "customer.updated", "invoice.created", "invoice.updated", "invoice.upcoming",
                "invoice.payment_succeeded", "payment_intent.created", "payment_intent.partially_funded",
                "payment_method.attached", "payment_method.detached", "payout.created", "payout.failed", "payout.paid",
                "price.created", "price.deleted", "price.updated", "product.created", "product.deleted",
                "product.updated", "radar.early_fraud_warning.created", "setup_intent.canceled", "setup_intent.created",
                "setup_intent.requires_action", "setup_intent.setup_failed", "setup_intent.succeeded",
            ].map(EventType.init))
    }
}
