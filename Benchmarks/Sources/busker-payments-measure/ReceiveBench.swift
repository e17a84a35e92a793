// How many receipts a second are kept, each durable before its caller goes on.

import BuskerCore
import BuskerDatabase
import BuskerPayments

/// Callers that each verify a new event, keep it, and wait for the answer.
struct ReceiveBench: Sendable {
    let callers: Int
    let seconds: Int
    let bytes: Int

    func run(on database: any Database) async throws {
        try await database.migrate(PaymentsSchema.migrations)
        let inbox = try PaymentInbox(database, gateways: [NoGateway()], handlers: [:])
        let verifier = try StripeVerifier(secrets: [Sender.secret], mode: .live)
        let begin = Clocks.wall
        let cpu = Clocks.cpu
        let waits = try await withThrowingTaskGroup(of: [Double].self) { group in
            for caller in 0..<callers {
                group.addTask { try await receive(caller, until: begin + Double(seconds), inbox, verifier) }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let time = Clocks.wall - begin
        let sorted = waits.sorted()
        func quantile(_ part: Double) -> Double {
            sorted.isEmpty ? 0 : 1_000 * sorted[Int(part * Double(sorted.count - 1))]
        }
        let kept = try await database.read { tx in
            try tx.value("SELECT COUNT(*) FROM payments_receipt", as: Int.self) ?? 0
        }
        print(
            """
            {"operation": "receive", "callers": \(callers), "bytes": \(bytes), "ops": \(waits.count), \
            "kept": \(kept), "ops_s": \(Int(Double(waits.count) / time)), "p50_ms": \(quantile(0.5)), \
            "p99_ms": \(quantile(0.99)), "cpu_us_per_op": \((Clocks.cpu - cpu) / Double(max(1, waits.count)) * 1e6)}
            """)
        await database.close()
    }

    private func receive(
        _ caller: Int, until end: Double, _ inbox: PaymentInbox, _ verifier: StripeVerifier
    ) async throws -> [Double] {
        var waits: [Double] = []
        let clock = SystemClock()
        while Clocks.wall < end {
            let body = Sender.body("evt_\(caller)_\(waits.count)", bytes: bytes)
            let now = clock.now
            let headers = Sender.stripe(body, at: now.microseconds / 1_000_000)
            let begin = Clocks.wall
            let event = try verifier.verify(rawBody: body, headers: headers, at: now)
            _ = try await inbox.receive(event, rawBody: body)
            waits.append(Clocks.wall - begin)
        }
        return waits
    }
}

/// A provider that nobody asks.
struct NoGateway: PaymentGateway {
    let provider = PaymentProvider.stripe
    let mode = PaymentMode.live
    private static let silence = PaymentError(.unsupported, "Nobody is asked here.")

    func open(_ order: CheckoutOrder) async throws(PaymentError) -> Checkout { throw Self.silence }
    func checkout(_ id: String) async throws(PaymentError) -> Checkout { throw Self.silence }
    func expire(_ checkout: String) async throws(PaymentError) -> Checkout { throw Self.silence }
    func standing(of payment: String) async throws(PaymentError) -> PaymentStanding { throw Self.silence }
    func refund(_ order: RefundOrder) async throws(PaymentError) -> Refund { throw Self.silence }
    func place(of hint: EventHint) async throws(PaymentError) -> PaymentPlace? { throw Self.silence }
    func subscription(_ id: String) async throws(PaymentError) -> SubscriptionStanding { throw Self.silence }
}
