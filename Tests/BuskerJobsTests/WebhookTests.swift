// Webhooks: signed, sent to checked addresses only, tried again on schedule, given up in the end.

import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerJobs
import HTTPTypes
import Synchronization
import TestSupport
import Testing

/// The network as a test wants it.
final class ScriptedNetwork: WebhookTransport {
    struct Call: Sendable {
        let request: HTTPRequest
        let body: [UInt8]
        let addresses: [IPAddress]
        let port: Int
    }

    private let script: @Sendable (Call) throws(HTTPError) -> HTTPAnswer
    private let state = Mutex((calls: [Call](), addresses: ["93.184.216.34"], lookups: 0))

    init(_ script: @escaping @Sendable (Call) throws(HTTPError) -> HTTPAnswer) { self.script = script }

    convenience init(_ status: Int, _ headers: [String: String] = [:]) {
        self.init { _ throws(HTTPError) in
            var response = HTTPResponse(status: .init(code: status))
            for (name, value) in headers { response.headerFields[HTTPField.Name(name) ?? .age] = value }
            return HTTPAnswer(response, body: .bytes([UInt8](repeating: 0x78, count: 100_000)))
        }
    }

    var calls: [Call] { state.withLock { $0.calls } }
    func resolve(to addresses: [String]) { state.withLock { $0.addresses = addresses } }

    func addresses(of host: String) async throws -> [IPAddress] {
        state.withLock { $0.addresses }.compactMap { IPAddress($0) }
    }

    func send(_ call: HTTPCall, to addresses: [IPAddress], port: Int) async throws(HTTPError) -> HTTPAnswer {
        let made = Call(
            request: call.request, body: try await call.body.collect(upTo: 1 << 20), addresses: addresses, port: port)
        state.withLock { $0.calls.append(made) }
        return try script(made)
    }
}

