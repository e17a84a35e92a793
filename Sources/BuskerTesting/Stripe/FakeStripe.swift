// Stripe as a pure value: what it keeps and who may ask.

import BuskerCore
import BuskerPayments
import HTTPTypes

/// Stripe's checkouts, payments, charges, refunds, disputes and subscriptions.
struct FakeStripe: FakeMachine {
    /// The version in which it answers when none is asked for, and in which it writes events.
    static let version = "2026-07-29.dahlia"

    /// What comes due later.
    enum Due: Sendable {
        case expire(String)
        case authenticate(String)
        case settle(String, success: Bool)
        case failRefund(String)
        case closeDispute(String)
    }

    /// An answer that was given under a key.
    struct Remembered: Sendable {
        let fingerprint: String
        let answer: FakeAnswer
        let at: Timestamp
    }

    var desk: FakeDesk
    var sessions = FakeShelf<StripeSession>()
    var intents = FakeShelf<StripeIntent>()
    var charges = FakeShelf<StripeCharge>()
    var refunds = FakeShelf<StripeRefund>()
    var disputes = FakeShelf<StripeDispute>()
    var subscriptions = FakeShelf<StripeSubscription>()
    var methods: [String: StripeMethod] = [:]
    var agenda = FakeAgenda<Due>()
    private var memory: [String: Remembered] = [:]

    init(_ keys: FakeKeys, failingRefunds: Int) { desk = FakeDesk(keys, failingRefunds: failingRefunds) }

    var keys: FakeKeys { desk.keys }
    var seed: FakeSeed { desk.seed }
    var isLive: Bool { keys.mode == .live }
    /// `live` or `test`, as in ids.
    var modeName: String { isLive ? "live" : "test" }

    func key(of request: FakeRequest) -> String? {
        request.method == "POST" ? request.header("idempotency-key") : nil
    }

    // MARK: Answers

    mutating func answer(_ request: FakeRequest, at now: Timestamp, breaks: Bool) -> FakeAnswer {
        let name =
            "req_" + seed.text(14, "request \(desk.count("request " + request.fingerprint)) \(request.fingerprint)")
        var answer: FakeAnswer
        do throws(FakeRefusal) {
            try authorise(request)
            answer = try remembering(request, at: now, breaks: breaks)
        } catch {
            answer = error.answer
        }
        answer.headers += [
            ("request-id", name), ("stripe-version", request.header("stripe-version") ?? Self.version),
        ]
        if let key = key(of: request) { answer.headers.append(("idempotency-key", key)) }
        return answer
    }

    /// Carries a request out once for each key: the first status and body come again, a 500 too.
    private mutating func remembering(_ request: FakeRequest, at now: Timestamp, breaks: Bool) throws(FakeRefusal)
        -> FakeAnswer
    {
        guard let key = key(of: request) else { return try perform(request, at: now, breaks: breaks).get() }
        guard (1...255).contains(key.utf8.count) else {
            throw .stripe(400, "The idempotency key must have 1 to 255 characters.")
        }
        if let first = memory[key], first.at.microseconds(until: now) < 86_400_000_000 {
            guard first.fingerprint == request.fingerprint else {
                throw .stripe(
                    400,
                    "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                        + "Try using a key other than '\(key)' if you meant to execute a different request.",
                    type: "idempotency_error")
            }
            var answer = first.answer
            answer.headers.append(("idempotent-replayed", "true"))
            return answer
        }
        let result = perform(request, at: now, breaks: breaks)
        switch result {
        case .success(let answer):
            memory[key] = Remembered(fingerprint: request.fingerprint, answer: answer, at: now)
        case .failure(let refusal) where refusal.isFinal:
            memory[key] = Remembered(fingerprint: request.fingerprint, answer: refusal.answer, at: now)
        case .failure: break
        }
        return try result.get()
    }

    private mutating func perform(_ request: FakeRequest, at now: Timestamp, breaks: Bool)
        -> Result<FakeAnswer, FakeRefusal>
    {
        do throws(FakeRefusal) {
            let answer = try route(request, at: now)
            return .success(breaks ? failure(500, retryAfter: 0, for: request) : answer)
        } catch {
            return .failure(error)
        }
    }

