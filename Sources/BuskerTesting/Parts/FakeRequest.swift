// Requests and answers without a network.

/// A request as a provider's state machine sees it.
struct FakeRequest: Sendable {
    let method: String
    /// The path without the query.
    let path: String
    /// What stands behind the question mark.
    let query: String
    /// Names in small letters.
    let headers: [(name: String, value: String)]
    let body: [UInt8]

    /// The parts of the path between slashes; empty ones count for nothing.
    let segments: [String]

    init(method: String, target: String, headers: [(name: String, value: String)], body: [UInt8]) {
        let bytes = Array(target.utf8)
        let path = bytes.prefix { $0 != UInt8(ascii: "?") }
        self.method = method
        self.path = String(decoding: path, as: UTF8.self)
        query = String(decoding: bytes.dropFirst(path.count + 1), as: UTF8.self)
        segments = path.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
        self.headers = headers
        self.body = body
    }

    /// The value of a header; its name is given in small letters.
    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// What the request asks for, apart from who asks and when.
    var fingerprint: String { "\(method) \(path)?\(query) \(String(decoding: body, as: UTF8.self))" }

    /// The key of `Authorization: Bearer`, or the name of `Basic`.
    var bearer: String? {
        guard let value = header("authorization") else { return nil }
        let parts = value.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }
}

/// An answer as a provider's state machine gives it.
struct FakeAnswer: Sendable {
    var status: Int
    var headers: [(name: String, value: String)]
    var body: String

    init(_ status: Int, _ body: FakeJSON, headers: [(name: String, value: String)] = []) {
        self.status = status
        self.headers = [("content-type", "application/json")] + headers
        self.body = body.text
    }

    /// A page that is no JSON.
    init(page status: Int, _ body: String) {
        self.status = status
        headers = [("content-type", "text/html; charset=utf-8")]
        self.body = body
    }

    /// Nothing but a status.
    init(empty status: Int, headers: [(name: String, value: String)] = []) {
        self.status = status
        self.headers = headers
        body = ""
    }
}

/// A refusal in the provider's own words.
struct FakeRefusal: Error {
    var answer: FakeAnswer
    /// Whether work had begun, so that the same key gets the same answer again.
    var isFinal: Bool

    init(_ answer: FakeAnswer, isFinal: Bool = false) {
        self.answer = answer
        self.isFinal = isFinal
    }
}
