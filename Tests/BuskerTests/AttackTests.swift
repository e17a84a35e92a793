// The ways in which people try to get what they did not pay for, by their numbers; those of webhooks' bytes are in the payments' tests.

import Busker
import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerLedger
import BuskerPayments
import Crypto
import HTTPTypes
import Logging
import TestSupport
import Testing

/// A shop that sells credits and downloads, with a scripted provider and a real verifier of webhooks.
private struct AttackDesk: Sendable {
    static let secret = "whsec_4f1c2d7e9a8b4c6d8e0f1a2b3c4d5e6f"

    let gateway = ScriptedGateway()
    let clock = ManualClock()
    let shop: CreditShop
    let gate: DownloadGate
    let verifier: StripeVerifier
    let unit: Amount.Unit

    static func open(_ kind: DatabaseKind = .sqliteMemory, _ body: (AttackDesk) async throws -> Void) async throws {
        try await withDatabase(kind) { database in try await body(try await AttackDesk(database)) }
    }

    init(_ database: any Database) async throws {
        let ids = IDGenerator(clock: clock, random: SeededGenerator(seed: 5))
        let ledger = Ledger(database, clock: clock, ids: ids)
        shop = try CreditShop(
            ledger, gateways: [gateway], mode: .test, handlers: [DownloadEffects.kind: DownloadEffects()],
            clock: clock, ids: ids, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await shop.migrate()
        try await database.migrate(DownloadSchema.migrations)
        gate = DownloadGate(
            database, inbox: shop.inbox, clock: clock, random: SeededGenerator(seed: 6),
            limits: DownloadLimits(linkSeconds: 120, lookSeconds: 60))
        verifier = try StripeVerifier(secrets: [Self.secret], mode: .test)
        unit = try Amount.Unit(code: "credits", scale: 0)
        try await ledger.publish(
            try CreditPackage(
                "starter", name: "Starter", price: Money(minorUnits: 500, currency: .usd),
                credits: Amount(steps: 100, unit: unit)))
        try await ledger.publish(
            try CreditPackage(
                "gift", name: "Gift", price: Money(minorUnits: 0, currency: .usd),
                credits: Amount(steps: 10, unit: unit)))
    }

    var inbox: PaymentInbox { shop.inbox }
    var database: any Database { shop.ledger.database }

    func buyCredits(_ user: String = "user:1", key: String = "k") async throws -> Purchase {
        try await shop.buy(
            CreditOrder(
                "starter", for: try AccountName(user), at: .stripe, key: key,
                successURL: "https://host.example/thanks"))
    }

    func takeSong() async throws -> Purchase {
        try await inbox.buy(
            PurchaseRequest(
                provider: .stripe, mode: .test, buyer: "user:1", key: "free", kind: DownloadEffects.kind,
                item: "job_1", price: Money(minorUnits: 0, currency: .usd), title: "t",
                successURL: "https://host.example"))
    }

    func takeGift(_ key: String) async throws -> Purchase {
        try await shop.buy(
            CreditOrder(
                "gift", for: try AccountName("user:1"), at: .stripe, key: key,
                successURL: "https://host.example/thanks"))
    }

    /// A download that costs 4,900 won.
    func buySong(_ user: String = "user:1", key: String = "s", job: String = "job_1") async throws -> Purchase {
        try await inbox.buy(
            PurchaseRequest(
                provider: .stripe, mode: .test, buyer: user, key: key, kind: DownloadEffects.kind, item: job,
                price: Money(minorUnits: 4900, currency: try Currency("KRW")), title: "A song",
                successURL: "https://host.example/thanks"))
    }

    func paidSong(_ user: String = "user:1", key: String = "s", job: String = "job_1") async throws
        -> (purchase: Purchase, payment: String)
    {
        let purchase = try await buySong(user, key: key, job: job)
        let payment = gateway.pay(try #require(purchase.checkout))
        return (try await inbox.settle(purchase.id), payment)
    }

    func song(_ name: String = "song.flac") throws -> DownloadFile {
        try DownloadFile(key: "results/job_1/song.flac", name: name, type: "audio/flac")
    }

    func credits(_ user: String = "user:1") async throws -> Int64 {
        let balance = try await shop.ledger.balance(of: try AccountName(user))
        return balance.posted.steps - balance.debt.steps
    }

    /// Posts an event as Stripe would.
    func post(_ type: String, _ kind: String, _ id: String, event: String) async throws -> Reception {
        let body = Array(
            #"{"id":"\#(event)","object":"event","type":"\#(type)","created":1,"livemode":false,"data":{"object":{"id":"\#(id)","object":"\#(kind)"}}}"#
                .utf8)
        let now = clock.now.microseconds / 1_000_000
        let code = HMAC<SHA256>.authenticationCode(
            for: Array("\(now).".utf8) + body, using: SymmetricKey(data: Array(Self.secret.utf8)))
        let hex = code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        var headers = HTTPFields()
        headers[try #require(HTTPField.Name("Stripe-Signature"))] = "t=\(now),v1=\(hex)"
        return try await inbox.receive(
            try verifier.verify(rawBody: body, headers: headers, at: clock.now), rawBody: body)
    }
}

@Suite struct AttackTests {
    @Test func attack01SomeoneElsesPaidIntent() async throws {
        try await AttackDesk.open { desk in
            let (_, payment) = try await desk.paidSong("user:1")
            let mine = try await desk.buySong("user:2", key: "s2", job: "job_2")
            desk.gateway.change(checkout: try #require(mine.checkout)) { page in
                page.payment = payment
                page.state = .paid
            }
            let settled = try await desk.inbox.settle(mine.id)
            #expect(settled.gift == .none)
            await #expect(throws: DownloadError(.paymentRequired, "")) {
                _ = try await desk.gate.link(to: try desk.song(), purchase: mine.id, buyer: "user:2")
            }
        }
    }

    @Test(arguments: DatabaseKind.all) func attack02OneIntentForManyJobs(kind: DatabaseKind) async throws {
        try await AttackDesk.open(kind) { desk in
            let (first, payment) = try await desk.paidSong(key: "a", job: "job_1")
            let second = try await desk.buySong(key: "b", job: "job_2")
            desk.gateway.change(checkout: try #require(second.checkout)) { page in
                page.payment = payment
                page.state = .paid
            }
            desk.gateway.change(payment) { $0.notes[CheckoutOrder.purchaseNote] = second.id.description }
            #expect(try await desk.inbox.settle(second.id).gift == .none)
            #expect(try await desk.inbox.purchase(first.id)?.gift == .paid)
        }
    }

    @Test func attack02CreditsForAFile() async throws {
        try await AttackDesk.open { desk in
            let purchase = try await desk.buyCredits()
            desk.gateway.pay(try #require(purchase.checkout))
            #expect(try await desk.inbox.settle(purchase.id).gift == .paid)
            await #expect(throws: DownloadError(.notFound, "")) {
                _ = try await desk.gate.link(to: try desk.song(), purchase: purchase.id, buyer: "user:1")
            }
        }
    }

    @Test func attack03CheaperPrice() async throws {
        try await AttackDesk.open { desk in
            let purchase = try await desk.buySong()
            desk.gateway.pay(try #require(purchase.checkout), amount: 1)
            #expect(try await desk.inbox.settle(purchase.id).state == .refused)
        }
    }

    @Test func attack04CentsForWon() async throws {
        try await AttackDesk.open { desk in
            let purchase = try await desk.buySong()
            let payment = desk.gateway.pay(try #require(purchase.checkout))
            desk.gateway.change(payment) { $0.currency = .usd }
            #expect(try await desk.inbox.settle(purchase.id).gift == .none)
        }
    }

    @Test func attack05TestMoneyInALiveShop() async throws {
        try await AttackDesk.open { desk in
            #expect(throws: PaymentError(.wrongMode, "")) {
                _ = try CreditShop(
                    desk.shop.ledger, gateways: [desk.gateway], mode: .live,
                    log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            }
            await #expect(throws: PaymentError(.wrongMode, "")) {
                _ = try await desk.inbox.buy(
                    PurchaseRequest(
                        provider: .stripe, mode: .live, buyer: "user:1", key: "x", kind: "download", item: "job_1",
                        price: Money(minorUnits: 100, currency: .usd), title: "t", successURL: "https://h.example"))
            }
        }
    }

    @Test(arguments: [Checkout.State.open, .pending, .failed, .unknown])
    func attack06AuthorisedOrStillProcessing(state: Checkout.State) async throws {
        try await AttackDesk.open { desk in
            let purchase = try await desk.buySong()
            desk.gateway.pay(try #require(purchase.checkout), state: state)
            #expect(try await desk.inbox.settle(purchase.id).gift == .none)
            await #expect(throws: DownloadError(.paymentRequired, "")) {
                _ = try await desk.gate.link(to: try desk.song(), purchase: purchase.id, buyer: "user:1")
            }
        }
    }

    @Test func attack07PartialCapture() async throws {
        try await AttackDesk.open { desk in
            let purchase = try await desk.buySong()
            desk.gateway.pay(try #require(purchase.checkout), amount: 4899)
            #expect(try await desk.inbox.settle(purchase.id).gift == .none)
        }
    }

    @Test(arguments: DatabaseKind.all) func attack08DownloadRefundDownload(kind: DatabaseKind) async throws {
        try await AttackDesk.open(kind) { desk in
            let (purchase, payment) = try await desk.paidSong()
            let link = try await desk.gate.link(to: try desk.song(), purchase: purchase.id, buyer: "user:1")
            #expect(try await desk.gate.redeem(link.token).file == link.grant.file)
            desk.gateway.change(payment) { $0.refunded = 4900 }
            desk.clock.advance(microseconds: 61_000_000)
            await #expect(throws: DownloadError(.revoked, "")) {
                _ = try await desk.gate.link(to: try desk.song(), purchase: purchase.id, buyer: "user:1")
            }
            await #expect(throws: DownloadError(.notFound, "")) { _ = try await desk.gate.redeem(link.token) }
        }
    }

    @Test(arguments: DatabaseKind.all) func attack09Chargeback(kind: DatabaseKind) async throws {
        try await AttackDesk.open(kind) { desk in
            let (purchase, payment) = try await desk.paidSong()
            let link = try await desk.gate.link(to: try desk.song(), purchase: purchase.id, buyer: "user:1")
            desk.gateway.change(payment) { books in
                books.contested = 4900
                books.isDisputed = true
            }
            let reception = try await desk.post("charge.dispute.created", "payment_intent", payment, event: "evt_d")
            _ = try await desk.inbox.process(reception.receipt)
            #expect(try await desk.inbox.purchase(purchase.id)?.state == .disputed)
            await #expect(throws: DownloadError(.notFound, "")) { _ = try await desk.gate.redeem(link.token) }
            desk.gateway.change(payment) { books in
                books.contested = 0
                books.isDisputed = false
            }
            try await desk.inbox.settle(purchase.id)
            _ = try await desk.gate.link(to: try desk.song(), purchase: purchase.id, buyer: "user:1")
        }
    }

    @Test(arguments: DatabaseKind.all) func attack10RaceOfRefundAndDownload(kind: DatabaseKind) async throws {
        try await AttackDesk.open(kind) { desk in
            let (purchase, payment) = try await desk.paidSong()
            let link = try await desk.gate.link(to: try desk.song(), purchase: purchase.id, buyer: "user:1")
            desk.gateway.change(payment) { $0.refunded = 4900 }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await desk.inbox.settle(purchase.id) }
                for _ in 0..<32 {
                    group.addTask {
                        do throws(DownloadError) {
                            _ = try await desk.gate.redeem(link.token)
                        } catch {
                            guard error == DownloadError(.notFound, "") else { throw error }
                        }
                    }
                }
                try await group.waitForAll()
            }
            await #expect(throws: DownloadError(.notFound, "")) { _ = try await desk.gate.redeem(link.token) }
        }
    }

    @Test func attack11LinksThatOutliveTheirMoney() async throws {
        #expect(DownloadLimits(linkSeconds: 86_400).linkSeconds == 300)
        try await AttackDesk.open { desk in
            let (purchase, _) = try await desk.paidSong()
            let link = try await desk.gate.link(to: try desk.song(), purchase: purchase.id, buyer: "user:1")
            #expect(desk.clock.now.microseconds(until: link.grant.expiresAt) <= 120_000_000)
            desk.clock.advance(microseconds: 121_000_000)
            await #expect(throws: DownloadError(.expired, "")) { _ = try await desk.gate.redeem(link.token) }
            #expect(try await desk.gate.prune() == 1)
            await #expect(throws: DownloadError(.notFound, "")) { _ = try await desk.gate.redeem(link.token) }
        }
    }

    @Test func attack12GuessedIds() async throws {
        try await AttackDesk.open { desk in
            let (purchase, _) = try await desk.paidSong("user:1")
            let calls = desk.gateway.calls("standing")
            let unknown = IDGenerator(clock: desk.clock, random: SeededGenerator(seed: 9)).make(PurchaseKind.self)
            for id in [purchase.id, unknown] {
                await #expect(throws: DownloadError(.notFound, "")) {
                    _ = try await desk.gate.link(to: try desk.song(), purchase: id, buyer: "user:2")
                }
            }
            #expect(desk.gateway.calls("standing") == calls)
            #expect(try await desk.inbox.purchase(purchase.id, of: "user:2") == nil)
            for text in ["", "x", String(repeating: "A", count: 43), String(repeating: "-", count: 4_000)] {
                guard let token = DownloadToken(text) else { continue }
                await #expect(throws: DownloadError(.notFound, "")) { _ = try await desk.gate.redeem(token) }
            }
        }
    }

