// What README and the page on payments show compiles, runs, and cannot drift away.

import Busker
import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerHTTPClient
import BuskerLedger
import BuskerPayments
import BuskerTesting
import Foundation
import HTTPTypes
import Logging
import TestSupport
import Testing

@Suite struct ReadmeTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The Swift blocks of the pages that are marked for this file.
    static let snippets: [[Substring]] = ["README.md", "Documentation/Payments.md"].flatMap { path in
        let text = (try? String(contentsOf: root.appending(path: path), encoding: .utf8)) ?? ""
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.indices
            .filter { lines[$0] == "```swift" && $0 > 0 && lines[$0 - 1] == "<!-- tested: BuskerTests -->" }
            .map { open in Array(lines[(open + 1)...].prefix { $0 != "```" }) }
    }

    @Test func thePagesHaveTheirSnippets() { #expect(Self.snippets.count == 4) }

    @Test(arguments: snippets) func everyLineStandsInThisFile(snippet: [Substring]) throws {
        let source = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
        let own = source.split(separator: "\n").map { $0.drop { $0 == " " } }
        let wanted = snippet.map { $0.drop { $0 == " " } }.filter { !$0.isEmpty }
        let found = own.indices.contains { own[$0...].starts(with: wanted) }
        #expect(found && wanted.count >= 3, "\(snippet) does not stand in ReadmeTests.swift")
    }

    @Test func aPackageIsBoughtWithoutANetwork() async throws {
        try await withDatabase(.sqliteMemory) { database in
            let fake = try await FakeProvider.start(.stripe, seed: 1, clock: SystemClock())
            let client = try HTTPClientTransport()
            do { try await Self.story(database, fake, client) } catch { Issue.record(error) }
            await client.close()
            await fake.stop()
        }
    }

    private static func story(_ database: any Database, _ fake: FakeProvider, _ client: HTTPClientTransport)
        async throws
    {
        let (address, secret) = (fake.baseURL, fake.secretKey)
        let ledger = Ledger(database)
        try await ledger.database.migrate(LedgerSchema.migrations)
        for package in try PriceList.classic(Amount.Unit(code: "credits", scale: 2)).packages {
            try await ledger.publish(package)
        }
        let user = try AccountName("user:42")
        let retry = HTTPRetry(wall: SystemClock(), clock: ContinuousClock(), random: SystemRandom())
        let page = "https://shop.example.com/thanks"

        let stripe = try StripeGateway(
            key: APIKey(secret), mode: .test, transport: client, retry: retry, clock: SystemClock(), baseURL: address)
        let shop = try CreditShop(ledger, gateways: [stripe], mode: .test, log: Logger(label: "shop"))
        try await shop.migrate()
        let order = CreditOrder("starter", for: user, at: .stripe, key: "order-1", successURL: page)
        let purchase = try await shop.buy(order)  // send the buyer to purchase.checkoutURL

        let checkout = try #require(purchase.checkout)
        #expect(purchase.checkoutURL?.hasPrefix(address) == true)
        await fake.pay(checkout: checkout)

        let settled = try await shop.inbox.settle(purchase.id, of: user.text)  // on the page to which the buyer returns
        let balance = try await ledger.balance(of: user)
        print(settled.state, balance.available)  // paid 100.00 credits

        #expect(settled.state == .paid && balance.available.decimalText == "100.00")
        try await webhook(shop, fake)
        try await download(shop, client, fake)
    }

    private static func webhook(_ shop: CreditShop, _ fake: FakeProvider) async throws {
        let delivery = try #require(fake.deliveries().first)
        let (headers, body) = (delivery.headers, delivery.body)
        let verifier = try StripeVerifier(secrets: [fake.webhookSecret], mode: .test)

        let event = try verifier.verify(rawBody: body, headers: headers, at: SystemClock().now)
        let reception = try await shop.inbox.receive(event, rawBody: body)  // durable; now answer 200
        if reception.isOpen { _ = try await shop.inbox.process(reception.receipt) }

        #expect(!reception.isDuplicate)
        try await shop.ledger.database.migrate(DownloadSchema.migrations)
    }

    private static func download(_ shop: CreditShop, _ client: HTTPClientTransport, _ fake: FakeProvider) async throws {
        let retry = HTTPRetry(wall: SystemClock(), clock: ContinuousClock(), random: SystemRandom())
        let stripe = try StripeGateway(
            key: APIKey(fake.secretKey), mode: .test, transport: client, retry: retry, clock: SystemClock(),
            baseURL: fake.baseURL)
        let database = shop.ledger.database
        let inbox = try PaymentInbox(
            database, gateways: [stripe], handlers: [DownloadEffects.kind: DownloadEffects()])
        let purchase = try await inbox.buy(
            PurchaseRequest(
                provider: .stripe, mode: .test, buyer: "user:42", key: "song-1", kind: DownloadEffects.kind,
                item: "job_1", price: Money(minorUnits: 4900, currency: try Currency("KRW")), title: "A song",
                successURL: "https://shop.example.com/thanks"))
        await fake.pay(checkout: try #require(purchase.checkout))
        let id = purchase.id

        let gate = DownloadGate(database, inbox: inbox)
        let song = try DownloadFile(key: "results/job_1/song.flac", name: "노래.flac", type: "audio/flac")
        let link = try await gate.link(to: song, purchase: id, buyer: "user:42")  // asks the provider first
        let grant = try await gate.redeem(link.token)  // looks at the purchase again; deliver grant.file

        #expect(grant.file == song)
    }
}
