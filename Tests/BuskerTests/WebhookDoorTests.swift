// What senders are answered, and what subscribers may use.

import Busker
import BuskerCore
import BuskerDatabase
import BuskerLedger
import BuskerPayments
import BuskerTesting
import HTTPTypes
import TestSupport
import Testing

@Suite struct WebhookDoorTests {
    static func street<T>(_ body: (Street, FakeProvider) async throws -> T) async throws -> T {
        try await withDatabase(.sqliteMemory) { database in
            try await Street.open(database, seed: 9, lanes: 2) { street in
                for fake in street.fakes { fake.turn(.calm) }
                return try await body(street, try street.fake(.stripe))
            }
        }
    }

    @Test func theAnswerSaysWhetherTheEventIsKept() async throws {
        try await Self.street { street, fake in
            let account = try AccountName("user:1")
            let order = CreditOrder("small", for: account, at: .stripe, key: "a", successURL: "https://host.example/t")
            await fake.pay(checkout: try #require(try await street.shop.buy(order).checkout))
            let delivery = try #require(fake.deliveries().first { $0.type == "payment_intent.succeeded" })
            let verifier = try StripeVerifier(secrets: [fake.webhookSecret], mode: .test)
            let door = WebhookDoor(verifier, into: street.shop.inbox, clock: street.clock)
            let taken = await door.take(rawBody: delivery.body, headers: delivery.headers)
            #expect(taken.status == 200)
            try await street.shop.inbox.process(try #require(taken.receipt))
            #expect(try await street.shop.ledger.balance(of: account).available.steps == 107)
            let again = await door.take(rawBody: delivery.body, headers: delivery.headers)
            #expect(again.status == 200 && again.receipt == nil)
            let forged = await door.take(rawBody: delivery.body + [0x20], headers: delivery.headers)
            #expect(forged.status == 400 && forged.refusal == "signature_mismatch" && forged.receipt == nil)
            let huge = await door.take(rawBody: [UInt8](repeating: 0x20, count: 1 << 21), headers: delivery.headers)
            #expect(huge.status == 413)
            let live = try StripeVerifier(secrets: [fake.webhookSecret], mode: .live)
            let other = WebhookDoor(live, into: street.shop.inbox, clock: street.clock)
            #expect(await other.take(rawBody: delivery.body, headers: delivery.headers).refusal == "livemode_mismatch")
            let open = WebhookDoor(
                try StandardWebhooksVerifier(secrets: ["whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="]),
                into: street.shop.inbox, clock: street.clock)
            #expect(await open.take(rawBody: delivery.body, headers: delivery.headers).status == 400)
            await street.shop.ledger.database.close()
            let shut = await door.take(rawBody: delivery.body, headers: delivery.headers)
            #expect(shut.status == 503 && shut.retryAfter != nil)
        }
    }

    @Test func aSubscriptionEntitlesAsLongAsItsProviderSaysSo() async throws {
        try await Self.street { street, fake in
            let account = try AccountName("user:1")
            var subscription: String?
            for (status, isActive) in [("active", true), ("past_due", false), ("active", true), ("canceled", false)] {
                subscription = fake.subscribe(
                    subscription, status: status, notes: [Entitlement.accountNote: account.text])
                for delivery in fake.deliveries() {
                    let answer = try await street.take(delivery, of: fake)
                    if let receipt = answer.receipt { try await street.shop.inbox.process(receipt) }
                }
                let entitlement = try #require(try await street.shop.entitlements(of: account).first)
                #expect(entitlement.status == status && entitlement.isActive == isActive)
                #expect(entitlement.subscription == subscription)
            }
            #expect(try await street.shop.entitlements(of: try AccountName("user:2")).isEmpty)
        }
    }
}
