// Polar's interface: checkouts, orders, refunds, disputes, subscriptions.

public import BuskerCore
public import BuskerHTTP
import HTTPTypes

/// Speaks to Polar with an organisation's access token, in one pinned version of its interface.
///
/// A payment is an order, its sums are net of the tax that Polar collects. The token may read and write checkouts and refunds and
/// read orders, disputes and subscriptions. Polar heeds no keys: before something is made, what the same key made is looked for
/// among the latest, and nothing is sent again when no answer came. Two calls at the same moment can still make two checkouts, of
/// which the room that keeps purchases counts one, or two refunds where as much is left; call one after the other.
public struct PolarGateway: PaymentGateway {
    /// The version of Polar's interface that answers are read in.
    public static let version = "2026-10"

    /// Polar.
    public var provider: PaymentProvider { .polar }
    /// The mode of the token.
    public let mode: PaymentMode

    private let key: APIKey
    private let line: ProviderLine

    /// Makes a gateway.
    ///
    /// - Parameters:
    ///   - accessToken: an organisation's access token.
    ///   - mode: whether real money is meant: Polar's sandbox has tokens and an address of its own.
    ///   - transport: what carries the requests.
    ///   - retry: when to try again; one for each provider.
    ///   - clock: says when an answer came.
    ///   - baseURL: the interface's address; Polar's own for the mode unless another is given.
    /// - Throws: ``PaymentError`` with `unauthorised` or `badRequest`.
    public init(
        accessToken: APIKey, mode: PaymentMode, transport: any HTTPTransport, retry: HTTPRetry,
        clock: any WallClock,
        baseURL: String? = nil
    ) throws(PaymentError) {
        let hosts = (live: "api.polar.sh", test: "sandbox-api.polar.sh")
        let address = try ProviderAddress(baseURL ?? "https://" + (mode == .live ? hosts.live : hosts.test))
        try address.check(mode, live: hosts.live, test: hosts.test)
        key = accessToken
        self.mode = mode
        line = ProviderLine(
            provider: .polar, mode: mode, address: address, transport: transport, retry: retry,
            clock: clock)
    }

    /// Closing a checkout is nothing that Polar knows; one that is not paid ends by itself.
    public func expire(_ checkout: String) async throws(PaymentError) -> Checkout {
        throw PaymentError(.unsupported, "Polar closes no checkouts; they end by themselves.")
    }

    /// Fetches an object and refuses another one than the one asked for.
    func fetch(_ list: String, _ id: String) async throws(PaymentError) -> ProviderAnswer {
        let answer = try await send(.get("/v1/\(list)/\(try ProviderName.checked(id, .polar))"))
        guard try answer.object()["id"]?.text == id else { throw answer.bad("is not the object that was asked for") }
        return answer
    }

    /// Fetches the pages of a list, each of a hundred.
    ///
    /// - Parameters:
    ///   - pagesMax: how many to fetch at most.
    ///   - take: takes an item, and answers whether to go on.
    /// - Returns: whether every item was taken.
    func list(
        _ path: String, _ query: FormFields, pagesMax: Int, take: (ProviderAnswer, JSONValue) -> Bool
    ) async throws(PaymentError) -> Bool {
        for page in 1...pagesMax {
            var request = ProviderRequest.get("/v1/\(path)/")
            request.query = query
            request.query.add("limit", "100")
            request.query.add("page", String(page))
            let answer = try await send(request)
            guard let items = try answer.object()["items"]?.elements else { throw answer.bad("has no list") }
            for item in items where !take(answer, item) { return true }
            let last = try answer.object()["pagination"]?["max_page"]?.integer ?? 1
            guard !items.isEmpty, Int64(page) < last else { return true }
        }
        return false
    }

    /// Makes an object.
    func post(_ path: String, _ body: JSON) async throws(PaymentError) -> ProviderAnswer {
        try await send(.post("/v1/\(path)/", body.bytes, type: "application/json", canRepeat: false))
    }

    private func send(_ request: ProviderRequest) async throws(PaymentError) -> ProviderAnswer {
        var request = request
        request.headers[.authorization] = "Bearer \(key.secret)"
        request.headers[.of("Polar-Version")] = Self.version
        let answer = try await line.exchange(request)
        guard answer.isGood else { throw answer.error(ProviderFault(polar: answer), hiding: key) }
        return answer
    }
}

extension ProviderFault {
    /// Reads `{"error", "detail"}`, whose detail is a sentence or a list, and OAuth's `{"error", "error_description"}`.
    init(polar answer: ProviderAnswer) {
        let json = answer.json
        reason = json?["error"]?.text ?? json?["type"]?.text
        let detail = json?["detail"]
        message = detail?.text ?? detail?.elements?.first?["msg"]?.text ?? json?["error_description"]?.text
        switch reason {
        case "RefundedAlready", "RefundAmountTooHigh", "OrderDisputed": code = .notRefundable
        default: code = nil
        }
    }
}
