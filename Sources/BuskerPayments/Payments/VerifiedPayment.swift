// A payment that pays for one thing.

public import BuskerCore

/// Proof that money arrived for a purpose; only ``PaymentPolicy`` makes it.
///
/// It is true for the moment at which the provider was asked: use it in the transaction that grants, where the payment's id is
/// unique, and ask again later.
public struct VerifiedPayment: Sendable, Hashable {
    /// Who took the money.
    public let provider: PaymentProvider
    /// The provider's id of the payment.
    public let id: String
    /// Whether the money is real.
    public let mode: PaymentMode
    /// The sum that arrived.
    public let money: Money
    /// What of it was given back.
    public let refunded: Money
    /// What the payment is for.
    public let purpose: String
    /// When the provider was asked.
    public let verifiedAt: Timestamp

    init(_ facts: PaymentFacts, money: Money, refunded: Money, expecting expected: PaymentExpectation, at: Timestamp) {
        provider = facts.provider
        id = facts.id
        mode = expected.mode
        self.money = money
        self.refunded = refunded
        purpose = expected.purpose
        verifiedAt = at
    }
}
