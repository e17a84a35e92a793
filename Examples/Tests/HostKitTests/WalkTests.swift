// The whole walk over HTTP: register, upload, job, events, stems, zip.

import Foundation
import HTTPTypes
import Testing

@Suite struct WalkTests {
    @Test func aSongGoesInAndStemsComeOut() async throws {
        let studio = try await Studio.shared.value
        let person = try await studio.person()
        #expect(try await person.available() == "3.00")

        let accepted = try await person.upload(
            Sound.wav(seed: 3), name: "우리 노래.wav", fields: ["options": "{\"stems\":\"4\"}"])
        #expect(accepted.status == 202, "\(accepted.body)")
        #expect(try accepted.text("balance.held") == "1.00")
        let job = try accepted.text("job_id")
        #expect(try await person.settled(job) == "COMPLETED")

        let whole = try await person.get("/job/\(job)")
        let outputs = try #require(try whole.value("outputs") as? [[String: Any]])
        let stems = outputs.filter { $0["kind"] as? String == "stem" }.compactMap { $0["stem"] as? String }
        #expect(Set(stems) == ["vocals", "drums", "bass", "other"])
        #expect(try whole.text("charged") == "1.00")
        #expect(try whole.text("file.name") == "우리 노래.wav")
        #expect(try whole.value("expires_at") is String)

        let zip = try await person.get("/download/\(job)")
        #expect(zip.status == 200 && zip.bytes.starts(with: [0x50, 0x4B, 3, 4]))
        #expect(zip.headers[.contentDisposition]?.contains("filename*=UTF-8''%EC%9A%B0%EB%A6%AC") == true)
        #expect(zip.headers[.contentLength] == "\(zip.bytes.count)")
        #expect(try await person.get("/download/\(job)").bytes == zip.bytes)

        let wave = try await person.get("/job/\(job)/waveform/vocals?points=50")
        #expect((try wave.value("data") as? [Int])?.count == 100)
        #expect(try wave.value("version") as? Int == 2)
        let dat = try await person.get("/job/\(job)/waveform/mixture?format=dat")
        #expect(dat.status == 200 && dat.bytes.count > 24)

        #expect(try await person.available() == "2.00")
        let kinds = try await person.get("/credits/history").items().compactMap { $0["kind"] as? String }
        #expect(kinds == ["capture", "hold", "grant", "open"])
        let csv = try await person.get("/credits/history.csv")
        #expect(csv.body.split(separator: "\r\n").count == 5, "\(csv.body)")
        #expect(try await person.get("/jobs?status=COMPLETED").items().count == 1)
        #expect(try await person.get("/jobs?status=FAILED").items().isEmpty)
        #expect(try await person.get("/uploads").items().count == 1)

        #expect(try await person.send(.delete, "/job/\(job)").status == 204)
        for path in ["/job/\(job)", "/download/\(job)", "/status/\(job)", "/job/\(job)/preview/vocals"] {
            #expect(try await person.get(path).status == 404, "\(path)")
        }
    }

