// Brings messages to endpoints.

import BuskerCore
import BuskerDatabase
public import BuskerHTTP
import HTTPTypes

/// The way out to the network: names to addresses, and one request to addresses that were checked.
///
/// It must connect to one of the addresses it is given and to no other (keeping the host's name for TLS and for the header `Host`),
/// follow no redirect, use no proxy, and send no cookie: between a check and another look-up the name could come to mean another
/// machine.
public protocol WebhookTransport: Sendable {
    /// All addresses of a host.
    ///
    /// - Throws: what goes wrong; the delivery is tried again.
    func addresses(of host: String) async throws -> [IPAddress]

    /// Sends a request to one of the addresses.
    ///
    /// - Throws: `HTTPError`.
    func send(_ call: HTTPCall, to addresses: [IPAddress], port: Int) async throws(HTTPError) -> HTTPAnswer
}

/// When a delivery is tried.
public enum DeliverySchedule {
    /// The waits before the attempts: at once, then ever longer, 75.6 hours in all.
    public static let waits: [Duration] = [0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]
        .map { .seconds($0) }
    /// How long an endpoint may fail before nothing is sent to it any more.
    public static let patience: Duration = .seconds(120 * 3600)
    /// The most that a `Retry-After` puts an attempt off.
    public static let askedMax: Duration = .seconds(86_400)

    /// The wait after so many attempts, up to a tenth longer by luck, and at least what the endpoint asks for.
    static func wait(after attempts: Int, asked: Duration?, random: inout some RandomNumberGenerator) -> Duration {
        let wait = waits[min(max(attempts, 0), waits.count - 1)].microseconds64
        let spread = wait + Int64.random(in: 0...wait / 10, using: &random)
        return .microseconds(max(spread, min(asked ?? .zero, askedMax).microseconds64))
    }
}

/// Does the jobs of a ``WebhookOutbox``: signs, checks where the endpoint leads, sends, and judges the answer.
///
/// 2xx is a success; everything else is tried again, a redirect too. 410 gives the endpoint up, and so do 120 hours of failure.
public struct WebhookDelivery: JobHandler {
    /// The most bytes of an answer that are read.
    public static let answerBytesMax = 65_536

    /// The kind of the jobs that deliver.
    public var kind: String { WebhookOutbox.jobKind }

    private let outbox: WebhookOutbox
    private let transport: any WebhookTransport
    private let timeLimit: Duration

    /// Makes a handler.
    ///
    /// - Parameters:
    ///   - outbox: whose messages.
    ///   - transport: the way out.
    ///   - timeLimit: how long an endpoint may take to answer, 1...60 seconds.
    public init(_ outbox: WebhookOutbox, over transport: any WebhookTransport, timeLimit: Duration = .seconds(20)) {
        self.outbox = outbox
        self.transport = transport
        self.timeLimit = min(max(timeLimit, .seconds(1)), .seconds(60))
    }

    private struct Letter: Sendable {
        let endpoint: WebhookEndpoint
        let keys: [String]
        let message: MessageID
        let body: [UInt8]
    }

    /// Delivers one message to one endpoint.
    public func run(_ context: JobContext) async throws -> JobOutcome {
        guard let args = try? JSONValue(parsing: context.job.args),
            let message = args["message"]?.text.flatMap({ try? MessageID(parsing: $0) }),
            let endpoint = args["endpoint"]?.text.flatMap({ try? EndpointID(parsing: $0) })
        else { return .fail("The arguments of the delivery cannot be read.") }
        let now = outbox.jobs.clock.now
        let letter: Letter? = try await outbox.jobs.reading { tx in
            guard let (endpoint, keys) = try EndpointRows.keyed(endpoint, at: now, in: tx),
                let body: [UInt8] = try tx.value("SELECT body FROM jobs_message WHERE id = \(message)")
            else { return nil }
            return Letter(endpoint: endpoint, keys: keys, message: message, body: body)
        }
        guard let letter else { return .fail("The endpoint or the message was removed.") }
        guard letter.endpoint.disabledAt == nil else { return .fail("The endpoint was given up.") }
        let id = letter.endpoint.id
        do {
            let answer = try await send(letter, at: now)
            return judge(answer, id, context.job)
        } catch let error as JobError where error.code == .refusedAddress {
            return again(error.detail, id, context.job, asked: nil)
        } catch let error as HTTPError where error.code != .cancelled {
            return again("No answer came: \(error.code).", id, context.job, asked: nil)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            return again("The endpoint could not be reached.", id, context.job, asked: nil)
        }
    }

