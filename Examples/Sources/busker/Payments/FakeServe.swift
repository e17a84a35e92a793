// busker payments fake: a scripted provider on this machine.

import ArgumentParser
import BuskerCore
import BuskerHTTP
import BuskerHTTPClient
import BuskerPayments
import BuskerTesting
import Foundation
import HTTPTypes

/// The providers that have a double.
enum FakeName: String, ExpressibleByArgument, CaseIterable {
    case stripe
    case polar
    case payPal = "paypal"
    case square

    var provider: PaymentProvider {
        switch self {
        case .stripe: .stripe
        case .polar: .polar
        case .payPal: .payPal
        case .square: .square
        }
    }
}

/// How much goes wrong.
enum FakeMood: String, ExpressibleByArgument, CaseIterable {
    case calm
    case rough

    var nature: FakeNature { self == .calm ? .calm : .rough }
}

/// Plays a provider until Ctrl-C.
struct FakeServe: WaitingCommand, Answering {
    static let configuration = CommandConfiguration(
        commandName: "fake",
        abstract: "Play a payment provider on this machine: calls, checkout pages, signed webhooks.",
        discussion: """
            It listens on the loopback interface only, and its keys follow from the seed, so everybody can know them. A checkout's \
            address opens a page whose buttons pay, decline or delay. What happens is posted to --webhook-url, signed, and again \
            later when the answer is not 2xx. Ctrl-C ends it.
            """)

    @Option(help: "Whose calls it answers.")
    var provider: FakeName

    @Option(help: "Where it listens; 0 lets the machine choose.")
    var port = 0

    @Option(help: ArgumentHelp("Where webhooks go, http:// or https://.", valueName: "url"))
    var webhookURL: String?

    @Option(help: "What its keys, ids and accidents follow from.")
    var seed: UInt64 = 1

    @Option(help: "calm, or rough: fails, waits, loses and doubles webhooks.")
    var nature = FakeMood.calm

    @OptionGroup var answer: Answer

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port is from 0 to 65535.") }
        guard let webhookURL else { return }
        guard WebhookPost(webhookURL) != nil else {
            throw ValidationError("--webhook-url is an address such as http://127.0.0.1:8080/webhooks.")
        }
    }

    func perform() async throws {
        let fake: FakeProvider
        do {
            fake = try await FakeProvider.start(
                provider.provider, seed: seed, clock: SystemClock(), nature: nature.nature, port: port,
                notificationURL: webhookURL ?? "http://127.0.0.1/webhooks")
        } catch {
            throw Failure(.unavailable, code: "cannot_listen", "Port \(port) cannot be opened: \(error).")
        }
        try say(FakeReport(fake))
        guard let post = webhookURL.flatMap(WebhookPost.init) else {
            while true { try await Task.sleep(for: .seconds(3600)) }
        }
        let client = try HTTPClientTransport()
        while true {
            fake.pass(.zero)
            for delivery in fake.deliveries() { try await bring(delivery, from: fake, by: post, over: client) }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func bring(
        _ delivery: FakeDelivery, from fake: FakeProvider, by post: WebhookPost, over client: HTTPClientTransport
    ) async throws {
        let outcome: String
        do {
            let answer = try await client.send(post.call(delivery))
            outcome = "\(answer.response.status.code)"
            if !(200..<300).contains(answer.response.status.code) { fake.refused(delivery) }
        } catch {
            outcome = error.code.description
            fake.refused(delivery)
        }
        let line: JSON = [
            "event_id": .text(delivery.id), "type": .text(delivery.type), "attempt": .number(Int64(delivery.attempt)),
            "outcome": .text(outcome),
        ]
        try write(answer.json ? line.description : "\(delivery.id)  \(delivery.type)  \(outcome)")
    }

    private func say(_ report: FakeReport) throws {
        try write(answer.json ? report.json.description : Words.table(report.rows.filter { !$0.1.isEmpty }))
    }

    /// Writes a line at once, also into a pipe.
    private func write(_ line: String) throws {
        guard answer.json || !answer.quiet else { return }
        do {
            try FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
        } catch {
            throw Failure.cannotWrite("standard output", "\(error)")
        }
    }
}

/// Where a double is and what it has to be asked with.
private struct FakeReport {
    let rows: [(String, String)]
    private let roots: String

    init(_ fake: FakeProvider) {
        let isPayPal = fake.provider == .payPal
        rows = [
            ("provider", fake.provider.name), ("mode", fake.mode.rawValue), ("base_url", fake.baseURL),
            ("secret_key", fake.secretKey), ("client_id", fake.keys.clientID), ("location_id", fake.keys.locationID),
            (isPayPal ? "webhook_id" : "webhook_secret", fake.webhookSecret),
        ]
        roots = isPayPal ? fake.certificateRoots : ""
    }

    var json: JSON {
        let members = (rows + [("certificate_roots", roots)]).filter { !$0.1.isEmpty }
        return .object(members.map { ($0.0, .text($0.1)) })
    }
}

/// The request that brings a webhook.
struct WebhookPost {
    private let request: HTTPRequest

    /// Reads an address; nothing when it is none.
    init?(_ url: String) {
        guard let parts = URLComponents(string: url), let scheme = parts.scheme, ["http", "https"].contains(scheme),
            let host = parts.percentEncodedHost, !host.isEmpty, parts.user == nil, parts.fragment == nil
        else { return nil }
        let path = parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath
        request = HTTPRequest(
            method: .post, scheme: scheme, authority: host + (parts.port.map { ":\($0)" } ?? ""),
            path: path + (parts.percentEncodedQuery.map { "?\($0)" } ?? ""))
    }

    func call(_ delivery: FakeDelivery) -> HTTPCall {
        var request = request
        request.headerFields = delivery.headers
        return HTTPCall(request, body: .bytes(delivery.body), timeLimit: .seconds(20))
    }
}
