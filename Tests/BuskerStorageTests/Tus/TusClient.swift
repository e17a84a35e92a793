// A client of tus that says exactly what a test wants.

import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerStorage
import Crypto
import HTTPTypes
import TestSupport
import Testing

/// A service over a bench, and requests to it.
struct TusClient: Sendable {
    let bench: UploadBench
    let service: TusService
    var owner = "ann"

    init(_ bench: UploadBench, pieceBytes: Int = 100_000, piecesMax: Int = 2000) {
        self.bench = bench
        service = TusService(bench.desk, limits: TusLimits(pieceBytes: pieceBytes, piecesMax: piecesMax)) {
            "https://files.example/uploads/\($0)"
        }
    }

    static func open(
        _ kind: DatabaseKind = .sqliteMemory, limits: UploadLimits = UploadLimits(), pieceBytes: Int = 100_000,
        _ body: (TusClient) async throws -> Void
    ) async throws {
        try await UploadBench.open(kind, limits: limits) { bench in
            try await body(TusClient(bench, pieceBytes: pieceBytes))
        }
    }

    func send(
        _ method: String, _ upload: String? = nil, _ headers: [(String, String)] = [], _ body: HTTPBody = .bytes([]),
        version: String? = "1.0.0"
    ) async throws -> TusReply {
        var request = HTTPRequest(
            method: try #require(HTTPRequest.Method(method)), scheme: "https", authority: "files.example", path: "/x")
        if let version { request.headerFields.append(field("Tus-Resumable", version)) }
        for (name, value) in headers { request.headerFields.append(field(name, value)) }
        let answer = await service.answer(
            request, upload: upload, for: TusUploader(owner: owner, category: .audio, subject: "job_1"), body: body)
        #expect(answer.response.headerFields[name("Tus-Resumable")] == "1.0.0")
        return TusReply(answer)
    }

    /// Begins an upload and answers its id.
    func create(_ length: Int, metadata: String = "filename c29uZy53YXY=,filetype YXVkaW8vd2F2") async throws -> String
    {
        let reply = try await send("POST", nil, [("Upload-Length", "\(length)"), ("Upload-Metadata", metadata)])
        #expect(reply.status == 201)
        return try #require(reply.upload)
    }

    func patch(
        _ upload: String, at offset: Int, _ bytes: [UInt8], _ headers: [(String, String)] = []
    ) async throws -> TusReply {
        try await patch(upload, at: offset, .bytes(bytes), headers)
    }

    func patch(
        _ upload: String, at offset: Int, _ body: HTTPBody, _ headers: [(String, String)] = []
    ) async throws -> TusReply {
        let own = [("Upload-Offset", "\(offset)"), ("Content-Type", "application/offset+octet-stream")]
        return try await send("PATCH", upload, own + headers, body)
    }

    /// Where the upload stands, as the server says.
    func offset(_ upload: String) async throws -> Int {
        let reply = try await send("HEAD", upload)
        #expect(reply.status == 200 && reply["Cache-Control"] == "no-store")
        return try #require(reply["Upload-Offset"].flatMap { Int($0) })
    }

    static func sha1(_ bytes: [UInt8]) -> (String, String) {
        ("Upload-Checksum", "sha1 " + base64(Array(Insecure.SHA1.hash(data: bytes))))
    }

    static func sha256(_ bytes: [UInt8]) -> (String, String) {
        ("Upload-Checksum", "sha256 " + base64(Array(SHA256.hash(data: bytes))))
    }

    private static func base64(_ bytes: [UInt8]) -> String { Base64.encode(bytes) }
}

/// An answer, easy to look at.
struct TusReply {
    let answer: TusAnswer

    init(_ answer: TusAnswer) { self.answer = answer }

    var status: Int { Int(answer.response.status.code) }
    var file: FileRecord? { answer.file }
    var upload: String? { self["Location"].flatMap { $0.split(separator: "/").last.map(String.init) } }

    subscript(header: String) -> String? { answer.response.headerFields[name(header)] }
}

private func name(_ text: String) -> HTTPField.Name {
    HTTPField.Name(text) ?? .accept
}

private func field(_ text: String, _ value: String) -> HTTPField { HTTPField(name: name(text), value: value) }
