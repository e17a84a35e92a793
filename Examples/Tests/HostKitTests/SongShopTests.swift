// SongShop over its socket: free to make, paid to take home.

import BuskerCore
import BuskerHTTP
import BuskerPayments
import BuskerTesting
import Crypto
import Foundation
import HTTPTypes
import Testing

/// Somebody in the shop.
private struct Shopper {
    let person: Client

    var studio: Studio { person.studio }

    init(_ studio: Studio) async throws { person = try await studio.person() }

    /// The same person in another shop.
    init(_ studio: Studio, _ person: Client) { self.person = Client(studio: studio, token: person.token) }

    /// A song that was made.
    func song(_ prompt: String = "비 오는 날의 노래", seed: Int = 1, key: String? = nil) async throws -> Answer {
        let order: [String: Any] = ["prompt": prompt, "seed": seed, "length": 10, "format": "ogg"]
        let answer = try await person.post("/api/v1/generate", order, key: key)
        #expect(answer.status == 202, "\(answer.body)")
        return try await settled(try answer.text("job_id"))
    }

    func settled(_ id: String) async throws -> Answer {
        for _ in 0..<900 {
            let answer = try await person.get("/api/v1/status/\(id)")
            if !["queued", "processing"].contains(try answer.text("status")) { return answer }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw StudioFailure("The song \(id) did not end.")
    }

    func download(_ id: String, _ headers: [String: String] = [:]) async throws -> Answer {
        try await person.get("/api/v1/download/\(id)", headers)
    }

    /// Buys a song and pays for it; answers the payment.
    func paid(_ id: String) async throws -> String {
        let checkout = try await person.post("/api/v1/checkout/\(id)")
        #expect(checkout.status == 201, "\(checkout.body)")
        let page = try #require(URL(string: try checkout.text("checkout_url"))).lastPathComponent
        return try #require(await studio.stripe.pay(checkout: page))
    }
}

private func sha256(_ bytes: [UInt8]) -> String {
    SHA256.hash(data: bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

@Suite struct SongShopTests {
    @Test func aSongIsMadeForNothingAndSoldAtTheDoor() async throws {
        let studio = try await Studio(program: "SongShop")
        let shopper = try await Shopper(studio)
        let person = shopper.person
        let song = try await shopper.song(key: "one-click")
        let id = try song.text("job_id")
        #expect(try song.text("status") == "completed" && song.text("payment") == "none", "\(song.body)")
        #expect(try song.text("price.text") == "$2.90" && song.text("prompt") == "비 오는 날의 노래")
        let again = try await person.post(
            "/api/v1/generate", ["prompt": "비 오는 날의 노래", "seed": 1, "length": 10, "format": "ogg"], key: "one-click")
        #expect(try again.text("job_id") == id)

        let preview = try await person.get("/api/v1/preview/\(id)")
        #expect(preview.status == 200 && preview.headers[.contentType] == "audio/mpeg" && preview.bytes.count > 1_000)
        let part = try await person.get("/api/v1/preview/\(id)", ["Range": "bytes=10-19"])
        #expect(part.status == 206 && part.bytes == Array(preview.bytes[10...19]))
        let peaks = try await person.get("/api/v1/waveform/\(id)?points=100")
        #expect((try peaks.value("data") as? [Int])?.count ?? 0 >= 100)

        let refused = try await shopper.download(id)
        #expect(refused.status == 402 && refused.headers[.contentType] == "application/problem+json")
        #expect(try refused.text("code") == "payment_required" && refused.text("price.text") == "$2.90")
        #expect(try refused.text("checkout") == "/api/v1/checkout/\(id)")

        let payment = try await shopper.paid(id)
        let bought = try await shopper.download(id)
        #expect(bought.status == 200 && bought.headers[.contentType] == "audio/ogg", "\(bought.body)")
        #expect(try sha256(bought.bytes) == song.text("file.sha256"))
        let end = try await shopper.download(id, ["Range": "bytes=-100", "If-Range": bought.headers[.eTag] ?? ""])
        #expect(end.status == 206 && end.bytes == Array(bought.bytes.suffix(100)))
        #expect(try await person.get("/api/v1/status/\(id)").text("payment") == "paid")
        #expect(try await person.get("/api/v1/receipts").items().compactMap { $0["status"] as? String } == ["paid"])
        #expect(try await person.post("/api/v1/checkout/\(id)").text("status") == "paid")

        _ = studio.stripe.refund(payment: payment)
        let revoked = try await shopper.download(id)
        #expect(revoked.status == 402)
        #expect(try revoked.text("code") == "payment_revoked")
        try await studio.bring()
        #expect(try await person.get("/api/v1/checkout/\(id)").text("status") == "refunded")
        #expect(try await person.get("/api/v1/status/\(id)").text("payment") == "refunded")
        #expect(try await studio.administrator().get("/admin/ledger/verify").value("ok") as? Bool == true)
        #expect(try await studio.stop() == 0)
    }

    @Test func whatIsNotPaidOrNotOursIsNotLetOut() async throws {
        let studio = try await Studio(program: "SongShop")
        let (shopper, stranger) = (try await Shopper(studio), try await Shopper(studio))
        let (first, second) = (try await shopper.song("a", seed: 1), try await shopper.song("b", seed: 2))
        let (mine, other) = (try first.text("job_id"), try second.text("job_id"))
        _ = try await shopper.paid(other)
        #expect(try await shopper.download(mine).status == 402, "another song was paid")
        #expect(try await shopper.download(other).status == 200)
        for path in ["status", "preview", "waveform", "download", "checkout"] {
            #expect(try await stranger.person.get("/api/v1/\(path)/\(other)").status == 404, "\(path)")
            #expect(try await Client(studio: studio).get("/api/v1/\(path)/\(other)").status == 401, "\(path)")
        }
        #expect(try await stranger.person.post("/api/v1/checkout/\(mine)").status == 404)
        #expect(try await stranger.person.post("/api/v1/cancel/\(mine)").status == 404)
        #expect(try await stranger.person.send(.delete, "/api/v1/songs/\(mine)").status == 404)
        // A ticket opens its own song only.
        let ticket = try await shopper.person.post("/job/\(other)/ticket").text("ticket")
        let reader = Client(studio: studio)
        #expect(try await reader.get("/api/v1/download/\(other)?ticket=\(ticket)").status == 200)
        #expect(try await reader.get("/api/v1/download/\(mine)?ticket=\(ticket)").status == 401)
        for body in [["prompt": ""], ["prompt": "x", "style": "noise"], ["prompt": "x", "length": 1_000]]
            as [[String: Any]]
        {
            #expect(try await shopper.person.post("/api/v1/generate", body).status == 422, "\(body)")
        }
        #expect(try await shopper.person.send(.delete, "/api/v1/songs/\(mine)").status == 204)
        #expect(try await shopper.download(mine).status == 404)
        #expect(try await studio.stop() == 0)
    }

    @Test func aProviderThatDoesNotAnswerClosesTheDoorForAWhile() async throws {
        let studio = try await Studio(program: "SongShop")
        let shopper = try await Shopper(studio)
        let id = try await shopper.song().text("job_id")
        _ = try await shopper.paid(id)
        #expect(try await shopper.download(id).status == 200)
        studio.stripe.turn(FakeNature(failures: 1_000, failureKinds: [.serverError]))
        let closed = try await shopper.download(id)
        #expect(closed.status == 503 && closed.headers[.retryAfter] != nil, "\(closed.body)")
        #expect(try closed.text("code") == "payments_unavailable")
        studio.stripe.turn(.calm)
        #expect(try await shopper.download(id).status == 200)
        #expect(try await studio.stop() == 0)
    }

    @Test func whereNothingIsSoldSongsAreFree() async throws {
        let studio = try await Studio(["REQUIRE_PAYMENT_FOR_DOWNLOAD": "false"], program: "SongShop")
        let shopper = try await Shopper(studio)
        let song = try await shopper.song()
        let id = try song.text("job_id")
        #expect(try song.text("payment") == "free")
        #expect(try await shopper.download(id).status == 200)
        #expect(try await shopper.person.post("/api/v1/checkout/\(id)").status == 409)
        #expect(try await studio.stop() == 0)
    }

    @Test func aSongKeepsTheTermsUnderWhichItWasMade() async throws {
        let data = FileManager.default.temporaryDirectory.appending(path: "songshop-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: data) }
        let free = try await Studio(
            ["REQUIRE_PAYMENT_FOR_DOWNLOAD": "false", "DATA_FOLDER": data.path], program: "SongShop")
        let giver = try await Shopper(free)
        let given = try await giver.song("비 오는 날", seed: 1).text("job_id")
        let name = try await giver.download(given).headers[.contentDisposition] ?? ""
        #expect(name.contains("%EB%B9%84"), "what is free has the name of its prompt too: \(name)")
        #expect(try await giver.person.get("/api/v1/receipts").items().isEmpty)
        #expect(try await free.stop() == 0)

        let sold = try await Studio(["DATA_FOLDER": data.path], program: "SongShop")
        let shopper = Shopper(sold, giver.person)
        #expect(try await shopper.person.get("/api/v1/status/\(given)").text("payment") == "free")
        #expect(try await shopper.person.post("/api/v1/checkout/\(given)").status == 409)
        #expect(try await shopper.download(given).status == 200)
        let (bought, unpaid) = (try await shopper.song("b", seed: 2), try await shopper.song("c", seed: 3))
        _ = try await shopper.paid(try bought.text("job_id"))
        #expect(try await shopper.download(try bought.text("job_id")).status == 200)
        #expect(try await shopper.download(try unpaid.text("job_id")).status == 402)
        #expect(try await sold.stop() == 0)
    }

    @Test func moneyThatIsOnItsWayIsNotAskedForAgain() async throws {
        let studio = try await Studio(program: "SongShop")
        let shopper = try await Shopper(studio)
        let id = try await shopper.song().text("job_id")
        let first = try await shopper.person.post("/api/v1/checkout/\(id)")
        #expect(try first.value("processing") as? Bool == false)
        let page = try #require(URL(string: try first.text("checkout_url"))).lastPathComponent
        _ = try #require(await studio.stripe.pay(checkout: page, .delayed(success: true)))
        for answer in [
            try await shopper.person.get("/api/v1/checkout/\(id)"),
            try await shopper.person.post("/api/v1/checkout/\(id)"),
        ] {
            #expect(try answer.text("status") == "pending" && answer.value("processing") as? Bool == true)
            #expect(try answer.value("checkout_url") is NSNull, "\(answer.body)")
        }
        #expect(try await shopper.person.get("/api/v1/status/\(id)").text("payment") == "processing")
        #expect(try await shopper.download(id).status == 402)
        #expect(try await shopper.person.get("/api/v1/receipts").items().count == 1)
        #expect(try await studio.stop() == 0)
    }

    @Test func wrongSettingsAreListedAtOnce() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "songshop-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (process, errors) = try Studio.start(
            [
                "SONG_PRICE": "cheap", "FILE_RETENTION_DAYS": "0", "CLEANUP_ENABLED": "perhaps", "STORAGE": "tiered",
                "REQUIRE_PAYMENT_FOR_DOWNLOAD": "7", "CLEANUP_INTERVAL_HOURS": "-1",
            ], in: folder, program: "SongShop")
        process.waitUntilExit()
        let text = try String(contentsOf: errors, encoding: .utf8)
        #expect(process.terminationStatus == 78)
        for name in [
            "SECRET_KEY", "SONG_PRICE", "FILE_RETENTION_DAYS", "CLEANUP_ENABLED", "S3_BUCKET",
            "REQUIRE_PAYMENT_FOR_DOWNLOAD", "CLEANUP_INTERVAL_HOURS", "STRIPE_SECRET_KEY",
        ] {
            #expect(text.contains("- \(name) "), "\(name) in \(text)")
        }
    }

    @Test func aSongThatIsDoneIsMailed() async throws {
        let studio = try await Studio(program: "SongShop")
        let shopper = try await Shopper(studio)
        let id = try await shopper.song().text("job_id")
        var mails: [String] = []
        for _ in 0..<200 where !mails.contains(where: { $0.contains("/#/song?id=\(id)") }) {
            try await Task.sleep(for: .milliseconds(50))
            mails = try studio.files("mail").map { name in
                let text = try String(contentsOf: studio.folder.appending(path: "data/mail/\(name)"), encoding: .utf8)
                // Quoted-printable, as far as the link needs it.
                return text.replacing("\r\n", with: "\n").replacing("=\n", with: "").replacing("=3D", with: "=")
            }
        }
        #expect(mails.count { $0.contains("/#/song?id=\(id)") } == 1, "\(mails)")
        #expect(try await studio.stop() == 0)
    }
}
