// Square's interface: payment links, orders, payments, refunds, disputes.

public import BuskerCore
public import BuskerHTTP
import Crypto
import HTTPTypes

/// Speaks to Square with an application's access token, for one location, in one pinned version of its interface.
///
/// A checkout is an order with a link to pay it, and its id the order's. Square lists disputes by location only, so every look at
/// a payment reads all of the location's, up to 2,000 or so.
public struct SquareGateway: PaymentGateway {
    /// The version of Square's interface that answers are read in.
    public static let version = "2026-09-16"

    /// Square.
    public var provider: PaymentProvider { .square }
    /// The mode of the token.
    public let mode: PaymentMode

    let locationID: String
    private let key: APIKey
    private let line: ProviderLine

    /// Makes a gateway.
    ///
    /// - Parameters:
    ///   - accessToken: the application's access token.
    ///   - locationID: the id of the location that sells.
    ///   - mode: whether real money is meant: Square's sandbox has tokens and an address of its own.
    ///   - transport: what carries the requests.
    ///   - retry: when to try again; one for each provider.
    ///   - clock: says when an answer came.
    ///   - baseURL: the interface's address; Square's own for the mode unless another is given.
    /// - Throws: ``PaymentError`` with `unauthorised` or `badRequest`.
    public init(
        accessToken: APIKey, locationID: String, mode: PaymentMode, transport: any HTTPTransport, retry: HTTPRetry,
        clock: any WallClock, baseURL: String? = nil
    ) throws(PaymentError) {
        let hosts = (live: "connect.squareup.com", test: "connect.squareupsandbox.com")
        let address = try ProviderAddress(baseURL ?? "https://" + (mode == .live ? hosts.live : hosts.test))
        try address.check(mode, live: hosts.live, test: hosts.test)
        guard ProviderName.isPlain(locationID) else {
            throw PaymentError(.badRequest, "The location is no id; take Square's.")
        }
        key = accessToken
        self.locationID = locationID
        self.mode = mode
        line = ProviderLine(
            provider: .square, mode: mode, address: address, transport: transport, retry: retry,
            clock: clock)
    }

    /// Closing a link needs its own id, which this release does not keep; an order that nobody pays stays a draft.
    public func expire(_ checkout: String) async throws(PaymentError) -> Checkout {
        throw PaymentError(.unsupported, "Square's links are not closed by this release.")
    }

    /// Subscriptions of Square are not known to this release.
    public func subscription(_ id: String) async throws(PaymentError) -> SubscriptionStanding {
        throw PaymentError(.unsupported, "Subscriptions of Square are not known to this release.")
    }

    /// Fetches an object out of its wrapping and refuses another one than the one asked for.
    func fetch(_ list: String, _ name: String, _ id: String) async throws(PaymentError) -> (ProviderAnswer, JSONValue) {
        let answer = try await send(.get("/v2/\(list)/\(try ProviderName.checked(id, .square))"))
        guard let json = try answer.object()[name], json["id"]?.text == id else {
            throw answer.bad("is not the \(name) that was asked for")
        }
        return (answer, json)
    }

    /// Makes an object under the key in the body.
    func post(_ path: String, _ body: JSON) async throws(PaymentError) -> ProviderAnswer {
        try await send(.post(path, body.bytes, type: "application/json", canRepeat: true))
    }

    /// Makes an exchange; an answer that carries errors is one, whatever its status.
    func send(_ request: ProviderRequest) async throws(PaymentError) -> ProviderAnswer {
        var request = request
        request.headers[.authorization] = "Bearer \(key.secret)"
        request.headers[.of("Square-Version")] = Self.version
        let answer = try await line.exchange(request)
        let hasErrors = !(answer.json?["errors"]?.elements ?? []).isEmpty
        guard answer.isGood, !hasErrors else { throw answer.error(ProviderFault(square: answer), hiding: key) }
        return answer
    }

    /// A key of at most 45 bytes, which is all that Square takes for payments and refunds: a longer one is hashed.
    static func short(_ key: String) -> String {
        guard key.utf8.count > 45 else { return key }
        let hash = SHA256.hash(data: Array(key.utf8)).prefix(20)
        return "h" + hash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The sum as Square writes it.
    static func amount(_ money: Money) throws(PaymentError) -> JSON {
        do {
            let steps = try AmountConvention.square.steps(of: money)
            return ["amount": .number(steps), "currency": .text(money.currency.code)]
        } catch {
            throw PaymentError(.badAmount, error.detail, underlying: error)
        }
    }

    /// The sum that Square wrote; nothing when it cannot be counted.
    static func money(_ json: JSONValue?) -> Money? {
        PaymentFacts.money(json?["amount"]?.integer, json?["currency"]?.text ?? "", .square)
    }
}

extension ProviderFault {
    /// Reads `{"errors": [{"category", "code", "detail"}]}`.
    init(square answer: ProviderAnswer) {
        let error = answer.json?["errors"]?.elements?.first
        reason = error?["code"]?.text ?? error?["category"]?.text
        message = error?["detail"]?.text
        code = Self.meaning(square: reason ?? "") ?? Self.meaning(ofCategory: error?["category"]?.text ?? "")
    }

    private static func meaning(square code: String) -> PaymentError.Code? {
        switch code {
        case "UNAUTHORIZED", "ACCESS_TOKEN_EXPIRED", "ACCESS_TOKEN_REVOKED": .unauthorised
        case "FORBIDDEN", "INSUFFICIENT_SCOPES": .forbidden
        case "NOT_FOUND": .notFound
        case "IDEMPOTENCY_KEY_REUSED": .keyReused
        case "CONFLICT", "REFUND_ALREADY_PENDING": .inProgress
        case "PAYMENT_NOT_REFUNDABLE", "PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE", "REFUND_AMOUNT_INVALID",
            "REFUND_DECLINED":
            .notRefundable
        case "AMOUNT_TOO_HIGH", "AMOUNT_TOO_LOW", "PAYMENT_AMOUNT_MISMATCH", "CURRENCY_MISMATCH": .badAmount
        case "VERSION_MISMATCH": .wrongState
        case "RATE_LIMITED": .rateLimited
        case "INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE", "GATEWAY_TIMEOUT", "TEMPORARY_ERROR": .unavailable
        default: nil
        }
    }

    private static func meaning(ofCategory category: String) -> PaymentError.Code? {
        switch category {
        case "PAYMENT_METHOD_ERROR": .declined
        case "RATE_LIMIT_ERROR": .rateLimited
        case "AUTHENTICATION_ERROR": .unauthorised
        default: nil
        }
    }
}
