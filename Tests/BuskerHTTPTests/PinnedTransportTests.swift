// Webhooks over real sockets reach the addresses that were checked, and nothing else.

import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerHTTPClient
import BuskerJobs
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@Suite struct PinnedTransportTests {
    private static let here = [IPAddress(bytes: [127, 0, 0, 1])].compactMap(\.self)

    private static func port(_ authority: String) -> Int {
        authority.split(separator: ":").last.flatMap { Int($0) } ?? 0
    }

    private static func call(_ name: String, _ port: Int, scheme: String = "http", limit: Duration = .seconds(120))
        -> HTTPCall
    {
        HTTPCall(
            HTTPRequest(method: .post, scheme: scheme, authority: "\(name):\(port)", path: "/hook?a=1"),
            body: .bytes(Array("hello".utf8)), timeLimit: limit)
    }

    @Test func aNameThatNobodyKnowsIsReachedByItsAddressAndKeepsItsName() async throws {
        let seen = Box("")
        try await WireServer.run { wire in
            seen.set(try await wire.head() ?? "")
            try await wire.send("HTTP/1.1 204 No Content\r\n\r\n")
        } _: { authority in
            let port = Self.port(authority)
            let answer = try await PinnedTransport().send(Self.call("hooks.example", port), to: Self.here, port: port)
            #expect(answer.response.status.code == 204)
            #expect(seen.value.lowercased().contains("host: hooks.example:\(port)\r\n"), "\(seen.value)")
            #expect(!seen.value.lowercased().contains("cookie"))
        }
    }

    @Test func theCertificateIsTheNamesAndTheNextAddressIsTried() async throws {
        let identity = (TestCertificate.namedCertificate, TestCertificate.namedKey)
        try await WireServer.run(certificate: identity) { wire in
            _ = try await wire.head()
            try await wire.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        } _: { authority in
            let port = Self.port(authority)
            let transport = PinnedTransport(
                connectTime: .seconds(20), trusting: TestCertificate.namedCertificate)
            // Nobody listens at the first address.
            let both = [IPAddress(bytes: [127, 0, 0, 9])].compactMap(\.self) + Self.here
            let answer = try await transport.send(
                Self.call("hooks.example", port, scheme: "https"), to: both, port: port)
            #expect(try await answer.body.collect(upTo: 10) == Array("ok".utf8))
            let other = await HTTPClientTests.code {
                _ = try await transport.send(
                    Self.call("other.example", port, scheme: "https"), to: Self.here, port: port)
            }
            #expect(other == .untrusted)
            let unknown = await HTTPClientTests.code {
                _ = try await PinnedTransport().send(
                    Self.call("hooks.example", port, scheme: "https"), to: Self.here, port: port)
            }
            #expect(unknown == .untrusted)
        }
    }

    @Test func aRedirectIsAnAnswerAndNotAWay() async throws {
        let count = Tally()
        try await WireServer.run { wire in
            count.add()
            _ = try await wire.head()
            try await wire.send(
                "HTTP/1.1 307 Go\r\nlocation: http://169.254.169.254/latest/\r\ncontent-length: 0\r\n\r\n")
        } _: { authority in
            let port = Self.port(authority)
            let answer = try await PinnedTransport().send(Self.call("hooks.example", port), to: Self.here, port: port)
            #expect(answer.response.status.code == 307)
            #expect(count.value == 1)
        }
    }

    @Test func aSlowOrHugeBodyIsCut() async throws {
        try await WireServer.run { wire in
            _ = try await wire.head()
            try await wire.send("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nslow")
            try await wire.drain()
        } _: { authority in
            let port = Self.port(authority)
            let call = Self.call("hooks.example", port, limit: .seconds(2))
            let answer = try await PinnedTransport().send(call, to: Self.here, port: port)
            #expect(answer.response.status.code == 200)
            #expect(Array("slow".utf8).starts(with: try await answer.body.collect(upTo: 100)))
        }
        try await WireServer.run { wire in
            _ = try await wire.head()
            try await wire.send("HTTP/1.1 200 OK\r\n\r\n")
            for _ in 0..<1_000 { try await wire.send([UInt8](repeating: 0x78, count: 100_000)) }
        } _: { authority in
            let port = Self.port(authority)
            let answer = try await PinnedTransport(answerBytesMax: 1_000).send(
                Self.call("hooks.example", port), to: Self.here, port: port)
            #expect(try await answer.body.collect(upTo: 10_000).count == 1_000)
        }
        try await WireServer.run { wire in
            try await wire.drain()
        } _: { authority in
            let port = Self.port(authority)
            let late = await HTTPClientTests.code {
                _ = try await PinnedTransport().send(
                    Self.call("hooks.example", port, limit: .milliseconds(300)), to: Self.here, port: port)
            }
            #expect(late == .timedOut)
        }
    }

    @Test func anotherPortAnotherNumberAndNoAddressAreRefused() async throws {
        let transport = PinnedTransport()
        let cases: [(String, Int, [IPAddress], Int, HTTPError.Code)] = [
            ("hooks.example", 8080, Self.here, 80, .badRequest), ("127.0.0.2", 8080, Self.here, 8080, .unreachable),
            ("hooks.example", 8080, [], 8080, .unreachable),
        ]
        for (name, named, addresses, port, code) in cases {
            let found = await HTTPClientTests.code {
                _ = try await transport.send(Self.call(name, named), to: addresses, port: port)
            }
            #expect(found == code, "\(name)")
        }
    }

    @Test func theMachinesResolverIsAskedForNames() async throws {
        let transport = PinnedTransport()
        let own = try await transport.addresses(of: "localhost")
        #expect(!own.isEmpty && own.allSatisfy { !AddressGuard().permits($0) }, "\(own)")
        #expect(await HTTPClientTests.code { _ = try await transport.addresses(of: "nobody.invalid") } == .unreachable)
    }

    /// A name whose meaning is a test's; the rest is the real way out.
    private struct Named: WebhookTransport {
        let meanings: [IPAddress]
        let looks = Tally()
        let real = PinnedTransport()

        func addresses(of host: String) async throws -> [IPAddress] {
            looks.add()
            return meanings
        }

        func send(_ call: HTTPCall, to addresses: [IPAddress], port: Int) async throws(HTTPError) -> HTTPAnswer {
            try await real.send(call, to: addresses, port: port)
        }
    }

    /// A delivery over the real way out to a server of this machine; nothing but the first block may be reached.
    @Test(
        arguments: [
            (["127.0.0.1"], true), (["127.0.0.1", "10.0.0.1"], false), (["169.254.169.254"], false), (["::1"], false),
            (["::ffff:10.0.0.1"], false), (["::ffff:169.254.169.254"], false), (["fd00::1"], false),
            (["64:ff9b::7f00:1"], false),
        ] as [([String], Bool)])
    func whatLeadsInsideIsNotConnectedTo(meanings: [String], isReached: Bool) async throws {
        let count = Tally()
        try await WireServer.run { wire in
            guard let head = try await wire.head() else { return }
            count.add()
            #expect(head.contains("webhook-signature: v1,"))
            try await wire.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        } _: { authority in
            let port = Self.port(authority)
            let allowed = [AddressGuard.Block("127.0.0.0/8")].compactMap(\.self)
            var rules = WebhookRules(mayBePlain: true, addresses: AddressGuard(allowed: allowed))
            rules.plainPorts = [port]
            let network = Named(meanings: meanings.compactMap { IPAddress($0) })
            try await withDatabase(.sqliteMemory) { database in
                try await database.migrate(JobsSchema.migrations)
                let queue = JobQueue(database)
                let outbox = WebhookOutbox(queue, rules: rules)
                _ = try await outbox.add(owner: "mina", url: "http://hooks.example:\(port)/in")
                try await database.write { tx in
                    _ = try outbox.publish(WebhookMessage(type: "job.completed", data: [:]), to: "mina", in: tx)
                }
                let worker = try JobWorker(
                    queue, handlers: [WebhookDelivery(outbox, over: network)],
                    settings: WorkerSettings(queues: ["webhooks"], poll: .milliseconds(10)), clock: ContinuousClock())
                let run = Task { await worker.run() }
                var state = JobState.pending
                for _ in 0..<2_000 {
                    let job = try await queue.jobs().items[0]
                    state = job.state
                    if state == .completed || job.problem != nil { break }
                    try await Task.sleep(for: .milliseconds(10))
                }
                await worker.shutdown(within: .seconds(1))
                await run.value
                #expect((state == .completed) == isReached, "\(meanings)")
                #expect(count.value == (isReached ? 1 : 0) && network.looks.value == 1, "\(meanings)")
            }
        }
    }
}
