// A network in memory: answers from a script, and remembers what was asked.

import BuskerCore
import BuskerHTTP
import BuskerPayments
import HTTPTypes
import Synchronization

/// One request as a provider would read it.
struct Asked: Sendable {
    let method: String
    let path: String
    let query: String
    let body: String
    let headers: HTTPFields
    let scheme: String
    let authority: String

    subscript(name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }

    /// The body as JSON.
    var json: JSONValue? { try? JSONValue(parsing: Array(body.utf8)) }

    var line: String { "\(method) \(path)" + (query.isEmpty ? "" : "?\(query)") }
}

/// What the script says to one request.
struct Said: Sendable {
    var status = 200
    var headers: [(String, String)] = []
    var body = "{}"
    var failure: HTTPError?

    static func ok(_ body: String) -> Said { Said(body: body) }
    static func bad(_ status: Int, _ body: String, _ headers: [(String, String)] = []) -> Said {
        Said(status: status, headers: headers, body: body)
    }
    static func cut(_ code: HTTPError.Code) -> Said { Said(failure: HTTPError(code, "as scripted")) }
}

/// Answers each request by a script that sees the request and how many came before it.
final class ScriptedTransport: HTTPTransport {
    private let script: @Sendable (Asked, Int) -> Said
    private let requests = Mutex<[Asked]>([])

    init(_ script: @escaping @Sendable (Asked, Int) -> Said) { self.script = script }

    /// Answers paths by their beginnings, the longest first; an unknown one is 404.
    convenience init(_ answers: [String: Said]) {
        self.init { asked, _ in
            let known = answers.filter { asked.line.hasPrefix($0.key) }.max { $0.key.count < $1.key.count }
            return known?.value ?? .bad(404, "no such page")
        }
    }

    var asked: [Asked] { requests.withLock { $0 } }
    var lines: [String] { asked.map(\.line) }

    func send(_ call: HTTPCall) async throws(HTTPError) -> HTTPAnswer {
        let bytes = try await call.body.collect(upTo: 1 << 20)
        let target = (call.request.path ?? "").split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let asked = Asked(
            method: call.request.method.rawValue, path: String(target.first ?? ""),
            query: target.count > 1 ? String(target[1]) : "", body: String(decoding: bytes, as: UTF8.self),
            headers: call.request.headerFields, scheme: call.request.scheme ?? "",
            authority: call.request.authority ?? "")
        let before = requests.withLock { requests in
            requests.append(asked)
            return requests.count - 1
        }
        let said = script(asked, before)
        if let failure = said.failure { throw failure }
        var response = HTTPResponse(status: .init(code: said.status))
        for (name, value) in said.headers {
            if let name = HTTPField.Name(name) { response.headerFields[name] = value }
        }
        return HTTPAnswer(response, body: .bytes(Array(said.body.utf8)))
    }
}

/// A clock that stands still.
struct StillClock: WallClock {
    var now = Sender.now
}

/// Gateways over a script, each with one attempt unless told otherwise.
enum Gateways {
    static func retry(_ attempts: Int = 1) -> HTTPRetry {
        let limits = HTTPRetryLimits(attemptsMax: attempts, waitFirst: .milliseconds(1), waitMax: .milliseconds(1))
        return HTTPRetry(limits, wall: StillClock(), clock: ContinuousClock(), random: SystemRandom())
    }

    static func stripe(_ transport: ScriptedTransport, attempts: Int = 1) throws -> StripeGateway {
        try StripeGateway(
            key: APIKey("sk_test_hunter2"), mode: .test, transport: transport, retry: retry(attempts),
            clock: StillClock())
    }

    static func polar(_ transport: ScriptedTransport, attempts: Int = 1) throws -> PolarGateway {
        try PolarGateway(
            accessToken: APIKey("polar_oat_hunter2"), mode: .test, transport: transport, retry: retry(attempts),
            clock: StillClock())
    }

    static func payPal(_ transport: ScriptedTransport, attempts: Int = 1) throws -> PayPalGateway {
        try PayPalGateway(
            clientID: "client", clientSecret: APIKey("secret_hunter2"), mode: .test, transport: transport,
            retry: retry(attempts), clock: StillClock())
    }

    static func square(_ transport: ScriptedTransport, attempts: Int = 1) throws -> SquareGateway {
        try SquareGateway(
            accessToken: APIKey("sq_hunter2"), locationID: "L1", mode: .test, transport: transport,
            retry: retry(attempts), clock: StillClock())
    }

    /// One of each over the same script.
    static func all(_ transport: ScriptedTransport) throws -> [any PaymentGateway] {
        [try stripe(transport), try polar(transport), try payPal(transport), try square(transport)]
    }

    static let purchase = "pur_01kbjpnyg0fxbs9sh6tj7w5v2m"
    static let price = Money(minorUnits: 1250, currency: .usd)

    static func order(_ change: (inout CheckoutOrder) -> Void = { _ in }) -> CheckoutOrder {
        var order = CheckoutOrder(
            key: "checkout:\(purchase)", title: "Starter & more", price: price,
            notes: [CheckoutOrder.purchaseNote: purchase, "user": "u_17"],
            successURL: "https://shop.example/done?a=1", product: nil, cancelURL: "https://shop.example/no",
            email: "a@b.example", buyer: "u_17")
        change(&order)
        return order
    }

    static func refund(_ payment: String, key: String = "refund:\(purchase):1") -> RefundOrder {
        RefundOrder(key: key, payment: payment, amount: Money(minorUnits: 500, currency: .usd), reason: "by request")
    }

    static func expectation(_ payment: String) -> PaymentExpectation {
        PaymentExpectation(
            payment: payment, price: price, mode: .test, purpose: purchase,
            notes: [CheckoutOrder.purchaseNote: purchase], refundMax: price, mayBeDisputed: true)
    }

    static func hint(
        _ provider: PaymentProvider, _ type: String, _ kind: String?, _ id: String, _ body: String? = nil
    ) throws -> EventHint {
        EventHint(
            provider: provider, id: "evt_1", type: EventType(type), subject: EventSubject(kind: kind, id: id),
            mode: .test, body: try body.map { try JSONValue(parsing: Array($0.utf8)) })
    }
}

/// The code of the error that something throws; nothing when it throws none.
func code(_ body: () async throws -> some Any) async -> PaymentError.Code? {
    do {
        _ = try await body()
        return nil
    } catch {
        return (error as? PaymentError)?.code
    }
}