    private func authorise(_ request: FakeRequest) throws(FakeRefusal) {
        guard let key = request.bearer ?? request.basicName else {
            throw .stripe(
                401, "You did not provide an API key. You need to provide your API key in the Authorization header.")
        }
        guard key == keys.secret || key == keys.otherModeSecret else {
            throw .stripe(401, "Invalid API Key provided: \(key.prefix(8))****\(key.suffix(4))")
        }
        if let version = request.header("stripe-version"), !Self.isVersion(version) {
            throw .stripe(400, "Invalid Stripe API version: \(version)")
        }
    }

    /// Whether a text is a date, with or without the name of a train.
    private static func isVersion(_ text: String) -> Bool {
        let date = text.utf8.prefix(10)
        let isDate = date.enumerated().allSatisfy { at, byte in
            [4, 7].contains(at) ? byte == UInt8(ascii: "-") : byte >= 0x30 && byte <= 0x39
        }
        let train = text.utf8.dropFirst(10)
        return date.count == 10 && isDate && (train.isEmpty || train.first == UInt8(ascii: ".") && train.count > 1)
    }

    func failure(_ status: Int, retryAfter: Int, for request: FakeRequest) -> FakeAnswer {
        guard status == 429 else {
            return FakeRefusal.stripe(
                500, "An unexpected error occurred while processing your request.", type: "api_error"
            ).answer
        }
        var answer = FakeRefusal.stripe(429, "Request rate limit exceeded.", code: "rate_limit").answer
        answer.headers += [("retry-after", String(retryAfter)), ("stripe-should-retry", "true")]
        return answer
    }

    func inProgress(_ request: FakeRequest) -> FakeAnswer {
        FakeRefusal.stripe(
            409, "There is currently another in-progress request using this Idempotent Key.", type: "idempotency_error",
            code: "idempotency_key_in_use"
        ).answer
    }

    // MARK: Events

    /// Tells the host that something happened to an object.
    mutating func tell(_ type: String, _ id: String, _ object: FakeJSON, at now: Timestamp) {
        let id = "evt_" + seed.text(24, "event \(type) \(id) \(desk.count("event \(type) \(id)"))")
        let body = FakeJSON.object([
            ("id", .text(id)), ("object", "event"), ("api_version", .text(Self.version)), ("created", now.seconds),
            ("data", ["object": object]), ("livemode", .flag(isLive)), ("pending_webhooks", 1),
            ("request", ["id": nil, "idempotency_key": nil]), ("type", .text(type)),
        ])
        desk.send(FakeEvent(id: id, type: type, body: body.text))
    }

    func sign(_ event: FakeEvent, at now: Timestamp) -> HTTPFields {
        let seconds = now.microseconds / 1_000_000
        let code = FakeSeed.code(Array(keys.webhookSecret.utf8), Array("\(seconds).\(event.body)".utf8))
        return HTTPFields([
            ("Content-Type", "application/json; charset=utf-8"),
            ("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)"),
            ("Stripe-Signature", "t=\(seconds),v1=\(FakeSeed.hex(code))"),
        ])
    }
}

extension Timestamp {
    /// Whole seconds since 1970, as JSON.
    var seconds: FakeJSON { .number(microseconds / 1_000_000) }
}

extension FakeRequest {
    /// The name of `Authorization: Basic`, which Stripe takes for the key.
    var basicName: String? {
        guard let value = header("authorization"), value.lowercased().hasPrefix("basic "),
            let bytes = Base64.decode(value.dropFirst(6).description.utf8)
        else { return nil }
        return String(decoding: bytes.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self)
    }
}

extension FakeRefusal {
    /// Stripe's body for an error.
    static func stripe(
        _ status: Int, _ message: String, type: String = "invalid_request_error", code: String? = nil,
        param: String? = nil, decline: String? = nil, more: [(String, FakeJSON)] = [], isFinal: Bool = false
    ) -> FakeRefusal {
        var members: [(String, FakeJSON)] = []
        if let code { members.append(("code", .text(code))) }
        if let decline { members.append(("decline_code", .text(decline))) }
        if let code { members.append(("doc_url", .text("https://stripe.com/docs/error-codes/" + code))) }
        members.append(("message", .text(message)))
        if let param { members.append(("param", .text(param))) }
        members += more
        members.append(("type", .text(type)))
        return FakeRefusal(FakeAnswer(status, ["error": .object(members)]), isFinal: isFinal)
    }
}
