// The double of Stripe beside the official client and localstripe; Tests/Interop/run starts this.

import BuskerCore
import BuskerPayments
import BuskerTesting
import Foundation
import HTTPTypes
import TestSupport
import Testing

/// The Python that has the official client.
private let python = ProcessInfo.processInfo.environment["BUSKER_INTEROP_PYTHON"]

@Suite(.enabled(if: python != nil, "Tests/Interop/run gives the Python"))
struct FakeInteropTests {
    private static func run(_ arguments: [String]) throws -> Program.Ending {
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Interop/doubles.py")
        return try Program.run([#require(python), script.path] + arguments)
    }

    @Test func localstripeAndOurDoubleSayTheSame() async throws {
        let fake = try await FakeProvider.start(.stripe, seed: 1, clock: SystemClock())
        let result = try Self.run(["compare", fake.baseURL, fake.secretKey])
        #expect(result.status == 0, "\(result)")
        #expect(result.text.contains("13 steps compared") || result.text.contains("SKIPPED"), "\(result)")
        await fake.stop()
    }

    @Test func theOfficialClientUnderstandsOurDouble() async throws {
        let fake = try await FakeProvider.start(.stripe, seed: 2, clock: SystemClock())
        let result = try Self.run(["client", fake.baseURL, fake.secretKey])
        #expect(result.status == 0, "\(result)")
        for book in fake.books() { fake.dispute(payment: book.payment, amount: 100, ends: .lost) }
        let deliveries = fake.deliveries()
        #expect(deliveries.count >= 8)
        let file = FileManager.default.temporaryDirectory.appending(path: "busker-deliveries-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        let lines = deliveries.map { delivery in
            [
                "id": delivery.id, "type": delivery.type, "body": String(decoding: delivery.body, as: UTF8.self),
                "signature": delivery.headers.first { $0.name.canonicalName == "stripe-signature" }?.value ?? "",
            ]
        }
        try JSONSerialization.data(withJSONObject: lines).write(to: file)
        let read = try Self.run(["events", file.path, fake.webhookSecret])
        #expect(read.status == 0, "\(read)")
        await fake.stop()
    }
}
