// What buyers and their banks do.

/// How a buyer pays.
public enum FakePayment: Sendable, Hashable {
    /// A card that the bank accepts at once.
    case card
    /// A card that the bank declines; the checkout stays open.
    case declined
    /// A card whose bank asks the buyer first; the money comes half a minute later.
    case threeDSecure
    /// A method whose money comes, or does not, three days later.
    case delayed(success: Bool)
    /// A coupon of 100 percent: nothing is to be paid.
    case free

    /// The ways to pay by the names of the buttons on a checkout's page.
    static let named: [String: FakePayment] = [
        "card": .card, "declined": .declined, "three-d-secure": .threeDSecure,
        "delayed-success": .delayed(success: true), "delayed-failure": .delayed(success: false), "free": .free,
    ]
}

/// Whether a refund arrives at the buyer.
public enum FakeRefund: Sendable, Hashable {
    /// It arrives.
    case never
    /// It fails at once.
    case atOnce
    /// It looks final, and fails five days later.
    case later
}

/// How a dispute ends, after thirty days.
public enum FakeDispute: Sendable, Hashable {
    /// The money comes back.
    case won
    /// The money is gone.
    case lost
    /// It does not end.
    case open
    /// It is a question of the bank's which takes no money, and is closed.
    case inquiry
}
