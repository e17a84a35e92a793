// The protocol tus 1.0, sentence by sentence.

import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerStorage
import TestSupport
import Testing

@Suite struct TusTests {
    @Test(arguments: DatabaseKind.all)
    func anUploadInPiecesBecomesAFile(kind: DatabaseKind) async throws {
        try await TusClient.open(kind) { client in
            let content = Sample.wav(350_000)
            let upload = try await client.create(content.count)
            #expect(try await client.offset(upload) == 0)
            let first = try await client.patch(upload, at: 0, .cut(Array(content[..<250_000]), by: 7000))
            #expect(first.status == 204 && first["Upload-Offset"] == "250000" && first["Upload-Expires"] != nil)
            #expect(try await client.offset(upload) == 250_000)
            let last = try await client.patch(upload, at: 250_000, Array(content[250_000...]))
            let file = try #require(last.file)
            #expect(last.status == 204 && last["Upload-Offset"] == "350000" && last["Upload-Expires"] == nil)
            #expect(file.state == .accepted && file.sha256 == ContentHash(of: content) && file.name == "song.wav")
            #expect(file.owner == "ann" && file.subject == "job_1" && file.contentType == "audio/wav")
            #expect(try await client.bench.keys == [file.key.text])
            #expect(
                try await client.bench.memory.get(file.key, GetOptions()).body.collect(upTo: 400_000) == content)
            #expect(try await client.offset(upload) == 350_000)
            let again = try await client.patch(upload, at: 350_000, [])
            #expect(again.status == 204 && again.file == file)
        }
    }

    @Test func optionsTellWhatTheServerCan() async throws {
        try await TusClient.open { client in
            let reply = try await client.send("OPTIONS", nil, [], version: nil)
            #expect(reply.status == 204 && reply["Tus-Version"] == "1.0.0" && reply["Tus-Max-Size"] == "50000000")
            #expect(
                reply["Tus-Extension"]
                    == "creation,creation-with-upload,creation-defer-length,expiration,checksum,termination")
            #expect(reply["Tus-Checksum-Algorithm"] == "sha1,sha256")
        }
    }

    @Test(arguments: ["POST", "HEAD", "PATCH", "DELETE"], [nil, "0.2.2", "1.0.1"])
    func anotherVersionIsRefusedBeforeAnythingIsDone(method: String, version: String?) async throws {
        try await TusClient.open { client in
            let upload = try await client.create(10)
            let reply = try await client.send(
                method, method == "POST" ? nil : upload, [("Upload-Length", "5")], version: version)
            #expect(reply.status == 412 && reply["Tus-Version"] == "1.0.0")
            #expect(try await client.bench.files.count == 1)
            #expect(try await client.offset(upload) == 0)
        }
    }

    @Test(
        arguments: [
            ([("Upload-Length", "100")], 201), ([("Upload-Defer-Length", "1")], 201), ([], 400),
            ([("Upload-Length", "-1")], 400), ([("Upload-Length", "+5")], 400), ([("Upload-Length", "5.0")], 400),
            ([("Upload-Length", "")], 400), ([("Upload-Length", "0")], 400), ([("Upload-Length", "50000001")], 413),
            ([("Upload-Length", "99999999999999999999")], 400), ([("Upload-Defer-Length", "2")], 400),
            ([("Upload-Length", "1"), ("Upload-Defer-Length", "1")], 400),
            ([("Upload-Length", "1"), ("Upload-Length", "2")], 400),
        ] as [([(String, String)], Int)])
    func lengthsAreReadStrictly(headers: [(String, String)], status: Int) async throws {
        try await TusClient.open { client in
            let reply = try await client.send("POST", nil, headers)
            #expect(reply.status == status && (reply["Location"] != nil) == (status == 201))
            #expect(try await client.bench.files.count == (status == 201 ? 1 : 0))
        }
    }

    @Test(arguments: [
        ("filename c29uZy53YXY=", 201, "song.wav"), ("filename c29uZy53YXY=,a", 201, "song.wav"),
        ("filename Li4vLi4vZXRjL3Bhc3N3ZA==", 201, "passwd"), ("a b c", 400, ""), ("a !!!!", 400, ""), ("a,a", 400, ""),
        (",", 400, ""), ("filename c29uZy53YXY=,filetype dGV4dC9odG1s", 415, ""), ("filename eC5leGU=", 415, ""),
        ("name " + String(repeating: "A", count: 5000), 413, ""),
    ])
    func metadataIsReadStrictlyAndGivenBack(metadata: String, status: Int, name: String) async throws {
        try await TusClient.open { client in
            let reply = try await client.send("POST", nil, [("Upload-Length", "9"), ("Upload-Metadata", metadata)])
            #expect(reply.status == status)
            guard let upload = reply.upload else { return }
            #expect(try await client.send("HEAD", upload)["Upload-Metadata"] == metadata)
            #expect(try await client.bench.files.map(\.name) == [name])
        }
    }

    @Test func headTellsLengthAndTimeAndNobodyKeepsIt() async throws {
        try await TusClient.open { client in
            let upload = try await client.create(10)
            let reply = try await client.send("HEAD", upload)
            #expect(reply["Upload-Length"] == "10" && reply["Upload-Offset"] == "0")
            #expect(reply["Cache-Control"] == "no-store" && reply["Upload-Defer-Length"] == nil)
            #expect(reply["Upload-Expires"] == "Sat, 16 Jan 2027 08:00:00 GMT")
            for missing in ["file_01h455vb4pex5vsknk084sn02q", "", "..", "file_x"] {
                let reply = try await client.send("HEAD", missing)
                #expect(reply.status == 404 && reply["Upload-Offset"] == nil)
            }
        }
    }

    @Test func aPieceNeedsItsTypeAndItsPlace() async throws {
        try await TusClient.open { client in
            let upload = try await client.create(100)
            let type = ("Content-Type", "application/offset+octet-stream")
            let place = ("Upload-Offset", "0")
            let piece = HTTPBody.bytes(Sample.wav)
            #expect(try await client.send("PATCH", upload, [place], piece).status == 415)
            #expect(
                try await client.send("PATCH", upload, [place, ("Content-Type", "audio/wav")], piece).status == 415)
            #expect(try await client.send("PATCH", upload, [type], piece).status == 400)
            #expect(try await client.send("PATCH", upload, [type, ("Upload-Offset", "-1")], piece).status == 400)
            #expect(try await client.send("PATCH", upload, [type, ("Upload-Offset", "x")], piece).status == 400)
            #expect(try await client.patch(upload, at: 1, Sample.wav).status == 409)
            #expect(try await client.offset(upload) == 0)
            #expect(try await client.patch(upload, at: 0, Sample.wav).status == 204)
            #expect(try await client.patch(upload, at: 0, Sample.wav).status == 409)
            #expect(try await client.offset(upload) == Sample.wav.count)
            #expect(try await client.patch(upload, at: Sample.wav.count, []).status == 204)
            #expect(try await client.send("GET", upload).status == 405)
            #expect(try await client.send("PUT", nil).status == 405)
        }
    }

    @Test func moreThanTheLengthIsRefused() async throws {
        try await TusClient.open { client in
            let upload = try await client.create(100)
            #expect(try await client.patch(upload, at: 0, Sample.wav(101)).status == 413)
            #expect(try await client.offset(upload) == 0)
            #expect(try await client.patch(upload, at: 0, .cut(Sample.wav(120), by: 60)).status == 413)
            #expect(try await client.offset(upload) == 60)
        }
    }

    @Test func aMethodThatProxiesRefuseComesInAHeader() async throws {
        try await TusClient.open { client in
            let upload = try await client.create(100)
            let headers = [
                ("X-HTTP-Method-Override", "PATCH"), ("Upload-Offset", "0"),
                ("Content-Type", "application/offset+octet-stream"),
            ]
            #expect(try await client.send("POST", upload, headers, .bytes(Sample.wav)).status == 204)
        }
    }

    @Test func theFirstPieceMayComeWithTheCreation() async throws {
        try await TusClient.open { client in
            let content = Sample.wav(1000)
            let type = ("Content-Type", "application/offset+octet-stream")
            let length = ("Upload-Length", "1000")
            let part = try await client.send("POST", nil, [length, type], .bytes(Array(content[..<400])))
            #expect(part.status == 201 && part["Upload-Offset"] == "400" && part["Upload-Expires"] != nil)
            let rest = try await client.patch(try #require(part.upload), at: 400, Array(content[400...]))
            #expect(rest.file?.state == .accepted)
            let whole = try await client.send("POST", nil, [length, type], .bytes(content))
            #expect(whole.status == 201 && whole["Upload-Offset"] == "1000" && whole.file?.state == .accepted)
            #expect(try await client.send("POST", nil, [length], .bytes(content)).status == 415)
            let wrong = try await client.send("POST", nil, [length, type, TusClient.sha1([1])], .bytes(content))
            #expect(wrong.status == 460 && wrong["Location"] != nil)
            #expect(try await client.offset(try #require(wrong.upload)) == 0)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func aLengthMayComeLaterButOnce(kind: DatabaseKind) async throws {
        try await TusClient.open(kind) { client in
            let content = Sample.wav(1000)
            let begun = try await client.send("POST", nil, [("Upload-Defer-Length", "1")])
            let upload = try #require(begun.upload)
            let head = try await client.send("HEAD", upload)
            #expect(head["Upload-Defer-Length"] == "1" && head["Upload-Length"] == nil)
            #expect(try await client.patch(upload, at: 0, Array(content[..<300])).status == 204)
            let tooSmall = try await client.patch(upload, at: 300, [], [("Upload-Length", "299")])
            let tooLarge = try await client.patch(upload, at: 300, [], [("Upload-Length", "50000001")])
            #expect(tooSmall.status == 400 && tooLarge.status == 413)
            let set = try await client.patch(upload, at: 300, Array(content[300..<400]), [("Upload-Length", "1000")])
            #expect(set.status == 204)
            #expect(try await client.send("HEAD", upload)["Upload-Length"] == "1000")
            #expect(try await client.patch(upload, at: 400, [], [("Upload-Length", "1001")]).status == 400)
            let end = try await client.patch(upload, at: 400, Array(content[400...]), [("Upload-Length", "1000")])
            #expect(end.file?.sha256 == ContentHash(of: content))
        }
    }

    @Test func aCheckSumThatIsWrongThrowsThePieceAway() async throws {
        try await TusClient.open(pieceBytes: 100) { client in
            let content = Sample.wav(1000)
            let upload = try await client.create(1000)
            let half = Array(content[..<500])
            #expect(try await client.patch(upload, at: 0, half, [TusClient.sha1([0])]).status == 460)
            #expect(try await client.patch(upload, at: 0, half, [TusClient.sha256([0])]).status == 460)
            for wrong in ["md5 AAAA", "sha1", "sha1 !", "sha1 AAAA", "SHA1 AAAA", "", "sha1  AAAA"] {
                #expect(
                    try await client.patch(upload, at: 0, half, [("Upload-Checksum", wrong)]).status == 400, "\(wrong)")
            }
            #expect(try await client.offset(upload) == 0)
            #expect(try await client.bench.keys.isEmpty)
            #expect(try await client.patch(upload, at: 0, half, [TusClient.sha1(half)]).status == 204)
            let rest = Array(content[500...])
            let end = try await client.patch(upload, at: 500, rest, [TusClient.sha256(rest)])
            #expect(end.file?.sha256 == ContentHash(of: content))
        }
    }

    @Test func anUploadCanBeEnded() async throws {
        try await TusClient.open { client in
            let upload = try await client.create(1000)
            #expect(try await client.patch(upload, at: 0, Sample.wav(400)).status == 204)
            #expect(try await client.send("DELETE", upload).status == 204)
            #expect(try await client.bench.keys.isEmpty)
            #expect(try await client.bench.files.map(\.state) == [.gone])
            #expect(try await client.send("HEAD", upload).status == 404)
            #expect(try await client.patch(upload, at: 400, [1]).status == 404)
            #expect(try await client.send("DELETE", upload).status == 404)
            let done = try await client.create(24)
            #expect(try await client.patch(done, at: 0, Sample.wav(24)).file != nil)
            #expect(try await client.send("DELETE", done).status == 403)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func whatIsNotFinishedInTimeIsOver(kind: DatabaseKind) async throws {
        try await TusClient.open(kind) { client in
            let upload = try await client.create(1000)
            #expect(try await client.patch(upload, at: 0, Sample.wav(400)).status == 204)
            client.bench.wall.advance(microseconds: 86_400_000_000)
            #expect(try await client.send("HEAD", upload).status == 410)
            #expect(try await client.patch(upload, at: 400, [1]).status == 410)
            #expect(try await client.bench.desk.sweep().given == 1)
            #expect(try await client.send("HEAD", upload).status == 404)
            #expect(try await client.bench.keys.isEmpty)
            #expect(try await client.bench.files.map(\.state) == [.gone])
        }
    }

    @Test func anUploadOfAnotherIsNotFound() async throws {
        try await TusClient.open { client in
            let upload = try await client.create(24)
            var other = client
            other.owner = "bob"
            #expect(try await other.send("HEAD", upload).status == 404)
            #expect(try await other.patch(upload, at: 0, Sample.wav(24)).status == 404)
            #expect(try await other.send("DELETE", upload).status == 404)
            #expect(try await client.offset(upload) == 0)
        }
    }
}
