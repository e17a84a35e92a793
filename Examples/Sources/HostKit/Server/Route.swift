// One route: how it is asked, who may ask, what it answers, and what does it.

import BuskerCore
import HTTPTypes
import Hummingbird

/// A route of a host; the router and the OpenAPI document are both made of these.
public struct Route: Sendable {
    /// Does what the route is for.
    public typealias Handler = @Sendable (HostRequest) async throws -> Response

    /// Who may ask.
    public enum Access: Sendable, Hashable {
        /// Anybody.
        case everybody
        /// Whoever shows a token, or an API key with a scope.
        case account(scope: String)
        /// Whoever shows an access token of a session; no API key.
        case session
        /// As `account`, or whoever shows a ticket for the job in the path.
        case ticket(scope: String)
        /// Administrators.
        case admin
    }

    /// What comes with a request.
    public enum Body: Sendable {
        /// Nothing.
        case none
        /// A JSON document.
        case json(Schema)
        /// Bytes that the route reads by itself, of these types.
        case bytes([String: Schema])
    }

    /// A parameter of the query or a header.
    public struct Parameter: Sendable {
        let name: String
        let schema: Schema
        let text: String
        var isHeader = false

        /// A parameter of the query.
        public init(_ name: String, _ schema: Schema, _ text: String) {
            self.init(name: name, schema: schema, text: text)
        }

        init(name: String, schema: Schema, text: String, isHeader: Bool = false) {
            (self.name, self.schema, self.text, self.isHeader) = (name, schema, text, isHeader)
        }
    }

    /// One answer.
    public struct Answer: Sendable {
        let text: String
        var type = "application/json"
        var schema: Schema?
        /// Types of bytes in which the same may come.
        var others: [String] = []

        /// The same, which may also come as bytes of these types.
        public func or(_ types: [String]) -> Self {
            var answer = self
            answer.others = types
            return answer
        }
    }

    let method: HTTPRequest.Method
    let path: String
    let name: String
    let text: String
    let tag: String
    let access: Access
    var parameters: [Parameter] = []
    var body = Body.none
    var answers: [Int: Answer]
    let handler: Handler

    /// Makes a route.
    ///
    /// - Parameters:
    ///   - method: the method.
    ///   - path: the template, such as `/job/{id}`; `{path*}` at its end takes everything.
    ///   - name: the operation's name in the document.
    ///   - text: one sentence.
    ///   - tag: the chapter of the document.
    ///   - access: who may ask.
    ///   - parameters: parameters of the query, and headers.
    ///   - body: what comes with the request.
    ///   - answers: what it answers when all is well, and the refusals that are its own.
    ///   - handler: does it.
    public init(
        _ method: HTTPRequest.Method, _ path: String, _ name: String, _ text: String, tag: String, access: Access,
        parameters: [Parameter] = [], body: Body = .none, answers: [Int: Answer], refuses: [Int] = [],
        handler: @escaping Handler
    ) {
        (self.method, self.path, self.name, self.text, self.tag) = (method, path, name, text, tag)
        (self.access, self.parameters, self.body, self.handler) = (access, parameters, body, handler)
        self.answers = answers
        var refusals = Set(refuses).union([429, 503])
        if access != .everybody { refusals.formUnion([401, 403]) }
        if path.contains("{") { refusals.insert(404) }
        if !parameters.isEmpty { refusals.insert(400) }
        switch body {
        case .none: break
        case .json: refusals.formUnion([400, 408, 413, 415, 422])
        case .bytes: refusals.formUnion([400, 408, 413, 415, 422])
        }
        for status in refusals { self.answers[status] = .problem(status) }
    }

    /// Whether somebody may be another, or may do something else, after it.
    var changesAccounts: Bool { method != .get && ["accounts", "keys", "admin"].contains(tag) }

    /// The segments of the path.
    var segments: [Substring] { path.split(separator: "/") }
}

extension Route.Answer {
    /// A JSON document.
    public static func json(_ text: String, _ schema: Schema) -> Self { Self(text: text, schema: schema) }

    /// No body.
    public static func nothing(_ text: String) -> Self { Self(text: text, type: "") }

    /// Events that are sent as they happen; the schema is that of one of them.
    static func events(_ text: String) -> Self {
        Self(
            text: text, type: "text/event-stream",
            schema: .object([("data", .text()), ("event?", .text()), ("id?", .text()), ("retry?", .integer())]))
    }

    /// Bytes of a type.
    public static func bytes(_ text: String, _ type: String) -> Self {
        Self(text: text, type: type, schema: type.hasPrefix("text/") ? .text() : .binary)
    }

    static func problem(_ status: Int) -> Self {
        Self(
            text: HTTPResponse.Status(code: status).reasonPhrase, type: "application/problem+json",
            schema: .reference("Problem"))
    }
}

extension Route.Parameter {
    /// Where a list goes on, and how much of it.
    public static let paging: [Route.Parameter] = [
        Route.Parameter(name: "limit", schema: .integer(1...100), text: "How many."),
        Route.Parameter(name: "cursor", schema: .text(1...1_024), text: "What next_cursor said."),
    ]

    /// Makes two clicks one.
    public static let idempotency = Route.Parameter(
        name: "Idempotency-Key", schema: .text(1...200, pattern: "^[!-~]+$"),
        text: "The same key is the same request, however often it is sent.", isHeader: true)

    /// For readers that cannot send headers.
    public static let ticket = Route.Parameter(
        name: "ticket", schema: .text(1...512), text: "A ticket of /job/{id}/ticket instead of a token.")
}
