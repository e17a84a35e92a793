// Stripe's interface: checkouts, payments, refunds, disputes, subscriptions.

public import BuskerCore
public import BuskerHTTP
import HTTPTypes

/// Speaks to Stripe with a secret key: checkout sessions and PaymentIntents of one pinned version of its interface.
///
/// Every POST carries a key. Stripe keeps the first answer to a key for a day, a failure of its own (500) included: once it repeats
/// such a failure the next key is used. Refunds are looked for by their key first, so that they stay single after that day.
public struct StripeGateway: PaymentGateway {
    /// The version of Stripe's interface that answers are read in.
    public static let version = "2026-07-29.dahlia"

    /// Stripe.
    public var provider: PaymentProvider { .stripe }
    /// The mode of the key.
    public let mode: PaymentMode

    private let key: APIKey
    private let line: ProviderLine

    /// Makes a gateway.
    ///
    /// - Parameters:
    ///   - key: a secret or restricted key, `sk_…` or `rk_…`.
    ///   - mode: whether real money is meant; a key of the other mode is refused.
    ///   - transport: what carries the requests.
    ///   - retry: when to try again; one for each provider.
    ///   - clock: says when an answer came.
    ///   - baseURL: the interface's address; another one than Stripe's for a double.
    /// - Throws: ``PaymentError`` with `unauthorised` or `badRequest`.
    public init(
        key: APIKey, mode: PaymentMode, transport: any HTTPTransport, retry: HTTPRetry,
        clock: any WallClock,
        baseURL: String = "https://api.stripe.com"
    ) throws(PaymentError) {
        try Self.check(key, mode)
        self.key = key
        self.mode = mode
        line = ProviderLine(
            provider: .stripe, mode: mode, address: try ProviderAddress(baseURL), transport: transport, retry: retry,
            clock: clock)
    }

    private static func check(_ key: APIKey, _ mode: PaymentMode) throws(PaymentError) {
        guard !key.secret.hasPrefix("pk_") else {
            throw PaymentError(.unauthorised, "This is the publishable key of browsers; use the secret key.")
        }
        let others = mode == .live ? ["sk_test_", "rk_test_"] : ["sk_live_", "rk_live_"]
        guard !others.contains(where: key.secret.hasPrefix) else {
            throw PaymentError(.unauthorised, "The key is not of \(mode) mode; keep the modes apart.")
        }
    }

    /// Asks for an object of a kind by its id.
    ///
    /// - Throws: ``PaymentError`` with `badAnswer` when the answer is another object.
    func fetch(_ kind: Kind, _ id: String, expanding: String? = nil) async throws(PaymentError) -> ProviderAnswer {
        var request = ProviderRequest.get("/v1/\(kind.path)/\(try ProviderName.checked(id, .stripe))")
        request.query.add("expand[]", expanding)
        let answer = try await send(request)
        try check(answer, kind, id: id)
        return answer
    }

    /// Changes something under a key; a key whose stored answer is a failure of Stripe's own is spent, and the next one is used.
    ///
    /// A failure that was not stored is thrown: the same key still stands for it.
    ///
    /// - Parameter made: finds what was made although the answer was a failure; asked before another key is used.
    func post(
        _ path: String, _ form: FormFields, key: String,
        unless made: () async throws(PaymentError) -> ProviderAnswer? = { () throws(PaymentError) in nil }
    ) async throws(PaymentError) -> ProviderAnswer {
        var request = ProviderRequest.post(
            path, form.bytes, type: "application/x-www-form-urlencoded", canRepeat: true)
        for attempt in 1...5 {
            request.headers[.of("Idempotency-Key")] = attempt == 1 ? key : "\(key)~\(attempt)"
            let answer = try await exchange(request)
            let isSpent = answer.status >= 500 && answer.headers[.of("Idempotent-Replayed")] == "true"
            guard isSpent else { return try good(answer) }
            if let found = try await made() { return found }
        }
        throw PaymentError(.unavailable, "Stripe failed five times; try again tomorrow, when it forgets the keys.")
    }

    /// Makes an exchange; every answer but a good one is an error.
    func send(_ request: ProviderRequest) async throws(PaymentError) -> ProviderAnswer {
        try good(try await exchange(request))
    }

    private func exchange(_ request: ProviderRequest) async throws(PaymentError) -> ProviderAnswer {
        var request = request
        request.headers[.authorization] = "Bearer \(key.secret)"
        request.headers[.of("Stripe-Version")] = Self.version
        return try await line.exchange(request)
    }

    private func good(_ answer: ProviderAnswer) throws(PaymentError) -> ProviderAnswer {
        guard answer.isGood else { throw answer.error(ProviderFault(stripe: answer), hiding: key) }
        return answer
    }

    /// Refuses an answer that is another object than the one asked for, or of the other mode.
    func check(_ answer: ProviderAnswer, _ kind: Kind, id: String? = nil) throws(PaymentError) {
        let json = try answer.object()
        guard json["object"]?.text == kind.rawValue else { throw answer.bad("is no \(kind.rawValue)") }
        guard let found = json["id"]?.text, ProviderName.isPlain(found), id == nil || id == found else {
            throw answer.bad("is not the object that was asked for")
        }
        guard json["livemode"]?.flag != (mode == .test) else { throw answer.bad("is of the other mode") }
    }

    /// Kinds of objects, by their names in answers.
    enum Kind: String {
        case session = "checkout.session"
        case intent = "payment_intent"
        case charge
        case refund
        case dispute
        case invoice
        case subscription

        var path: String {
            switch self {
            case .session: "checkout/sessions"
            default: rawValue + "s"
            }
        }
    }
}
