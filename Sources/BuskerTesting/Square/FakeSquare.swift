// Square as a pure value: who may ask, and what it tells.

import BuskerCore
import BuskerPayments
import HTTPTypes

/// Square's payment links, orders, payments, refunds and disputes of one location.
struct FakeSquare: FakeMachine {
    /// What comes due later.
    enum Due: Sendable {
        case settle(String, success: Bool)
        case finish(String)
        case failRefund(String)
        case closeDispute(String)
    }

    /// An answer that was given under a key.
    struct Remembered: Sendable {
        let fingerprint: String
        let answer: FakeAnswer
    }

    static let version = "2026-09-16"

    var desk: FakeDesk
    var orders = FakeShelf<SquareOrder>()
    var payments = FakeShelf<SquarePayment>()
    var refunds = FakeShelf<SquareRefund>()
    var disputes = FakeShelf<SquareDispute>()
    /// The order behind each link.
    var links: [String: String] = [:]
    var agenda = FakeAgenda<Due>()
    private var memory: [String: Remembered] = [:]

    init(_ keys: FakeKeys, failingRefunds: Int) { desk = FakeDesk(keys, failingRefunds: failingRefunds) }

    var seed: FakeSeed { desk.seed }

    func key(of request: FakeRequest) -> String? {
        guard request.method == "POST", !request.body.isEmpty else { return nil }
        return (try? JSONValue(parsing: request.body))?["idempotency_key"]?.text
    }

    // MARK: Answers

    mutating func answer(_ request: FakeRequest, at now: Timestamp, breaks: Bool) -> FakeAnswer {
        var answer: FakeAnswer
        do throws(FakeRefusal) {
            try authorise(request)
            answer = try remembering(request, at: now)
        } catch {
            answer = error.answer
        }
        if breaks { answer = failure(500, retryAfter: 0, for: request) }
        answer.headers.append(("square-version", request.header("square-version") ?? Self.version))
        return answer
    }

    /// Carries a request out once for each key.
    private mutating func remembering(_ request: FakeRequest, at now: Timestamp) throws(FakeRefusal) -> FakeAnswer {
        guard let key = key(of: request) else { return try route(request, at: now) }
        if let first = memory[key] {
            guard first.fingerprint == request.fingerprint else {
                throw .square(
                    400, "IDEMPOTENCY_KEY_REUSED",
                    "The idempotency key can only be retried with the same request data.",
                    field: "idempotency_key")
            }
            return first.answer
        }
        let answer = try route(request, at: now)
        memory[key] = Remembered(fingerprint: request.fingerprint, answer: answer)
        return answer
    }

    private func authorise(_ request: FakeRequest) throws(FakeRefusal) {
        guard request.bearer == desk.keys.secret else {
            throw .square(
                401, "UNAUTHORIZED", "This request could not be authorized.", category: "AUTHENTICATION_ERROR")
        }
    }

    func failure(_ status: Int, retryAfter: Int, for request: FakeRequest) -> FakeAnswer {
        guard status == 429 else {
            return FakeRefusal.square(
                500, "INTERNAL_SERVER_ERROR", "An internal error has occurred.", category: "API_ERROR"
            ).answer
        }
        var answer = FakeRefusal.square(
            429, "RATE_LIMITED", "Rate limited. Please try again later.", category: "RATE_LIMIT_ERROR"
        ).answer
        answer.headers.append(("retry-after", String(retryAfter)))
        return answer
    }

    func inProgress(_ request: FakeRequest) -> FakeAnswer {
        FakeRefusal.square(409, "CONFLICT", "A request with this idempotency key is in progress.").answer
    }

    // MARK: Events

    /// Tells the host that something happened to an object.
    mutating func tell(_ type: String, _ kind: String, _ id: String, _ object: FakeJSON, at now: Timestamp) {
        let name = seed.uuid("event \(type) \(id) \(desk.count("event \(type) \(id)"))")
        let body = FakeJSON.object([
            ("merchant_id", "BUSKERTESTSHOP"), ("location_id", .text(desk.keys.locationID)), ("type", .text(type)),
            ("event_id", .text(name)), ("created_at", .text(now.iso8601)),
            (
                "data", ["type": .text(kind), "id": .text(id), "object": .object([(kind, object)])]
            ),
        ])
        desk.send(FakeEvent(id: name, type: type, body: body.text))
    }

    func sign(_ event: FakeEvent, at now: Timestamp) -> HTTPFields {
        let message = Array((desk.keys.notificationURL + event.body).utf8)
        let code = FakeSeed.code(Array(desk.keys.webhookSecret.utf8), message)
        return HTTPFields([
            ("Content-Type", "application/json"), ("User-Agent", "Square Connect v2"),
            ("x-square-hmacsha256-signature", Base64.encode(code)),
        ])
    }
}

extension FakeRefusal {
    /// Square's body for an error.
    static func square(
        _ status: Int, _ code: String, _ detail: String, category: String = "INVALID_REQUEST_ERROR",
        field: String? = nil
    ) -> FakeRefusal {
        var error: [(String, FakeJSON)] = [
            ("category", .text(category)), ("code", .text(code)), ("detail", .text(detail)),
        ]
        if let field { error.append(("field", .text(field))) }
        return FakeRefusal(FakeAnswer(status, ["errors": [.object(error)]]))
    }
}
