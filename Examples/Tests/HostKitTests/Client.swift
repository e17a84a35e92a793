// A client that speaks to StemStudio over its socket.

import BuskerHTTP
import BuskerHTTPClient
import Foundation
import HTTPTypes
import Testing

/// What came back.
struct Answer {
    let status: Int
    let headers: HTTPFields
    let bytes: [UInt8]

    func json() throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any], "\(status): \(body)")
    }

    var body: String { String(decoding: bytes, as: UTF8.self) }

    /// A text by its path, such as `balance.available`.
    func text(_ path: String) throws -> String { try #require(try value(path) as? String, "\(path) in \(body)") }

    func items() throws -> [[String: Any]] { try #require(try value("items") as? [[String: Any]], "\(body)") }

    func value(_ path: String) throws -> Any? {
        path.split(separator: ".").reduce(try json() as Any?) { ($0 as? [String: Any])?[String($1)] }
    }
}

/// Somebody who asks.
struct Client {
    let studio: Studio
    var token: String?
    var id = ""
    var email = ""
    var language = "en"

    func registered(_ email: String) async throws -> Client {
        let answer = try await post("/auth/register", ["email": email, "password": "correct horse"])
        #expect(answer.status == 201, "\(answer.body)")
        var copy = self
        copy.token = try answer.text("access_token")
        copy.id = try answer.text("user.id")
        copy.email = email
        return copy
    }

    func send(
        _ method: HTTPRequest.Method, _ path: String, _ headers: [String: String] = [:], body: HTTPBody = .bytes([])
    ) async throws -> Answer {
        let answer = try await open(method, path, headers, body: body)
        let bytes = try await answer.body.collect(upTo: 64 << 20)
        return Answer(status: answer.response.status.code, headers: answer.response.headerFields, bytes: bytes)
    }

    /// Sends a request and does not wait for the body of its answer.
    func open(
        _ method: HTTPRequest.Method, _ path: String, _ headers: [String: String] = [:], body: HTTPBody = .bytes([])
    ) async throws -> HTTPAnswer {
        var request = HTTPRequest(
            method: method, scheme: "http", authority: "127.0.0.1:\(studio.port)", path: path,
            headerFields: [.acceptLanguage: language])
        if let token { request.headerFields[.authorization] = "Bearer \(token)" }
        for (name, value) in headers { request.headerFields[try #require(HTTPField.Name(name))] = value }
        return try await studio.transport.send(HTTPCall(request, body: body, timeLimit: .seconds(60)))
    }

    func get(_ path: String, _ headers: [String: String] = [:]) async throws -> Answer {
        try await send(.get, path, headers)
    }

    func post(_ path: String, _ json: [String: Any] = [:], key: String? = nil) async throws -> Answer {
        var headers = ["Content-Type": "application/json"]
        headers["Idempotency-Key"] = key
        let bytes = [UInt8](try JSONSerialization.data(withJSONObject: json))
        return try await send(.post, path, headers, body: .bytes(bytes))
    }

    /// Uploads a file by a form.
    func upload(
        _ bytes: [UInt8], name: String = "song.wav", type: String = "audio/wav", query: String = "",
        fields: [String: String] = [:], key: String? = nil
    ) async throws -> Answer {
        let boundary = "----studio\(bytes.count)"
        var form: [UInt8] = []
        for (field, value) in fields {
            form += Array("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(field)\"\r\n\r\n\(value)\r\n".utf8)
        }
        let head = "Content-Disposition: form-data; name=\"file\"; filename=\"\(name)\"\r\nContent-Type: \(type)"
        form += Array("--\(boundary)\r\n\(head)\r\n\r\n".utf8) + bytes + Array("\r\n--\(boundary)--\r\n".utf8)
        var headers = ["Content-Type": "multipart/form-data; boundary=\(boundary)"]
        headers["Idempotency-Key"] = key
        return try await send(.post, "/upload" + query, headers, body: .bytes(form))
    }

    /// A file that is kept and not worked on.
    func file(_ seed: Int = 1) async throws -> String {
        let answer = try await upload(Sound.wav(seed: seed), query: "?process=false")
        #expect(answer.status == 201, "\(answer.body)")
        return try answer.text("file_id")
    }

    /// A job that was done.
    func job(_ seed: Int = 1, name: String = "song.wav") async throws -> String {
        let answer = try await upload(Sound.wav(seed: seed), name: name)
        #expect(answer.status == 202, "\(answer.body)")
        let job = try answer.text("job_id")
        #expect(try await settled(job) == "COMPLETED")
        return job
    }

    /// Waits until a job has ended; its last state.
    func settled(_ job: String) async throws -> String {
        for _ in 0..<900 {
            let status = try await get("/status/\(job)").text("status")
            if !["PENDING", "PROCESSING"].contains(status) { return status }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw StudioFailure("The job \(job) did not end.")
    }

    func available() async throws -> String { try await get("/credits/balance").text("available") }
}

/// Sounds that are made here.
enum Sound {
    /// Two chords with a beat as WAV, 16 bits, stereo; the seed changes the key.
    static func wav(seconds: Double = 1.5, seed: Int = 1) -> [UInt8] {
        let (rate, count) = (22_050, Int(seconds * 22_050))
        var samples: [Int16] = []
        let base = 180.0 + Double(seed % 40) * 7
        for at in 0..<count {
            let time = Double(at) / Double(rate)
            let tone = sin(2 * .pi * base * time) + 0.5 * sin(2 * .pi * base * 1.5 * time)
            let beat = at % (rate / 4) < 400 ? sin(Double(at * at % 7919)) : 0
            samples += [Int16(6_000 * (tone + beat)), Int16(6_000 * (tone - beat))]
        }
        let data = samples.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
        func number(_ value: Int, _ bytes: Int) -> [UInt8] {
            (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        return Array("RIFF".utf8) + number(36 + data.count, 4) + Array("WAVEfmt ".utf8) + number(16, 4) + number(1, 2)
            + number(2, 2) + number(rate, 4) + number(rate * 4, 4) + number(4, 2) + number(16, 2) + Array("data".utf8)
            + number(data.count, 4) + data
    }

    /// A file that begins like FLAC and is none.
    static let broken =
        Array("fLaC".utf8) + [0x80, 0, 0, 34] + (0..<4_000).map { UInt8(truncatingIfNeeded: $0 * 31 % 251) }
}
