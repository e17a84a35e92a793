// PayPal as a pure value: who may ask, and what it tells.

import BuskerCore
import BuskerPayments
import Crypto
import CryptoExtras
import HTTPTypes

/// PayPal's tokens, orders, captures, refunds and disputes.
struct FakePayPal: FakeMachine {
    /// Where its certificate is said to be; the last part is also served by the double itself.
    static let certificatePath = "/v1/notifications/certs/CERT-360caa42-fca2a594-5b2d7b1f"

    /// What comes due later.
    enum Due: Sendable {
        case approve(String)
        case settle(String, success: Bool)
        case failRefund(String)
        case closeDispute(String)
        case void(String)
    }

    /// An answer that was given under a key.
    struct Remembered: Sendable {
        let fingerprint: String
        let answer: FakeAnswer
        let until: Timestamp
    }

    var desk: FakeDesk
    var orders = FakeShelf<PayPalTestOrder>()
    var captures = FakeShelf<PayPalCapture>()
    var refunds = FakeShelf<PayPalRefund>()
    var disputes = FakeShelf<PayPalDispute>()
    /// The order on which each invoice was paid: PayPal takes an invoice once.
    var paidInvoices: [String: String] = [:]
    var agenda = FakeAgenda<Due>()
    private var memory: [String: Remembered] = [:]
    private var tokens: [String: Timestamp] = [:]
    private var transmissions: [String: HTTPFields] = [:]
    private let key: _RSA.Signing.PrivateKey?

    init(_ keys: FakeKeys, failingRefunds: Int) {
        desk = FakeDesk(keys, failingRefunds: failingRefunds)
        key = try? _RSA.Signing.PrivateKey(pemRepresentation: PayPalTestKey.key)
    }

    var seed: FakeSeed { desk.seed }

    func key(of request: FakeRequest) -> String? {
        request.method == "POST" ? request.header("paypal-request-id") : nil
    }

    // MARK: Answers

    mutating func answer(_ request: FakeRequest, at now: Timestamp, breaks: Bool) -> FakeAnswer {
        if request.method == "GET", request.path == Self.certificatePath {
            return FakeAnswer(page: 200, PayPalTestKey.leaf + "\n")
        }
        let debug = seed.text(13, "debug \(desk.count("debug"))", .hexadecimal)
        var answer: FakeAnswer
        do throws(FakeRefusal) {
            if request.method == "POST", request.path == "/v1/oauth2/token" {
                answer = try token(request, at: now)
            } else {
                try authorise(request, at: now)
                answer = try remembering(request, at: now)
            }
        } catch {
            answer = error.answer
        }
        if breaks { answer = failure(500, retryAfter: 0, for: request) }
        answer.headers.append(("paypal-debug-id", debug))
        return answer
    }

    /// Carries a request out once for each key: six hours for orders, 45 days for refunds.
    private mutating func remembering(_ request: FakeRequest, at now: Timestamp) throws(FakeRefusal) -> FakeAnswer {
        guard let key = key(of: request) else { return try route(request, at: now) }
        guard (1...108).contains(key.utf8.count) else {
            throw .payPal(400, "INVALID_REQUEST", "INVALID_STRING_LENGTH", field: "PayPal-Request-Id")
        }
        if let first = memory[key], now < first.until {
            guard first.fingerprint == request.fingerprint else { throw .payPal(422, nil, "DUPLICATE_REQUEST_ID") }
            return first.answer
        }
        let answer = try route(request, at: now)
        let hours: Int64 = request.path.hasPrefix("/v2/payments/") ? 45 * 24 : 6
        memory[key] = Remembered(
            fingerprint: request.fingerprint, answer: answer, until: now.advanced(by: .seconds(hours * 3600)))
        return answer
    }

    private mutating func token(_ request: FakeRequest, at now: Timestamp) throws(FakeRefusal) -> FakeAnswer {
        let basic = "Basic " + Base64.encode(Array("\(desk.keys.clientID):\(desk.keys.secret)".utf8))
        guard request.header("authorization") == basic else {
            throw FakeRefusal(
                FakeAnswer(
                    401, ["error": "invalid_client", "error_description": "Client Authentication failed"]))
        }
        guard let form = try? FakeForm(parsing: request.body), form["grant_type"] == "client_credentials" else {
            throw FakeRefusal(
                FakeAnswer(
                    400, ["error": "unsupported_grant_type", "error_description": "unsupported grant_type"]))
        }
        let token = "A21AA" + seed.text(32, "token \(desk.count("token"))")
        tokens[token] = now.advanced(by: .seconds(32_400))
        return FakeAnswer(
            200,
            [
                "scope": "https://uri.paypal.com/services/payments", "access_token": .text(token),
                "token_type": "Bearer", "app_id": "APP-80W284485P519543T", "expires_in": 32_400,
                "nonce": .text(now.iso8601),
            ])
    }