@Suite struct WebhookTests {
    /// The vector of the Standard Webhooks specification.
    @Test func theSpecificationsExampleIsSigned() throws {
        let key = try WebhookKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        let headers = try WebhookSigner.headers(
            Array(#"{"test": 2432232314}"#.utf8), id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
            at: Timestamp(microseconds: 1_614_265_330_999_999), keys: [key])
        #expect(headers.map(\.name) == ["webhook-id", "webhook-timestamp", "webhook-signature"])
        #expect(
            headers.map(\.value) == [
                "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ])
        #expect(throws: JobError(.badRequest, "")) {
            try WebhookSigner.headers([], id: "a.b", at: Timestamp(microseconds: 0), keys: [key])
        }
        for text in ["", "whsec_", "whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsk_AAAA", "whsec_****"] {
            #expect(throws: JobError(.badRequest, "")) { try WebhookKey(text) }
        }
    }

    @Test func anOwnKeyShowsItsPublicHalf() throws {
        let key = try WebhookKey("whsk_" + Base64.encode([UInt8](repeating: 7, count: 32)))
        #expect(key.receiverText.hasPrefix("whpk_"))
        let value = try WebhookSigner.headers([1], id: "m", at: Timestamp(microseconds: 0), keys: [key])[2].value
        #expect(value.hasPrefix("v1a,") && Base64.decode(value.dropFirst(4).utf8.map { $0 }[...])?.count == 64)
    }

    struct Rig {
        let desk: JobsDesk
        let outbox: WebhookOutbox
        let network: ScriptedNetwork
        let worker: JobWorker

        init(_ desk: JobsDesk, _ network: ScriptedNetwork) throws {
            self.desk = desk
            self.network = network
            outbox = WebhookOutbox(desk.queue)
            worker = try desk.worker(
                [WebhookDelivery(outbox, over: network)], settings: WorkerSettings(queues: ["webhooks"]))
        }

        func publish(_ type: String = "job.completed", to owner: String = "a") async throws -> MessageID? {
            let outbox = outbox
            return try await desk.database.write { tx in
                try outbox.publish(WebhookMessage(type: type, data: ["id": "x"]), to: owner, in: tx)
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func whatIsPublishedReachesWhoeverWantsItSigned(kind: DatabaseKind) async throws {
        try await JobsDesk.open(kind) { desk in
            let rig = try Rig(desk, ScriptedNetwork(204))
            let all = try await rig.outbox.add(owner: "a", url: "https://one.example/hook?x=1")
            _ = try await rig.outbox.add(owner: "a", url: "https://two.example:8443", types: ["job.*"])
            _ = try await rig.outbox.add(
                owner: "a", url: "https://no.example", types: ["job", "jobs.*", "job.complete"])
            _ = try await rig.outbox.add(owner: "b", url: "https://other.example")
            let id = try #require(try await rig.publish())
            #expect(try await desk.drain(rig.worker) == 2)
            let calls = rig.network.calls
            #expect(Set(calls.map { $0.request.authority ?? "" }) == ["one.example", "two.example:8443"])
            let call = try #require(calls.first { $0.port == 443 })
            #expect(call.request.method == .post && call.request.path == "/hook?x=1" && call.request.scheme == "https")
            #expect(call.addresses.map(\.description) == ["93.184.216.34"])
            let body = try JSONValue(parsing: call.body)
            #expect(body["type"]?.text == "job.completed" && body["data"]?["id"]?.text == "x")
            #expect(body["timestamp"]?.text == desk.clock.now.advanced(by: .seconds(-86_400)).iso8601)
            func header(_ name: String) -> String {
                HTTPField.Name(name).flatMap { call.request.headerFields[$0] } ?? ""
            }
            let signed = try WebhookSigner.headers(
                call.body, id: id.description, at: desk.clock.now.advanced(by: .seconds(-86_400)),
                keys: [try WebhookKey(all.secret)])
            for (name, value) in signed { #expect(header(name) == value) }
            #expect(try await rig.publish(to: "nobody") == nil)
        }
    }

    @Test func aMessageIsSentExactlyWhenItsTransactionCommits() async throws {
        try await JobsDesk.open(.sqliteMemory) { desk in
            let rig = try Rig(desk, ScriptedNetwork(200))
            _ = try await rig.outbox.add(owner: "a", url: "https://one.example")
            let outbox = rig.outbox
            _ = try? await desk.database.write { tx in
                try outbox.publish(WebhookMessage(type: "a.b", data: .null), to: "a", in: tx)
                throw JobsDesk.Crash()
            }
            #expect(try await desk.drain(rig.worker) == 0)
            for type in ["", "A.b", "a..b", "a b", ".a", "a."] {
                #expect(await desk.code { try await rig.publish(type) } == .badRequest, "\(type)")
            }
            let large = WebhookMessage(type: "a", data: .text(String(repeating: "x", count: 20_000)))
            #expect(
                await desk.code { try await desk.database.write { tx in try outbox.publish(large, to: "a", in: tx) } }
                    == .badRequest)
        }
    }

    @Test(arguments: [500, 404, 301, 302, 307, 429, 502, 199])
    func whatIsNoSuccessIsTriedTenTimesOnSchedule(status: Int) async throws {
        try await JobsDesk.open(.sqliteMemory) { desk in
            let moments = Mutex<[Timestamp]>([])
            let clock = desk.clock
            let rig = try Rig(
                desk,
                ScriptedNetwork { _ throws(HTTPError) in
                    moments.withLock { $0.append(clock.now) }
                    var response = HTTPResponse(status: .init(code: status))
                    response.headerFields[.location] = "https://evil.example"
                    return HTTPAnswer(response)
                })
            let (endpoint, _) = try await rig.outbox.add(owner: "a", url: "https://one.example")
            _ = try await rig.publish()
            #expect(try await desk.drain(rig.worker, for: .seconds(86_400 * 30)) == 10)
            let times = moments.withLock { $0 }
            for at in 1..<10 {
                let wait = Double(times[at - 1].microseconds(until: times[at])) / 1e6
                let wanted = Double(DeliverySchedule.waits[at].components.seconds)
                #expect((wanted...(wanted * 1.1)).contains(wait), "attempt \(at + 1) after \(wait) s")
            }
            #expect(
                Set(rig.network.calls.map { $0.request.headerFields[HTTPField.Name("webhook-id") ?? .age] ?? "" }).count
                    == 1)
            #expect(
                try await desk.queue.dead(kind: WebhookOutbox.jobKind).items.first?.problem?.contains("\(status)")
                    == true)
            #expect(try await rig.outbox.endpoints(of: "a").first?.failingSince != nil)
            #expect(try await rig.outbox.endpoints(of: "a").first?.id == endpoint.id)
        }
    }

    @Test func retryAfterIsHonouredWithinADay() async throws {
        try await JobsDesk.open(.sqliteMemory) { desk in
            let rig = try Rig(desk, ScriptedNetwork(503, ["Retry-After": "1000"]))
            _ = try await rig.outbox.add(owner: "a", url: "https://one.example")
            _ = try await rig.publish()
            #expect(try await desk.drain(rig.worker, for: .seconds(999)) == 1)
            #expect(try await desk.drain(rig.worker, for: .seconds(2)) == 1)
            let greedy = try Rig(desk, ScriptedNetwork(503, ["Retry-After": "99999999"]))
            #expect(try await desk.drain(greedy.worker, for: .seconds(1001)) == 1)
            #expect(try await desk.drain(greedy.worker, for: .seconds(86_401)) == 1)
        }
    }

    @Test func anEndpointThatIsGoneOrFailsForLongIsGivenUp() async throws {
        try await JobsDesk.open(.sqliteMemory) { desk in
            let gone = try Rig(desk, ScriptedNetwork(410))
            let (first, _) = try await gone.outbox.add(owner: "a", url: "https://gone.example")
            _ = try await gone.publish()
            #expect(try await desk.drain(gone.worker) == 1)
            #expect(try await gone.outbox.endpoints(of: "a").first?.reason == "gone")
            #expect(try await gone.publish() == nil)
            try await gone.outbox.enable(first.id, of: "a")
            #expect(await desk.code { try await gone.outbox.enable(first.id, of: "b") } == .unknown)
            let failing = try Rig(desk, ScriptedNetwork(500))
            for hour in 0..<6 {
                _ = try await failing.publish()
                _ = try await desk.drain(failing.worker, for: .seconds(24 * 3600))
                let endpoint = try #require(try await failing.outbox.endpoints(of: "a").first)
                #expect((endpoint.disabledAt == nil) == (hour < 5), "\(hour)")
            }
            try await failing.outbox.remove(first.id, of: "a")
            #expect(await desk.code { try await failing.outbox.remove(first.id, of: "a") } == .unknown)
        }
    }

    @Test func nothingIsSentInsideWhateverTheNameMeansByThen() async throws {
        try await JobsDesk.open(.sqliteMemory) { desk in
            let rig = try Rig(desk, ScriptedNetwork(200))
            _ = try await rig.outbox.add(owner: "a", url: "https://rebinds.example")
            for addresses in [
                ["127.0.0.1"], ["93.184.216.34", "169.254.169.254"], [], ["::ffff:10.0.0.1"], ["fd00:ec2::254"],
            ] {
                rig.network.resolve(to: addresses)
                _ = try await rig.publish()
                _ = try await desk.drain(rig.worker, for: .seconds(1))
            }
            #expect(rig.network.calls.isEmpty)
            rig.network.resolve(to: ["93.184.216.34"])
            _ = try await desk.drain(rig.worker, for: .seconds(60))
            #expect(rig.network.calls.count == 5)
            #expect(
                await desk.code { try await rig.outbox.add(owner: "a", url: "https://10.0.0.1") } == .refusedAddress)
            #expect(
                await desk.code { try await rig.outbox.add(owner: "a", url: "https://a.example", types: ["*"]) }
                    == .badRequest)
        }
    }

