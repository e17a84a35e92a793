// What one look at a provider says about a purchase.

import BuskerCore

/// The truth about a purchase as of one look; a look with a larger ticket began later and replaces every earlier one.
package struct PurchaseLook: Sendable {
    /// What the judge says about the money.
    package enum Judgement: Sendable {
        /// There is no money to judge.
        case none
        /// It pays for the purchase.
        case good(VerifiedPayment)
        /// None is needed, says the provider of this very checkout.
        case free
        /// It does not pay for the purchase.
        case bad(PaymentVerdict)
    }

    /// The number that the look was given before it began.
    package let ticket: Int64
    /// Where the money is.
    package let state: Checkout.State
    /// The payment that was looked at.
    package let payment: String?
    /// What the judge says.
    package var judgement: Judgement
    /// What was given back by refunds that stand.
    package let refunded: Int64
    /// What disputes hold, or took for good, in minor units of the price's currency.
    package let contested: Int64
    /// Of that, what is lost for good.
    package let lost: Int64
    /// Whether a dispute is open.
    package let isDisputed: Bool

    package init(
        ticket: Int64, state: Checkout.State, payment: String? = nil, judgement: Judgement = .none, refunded: Int64 = 0,
        contested: Int64 = 0, lost: Int64 = 0, isDisputed: Bool = false
    ) {
        self.ticket = ticket
        self.state = state
        self.payment = payment
        self.judgement = judgement
        self.refunded = refunded
        self.contested = contested
        self.lost = lost
        self.isDisputed = isDisputed
    }

    /// What is gone or contested of a price, all told.
    func reversed(of price: Int64) -> Int64 {
        let (sum, overflow) = refunded.addingReportingOverflow(contested)
        return max(0, min(overflow ? price : sum, price))
    }
}