    private func authorise(_ request: FakeRequest, at now: Timestamp) throws(FakeRefusal) {
        guard let token = request.bearer, let until = tokens[token], now < until else {
            throw FakeRefusal(
                FakeAnswer(
                    401, ["error": "invalid_token", "error_description": "Token signature verification failed"]))
        }
    }

    func failure(_ status: Int, retryAfter: Int, for request: FakeRequest) -> FakeAnswer {
        guard status == 429 else {
            return FakeRefusal.payPal(500, "INTERNAL_SERVER_ERROR", "INTERNAL_SERVER_ERROR").answer
        }
        var answer = FakeRefusal.payPal(429, "RATE_LIMIT_REACHED", "RATE_LIMIT_REACHED").answer
        answer.headers.append(("retry-after", String(retryAfter)))
        return answer
    }

    func inProgress(_ request: FakeRequest) -> FakeAnswer {
        FakeRefusal.payPal(409, "RESOURCE_CONFLICT", "PREVIOUS_REQUEST_IN_PROGRESS").answer
    }

    // MARK: Events

    /// Tells the host that something happened to an object.
    mutating func tell(_ type: String, _ kind: String, _ id: String, _ object: FakeJSON, at now: Timestamp) {
        let purpose = "event \(type) \(id) \(desk.count("event \(type) \(id)"))"
        let name = "WH-" + seed.text(17, purpose, .capitals) + "-" + seed.text(17, "second " + purpose, .capitals)
        let body = FakeJSON.object([
            ("id", .text(name)), ("event_version", "1.0"), ("create_time", .text(Self.moment(now))),
            ("resource_type", .text(kind)), ("resource_version", "2.0"), ("event_type", .text(type)),
            ("summary", .text("Something happened to a \(kind)")), ("resource", object), ("links", []),
        ])
        desk.send(FakeEvent(id: name, type: type, body: body.text))
    }

    /// Every delivery of an event is the same transmission, signed when it was first sent.
    mutating func sign(_ event: FakeEvent, at now: Timestamp) -> HTTPFields {
        if let headers = transmissions[event.id] { return headers }
        let transmission = seed.uuid("transmission of \(event.id)")
        let moment = Self.moment(now)
        let checksum = CRC32.of(Array(event.body.utf8))
        let message = "\(transmission)|\(moment)|\(desk.keys.webhookSecret)|\(checksum)"
        let hash = SHA256.hash(data: Array(message.utf8))
        let signature = try? key?.signature(for: hash, padding: .insecurePKCS1v1_5)
        let headers = HTTPFields([
            ("Content-Type", "application/json"), ("User-Agent", "PayPal/AUHD-214.0-58843828"),
            ("PAYPAL-TRANSMISSION-ID", transmission), ("PAYPAL-TRANSMISSION-TIME", moment),
            ("PAYPAL-TRANSMISSION-SIG", Base64.encode(signature.map { Array($0.rawRepresentation) } ?? [])),
            ("PAYPAL-CERT-URL", "https://api.paypal.com" + Self.certificatePath),
            ("PAYPAL-AUTH-ALGO", "SHA256withRSA"),
        ])
        transmissions[event.id] = headers
        return headers
    }

    /// A moment to the second.
    static func moment(_ moment: Timestamp) -> String { moment.iso8601.prefix(19) + "Z" }
}

extension FakeRefusal {
    /// PayPal's body for an error.
    static func payPal(_ status: Int, _ name: String?, _ issue: String, field: String? = nil) -> FakeRefusal {
        var detail: [(String, FakeJSON)] = [("issue", .text(issue)), ("description", .text(words[issue] ?? issue))]
        if let field { detail.insert(("field", .text(field)), at: 0) }
        return FakeRefusal(
            FakeAnswer(
                status,
                [
                    "name": .text(name ?? "UNPROCESSABLE_ENTITY"), "details": [.object(detail)],
                    "message": "The requested action could not be performed, semantically incorrect, or failed.",
                    "debug_id": "f0fad1f0fad1f", "links": [],
                ]))
    }

    private static let words = [
        "ORDER_NOT_APPROVED": "Payer has not yet approved the Order for payment.",
        "ORDER_ALREADY_CAPTURED": "Order already captured.",
        "INSTRUMENT_DECLINED": "The instrument presented was either declined by the processor or bank.",
        "CAPTURE_FULLY_REFUNDED": "The capture has already been fully refunded.",
        "REFUND_AMOUNT_EXCEEDED":
            "The refund amount must be less than or equal to the capture amount not yet refunded.",
        "TRANSACTION_DISPUTED": "A refund cannot be issued because the transaction is in dispute.",
        "DUPLICATE_REQUEST_ID": "The value of PayPal-Request-Id header has already been used.",
    ]
}
