// What PayPal's errors mean.

import BuskerCore

extension ProviderFault {
    /// Reads `{"name", "message", "details": [{"issue", "description"}]}` and OAuth's `{"error", "error_description"}`.
    init(payPal answer: ProviderAnswer) {
        let json = answer.json
        let detail = json?["details"]?.elements?.first
        reason = detail?["issue"]?.text ?? json?["name"]?.text ?? json?["error"]?.text
        message = detail?["description"]?.text ?? json?["message"]?.text ?? json?["error_description"]?.text
        code = Self.meaning(payPal: reason ?? "")
    }

    private static func meaning(payPal issue: String) -> PaymentError.Code? {
        switch issue {
        case "INSTRUMENT_DECLINED", "PAYER_CANNOT_PAY", "TRANSACTION_REFUSED", "PAYEE_BLOCKED_TRANSACTION": .declined
        case "ORDER_NOT_APPROVED", "ORDER_ALREADY_CAPTURED", "PAYER_ACTION_REQUIRED", "DUPLICATE_INVOICE_ID":
            .wrongState
        case "CAPTURE_FULLY_REFUNDED", "REFUND_AMOUNT_EXCEEDED", "REFUND_NOT_ALLOWED", "PENDING_CAPTURE",
            "REFUND_TIME_LIMIT_EXCEEDED", "MAX_NUMBER_OF_REFUNDS_EXCEEDED", "TRANSACTION_DISPUTED",
            "CAPTURE_DISPUTED_PARTIAL_REFUND_NOT_ALLOWED":
            .notRefundable
        case "DECIMALS_NOT_SUPPORTED", "CURRENCY_NOT_SUPPORTED", "REFUND_CAPTURE_CURRENCY_MISMATCH": .badAmount
        case "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID": .notFound
        case "DUPLICATE_REQUEST_ID": .keyReused
        case "PREVIOUS_REQUEST_IN_PROGRESS": .inProgress
        case "RATE_LIMIT_REACHED": .rateLimited
        case "invalid_client": .unauthorised
        default: nil
        }
    }
}
