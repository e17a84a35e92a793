// What a host says when it does not do what was asked.

import BuskerCore
import HTTPTypes
import Hummingbird

/// A refusal as a problem document (RFC 9457): a code to act on, and a sentence in the language of whoever asked.
public struct Problem: Error, Sendable {
    /// The status.
    public let status: Int
    /// The stable code, also the end of the problem's `type`.
    public let code: String
    /// What to say in English where the host has no sentence of its own for the code.
    public let detail: String?
    /// Numbers and names that belong to the problem.
    public let figures: [(name: String, value: JSON)]
    /// When to come again, in seconds.
    public let retryAfter: Int?
    /// Headers that the status asks for.
    public var headers: HTTPFields = [:]

    /// Makes a problem.
    public init(
        _ status: Int, _ code: String, _ detail: String? = nil, figures: [(String, JSON)] = [], retryAfter: Int? = nil
    ) {
        self.status = status
        self.code = code
        self.detail = detail
        self.figures = figures.map { (name: $0.0, value: $0.1) }
        self.retryAfter = retryAfter
    }

    /// The document.
    func response(_ language: Language, request id: String) -> Response {
        let words = Words.problem(code, language, figures)
        var members: [(String, JSON?)] = [
            ("type", .text("/problems/\(code)")), ("title", .text(words?.title ?? code)),
            ("status", .number(Int64(status))), ("detail", .text(words?.detail ?? detail ?? words?.title ?? code)),
            ("code", .text(code)), ("request_id", .text(id)),
        ]
        if let detail, words != nil { members.append(("reason", .text(detail))) }
        members += figures.map { ($0.name, $0.value) }
        var response = Response.json(JSON.object(members), status: status)
        response.headers[.contentType] = "application/problem+json"
        response.headers[.contentLanguage] = words == nil ? "en" : language.rawValue
        response.headers[.cacheControl] = "no-store"
        if let retryAfter { response.headers[.retryAfter] = String(retryAfter) }
        for field in headers { response.headers[field.name] = field.value }
        return response
    }

    /// There is no such thing, or it is somebody else's.
    public static let notFound = Problem(404, "not_found")
    /// It is known who asks, and they may not.
    public static let forbidden = Problem(403, "forbidden")
    /// The body cannot be read.
    public static let badBody = Problem(400, "bad_body")

    /// There is no proof of who asks.
    public static func unauthorised(_ code: String = "unauthorised") -> Problem {
        var problem = Problem(401, code)
        problem.headers[.wwwAuthenticate] = code == "unauthorised" ? "Bearer" : "Bearer error=\"invalid_token\""
        return problem
    }

    /// A value of the request is wrong.
    public static func bad(_ name: String, _ detail: String) -> Problem {
        Problem(400, "bad_value", detail, figures: [("field", .text(name))])
    }
}

extension Response {
    /// A JSON document.
    public static func json(_ json: JSON, status: Int = 200) -> Response {
        Response(
            status: HTTPResponse.Status(code: status), headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.bytes)))
    }

    /// An answer without a body.
    public static func empty(_ status: Int = 204) -> Response {
        var response = Response(status: HTTPResponse.Status(code: status))
        if status == 204 { response.headers[.contentLength] = nil }
        return response
    }
}
