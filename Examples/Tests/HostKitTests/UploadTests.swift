// Files as people, programs and attackers send them.

import BuskerHTTP
import Foundation
import HTTPTypes
import Testing

@Suite struct UploadTests {
    @Test(arguments: [("en", "could not be read as sound"), ("ko", "소리로 읽을 수 없습니다")])
    func aBrokenSoundSaysWhyAndLeavesNothing(language: String, words: String) async throws {
        let studio = try await Studio()
        var person = try await studio.person()
        person.language = language
        for (query, key) in [("", nil), ("?process=false", "broken-1"), ("?process=false", "broken-1")] {
            let answer = try await person.upload(
                Sound.broken, name: "broken.flac", type: "audio/flac", query: query, key: key)
            #expect(answer.status == 422, "\(answer.body)")
            #expect(try answer.text("code") == "sound_unreadable")
            #expect(try answer.text("detail").contains(words))
            #expect(try !answer.text("reason").isEmpty)
        }
        #expect(try await person.get("/uploads").items().isEmpty)
        #expect(try await person.get("/jobs").items().isEmpty)
        #expect(try await person.available() == "3.00")
        #expect(studio.files("objects").filter { $0.contains("incoming") }.isEmpty, "\(studio.files("objects"))")
        #expect(studio.files("work").isEmpty)
        #expect(try await studio.stop() == 0)
    }

    @Test func whatIsTooLargeOrNoSoundIsRefused() async throws {
        let studio = try await Studio.shared.value
        let person = try await studio.person()
        let large = Sound.wav() + [UInt8](repeating: 7, count: 2_000_001)
        #expect(try await person.upload(large).status == 413)
        let raw = try await person.send(
            .post, "/upload", ["Content-Type": "audio/wav"], body: .pieces(Pieces(large), length: nil))
        #expect(raw.status == 413)
        let picture: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + [UInt8](repeating: 1, count: 5_000)
        let refused = try await person.upload(picture, name: "song.wav")
        #expect(refused.status == 415)
        #expect(try refused.text("code") == "bad_type")
        #expect(try await person.upload([], name: "song.wav").status >= 400)
        #expect(try await person.get("/uploads").items().isEmpty)
        #expect(try await person.available() == "3.00")
    }

    @Test func anUploadThatIsCutLeavesNothing() async throws {
        let studio = try await Studio.shared.value
        let person = try await studio.person()
        let sound = Sound.wav()
        let token = try #require(person.token)
        for type in ["audio/wav", "multipart/form-data; boundary=XX"] {
            let part = "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n"
            let head = """
                POST /upload HTTP/1.1\r\nHost: studio\r\nAuthorization: Bearer \(token)\r\nContent-Type: \(type)\r\n\
                Content-Length: \(sound.count + 500)\r\n\r\n\(type.hasPrefix("m") ? part : "")
                """
            let socket = try RawSocket(port: studio.port)
            try socket.write(Array(head.utf8) + sound.prefix(60_000))
            socket.close()
        }
        try await Task.sleep(for: .milliseconds(600))
        #expect(try await person.get("/uploads").items().isEmpty)
        #expect(try await person.get("/jobs").items().isEmpty)
        #expect(try await person.available() == "3.00")
    }

    @Test(arguments: [(0, 201), (300_000, 422)])
    func aSecondFileOfAFormNeverBecomesAPartOfTheFirst(bytes: Int, status: Int) async throws {
        let studio = try await Studio.shared.value
        let person = try await studio.person()
        let sound = Sound.wav()
        var form: [UInt8] = []
        for (field, name, content) in [
            ("file", "a.wav", sound), ("cover", "b.jpg", [UInt8](repeating: 1, count: bytes)),
        ] {
            let head = "--XX\r\nContent-Disposition: form-data; name=\"\(field)\"; filename=\"\(name)\"\r\n\r\n"
            form += Array(head.utf8) + content + Array("\r\n".utf8)
        }
        form += Array("--XX--\r\n".utf8)
        let answer = try await person.send(
            .post, "/upload?process=false", ["Content-Type": "multipart/form-data; boundary=XX"], body: .bytes(form))
        #expect(answer.status == status, "\(answer.body)")
        let sizes: [Int] = try await person.get("/uploads").items().compactMap { $0["size"] as? Int }
        let kept = status == 201 ? [sound.count] : []
        #expect(sizes == kept)
    }

