// One way to speak to every provider.

/// A provider's own interface, asked with the host's keys: what it answers is the truth that webhooks only hint at.
///
/// Every call that changes something carries a key made from the host's own ids, so that a repeated call is the same call.
public protocol PaymentGateway: Sendable {
    /// Whose interface it is.
    var provider: PaymentProvider { get }
    /// The mode of the keys it asks with.
    var mode: PaymentMode { get }

    /// Opens a checkout on which the buyer pays, or finds the one that the same key opened before.
    ///
    /// - Throws: ``PaymentError``.
    func open(_ order: CheckoutOrder) async throws(PaymentError) -> Checkout

    /// Fetches a checkout as it is now.
    ///
    /// Where the provider wants it, an agreed payment is captured first: PayPal's orders are.
    ///
    /// - Throws: ``PaymentError`` with `notFound` among others.
    func checkout(_ id: String) async throws(PaymentError) -> Checkout

    /// Closes a checkout so that nobody pays on it any more; one that was paid meanwhile is answered as it is.
    ///
    /// - Throws: ``PaymentError``, with `unsupported` where the provider has no such thing.
    func expire(_ checkout: String) async throws(PaymentError) -> Checkout

    /// Fetches a payment with all that happened to its money: captures, refunds and disputes.
    ///
    /// - Throws: ``PaymentError`` with `notFound` among others.
    func standing(of payment: String) async throws(PaymentError) -> PaymentStanding

    /// Gives money back, or finds the refund that the same key made before.
    ///
    /// - Throws: ``PaymentError`` with `notRefundable` when it was all given back or a dispute is open.
    func refund(_ order: RefundOrder) async throws(PaymentError) -> Refund

    /// Finds which checkout or payment an event is about; nothing for events about neither.
    ///
    /// - Throws: ``PaymentError`` when the provider had to be asked and did not answer.
    func place(of hint: EventHint) async throws(PaymentError) -> PaymentPlace?

    /// Fetches a subscription as it is now.
    ///
    /// - Throws: ``PaymentError``, with `unsupported` where the provider or this release has no such thing.
    func subscription(_ id: String) async throws(PaymentError) -> SubscriptionStanding
}
