// Polar as a pure value: who may ask, and what it tells.

import BuskerCore
import BuskerPayments
import HTTPTypes

/// Polar's checkouts, orders, refunds, disputes and subscriptions; it heeds no keys, so that a repeated call makes two objects.
///
/// A fifth of every price comes on top as tax, which is none of the host's money.
struct FakePolar: FakeMachine {
    /// What comes due later.
    enum Due: Sendable {
        case expire(String)
        case settle(String, success: Bool)
        case failRefund(String)
        case closeDispute(String)
    }

    var desk: FakeDesk
    var checkouts = FakeShelf<PolarCheckout>()
    var orders = FakeShelf<PolarOrder>()
    var refunds = FakeShelf<PolarRefund>()
    var disputes = FakeShelf<PolarDispute>()
    var subscriptions = FakeShelf<PolarSubscription>()
    /// The checkouts of a product, and of a buyer, in the order they were made.
    var lanes: [String: [String]] = [:]
    var agenda = FakeAgenda<Due>()

    init(_ keys: FakeKeys, failingRefunds: Int) { desk = FakeDesk(keys, failingRefunds: failingRefunds) }

    var seed: FakeSeed { desk.seed }

    func key(of request: FakeRequest) -> String? { nil }

    mutating func answer(_ request: FakeRequest, at now: Timestamp, breaks: Bool) -> FakeAnswer {
        do throws(FakeRefusal) {
            try authorise(request)
            let answer = try route(request, at: now)
            return breaks ? failure(500, retryAfter: 0, for: request) : answer
        } catch {
            return error.answer
        }
    }

    private func authorise(_ request: FakeRequest) throws(FakeRefusal) {
        guard request.bearer == desk.keys.secret else {
            var answer = FakeAnswer(
                401,
                [
                    "error": "invalid_token",
                    "error_description":
                        "The access token provided is expired, revoked, malformed, or invalid for other reasons.",
                ])
            answer.headers.append(("www-authenticate", "Bearer error=\"invalid_token\""))
            throw FakeRefusal(answer)
        }
    }

    func failure(_ status: Int, retryAfter: Int, for request: FakeRequest) -> FakeAnswer {
        guard status == 429 else {
            return FakeAnswer(500, ["error": "InternalServerError", "detail": "Internal Server Error"])
        }
        return FakeAnswer(
            429, ["error": "RateLimitExceeded", "detail": "Rate limit exceeded"],
            headers: [("retry-after", String(retryAfter))])
    }

    func inProgress(_ request: FakeRequest) -> FakeAnswer { failure(500, retryAfter: 0, for: request) }

    // MARK: Events

    /// Tells the host that something happened to an object.
    mutating func tell(_ type: String, _ id: String, _ object: FakeJSON, at now: Timestamp) {
        let number = desk.count("event \(type) \(id)")
        let body = FakeJSON.object([("type", .text(type)), ("timestamp", .text(now.iso8601)), ("data", object)])
        let event = FakeEvent(id: seed.uuid("event \(type) \(id) \(number)"), type: type, body: body.text)
        desk.send(event)
    }

    /// Polar signs with the whole secret's text before September 2026 and with what it decodes to since; half of the seeds are old.
    func sign(_ event: FakeEvent, at now: Timestamp) -> HTTPFields {
        let seconds = now.microseconds / 1_000_000
        let text = desk.keys.webhookSecret
        let isOld = seed.happens(500, "the way to make a key")
        let key = isOld ? Array(text.utf8) : Base64.decode(text.dropFirst(6).description.utf8) ?? []
        let code = FakeSeed.code(key, Array("\(event.id).\(seconds).\(event.body)".utf8))
        return HTTPFields([
            ("Content-Type", "application/json"), ("User-Agent", "polar.sh webhooks"), ("webhook-id", event.id),
            ("webhook-timestamp", String(seconds)), ("webhook-signature", "v1," + Base64.encode(code)),
        ])
    }
}

extension FakeRefusal {
    /// Polar's body for an error.
    static func polar(_ status: Int, _ error: String, _ detail: String) -> FakeRefusal {
        FakeRefusal(FakeAnswer(status, ["error": .text(error), "detail": .text(detail)]))
    }

    /// Polar's body for a field that is not as it must be.
    static func polarField(_ path: [String], _ message: String, type: String = "value_error") -> FakeRefusal {
        let place = FakeJSON.list(path.map { .text($0) })
        return FakeRefusal(
            FakeAnswer(
                422,
                [
                    "error": "RequestValidationError",
                    "detail": [["type": .text(type), "loc": place, "msg": .text(message), "input": nil]],
                ]))
    }
}
