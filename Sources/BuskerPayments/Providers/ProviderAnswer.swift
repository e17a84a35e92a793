// What a provider answered to one request.

import BuskerCore
import HTTPTypes

/// A response that was read to its end.
struct ProviderAnswer: Sendable {
    let provider: PaymentProvider
    let mode: PaymentMode
    let status: Int
    let headers: HTTPFields
    /// The body; nothing when it is no JSON that can be read.
    let json: JSONValue?
    /// The beginning of a body that is no JSON.
    let excerpt: String
    let at: Timestamp

    /// The most bytes of an answer.
    static let bytesMax = 2 << 20

    init(
        _ provider: PaymentProvider, _ mode: PaymentMode, _ response: HTTPResponse, _ bytes: [UInt8], at: Timestamp
    ) {
        self.provider = provider
        self.mode = mode
        self.at = at
        status = response.status.code
        headers = response.headerFields
        json = try? JSONValue(parsing: bytes, limits: JSONLimits(bytesMax: Self.bytesMax))
        excerpt = json == nil ? Self.plain(String(decoding: bytes.prefix(400), as: UTF8.self), max: 120) : ""
    }

    var isGood: Bool { (200..<300).contains(status) }

    /// The body as an object.
    ///
    /// - Throws: ``PaymentError`` with `badAnswer`.
    func object() throws(PaymentError) -> JSONValue {
        guard let json, json.kind == .object else { throw bad("is no JSON object") }
        return json
    }

    /// An answer that the judge can be shown.
    func fetched(_ json: JSONValue) -> FetchedObject { FetchedObject(json, from: provider, mode: mode, at: at) }

    /// The error for an answer that lacks something.
    func bad(_ what: String) -> PaymentError {
        PaymentError(
            .badAnswer, "The answer of \(provider) \(what); look at it with the provider's own tools.", status: status,
            request: requestID)
    }

    /// The provider's name of the request.
    var requestID: String? {
        for name in ["Request-Id", "PayPal-Debug-Id", "X-Request-Id", "X-Square-Request-Id"] {
            if let value = headers[.of(name)] { return Self.plain(value, max: 80) }
        }
        return nil
    }

    /// The pause that `Retry-After` asks for in seconds, at most a day.
    var retryAfter: Duration? {
        headers[.retryAfter].flatMap { Int64($0) }.map { .seconds(min(max($0, 0), 86_400)) }
    }

    /// One line of text that harms no log: no control characters, no more than so many characters.
    static func plain(_ text: String, max: Int) -> String {
        let clean = text.unicodeScalars.map { scalar in
            let isPlain = scalar.value >= 0x20 && scalar.value < 0x7F || scalar.properties.isAlphabetic
            return isPlain ? Character(scalar) : " "
        }
        return String(clean.split(separator: " ").joined(separator: " ").prefix(max))
    }
}

/// What a provider says about a failure, and what it means.
struct ProviderFault: Sendable {
    /// The provider's own code.
    var reason: String?
    /// The provider's sentence.
    var message: String?
    /// The meaning; nothing when the status alone gives it.
    var code: PaymentError.Code?
}

extension ProviderAnswer {
    /// The error for an answer that is none of success.
    func error(_ fault: ProviderFault, hiding key: APIKey) -> PaymentError {
        let reason = fault.reason.map { Self.plain($0, max: 80) }
        let message = Self.plain(fault.message ?? (json == nil ? excerpt : ""), max: 200)
        let words = ["The request to \(provider) failed with \(status)", reason.map { " (\($0))" }, ": "]
        let said = message.isEmpty ? "nothing more was said." : message
        return PaymentError(
            fault.code ?? meaning, key.hidden(in: words.compactMap { $0 }.joined() + said), status: status,
            reason: reason, request: requestID, retryAfter: retryAfter)
    }

    /// What the status says by itself.
    private var meaning: PaymentError.Code {
        switch status {
        case 401: .unauthorised
        case 402: .declined
        case 403: .forbidden
        case 404, 410: .notFound
        case 409: .inProgress
        case 429: .rateLimited
        case 400..<500: .badRequest
        case 500...: .unavailable
        default: .badAnswer
        }
    }
}
