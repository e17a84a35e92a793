// PayPal's interface: orders, captures, refunds, disputes.

public import BuskerCore
public import BuskerHTTP
import HTTPTypes

/// Speaks to PayPal with an app's client id and secret: version 2 of orders and payments, version 1 of disputes.
///
/// A payment is a capture, and its id the capture's. The app needs the feature Disputes, without which nobody can tell what became
/// of the money. PayPal heeds a key for six hours on orders: an order that is opened again later is another one, and carries the
/// same invoice id, which PayPal takes once where the account says so.
public struct PayPalGateway: PaymentGateway {
    /// PayPal.
    public var provider: PaymentProvider { .payPal }
    /// The mode of the app.
    public let mode: PaymentMode

    private let clientID: String
    private let clientSecret: APIKey
    private let line: ProviderLine
    private let tokens = PayPalTokens()

    /// Makes a gateway.
    ///
    /// - Parameters:
    ///   - clientID: the app's client id.
    ///   - clientSecret: the app's secret.
    ///   - mode: whether real money is meant: PayPal's sandbox has apps and an address of its own.
    ///   - transport: what carries the requests.
    ///   - retry: when to try again; one for each provider.
    ///   - clock: says when an answer came and when a token ends.
    ///   - baseURL: the interface's address; PayPal's own for the mode unless another is given.
    /// - Throws: ``PaymentError`` with `unauthorised` or `badRequest`.
    public init(
        clientID: String, clientSecret: APIKey, mode: PaymentMode, transport: any HTTPTransport, retry: HTTPRetry,
        clock: any WallClock,
        baseURL: String? = nil
    ) throws(PaymentError) {
        let hosts = (live: "api-m.paypal.com", test: "api-m.sandbox.paypal.com")
        let address = try ProviderAddress(baseURL ?? "https://" + (mode == .live ? hosts.live : hosts.test))
        try address.check(mode, live: hosts.live, test: hosts.test)
        self.clientID = try APIKey(clientID).secret
        self.clientSecret = clientSecret
        self.mode = mode
        line = ProviderLine(
            provider: .payPal, mode: mode, address: address, transport: transport, retry: retry,
            clock: clock)
    }

    /// Closing an order is nothing that PayPal knows; one that is not paid ends by itself.
    public func expire(_ checkout: String) async throws(PaymentError) -> Checkout {
        throw PaymentError(.unsupported, "PayPal closes no orders; they end by themselves.")
    }

    /// Subscriptions of PayPal are not known to this release.
    public func subscription(_ id: String) async throws(PaymentError) -> SubscriptionStanding {
        throw PaymentError(.unsupported, "Subscriptions of PayPal are not known to this release.")
    }

    /// Asks for something at a path; every answer but a good one is an error.
    func get(_ path: String, _ query: KeyValuePairs<String, String> = [:]) async throws(PaymentError) -> ProviderAnswer
    {
        try await send(.get(path, query))
    }

    /// Sends a body under a key; the whole object is answered.
    func post(_ path: String, _ body: JSON, key: String) async throws(PaymentError) -> ProviderAnswer {
        var request = ProviderRequest.post(path, body.bytes, type: "application/json", canRepeat: true)
        request.headers[.of("PayPal-Request-Id")] = key
        request.headers[.of("Prefer")] = "return=representation"
        return try await send(request)
    }

    /// Makes an exchange with a token, and once more with a new one when PayPal refuses it.
    func send(_ request: ProviderRequest) async throws(PaymentError) -> ProviderAnswer {
        let token = try await token()
        var answer = try await exchange(request, token)
        if answer.status == 401 {
            tokens.drop(token)
            answer = try await exchange(request, try await self.token())
        }
        guard answer.isGood else { throw answer.error(ProviderFault(payPal: answer), hiding: clientSecret) }
        return answer
    }

    private func exchange(_ request: ProviderRequest, _ token: PayPalTokens.Token) async throws(PaymentError)
        -> ProviderAnswer
    {
        var request = request
        request.headers[.authorization] = "Bearer \(token.key.secret)"
        return try await line.exchange(request)
    }

    private func token() async throws(PaymentError) -> PayPalTokens.Token {
        let (line, clientSecret) = (line, clientSecret)
        let basic = Base64.encode(Array("\(clientID):\(clientSecret.secret)".utf8))
        return try await tokens.token(at: line.clock.now) { () async throws(PaymentError) in
            var request = ProviderRequest.post(
                "/v1/oauth2/token", FormFields(["grant_type": "client_credentials"]).bytes,
                type: "application/x-www-form-urlencoded", canRepeat: true)
            request.headers[.authorization] = "Basic \(basic)"
            let answer = try await line.exchange(request)
            guard answer.isGood else { throw answer.error(ProviderFault(payPal: answer), hiding: clientSecret) }
            guard let text = try answer.object()["access_token"]?.text, let key = try? APIKey(text) else {
                throw answer.bad("has no token")
            }
            let seconds = min(max(try answer.object()["expires_in"]?.integer ?? 300, 0), 86_400)
            return (key, answer.at.advanced(by: .seconds(seconds - min(60, seconds / 2))))
        }
    }
}
