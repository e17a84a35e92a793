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

    /// The facts of a PayPal capture; its notes are `custom_id` and `invoice_id`.
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
        asked = try? AmountConvention.payPal.money(text: value, code: currency)
        received = asked
        for name in ["custom_id", "invoice_id"] {
            if let text = json[name]?.text { notes[name] = text }
        }
        refunded = isRefunded ? nil : asked.map { Money(minorUnits: 0, currency: $0.currency) }
        isDisputed = !(json["disputes"]?.elements ?? []).isEmpty
    }

    /// The facts of a Square payment; the price is `amount_money`, without a tip, and its notes are the reference and the location.
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
        if let back = json["refunded_money"] {
            let code = require(back, "currency").uppercased()
            refunded = Self.money(requireInteger(back, "amount"), code, .square)
        } else {
            refunded = asked.map { Money(minorUnits: 0, currency: $0.currency) }
        }
    }
}