    @Test(arguments: DatabaseKind.all) func attack13ReplayedWebhook(kind: DatabaseKind) async throws {
        try await AttackDesk.open(kind) { desk in
            let purchase = try await desk.buyCredits()
            let payment = desk.gateway.pay(try #require(purchase.checkout))
            for _ in 0..<5 {
                let reception = try await desk.post(
                    "payment_intent.succeeded", "payment_intent", payment, event: "evt_1")
                _ = try await desk.inbox.process(reception.receipt)
                desk.clock.advance(microseconds: 10_000_000)
            }
            #expect(try await desk.credits() == 100)
            #expect(try await desk.inbox.receipts().items.count == 1)
        }
    }

    @Test func attack15OldEventAfterNewOne() async throws {
        try await AttackDesk.open { desk in
            let purchase = try await desk.buyCredits()
            let payment = desk.gateway.pay(try #require(purchase.checkout))
            desk.gateway.change(payment) { $0.refunded = 500 }
            let refund = try await desk.post("charge.refunded", "payment_intent", payment, event: "evt_2")
            _ = try await desk.inbox.process(refund.receipt)
            let success = try await desk.post("payment_intent.succeeded", "payment_intent", payment, event: "evt_1")
            _ = try await desk.inbox.process(success.receipt)
            #expect(try await desk.credits() == 0)
            #expect(try await desk.inbox.purchase(purchase.id)?.state == .refunded)
        }
    }

    @Test func attack18SuccessPageWithoutPaying() async throws {
        try await AttackDesk.open { desk in
            let purchase = try await desk.buyCredits()
            #expect(try await desk.inbox.settle(purchase.id, of: "user:1").gift == .none)
            #expect(try await desk.credits() == 0)
        }
    }

    @Test func attack19TamperedNotes() async throws {
        try await AttackDesk.open { desk in
            let purchase = try await desk.buyCredits()
            let payment = desk.gateway.pay(try #require(purchase.checkout))
            desk.gateway.change(payment) { $0.notes = ["user": "user:1", "credits": "1000000"] }
            #expect(try await desk.inbox.settle(purchase.id).gift == .none)
            #expect(try await desk.credits() == 0)
        }
    }

    @Test(arguments: DatabaseKind.all) func attack20DoubleClick(kind: DatabaseKind) async throws {
        try await AttackDesk.open(kind) { desk in
            let ids = try await withThrowingTaskGroup(of: PurchaseID.self) { group in
                for _ in 0..<16 { group.addTask { try await desk.buyCredits(key: "same").id } }
                return try await group.reduce(into: Set<PurchaseID>()) { $0.insert($1) }
            }
            #expect(ids.count == 1 && desk.gateway.pages.count == 1)
            let id = try #require(ids.first)
            let purchase = try #require(try await desk.inbox.purchase(id))
            desk.gateway.pay(try #require(purchase.checkout))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<16 { group.addTask { _ = try await desk.inbox.settle(purchase.id) } }
                try await group.waitForAll()
            }
            #expect(try await desk.credits() == 100)
        }
    }

    @Test func attack21ProviderOutageFailsClosed() async throws {
        try await AttackDesk.open { desk in
            let (purchase, _) = try await desk.paidSong()
            _ = try await desk.gate.link(to: try desk.song(), purchase: purchase.id, buyer: "user:1")
            let out = PaymentError(.unavailable, "out", retryAfter: .seconds(7))
            desk.gateway.fail(out, out, out, out)
            _ = try await desk.gate.link(to: try desk.song(), purchase: purchase.id, buyer: "user:1")
            desk.clock.advance(microseconds: 61_000_000)
            let song = try desk.song()
            do throws(DownloadError) {
                _ = try await desk.gate.link(to: song, purchase: purchase.id, buyer: "user:1")
                Issue.record("the gate was open although nobody knows")
            } catch {
                #expect(error == DownloadError(.unavailable, ""))
                #expect(error.retryAfter == .seconds(7))
            }
            desk.gateway.recover()
            _ = try await desk.gate.link(to: try desk.song(), purchase: purchase.id, buyer: "user:1")
        }
    }

    @Test(arguments: DatabaseKind.all) func attack22NothingToPay(kind: DatabaseKind) async throws {
        try await AttackDesk.open(kind) { (desk: AttackDesk) async throws -> Void in
            #expect(try await desk.takeGift("1").gift == .free)
            await #expect(throws: PaymentError(.refused, "")) { _ = try await desk.takeGift("2") }
            #expect(try await desk.credits() == 10)
            await #expect(throws: PaymentError(.refused, "")) { _ = try await desk.takeSong() }
        }
    }

    @Test(arguments: [
        "../../etc/passwd", "/etc/passwd", "a//b", "a/../b", "", "a/\u{0}b", "a\\b", "a\nb", "a/\u{202E}b", ".", "a/.",
    ])
    func attack23PathsInDownloads(key: String) throws {
        #expect(throws: DownloadError(.badFile, "")) { _ = try DownloadFile(key: key, name: "n") }
    }

    @Test(arguments: [
        "a\r\nSet-Cookie: x=1", "\"; filename=evil.exe", "..\\..\\boot.ini", "../../.bashrc", "song\u{202E}3pm.exe",
        "노래 한 곡.flac", String(repeating: "é", count: 5_000) + ".flac", "", "....", "-rf", "%22%0d%0a",
    ])
    func attack23NamesInHeaders(name: String) throws {
        let header = ContentDisposition.attachment(name)
        let isPrintable = header.utf8.allSatisfy { (0x20...0x7E).contains($0) }
        #expect(isPrintable && header.hasPrefix("attachment; filename=\""))
        #expect(header.split(separator: "\"", omittingEmptySubsequences: false).count == 3)
        let plain = header.split(separator: "\"")[1]
        #expect(!plain.contains("/") && !plain.contains("\\") && !plain.hasPrefix(".") && !plain.hasPrefix("-"))
        #expect(!plain.isEmpty && header.utf8.count < 1_000)
        let keepsItsEnding = !name.hasSuffix(".flac") || header.hasSuffix(".flac")
        #expect(keepsItsEnding)
    }

    @Test(arguments: DatabaseKind.all) func attack24SpentAndRefunded(kind: DatabaseKind) async throws {
        try await AttackDesk.open(kind) { desk in
            let purchase = try await desk.buyCredits()
            let payment = desk.gateway.pay(try #require(purchase.checkout))
            try await desk.inbox.settle(purchase.id)
            let account = try AccountName("user:1")
            try await desk.shop.ledger.charge(
                Amount(steps: 90, unit: desk.unit), to: account, key: try IdempotencyKey("work"))
            desk.gateway.change(payment) { $0.refunded = 500 }
            try await desk.inbox.settle(purchase.id)
            #expect(try await desk.credits() == -90)
            await #expect(throws: LedgerError(.insufficient, "")) {
                try await desk.shop.ledger.charge(
                    Amount(steps: 1, unit: desk.unit), to: account, key: try IdempotencyKey("more"))
            }
        }
    }

    @Test func attack25AnotherAddressOfMail() async throws {
        try await AttackDesk.open { desk in
            let purchase = try await desk.shop.buy(
                CreditOrder(
                    "starter", for: try AccountName("user:1"), at: .stripe, key: "k",
                    successURL: "https://host.example/thanks", email: "victim@example.com"))
            desk.gateway.pay(try #require(purchase.checkout))
            #expect(try await desk.inbox.settle(purchase.id, of: "user:1").gift == .paid)
            await #expect(throws: PaymentError(.unknownPurchase, "")) {
                _ = try await desk.inbox.settle(purchase.id, of: "victim@example.com")
            }
            #expect(try await desk.credits() == 100)
        }
    }
}
