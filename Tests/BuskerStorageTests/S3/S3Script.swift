// A store of S3 in memory that answers from a script, and a clock that does not wait.

import BuskerCore
import BuskerHTTP
import BuskerStorage
import HTTPTypes
import Synchronization
import TestSupport

/// One request as a store reads it.
struct Asked: Sendable {
    let method: String
    let path: String
    let query: String
    let headers: HTTPFields
    let body: [UInt8]

    subscript(name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }

    var line: String { "\(method) \(path)" + (query.isEmpty ? "" : "?\(query)") }
}

/// What the script says to one request.
struct Said: Sendable {
    var status = 200
    var headers: [String: String] = [:]
    var body: [UInt8] = []
    /// What ends the body before its end.
    var cut: HTTPError.Code?
    /// What comes instead of an answer.
    var failure: HTTPError.Code?

    static func ok(_ headers: [String: String] = [:], _ body: [UInt8] = []) -> Said {
        Said(headers: headers, body: body)
    }

    static func xml(_ text: String, status: Int = 200) -> Said { Said(status: status, body: Array(text.utf8)) }

    static func error(_ status: Int, _ code: String, _ headers: [String: String] = [:], more: String = "") -> Said {
        Said(
            status: status, headers: headers,
            body: Array("<Error><Code>\(code)</Code><Message>no</Message>\(more)</Error>".utf8))
    }

    static func lost(_ code: HTTPError.Code) -> Said { Said(failure: code) }

    /// An object's headers, and its bytes.
    static func object(
        _ body: [UInt8], tag: String = "t1", size: Int? = nil, _ more: [String: String] = [:],
        cut: HTTPError.Code? = nil
    ) -> Said {
        var headers = [
            "ETag": "\"\(tag)\"", "Last-Modified": "Sat, 02 Jan 2027 03:04:05 GMT",
            "Content-Length": String(size ?? body.count),
        ]
        headers.merge(more) { $1 }
        return Said(headers: headers, body: body, cut: cut)
    }

    /// A part of an object.
    static func part(_ body: [UInt8], at start: Int, of size: Int, tag: String = "t1", cut: HTTPError.Code? = nil)
        -> Said
    {
        var said = object(
            body, tag: tag, ["Content-Range": "bytes \(start)-\(size - 1)/\(size)"], cut: cut)
        said.status = 206
        return said
    }
}

/// Answers each request by a script that sees the request and how many came before it.
final class S3Script: HTTPTransport {
    private let script: @Sendable (Asked, Int) async -> Said
    private let requests = Mutex<[Asked]>([])

    init(_ script: @escaping @Sendable (Asked, Int) async -> Said) { self.script = script }

    /// Gives answers in order, the last one for ever.
    convenience init(_ answers: [Said]) { self.init { _, number in answers[min(number, answers.count - 1)] } }

    var asked: [Asked] { requests.withLock { $0 } }
    var lines: [String] { asked.map(\.line) }

    func send(_ call: HTTPCall) async throws(HTTPError) -> HTTPAnswer {
        let bytes = try await call.body.collect(upTo: 64 << 20)
        let target = (call.request.path ?? "").split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let asked = Asked(
            method: call.request.method.rawValue, path: String(target.first ?? ""),
            query: target.count > 1 ? String(target[1]) : "", headers: call.request.headerFields, body: bytes)
        let before = requests.withLock { requests in
            requests.append(asked)
            return requests.count - 1
        }
        let said = await script(asked, before)
        if let code = said.failure { throw HTTPError(code, "as scripted") }
        var response = HTTPResponse(status: .init(code: said.status))
        for (name, value) in said.headers {
            if let name = HTTPField.Name(name) { response.headerFields[name] = value }
        }
        guard let cut = said.cut else { return HTTPAnswer(response, body: .bytes(said.body)) }
        return HTTPAnswer(response, body: .broken(said.body, 1000, by: HTTPError(cut, "as scripted")))
    }
}

/// A store over a script.
struct S3Rig {
    let clock = LeapClock()
    let wall = ManualClock()
    let script: S3Script
    let store: S3Store

    init(_ script: S3Script, https: Bool = true, _ change: (inout S3Settings) -> Void = { _ in }) throws {
        self.script = script
        var settings = S3Settings()
        change(&settings)
        let credentials = try SigV4Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "hunter2hunter2")
        store = try S3Store(
            try S3Endpoint((https ? "https" : "http") + "://s3.example:9000"), bucket: "songs",
            signer: SigV4Signer(credentials: credentials, region: "eu-north-1"), transport: script, settings: settings,
            wall: wall, clock: clock, random: SeededGenerator(seed: 5))
    }

    init(_ answers: [Said], _ change: (inout S3Settings) -> Void = { _ in }) throws {
        try self.init(S3Script(answers), change)
    }

    static var key: ObjectKey {
        get throws { try ObjectKey("a/b c") }
    }
}
