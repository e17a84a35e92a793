// What became of the money of Polar's orders.

import BuskerCore

extension PolarGateway {
    /// Fetches an order and its disputes; what Polar refunds to prevent a dispute counts as refunded.
    public func standing(of payment: String) async throws(PaymentError) -> PaymentStanding {
        let answer = try await fetch("orders", payment)
        let json = try answer.object()
        let object = answer.fetched(json)
        let facts = PaymentFacts(object)
        guard let whole = facts.asked else { throw answer.bad("has no sum that can be counted") }
        guard let refunded = facts.refunded, refunded.minorUnits >= 0 else {
            throw answer.bad("does not say what was refunded")
        }
        var totals = DisputeTotals(of: whole)
        let isWhole = try await list("disputes", FormFields(["order_id": payment]), pagesMax: DisputeTotals.pagesMax) {
            _, dispute in
            guard dispute["order_id"]?.text ?? payment == payment else { return true }
            let amount = PaymentFacts.money(dispute["amount"]?.integer, dispute["currency"]?.text ?? "", .polar)
            totals.add(Self.fate(dispute["status"]?.text), amount)
            return true
        }
        guard isWhole else { throw answer.bad("has more disputes than can be read") }
        return PaymentStanding(
            object: object, payment: payment, notes: facts.notes, state: Self.state(ofOrder: json), refunded: refunded,
            contested: totals.contested, lost: totals.lost, isDisputed: totals.isOpen)
    }

    /// Where an order stands; what is not known is unknown and never paid.
    static func state(ofOrder json: JSONValue) -> Checkout.State {
        switch json["status"]?.text {
        case "draft", "pending": .pending
        case "paid", "refunded", "partially_refunded":
            json["paid"]?.flag != true ? .pending : json["total_amount"]?.integer == 0 ? .free : .paid
        case "void": .failed
        default: .unknown
        }
    }

    private static func fate(_ status: String?) -> DisputeTotals.Fate {
        switch status {
        case "won", "prevented", "early_warning": .harmless
        case "lost": .lost
        default: .open
        }
    }
}
