// What the page about prices says is true.

import BuskerCore
import BuskerLedger
import TestSupport
import Testing

@Suite struct PricingPageTests {
    @Test func theExampleOfThePageCostsWhatItSays() async throws {
        try await Shop.open(.sqliteMemory) { shop in
            let (ledger, credits, now, job) = (shop.ledger, shop.credits, shop.clock.now, "job_1")
            let alice = try await shop.account("alice", with: "10")
            let card = try RateCard(
                "separation", effectiveAt: now, unit: credits,
                meters: [
                    Meter(
                        "audio", .startedMinutes, free: FreeQuota(perJob: 60_000_000),
                        price: .perUnit(ExactDecimal("0.5")), maximum: ExactDecimal("5"))
                ])
            try await ledger.publish(card)
            let quote = try await ledger.quote([Usage("audio", .seconds(245))], card: "separation", account: alice)
            #expect(quote.total.decimalText == "2.00")
            #expect(
                quote.explanation == [
                    "audio: 245000000 us count as 5 minute; 1 free for the job; 4 × 0.5 = 2.00 credits.",
                    "Total: 2.00 credits.",
                ])
            let order = PricedOrder(
                [Usage("audio", .seconds(245))], card: quote.card, version: quote.version, account: alice,
                key: try IdempotencyKey("\(job):hold"), atMost: quote.total, job: job)
            let held = try await ledger.hold(order, timeToLive: .seconds(3600))
            #expect(held.receipt?.amount == quote.total)
        }
    }

    @Test func theCardOfThePageIsRead() throws {
        let card = try RateCard(
            json: """
                {"effective_us":0,"meters":[{"discount":"10","free":{"per_job":60000000},
                 "measure":{"base":"us","name":"minute","unit":60000000},"name":"audio",
                 "price":{"graduated":[{"rate":"0.5","up_to":600000000},{"rate":"0.3"}]}}],
                 "name":"separation","unit":{"code":"credits","scale":2},"version":1}
                """)
        let quote = try card.quote([Usage("audio", .seconds(60 * 16))], at: Timestamp(microseconds: 0))
        #expect(quote.total.decimalText == "5.85")
        #expect(try RateCard(json: card.json) == card)
    }
}