    @Test func aKeyIsReplacedWithoutAGap() async throws {
        try await JobsDesk.open(.sqliteMemory) { desk in
            let rig = try Rig(desk, ScriptedNetwork(200))
            let (endpoint, old) = try await rig.outbox.add(owner: "a", url: "https://one.example")
            let new = try await rig.outbox.rotate(endpoint.id, of: "a", overlap: .seconds(100))
            #expect(new != old && new.hasPrefix("whsec_"))
            _ = try await rig.publish()
            _ = try await desk.drain(rig.worker, for: .seconds(200))
            _ = try await rig.publish()
            _ = try await desk.drain(rig.worker, for: .seconds(1))
            let signatures = rig.network.calls.map {
                $0.request.headerFields[HTTPField.Name("webhook-signature") ?? .age] ?? ""
            }
            #expect(signatures.map { $0.split(separator: " ").count } == [2, 1])
        }
    }

    @Test func aMessageIsSentAgainOnDemandAndForgottenInTime() async throws {
        try await JobsDesk.open(.sqliteMemory) { desk in
            let rig = try Rig(desk, ScriptedNetwork(200))
            let (endpoint, _) = try await rig.outbox.add(owner: "a", url: "https://one.example")
            let message = try #require(try await rig.publish())
            _ = try await desk.drain(rig.worker, for: .seconds(1))
            try await rig.outbox.replay(message, to: endpoint.id, of: "a")
            _ = try await desk.drain(rig.worker, for: .seconds(1))
            #expect(rig.network.calls.count == 2 && rig.network.calls[0].body == rig.network.calls[1].body)
            #expect(await desk.code { try await rig.outbox.replay(message, to: endpoint.id, of: "b") } == .unknown)
            #expect(try await rig.outbox.prune(before: desk.clock.now) == 1)
            #expect(await desk.code { try await rig.outbox.replay(message, to: endpoint.id, of: "a") } == .unknown)
        }
    }
}
