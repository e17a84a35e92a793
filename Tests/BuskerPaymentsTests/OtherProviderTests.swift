// Orders of Polar, captures of PayPal and payments of Square before the same judge.

import BuskerCore
import BuskerPayments
import Testing

@Suite struct OtherProviderTests {
    struct Case: Sendable {
        let provider: PaymentProvider
        let body: String
        let notes: [String: String]
        let changes: [(String, String, String)]
    }

    static let cases = [
        Case(
            provider: .polar,
            body: #"""
                {"id":"p_1","status":"paid","paid":true,"billing_reason":"purchase","currency":"usd","net_amount":1000,
                "tax_amount":100,"total_amount":1100,"refunded_amount":0,"metadata":{"job":"job_42","credits":100}}
                """#,
            notes: ["job": "job_42"],
            changes: [
                ("\"billing_reason\":\"purchase\",", "", "wrong_object"), ("p_1", "p_2", "id_mismatch"),
                ("\"status\":\"paid\"", "\"status\":\"pending\"", "not_paid"),
                ("\"status\":\"paid\"", "\"status\":\"void\"", "not_paid"),
                ("\"status\":\"paid\"", "\"status\":\"new_one\"", "not_paid"),
                ("\"paid\":true", "\"paid\":false", "not_paid"),
                ("\"refunded_amount\":0,", "", "incomplete_object"), ("\"usd\"", "\"eur\"", "currency_mismatch"),
                ("\"net_amount\":1000", "\"net_amount\":999", "amount_mismatch"),
                ("job_42", "job_41", "metadata_mismatch"),
                ("\"refunded_amount\":0", "\"refunded_amount\":400", "refunded"),
                ("\"status\":\"paid\"", "\"status\":\"partially_refunded\"", "refunded"),
            ]),
        Case(
            provider: .payPal,
            body: #"""
                {"id":"p_1","status":"COMPLETED","final_capture":true,"amount":{"currency_code":"USD","value":"10.00"},
                "custom_id":"job_42","invoice_id":"inv_1"}
                """#,
            notes: ["custom_id": "job_42"],
            changes: [
                ("\"final_capture\":true,", "", "wrong_object"), ("p_1", "p_2", "id_mismatch"),
                ("\"final_capture\":true", "\"final_capture\":false", "not_captured"),
                ("COMPLETED", "PENDING", "not_paid"), ("COMPLETED", "DECLINED", "not_paid"),
                ("COMPLETED", "SOMETHING_NEW", "not_paid"),
                ("\"value\":\"10.00\"", "\"value\":10.00", "incomplete_object"),
                ("USD", "EUR", "currency_mismatch"), ("10.00", "10.001", "amount_mismatch"),
                ("10.00", "9999.00", "amount_mismatch"), ("job_42", "job_41", "metadata_mismatch"),
                ("COMPLETED", "REFUNDED", "refunded"), ("COMPLETED", "PARTIALLY_REFUNDED", "refunded"),
                ("\"custom_id\"", "\"disputes\":[{}],\"custom_id\"", "disputed"),
            ]),
        Case(
            provider: .square,
            body: #"""
                {"payment":{"id":"p_1","status":"COMPLETED","amount_money":{"amount":1000,"currency":"USD"},
                "reference_id":"job_42","location_id":"L1"}}
                """#,
            notes: ["reference_id": "job_42", "location_id": "L1"],
            changes: [
                ("\"id\":\"p_1\",", "", "wrong_object"), ("p_1", "p_2", "id_mismatch"),
                ("COMPLETED", "APPROVED", "not_captured"), ("COMPLETED", "FAILED", "not_paid"),
                ("\"amount\":1000,", "", "incomplete_object"), ("USD", "JPY", "currency_mismatch"),
                (":1000", ":1001", "amount_mismatch"), ("L1", "L2", "metadata_mismatch"),
                (
                    "\"reference_id\"", "\"refunded_money\":{\"amount\":1,\"currency\":\"USD\"},\"reference_id\"",
                    "refunded"
                ),
                (
                    "\"reference_id\"", "\"refunded_money\":{\"amount\":0,\"currency\":\"EUR\"},\"reference_id\"",
                    "refunded"
                ),
            ]),
    ]

    static func verdict(_ text: String, _ provided: Case) throws -> String {
        let json = try JSONValue(parsing: Array(text.utf8))
        let expected = PaymentExpectation(
            payment: "p_1", price: Money(minorUnits: 1000, currency: .usd), mode: .live, purpose: "job_42",
            notes: provided.notes)
        do throws(PaymentRefusal) {
            let fetched = FetchedObject(json, from: provided.provider, mode: .live, at: Sender.now)
            return try PaymentPolicy.verifyPayment(fetched, expecting: expected).money == expected.price
                ? "ok" : "other"
        } catch {
            return error.code.description
        }
    }

    @Test(arguments: cases.indices)
    func onlyTheRightPaymentIsGood(index: Int) throws {
        let provided = Self.cases[index]
        #expect(try Self.verdict(provided.body, provided) == "ok")
        for (old, new, code) in provided.changes {
            let text = provided.body.replacing(old, with: new)
            #expect(try text != provided.body && Self.verdict(text, provided) == code, "\(old) to \(new)")
        }
    }
}