    @Test(arguments: [
        ("노래 \\\"1\\\".wav", "노래 \"1\".wav"), ("../../etc/passwd.wav", "passwd.wav"),
        ("Ünïcödé — 曲.wav", "Ünïcödé — 曲.wav"),
        ("100%22.wav", "100\".wav"),
    ])
    func namesOfFilesStayWhatTheyAre(sent: String, shown: String) async throws {
        let studio = try await Studio.shared.value
        let person = try await studio.person()
        let answer = try await person.upload(Sound.wav(), name: sent, query: "?process=false")
        #expect(answer.status == 201, "\(answer.body)")
        let name = try answer.text("name")
        #expect(name.hasSuffix(".wav") && !name.contains("/"))
        if !sent.contains("..") && !sent.contains("\"") && !sent.contains("%") { #expect(name == shown) }
    }

    @Test func aRawBodyCarriesItsNameInAHeader() async throws {
        let studio = try await Studio.shared.value
        let person = try await studio.person()
        let headers = ["Content-Type": "audio/wav", "X-File-Name": "%EB%85%B8%EB%9E%98.wav"]
        let answer = try await person.send(
            .post, "/upload?process=false", headers, body: .pieces(Pieces(Sound.wav()), length: nil))
        #expect(answer.status == 201, "\(answer.body)")
        #expect(try answer.text("name") == "노래.wav")
        #expect(try answer.value("seconds") as? Double == 1.5)
        let id = try answer.text("file_id")
        #expect(try await person.send(.delete, "/uploads/\(id)").status == 204)
        #expect(try await person.get("/uploads").items().isEmpty)
        #expect(try await person.post("/jobs", ["file_id": id]).status >= 400)
    }

    @Test func anUploadGoesOnWhereItBroke() async throws {
        let studio = try await Studio.shared.value
        let person = try await studio.person()
        let sound = Sound.wav(seed: 31)
        let tus = ["Tus-Resumable": "1.0.0"]
        let name = Data("노래.wav".utf8).base64EncodedString()
        let created = try await person.send(
            .post, "/uploads/tus",
            tus.merging(["Upload-Length": "\(sound.count)", "Upload-Metadata": "filename \(name)"]) { $1 })
        #expect(created.status == 201, "\(created.body)")
        let path = try #require(created.headers[.location])
        let half = sound.count / 2
        let type = ["Content-Type": "application/offset+octet-stream"].merging(tus) { $1 }
        let first = try await person.send(
            .patch, path, type.merging(["Upload-Offset": "0"]) { $1 }, body: .bytes(Array(sound[..<half])))
        #expect(first.status == 204, "\(first.body)")
        let offset = try await person.send(.head, path, tus)
        #expect(offset.headers[try #require(HTTPField.Name("Upload-Offset"))] == "\(half)")
        let wrong = try await person.send(.patch, path, type.merging(["Upload-Offset": "1"]) { $1 }, body: .bytes([1]))
        #expect(wrong.status == 409)
        let last = try await person.send(
            .patch, path, type.merging(["Upload-Offset": "\(half)"]) { $1 }, body: .bytes(Array(sound[half...])))
        #expect(last.status == 204, "\(last.body)")
        let file = try #require(try await person.get("/uploads").items().first)
        #expect(file["name"] as? String == "노래.wav")
        let job = try await person.post("/jobs", ["file_id": try #require(file["file_id"] as? String)])
        #expect(job.status == 202)
        _ = try await person.settled(try job.text("job_id"))
    }

    @Test func formsThatCannotBeReadAreRefused() async throws {
        let studio = try await Studio.shared.value
        let person = try await studio.person()
        let forms = [
            ("multipart/form-data", ""), ("multipart/form-data; boundary=XX", "no form"),
            (
                "multipart/form-data; boundary=XX",
                "--XX\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n--XX--"
            ),
            ("multipart/form-data; boundary=XX", "--XX\r\nNo: disposition\r\n\r\n1\r\n--XX--"),
            ("multipart/mixed; boundary=XX", "--XX--"),
        ]
        for (type, form) in forms {
            let answer = try await person.send(.post, "/upload", ["Content-Type": type], body: .bytes(Array(form.utf8)))
            #expect([400, 415, 422].contains(answer.status), "\(type): \(answer.body)")
        }
        let sound = Sound.wav()
        let options = try await person.upload(sound, fields: ["options": "{\"stems\":5}"])
        #expect(options.status == 422)
        #expect(try await person.upload(sound, fields: ["options": "nonsense"]).status == 400)
        #expect(try await person.upload(sound, fields: ["work": "baking"]).status == 422)
    }
}

/// Bytes in pieces.
struct Pieces: AsyncSequence, Sendable {
    typealias Failure = any Error
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    struct Iterator: AsyncIteratorProtocol {
        var rest: ArraySlice<UInt8>

        mutating func next() async throws -> [UInt8]? {
            guard !rest.isEmpty else { return nil }
            defer { rest = rest.dropFirst(30_000) }
            return Array(rest.prefix(30_000))
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(rest: bytes[...]) }
}
