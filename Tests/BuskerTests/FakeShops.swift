// Shops that talk to the doubles of Polar, PayPal and Square.

import BuskerCore
import BuskerPayments
import BuskerTesting
import Foundation
import HTTPTypes
import Testing

/// A shop at any provider, in the few words that all tests need.
struct FakeShop {
    static let providers: [PaymentProvider] = [.stripe, .polar, .payPal, .square]
    static let product = "0b5bbe4c-5f0c-4b3e-9d68-0c2f4b1f7c11"

    let fake: FakeProvider
    let client: FakeClient
    let clock: VirtualClock

    init(_ provider: PaymentProvider, seed: UInt64 = 1, nature: FakeNature = .calm) async throws {
        clock = VirtualClock()
        fake = try await FakeProvider.start(provider, seed: seed, clock: clock, nature: nature)
        client = FakeClient(fake)
        let isForm = provider == .stripe
        client.headers["Content-Type"] = isForm ? "application/x-www-form-urlencoded" : "application/json"
        if provider == .payPal { signIn() } else { client.headers["Authorization"] = "Bearer \(fake.secretKey)" }
    }

    private init(_ shop: FakeShop) {
        fake = shop.fake
        clock = shop.clock
        client = FakeClient(fake, headers: shop.client.headers)
    }

    /// The same shop on another connection.
    func again() -> FakeShop { FakeShop(self) }

    /// Fetches a token of PayPal's.
    func signIn() {
        let name = Data("\(fake.keys.clientID):\(fake.secretKey)".utf8).base64EncodedString()
        let answer = client.send(
            "POST", "/v1/oauth2/token", body: "grant_type=client_credentials",
            headers: ["Authorization": "Basic \(name)", "Content-Type": "application/x-www-form-urlencoded"])
        client.headers["Authorization"] = "Bearer \(answer["access_token"]?.text ?? "")"
    }

    /// Where a checkout is made, with which body, and under which key.
    func request(purchase: String, amount: Int64 = 1000) -> (path: String, body: String, headers: [String: String]) {
        switch fake.provider {
        case .stripe:
            return (
                "/v1/checkout/sessions", StripeShop.form(amount: amount, purchase: purchase),
                ["Idempotency-Key": "checkout:\(purchase)"]
            )
        case .polar:
            let price = #"{"amount_type":"fixed","price_amount":\#(amount),"price_currency":"usd"}"#
            return (
                "/v1/checkouts/",
                #"{"products":["\#(Self.product)"],"prices":{"\#(Self.product)":[\#(price)]},"#
                    + #""success_url":"https://shop.example.com/done?s={CHECKOUT_ID}","#
                    + #""metadata":{"busker_purchase":"\#(purchase)"},"external_customer_id":"u_\#(purchase)"}"#, [:]
            )
        case .payPal:
            return ("/v2/checkout/orders", payPalBody(purchase, amount), ["PayPal-Request-Id": "checkout:\(purchase)"])
        default:
            let item =
                #"{"name":"100 credits","quantity":"1","base_price_money":{"amount":\#(amount),"currency":"USD"}}"#
            return (
                "/v2/online-checkout/payment-links",
                #"{"idempotency_key":"checkout:\#(purchase)","order":{"location_id":"\#(fake.keys.locationID)","#
                    + #""reference_id":"\#(purchase)","line_items":[\#(item)]},"#
                    + #""checkout_options":{"redirect_url":"https://shop.example.com/done?s=1"}}"#, [:]
            )
        }
    }

    private func payPalBody(_ purchase: String, _ amount: Int64) -> String {
        let cents = String(amount % 100)
        let value = "\(amount / 100).\(cents.count < 2 ? "0" : "")\(cents)"
        let unit =
            #"{"custom_id":"\#(purchase)","invoice_id":"\#(purchase)","#
            + #""amount":{"currency_code":"USD","value":"\#(value)"}}"#
        let context = #"{"return_url":"https://shop.example.com/done?s=1"}"#
        return
            #"{"intent":"CAPTURE","purchase_units":[\#(unit)],"payment_source":{"paypal":{"experience_context":\#(context)}}}"#
    }

    /// Opens a checkout; answers its id.
    func open(_ purchase: String, amount: Int64 = 1000) -> String? {
        let request = request(purchase: purchase, amount: amount)
        let answer = client.send("POST", request.path, body: request.body, headers: request.headers)
        return fake.provider == .square ? answer["payment_link", "order_id"]?.text : answer["id"]?.text
    }

    /// Opens a checkout, lets the buyer pay, and captures where that is the host's to do; answers the payment's id.
    func buy(_ purchase: String, amount: Int64 = 1000, _ how: FakePayment = .card) async throws -> String {
        let checkout = try #require(open(purchase, amount: amount))
        let payment = try #require(await fake.pay(checkout: checkout, how))
        if fake.provider == .payPal { _ = client.send("POST", "/v2/checkout/orders/\(checkout)/capture", body: "{}") }
        return payment
    }

    /// Gives money back by the host's own call.
    func refund(_ payment: String, _ amount: Int64, key: String) -> FakeClient.Answer {
        let money = #"{"amount":\#(amount),"currency":"USD"}"#
        switch fake.provider {
        case .stripe:
            return client.send(
                "POST", "/v1/refunds", body: "payment_intent=\(payment)&amount=\(amount)",
                headers: ["Idempotency-Key": key])
        case .polar:
            return client.send(
                "POST", "/v1/refunds/",
                body: #"{"order_id":"\#(payment)","reason":"customer_request","amount":\#(amount)}"#)
        case .payPal:
            let value = "\(amount / 100).\(amount % 100 < 10 ? "0" : "")\(amount % 100)"
            return client.send(
                "POST", "/v2/payments/captures/\(payment)/refund",
                body: #"{"amount":{"currency_code":"USD","value":"\#(value)"}}"#, headers: ["PayPal-Request-Id": key])
        default:
            return client.send(
                "POST", "/v2/refunds",
                body: #"{"idempotency_key":"\#(key)","payment_id":"\#(payment)","amount_money":\#(money)}"#)
        }
    }

    /// The type of an event when its signature holds; a verifier's refusal otherwise.
    func verified(_ delivery: FakeDelivery, body: [UInt8]? = nil) async throws -> EventHint {
        let body = body ?? delivery.body
        let secrets = [fake.webhookSecret]
        switch fake.provider {
        case .stripe:
            return EventHint(
                try StripeVerifier(secrets: secrets, mode: .test)
                    .verify(rawBody: body, headers: delivery.headers, at: clock.now))
        case .polar:
            return EventHint(
                try PolarVerifier(secrets: secrets, mode: .test)
                    .verify(rawBody: body, headers: delivery.headers, at: clock.now))
        case .payPal:
            return EventHint(
                try await PayPalVerifier(
                    webhookIDs: secrets, certificates: fake.certificates,
                    roots: try TrustedRoots(pem: fake.certificateRoots), mode: .test
                ).verify(rawBody: body, headers: delivery.headers, at: clock.now))
        default:
            return EventHint(
                try SquareVerifier(secrets: secrets, notificationURL: fake.keys.notificationURL, mode: .test)
                    .verify(rawBody: body, headers: delivery.headers, at: clock.now))
        }
    }
}
