// What README and the page on payments show compiles, runs, and cannot drift away.

import Busker
import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerHTTPClient
import BuskerJobs
import BuskerLedger
import BuskerPayments
import BuskerProcess
import BuskerStorage
import BuskerTesting
import Foundation
import HTTPTypes
import Logging
import Synchronization
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

    @Test func thePagesHaveTheirSnippets() { #expect(Self.snippets.count == 7) }

    @Test(arguments: snippets) func everyLineStandsInThisFile(snippet: [Substring]) throws {
        let source = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
        let own = source.split(separator: "\n").map { $0.drop { $0 == " " } }
        let wanted = snippet.map { $0.drop { $0 == " " } }.filter { !$0.isEmpty }
        let found = own.indices.contains { own[$0...].starts(with: wanted) }
        #expect(found && wanted.count >= 3, "\(snippet) does not stand in ReadmeTests.swift")
    }

    @Test func workIsSoldToWhoeverOrdersIt() async throws {
        try await MediaBench.open(.sqliteFile) { bench in
            let song = try SoundRunnerTests.song()
            let upload = try await bench.upload(song, name: "song.flac").id
            let runner = SoundRunner(program: SoundRunnerTests.program, folder: bench.folder)
            let rooms = MediaRooms(ledger: bench.ledger, store: bench.store, meter: runner)
            try await bench.ledger.publish(
                RateCard(
                    "separation", effectiveAt: Timestamp(microseconds: 0), unit: bench.unit,
                    meters: [Meter("song", price: .perUnit(ExactDecimal("1")))]))
            let (me, user, click) = (bench.owner, try AccountName(bench.owner), "click-1")
            let size = try await Self.walk(rooms, runner, bench, upload, me, user, click)
            #expect(size > 10_000)
            #expect(try await bench.standing() == [200, 0])
        }
    }

    private static func walk(
        _ rooms: MediaRooms, _ runner: SoundRunner, _ bench: MediaBench, _ upload: FileID, _ me: String,
        _ user: AccountName, _ click: String
    ) async throws -> Int64 {
        let (settings, clock, log) = (MediaSettings(workFolder: bench.folder), ContinuousClock(), bench.log)
        let steps = Mutex<[JobProgress]>([])
        func tell(_ progress: JobProgress) { steps.withLock { $0.append(progress) } }
        let service = MediaService(rooms, works: [SeparationWork(runner)], settings: settings, log: log)
        let worker = try service.worker(jobsMax: 2, clock: clock)
        async let working: Void = worker.run()  // here, or in ten other processes on the same PostgreSQL
        let order = MediaOrder(owner: me, account: user, file: upload, work: "separate", key: click)
        let job = try await service.submit(order)
        for try await step in try await service.events(of: job.id, owner: me, clock: clock) { tell(step.progress) }
        let zip = try await service.zip(of: job.id, owner: me)  // for everybody else there is no such job
        #expect(steps.withLock { $0.last?.millionths } == 1_000_000)
        await worker.shutdown(within: .seconds(5))
        await working
        return zip.size
    }

    @Test func anotherGeneratorIsAnotherWork() throws {
        let works = [
            CommandWork(
                "song", program: "/opt/diffrhythm/infer",
                arguments: ["--prompt={prompt}", "--seed={seed}", "--out={folder}/song.wav"],
                options: ["prompt": .text(), "seed": .whole(0...999_999, usual: 1)],
                results: [WorkFile("song.wav", name: "song.wav", kind: "song", contentType: "audio/wav")],
                card: "song", needsFile: false, soldKinds: ["song"], runner: ProcessRunner())
        ]
        #expect(works[0].needsFile == false && works[0].soldKinds == ["song"])
        #expect(try works[0].estimate(.none, options: ["prompt": "-rain", "seed": "7"]) == [Usage("song", 1)])
    }

    @Test func whatWasMadeIsSoldAtTheDoor() async throws {
        try await SaleBench.open { bench in
            let (service, shop, me, thanks) = (
                bench.service, bench.shop, bench.owner, "https://shop.example.com/thanks"
            )
            let song = try await bench.whistled("readme").id
            func redirect(to page: String?) { _ = bench.gateway.pages.keys.map { bench.gateway.pay($0) } }
            let order = DownloadOrder(song, owner: me, successURL: thanks)
            let purchase = try await shop.buy(order)  // again it is the same purchase
            redirect(to: purchase.checkoutURL)
            let paid = try await shop.take(song, owner: me)  // throws while the money is not there
            let content = try await service.open(paid)
            #expect(try await content.body.collect(upTo: 100) == Array("whistled readme".utf8))
        }
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