    @Test func eventsComeInOrderAndEndWithTheJob() async throws {
        let studio = try await Studio.shared.value
        let person = try await studio.person()
        let job = try await person.upload(Sound.wav(seed: 5)).text("job_id")
        let ticket = try await person.post("/job/\(job)/ticket").text("ticket")
        let answer = try await Client(studio: studio).send(.get, "/job/\(job)/events?ticket=\(ticket)")
        #expect(answer.headers[.contentType] == "text/event-stream; charset=utf-8")
        #expect(answer.body.hasPrefix("retry: 2000\n\n"))
        let events = answer.body.components(separatedBy: "\n\n").filter { $0.hasPrefix("event: job\n") }
        let states = try events.map { event -> (id: Int, status: String, progress: Double) in
            let lines = event.split(separator: "\n").map(String.init)
            let data = try #require(lines.first { $0.hasPrefix("data: ") }).dropFirst(6)
            let json = try #require(try JSONSerialization.jsonObject(with: Data(data.utf8)) as? [String: Any])
            let id = try #require(lines.first { $0.hasPrefix("id: ") }.flatMap { Int($0.dropFirst(4)) })
            let (status, progress) = (json["status"] as? String, json["progress"] as? Double)
            return (id, try #require(status), try #require(progress))
        }
        #expect(states.map(\.id) == states.map(\.id).sorted() && Set(states.map(\.id)).count == states.count)
        let order = ["PENDING", "PROCESSING", "COMPLETED"]
        let ranks = states.compactMap { order.firstIndex(of: $0.status) }
        #expect(ranks.count == states.count && ranks == ranks.sorted())
        #expect(states.last?.status == "COMPLETED" && states.last?.progress == 1)
        let running = states.filter { $0.status == "PROCESSING" }.map(\.progress)
        #expect(running == running.sorted())
    }

    @Test func ticketsOpenOneJobForOneKindOfPath() async throws {
        let studio = try await Studio.shared.value
        let person = try await studio.person()
        let job = try await person.job(7)
        let other = try await person.upload(Sound.wav(seed: 8)).text("job_id")
        let nobody = Client(studio: studio)
        let all = try await person.post("/job/\(job)/ticket").text("ticket")
        let preview = try await person.post("/job/\(job)/ticket?purpose=preview").text("ticket")
        #expect(try await nobody.get("/job/\(job)/preview/vocals?ticket=\(all)").status == 200)
        #expect(try await nobody.get("/job/\(job)/preview/vocals?ticket=\(preview)").status == 200)
        #expect(try await nobody.get("/download/\(job)?ticket=\(all)").status == 200)
        #expect(try await nobody.get("/download/\(job)?ticket=\(preview)").status == 401)
        #expect(try await nobody.get("/download/\(other)?ticket=\(all)").status == 401)
        #expect(try await nobody.get("/job/\(job)?ticket=\(all)").status == 401)
        let last = try #require(all.last)
        let forged = all.dropLast() + (last == "0" ? "1" : "0")
        #expect(try await nobody.get("/download/\(job)?ticket=\(forged)").status == 401)
        #expect(try await person.post("/job/\(job)/ticket?purpose=everything").status == 400)
        let stranger = try await studio.person()
        #expect(try await stranger.post("/job/\(job)/ticket").status == 404)
        _ = try await person.settled(other)
    }

    @Test func aChildThatDiesCostsNothingAndSaysWhy() async throws {
        let studio = try await Studio()
        var person = try await studio.person()
        let job = try await person.upload(Sound.wav(seconds: 10)).text("job_id")
        var killed = 0
        for _ in 0..<1_000 where killed == 0 {
            for child in try studio.children() where kill(child, SIGSEGV) == 0 { killed += 1 }
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(killed > 0)
        #expect(try await person.settled(job) == "FAILED")
        #expect(try await person.available() == "3.00")
        #expect(try await person.get("/credits/balance").text("held") == "0.00")
        let english = try await person.get("/status/\(job)")
        #expect(try english.text("problem.code") == "crashed")
        #expect(try english.text("problem.detail").contains("nothing was charged"))
        person.language = "ko"
        #expect(try await person.get("/status/\(job)").text("problem.detail").contains("비용은 발생하지 않았습니다"))
        #expect(studio.files("work").isEmpty && studio.files("objects/output").isEmpty)
        let admin = try await studio.administrator()
        #expect(try await admin.get("/admin/dead").items().count == 1)
        #expect(try await admin.post("/admin/dead/\(job)/requeue").status == 202)
        #expect(try await person.settled(job) == "COMPLETED")
        #expect(try await person.available() == "2.00")
        #expect(try await admin.get("/admin/ledger/verify").value("ok") as? Bool == true)
        #expect(try await studio.stop() == 0)
    }

    @Test func aJobThatWaitsIsCancelledAndBegunAgain() async throws {
        let studio = try await Studio.shared.value
        let person = try await studio.person()
        let file = try await person.file(9)
        let quote = try await person.post("/jobs/quote", ["file_id": file])
        #expect(try quote.text("cost") == "1.00")
        let job = try await person.post("/jobs", ["file_id": file, "options": ["stems": "vocals"]]).text("job_id")
        let cancelled = try await person.post("/job/\(job)/cancel")
        #expect(cancelled.status == 202)
        let end = try await person.settled(job)
        #expect(end == "CANCELLED" || end == "COMPLETED")
        if end == "CANCELLED" {
            #expect(try await person.available() == "3.00")
            #expect(try await person.post("/job/\(job)/retry").status == 202)
            #expect(try await person.settled(job) == "COMPLETED")
        }
        #expect(try await person.available() == "2.00")
        #expect(try await person.post("/job/\(job)/retry").status == 409)
    }
}
