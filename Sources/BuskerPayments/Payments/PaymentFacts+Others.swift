// What Polar, PayPal and Square say about a payment.

import BuskerCore

extension PaymentFacts {
    /// The facts of a Polar order: the price is its net amount, since tax is Polar's to collect; refunds are net of tax too.
    init(polarOrder json: JSONValue, mode: PaymentMode) {
        self.init(.polar)
        self.mode = mode
        id = json["id"]?.text ?? ""
        isPayment = !id.isEmpty && json["billing_reason"] != nil
        let paidStates = ["paid", "refunded", "partially_refunded"]
        let isPaid = json["status"]?.text.map(paidStates.contains) ?? false
        state = isPaid && json["paid"]?.flag == true ? .captured : .unpaid
        currency = require(json, "currency").uppercased()
        asked = Self.money(requireInteger(json, "net_amount"), currency, .polar)
        received = asked
        notes = Self.texts(json["metadata"])
        refunded = Self.money(requireInteger(json, "refunded_amount"), currency, .polar)
        isRefunded = json["status"]?.text != "paid"
    }

    /// The facts of a PayPal capture, best with the `refunds` of its order; its notes are `custom_id`, which is the purchase's
    /// note, and `invoice_id`.
    init(payPalCapture json: JSONValue, mode: PaymentMode) {
        self.init(.payPal)
        self.mode = mode
        id = json["id"]?.text ?? ""
        isPayment = !id.isEmpty && json["final_capture"] != nil
        let status = json["status"]?.text ?? ""
        isRefunded = ["PARTIALLY_REFUNDED", "REFUNDED"].contains(status)
        let isTaken = status == "COMPLETED" || isRefunded
        state = !isTaken ? .unpaid : requireFlag(json, "final_capture") == true ? .captured : .authorised
        let amount = json["amount"]
        currency = require(amount, "currency_code").uppercased()
        let value = require(amount, "value")
        asked = Self.payPalMoney(value, currency)
        received = asked
        for name in ["custom_id", "invoice_id"] {
            if let text = json[name]?.text { notes[name] = text }
        }
        notes[CheckoutOrder.purchaseNote] = notes["custom_id"]
        refunded = refunds(payPalCapture: json, status: status)
        isRefunded = isRefunded || (refunded?.minorUnits ?? 0) != 0
        isDisputed = !(json["disputes"]?.elements ?? []).isEmpty
    }

    /// What was given back of a capture: the refunds that stand, or all when the status alone says so.
    private func refunds(payPalCapture json: JSONValue, status: String) -> Money? {
        guard let asked else { return nil }
        let none = Money(minorUnits: 0, currency: asked.currency)
        guard let refunds = json["refunds"]?.elements else {
            return status == "REFUNDED" ? asked : isRefunded ? nil : none
        }
        var sum: Money? = none
        for refund in refunds where !["FAILED", "CANCELLED"].contains(refund["status"]?.text) {
            let amount = refund["amount"]
            let value = Self.payPalMoney(amount?["value"]?.text ?? "", amount?["currency_code"]?.text ?? "")
            sum = value.flatMap { try? sum?.adding($0) }
        }
        return status == "REFUNDED" && sum == none ? asked : sum
    }

    /// The sum of PayPal's decimal text; nothing when it cannot be counted.
    static func payPalMoney(_ value: String, _ code: String) -> Money? {
        try? AmountConvention.payPal.money(text: value, code: code)
    }

    /// The facts of a Square payment; the price is `amount_money`, without a tip, and its notes are the location and the reference,
    /// which is the purchase's note and may stand in the payment's `order` instead.
    init(squarePayment json: JSONValue, mode: PaymentMode) {
        self.init(.square)
        let json = json["payment"] ?? json
        self.mode = mode
        id = json["id"]?.text ?? ""
        isPayment = !id.isEmpty && json["amount_money"] != nil
        switch json["status"]?.text {
        case "COMPLETED": state = .captured
        case "APPROVED": state = .authorised
        default: state = .unpaid
        }
        currency = require(json["amount_money"], "currency").uppercased()
        asked = Self.money(requireInteger(json["amount_money"], "amount"), currency, .square)
        received = asked
        for name in ["reference_id", "location_id"] {
            if let text = json[name]?.text { notes[name] = text }
        }
        if let order = json["order"], let id = json["order_id"]?.text, order["id"]?.text == id {
            notes["reference_id"] = notes["reference_id"] ?? order["reference_id"]?.text
        }
        notes[CheckoutOrder.purchaseNote] = notes["reference_id"]
        if let back = json["refunded_money"], !back.isNull {
            let code = require(back, "currency").uppercased()
            refunded = Self.money(requireInteger(back, "amount"), code, .square)
        } else {
            refunded = asked.map { Money(minorUnits: 0, currency: $0.currency) }
        }
    }
}
