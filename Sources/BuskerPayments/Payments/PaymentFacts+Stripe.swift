// What Stripe says about a payment.

import BuskerCore

extension PaymentFacts {
    /// The facts of a PaymentIntent, best retrieved with `expand[]=latest_charge`.
    ///
    /// The intent itself never shows refunds or disputes; they stand in the charge.
    init(paymentIntent json: JSONValue) {
        self.init(.stripe)
        isPayment = json["object"]?.text == "payment_intent"
        id = json["id"]?.text ?? ""
        mode = json["livemode"]?.flag.map { $0 ? .live : .test }
        state = Self.state(json["status"]?.text)
        currency = require(json, "currency").uppercased()
        asked = Self.money(requireInteger(json, "amount"), currency, .stripe)
        received = Self.money(requireInteger(json, "amount_received"), currency, .stripe)
        notes = Self.texts(json["metadata"])
        hasCharge = json["latest_charge"]?.kind == .object
        if let charge = json["latest_charge"], hasCharge { take(charge) }
    }

    private static func state(_ status: String?) -> State {
        switch status {
        case "succeeded": .captured
        case "requires_capture": .authorised
        default: .unpaid
        }
    }

    private mutating func take(_ charge: JSONValue) {
        if let intent = charge["payment_intent"]?.text, !id.isEmpty { isConsistent = intent == id }
        if state == .captured {
            let isCaptured = requireFlag(charge, "captured")
            let isPaid = requireFlag(charge, "paid")
            let status = require(charge, "status")
            if isCaptured == false {
                state = .authorised
            } else if isPaid == false || !["succeeded", ""].contains(status) {
                state = .unpaid
            }
        }
        refunded = Self.money(requireInteger(charge, "amount_refunded"), currency, .stripe)
        isRefunded = requireFlag(charge, "refunded") ?? false
        isDisputed = requireFlag(charge, "disputed") ?? false
    }
}
