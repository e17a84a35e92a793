// Credits: free ones once, bought ones once, given back ones taken back.

import BuskerHTTP
import BuskerPayments
import BuskerTesting
import Foundation
import HTTPTypes
import Testing

@Suite struct MoneyTests {
    @Test func freeCreditsComeOnce() async throws {
        let studio = try await Studio.shared.value
        let person = try await studio.person()
        let again = try await Client(studio: studio).post(
            "/auth/register", ["email": person.email.uppercased(), "password": "another password"])
        #expect(again.status == 409)
        #expect(try again.text("code") == "email_taken")
        let login = try await Client(studio: studio).post(
            "/auth/login", ["email": person.email, "password": "correct horse"])
        #expect(try login.text("balance.available") == "3.00")
        let grants = try await person.get("/credits/history").items().filter { $0["kind"] as? String == "grant" }
        #expect(grants.count == 1)
    }

    @Test func twoClicksAreOneOrder() async throws {
        let studio = try await Studio.shared.value
        let person = try await studio.person()
        let file = try await person.file(11)
        let ids = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<5 {
                group.addTask { try await person.post("/jobs", ["file_id": file], key: "click-1").text("job_id") }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(ids.count == 1)
        let other = try await person.post("/jobs", ["file_id": file, "options": ["format": "wav"]], key: "click-1")
        #expect(other.status == 409)
        #expect(try other.text("code") == "key_reused")
        let job = try #require(ids.first)
        _ = try await person.settled(job)
        #expect(try await person.available() == "2.00")
    }

    @Test func twoUploadsWithOneKeyAreOneOrder() async throws {
        let studio = try await Studio.shared.value
        let person = try await studio.person()
        let first = try await person.upload(Sound.wav(seed: 12), key: "up-1")
        let second = try await person.upload(Sound.wav(seed: 12), key: "up-1")
        #expect(try first.text("job_id") == second.text("job_id"))
        #expect(try first.text("file_id") == second.text("file_id"))
        #expect(try await person.upload(Sound.wav(seed: 13), key: "up-1").status == 409)
        _ = try await person.settled(try first.text("job_id"))
    }

    @Test(arguments: ["en", "ko"])
    func tooLittleCreditSaysHowMuch(language: String) async throws {
        let studio = try await Studio.shared.value
        var person = try await studio.person()
        person.language = language
        let admin = try await studio.administrator()
        let taken = try await admin.post("/admin/users/\(person.id)/adjust", ["amount": "-2.50", "reason": "test"])
        #expect(try taken.text("available") == "0.50")
        let answer = try await person.upload(Sound.wav(seed: 14))
        #expect(answer.status == 402)
        #expect(answer.headers[.contentType] == "application/problem+json")
        #expect(answer.headers[.contentLanguage] == language)
        #expect(try answer.text("code") == "insufficient_credits")
        #expect(
            try answer.text("needed") == "1.00" && answer.text("available") == "0.50" && answer.text("held") == "0.00")
        #expect(try answer.text("detail").contains(language == "ko" ? "필요한 크레딧은 1.00" : "needs 1.00 credits"))
        let file = try answer.text("file_id")
        _ = try await admin.post("/admin/users/\(person.id)/adjust", ["amount": "1", "reason": "test"])
        let job = try await person.post("/jobs", ["file_id": file])
        #expect(job.status == 202, "\(job.body)")
        _ = try await person.settled(try job.text("job_id"))
    }

    private func waits(for amount: String, _ person: Client) async throws {
        for _ in 0..<200 {
            if try await person.available() == amount { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("The balance is \(try await person.available()), not \(amount).")
    }

    @Test func aPackageIsGrantedOnceAndClawedBackOnce() async throws {
        let studio = try await Studio()
        let person = try await studio.person()
        let packages = try await person.get("/credits/packages").items()
        #expect(packages.compactMap { $0["id"] as? String } == ["five", "fifteen", "fifty"] || packages.count == 3)

        let purchase = try await person.post("/credits/purchase", ["package": "five"], key: "buy-1")
        #expect(purchase.status == 201, "\(purchase.body)")
        let again = try await person.post("/credits/purchase", ["package": "five"], key: "buy-1")
        let id = try purchase.text("purchase_id")
        #expect(try again.text("purchase_id") == id)
        #expect(try await person.post("/credits/purchase", ["package": "fifty"], key: "buy-1").status == 409)
        let checkout = try #require(URL(string: try purchase.text("checkout_url"))).lastPathComponent
        let payment = try #require(await studio.stripe.pay(checkout: checkout))
        try await studio.bring()
        try await waits(for: "8.00", person)
        #expect(try await person.get("/credits/purchases/\(id)").text("status") == "paid")
        try await studio.bring()
        #expect(try await person.available() == "8.00")

        _ = studio.stripe.refund(payment: payment)
        try await studio.bring()
        try await waits(for: "3.00", person)
        #expect(try await person.get("/credits/purchases/\(id)").text("status") == "refunded")
        let stranger = try await studio.person()
        #expect(try await stranger.get("/credits/purchases/\(id)").status == 404)
        let verified = try await studio.administrator().get("/admin/ledger/verify")
        #expect(try verified.value("ok") as? Bool == true)
        #expect(try await studio.stop() == 0)
    }

    @Test func aForgedEventIsRefused() async throws {
        let studio = try await Studio.shared.value
        let client = Client(studio: studio)
        let headers = ["Stripe-Signature": "t=1,v1=00", "Content-Type": "application/json"]
        let answer = try await client.send(.post, "/payments/webhooks/stripe", headers, body: .bytes(Array("{}".utf8)))
        #expect(answer.status == 400)
        #expect(try await client.send(.post, "/payments/webhooks/nobody", headers).status == 404)
    }
}
