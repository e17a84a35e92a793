// What Stripe's errors mean.

import BuskerCore

extension ProviderFault {
    /// Reads `{"error": {"type", "code", "decline_code", "message"}}`; whatever is missing is left to the status.
    init(stripe answer: ProviderAnswer) {
        let error = answer.json?["error"]
        let code = error?["code"]?.text
        let type = error?["type"]?.text
        reason = error?["decline_code"]?.text ?? code ?? type
        message = error?["message"]?.text
        self.code = Self.meaning(code ?? "") ?? Self.meaning(ofType: type ?? "")
    }

    private static func meaning(_ code: String) -> PaymentError.Code? {
        switch code {
        case "idempotency_key_in_use", "lock_timeout": .inProgress
        case "rate_limit": .rateLimited
        case "resource_missing": .notFound
        case "charge_already_refunded", "charge_disputed", "refund_disputed_payment": .notRefundable
        case "amount_too_small", "amount_too_large", "invalid_charge_amount": .badAmount
        case "payment_intent_unexpected_state", "charge_already_captured": .wrongState
        default: nil
        }
    }

    private static func meaning(ofType type: String) -> PaymentError.Code? {
        switch type {
        case "idempotency_error": .keyReused
        case "card_error": .declined
        default: nil
        }
    }
}
