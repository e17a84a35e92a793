// How many events a second are verified and read.

import BuskerCore
import BuskerHTTP
import BuskerHTTPClient
import BuskerPayments
import BuskerTesting
import HTTPTypes

/// Verifies one event of each scheme and size over and over on one thread.
struct VerifyBench {
    let seconds: Double
    /// The one event to verify; without it, events of 1.2 and 20 kB made here, and one of PayPal's double.
    let event: [UInt8]?

    func run() async throws {
        let now = Timestamp(microseconds: 1_795_219_200_000_000)
        let moment = now.microseconds / 1_000_000
        let secrets = [Sender.secret]
        for body in event.map({ [$0] }) ?? [1_200, 20_000].map({ Sender.body("evt_1", bytes: $0) }) {
            try await measure(
                "stripe", try StripeVerifier(secrets: secrets, mode: .live), body, Sender.stripe(body, at: moment), now)
            try await measure(
                "standard-webhooks", try StandardWebhooksVerifier(secrets: secrets), body,
                Sender.standard(body, "msg_1", at: moment), now)
            try await measure(
                "polar", try PolarVerifier(secrets: secrets, mode: .live), body,
                Sender.standard(body, "msg_1", at: moment), now)
            try await measure(
                "square", try SquareVerifier(secrets: secrets, notificationURL: Sender.address, mode: .live), body,
                Sender.square(body), now)
        }
        if event == nil { try await payPal() }
    }

    /// PayPal's signature needs its certificate, so its event is one that its double sends.
    private func payPal() async throws {
        let clock = VirtualClock()
        let fake = try await FakeProvider.start(.payPal, seed: 1, clock: clock)
        let transport = try HTTPClientTransport()
        let gateway = try PayPalGateway(
            clientID: fake.keys.clientID, clientSecret: try APIKey(fake.secretKey), mode: .test, transport: transport,
            retry: HTTPRetry(wall: clock, clock: ContinuousClock(), random: SystemRandom()), clock: clock,
            baseURL: fake.baseURL)
        let order = CheckoutOrder(
            key: "checkout:1", title: "Credits", price: Money(minorUnits: 4_900, currency: .usd),
            notes: [CheckoutOrder.purchaseNote: "pur_1"], successURL: "https://host.example/thanks")
        await fake.pay(checkout: try await gateway.open(order).id)
        let verifier = try PayPalVerifier(
            webhookIDs: [fake.webhookSecret], certificates: fake.certificates,
            roots: try TrustedRoots(pem: fake.certificateRoots), mode: .test)
        if let sample = fake.deliveries().first {
            try await measure("paypal", verifier, sample.body, sample.headers, clock.now)
        }
        await fake.stop()
        await transport.close()
    }

    private func measure(
        _ scheme: String, _ verifier: some WebhookVerifier, _ body: [UInt8], _ headers: HTTPFields, _ now: Timestamp
    ) async throws {
        var count = 0
        let begin = Clocks.wall
        let cpu = Clocks.cpu
        while Clocks.wall - begin < seconds {
            for _ in 0..<64 { _ = try await verifier.verify(rawBody: body, headers: headers, at: now) }
            count += 64
        }
        let rate = Double(count) / (Clocks.wall - begin)
        print(
            """
            {"operation": "verify", "scheme": "\(scheme)", "bytes": \(body.count), "ops_s": \(Int(rate)), \
            "cpu_us_per_op": \((Clocks.cpu - cpu) / Double(count) * 1e6)}
            """)
    }
}