    private func send(_ letter: Letter, at now: Timestamp) async throws -> HTTPResponse {
        let address = try WebhookAddress(letter.endpoint.url, rules: outbox.rules)
        var addresses: [IPAddress]
        if let literal = address.literal {
            addresses = [literal]
        } else {
            addresses = try await transport.addresses(of: address.host)
        }
        addresses = Array(addresses.prefix(64))
        try outbox.rules.addresses.check(addresses)
        var request = HTTPRequest(
            method: .post, scheme: address.scheme, authority: address.authority, path: address.path)
        request.headerFields[.contentType] = "application/json"
        request.headerFields[.userAgent] = "Busker-Webhooks/1"
        let keys = try letter.keys.map { text throws(JobError) in try WebhookKey(text) }
        for (name, value) in try WebhookSigner.headers(
            letter.body, id: letter.message.description, at: now, keys: keys)
        {
            guard let field = HTTPField.Name(name) else { continue }
            request.headerFields[field] = value
        }
        let call = HTTPCall(request, body: .bytes(letter.body), timeLimit: timeLimit)
        let answer = try await transport.send(call, to: addresses, port: address.port)
        _ = try? await answer.body.collect(upTo: Self.answerBytesMax)
        return answer.response
    }

    private func judge(_ answer: HTTPResponse, _ endpoint: EndpointID, _ job: Job) -> JobOutcome {
        let status = answer.status.code
        switch status {
        case 200..<300:
            return .done { _, tx in
                try tx.execute(
                    "UPDATE jobs_endpoint SET failing_us = NULL WHERE id = \(endpoint) AND failing_us IS NOT NULL")
            }
        case 410:
            let now = outbox.jobs.clock.now
            return .fail("The endpoint answered 410: it does not want messages any more.") { _, tx in
                try Self.disable(endpoint, "gone", at: now, in: tx)
            }
        default:
            let asked = answer.headerFields[.retryAfter].flatMap { RetryAfter.wait($0, at: outbox.jobs.clock.now) }
            return again("The endpoint answered \(status).", endpoint, job, asked: asked)
        }
    }

    /// Another attempt, and a note on the endpoint; one that has failed for long is given up.
    private func again(_ problem: String, _ endpoint: EndpointID, _ job: Job, asked: Duration?) -> JobOutcome {
        let now = outbox.jobs.clock.now
        let wait = outbox.jobs.drawing { random in
            DeliverySchedule.wait(after: job.attempt, asked: asked, random: &random)
        }
        let since = now.advanced(byMicroseconds: -DeliverySchedule.patience.microseconds64)
        return .retry(problem, after: wait) { _, tx in
            try tx.execute("UPDATE jobs_endpoint SET failing_us = \(now) WHERE id = \(endpoint) AND failing_us IS NULL")
            let failing: Timestamp? = try tx.value(
                "SELECT failing_us FROM jobs_endpoint WHERE id = \(endpoint) AND failing_us <= \(since)")
            if failing != nil { try Self.disable(endpoint, "failing", at: now, in: tx) }
        }
    }

    private static func disable(_ id: EndpointID, _ reason: String, at now: Timestamp, in tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE jobs_endpoint SET disabled_us = \(now), reason = \(reason) WHERE id = \(id) AND disabled_us IS NULL
            """)
    }
}
