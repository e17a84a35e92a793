// What payments change elsewhere, as values.

public import BuskerCore
public import BuskerDatabase

/// Something that a look at a provider makes necessary; another room carries it out in the same transaction.
///
/// Each effect can be carried out twice without harm: it names a payment and says how things must be, not what to add.
public enum PaymentEffect: Sendable {
    /// Money arrived: give what was bought.
    case grant(Purchase, VerifiedPayment)
    /// It needed no money: give what was bought, within the limits for free purchases.
    case grantFree(Purchase)
    /// So much of the money is gone or contested in all: take back what it bought, or give back what was taken when it is less than before.
    case reverse(Purchase, payment: String, total: Money)
    /// A dispute is open: let nothing more be done with what was bought.
    case freeze(Purchase, payment: String)
    /// No dispute is open any more.
    case unfreeze(Purchase, payment: String)
    /// The money will not come: let go what waits for it.
    case abandon(Purchase)
    /// A subscription stands like this.
    case entitle(SubscriptionStanding)
}

/// The room that carries out effects.
public protocol PaymentEffectHandler: Sendable {
    /// Carries out one effect in the transaction in which the purchase and the receipt change.
    ///
    /// - Throws: anything; then nothing of the transaction remains and the look is repeated later.
    func apply(_ effect: PaymentEffect, in tx: Transaction) throws
}
