// The client over real sockets: what it carries, and what it calls what goes wrong.

import BuskerHTTP
import BuskerHTTPClient
import HTTPTypes
import Testing

@Suite struct HTTPClientTests {
    static let ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"

    static func call(
        _ authority: String, _ method: HTTPRequest.Method = .get, _ path: String = "/", body: HTTPBody = .bytes([]),
        scheme: String = "http", limit: Duration = .seconds(120)
    ) -> HTTPCall {
        HTTPCall(
            HTTPRequest(method: method, scheme: scheme, authority: authority, path: path), body: body, timeLimit: limit)
    }

    /// Runs a client against a script, and closes it.
    static func with(
        _ limits: HTTPClientLimits = .standard, _ script: @escaping WireServer.Script,
        _ body: (HTTPClientTransport, String) async throws -> Void
    ) async throws {
        try await WireServer.run(script) { authority in
            let client = try HTTPClientTransport(limits)
            do {
                try await body(client, authority)
            } catch {
                await client.close()
                throw error
            }
            await client.close()
        }
    }

    static func code(_ work: () async throws -> Void) async -> HTTPError.Code? {
        do {
            try await work()
            return nil
        } catch {
            return (error as? HTTPError)?.code
        }
    }

    static func get(_ client: HTTPClientTransport, _ call: HTTPCall) async throws -> [UInt8] {
        try await client.send(call).body.collect(upTo: 1 << 20)
    }

    @Test func aRequestArrivesAsItIsAndTheAnswerComesBack() async throws {
        let seen = Box("")
        try await Self.with { wire in
            while let head = try await wire.head() {
                let body = try await wire.bytes(5)
                seen.set(head + String(decoding: body, as: UTF8.self))
                try await wire.send("HTTP/1.1 402 Pay\r\nX-Note: a\r\nx-note: b\r\ncontent-length: 3\r\n\r\nno!")
            }
        } _: { client, authority in
            var call = Self.call(authority, .post, "/a%2Fb//../c?x=1&y[]=%20|?", body: .bytes(Array("hello".utf8)))
            call.request.headerFields[.authorization] = "Bearer x"
            call.request.headerFields[.contentLength] = "4711"
            let answer = try await client.send(call)
            #expect(answer.response.status.code == 402)
            #expect(answer.response.headerFields[values: try #require(.init("x-note"))] == ["a", "b"])
            #expect(answer.body.length == 3)
            #expect(try await answer.body.collect(upTo: 3) == Array("no!".utf8))
        }
        let lines = seen.value.split(separator: "\r\n").map(String.init)
        #expect(lines.first == "POST /a%2Fb//../c?x=1&y%5B%5D=%20%7C? HTTP/1.1")
        #expect(lines.last == "hello")
        #expect(lines.contains("Authorization: Bearer x") && lines.contains("Content-Length: 5"))
        #expect(lines.count { $0.lowercased().hasPrefix("content-length") } == 1)
    }

    @Test func connectionsAreUsedAgainAndNoMoreThanAllowed() async throws {
        let connections = Tally()
        try await Self.with(HTTPClientLimits(connectionsPerHost: 2, connectTime: .seconds(60))) { wire in
            connections.add()
            while try await wire.head() != nil { try await wire.send(Self.ok) }
        } _: { client, authority in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<40 {
                    group.addTask {
                        let got = try await Self.get(client, Self.call(authority))
                        #expect(got == Array("ok".utf8))
                    }
                }
                try await group.waitForAll()
            }
        }
        #expect(connections.value <= 2)
    }

    @Test func redirectsAreAnswersAndNothingIsUnpacked() async throws {
        let packed = "HTTP/1.1 302 Found\r\nlocation: /x\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nzzzz"
        try await Self.with { wire in
            while try await wire.head() != nil { try await wire.send(packed) }
        } _: { client, authority in
            let answer = try await client.send(Self.call(authority))
            #expect(answer.response.status.code == 302)
            #expect(try await answer.body.collect(upTo: 9) == Array("zzzz".utf8))
        }
    }

    @Test(arguments: [
        ("nothing", ""), ("half a head", "HTTP/1.1 200 OK\r\ncontent-"),
        ("half a body", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"),
        ("half a piece", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab"),
        ("no last piece", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n"),
    ])
    func aConnectionThatEndsInTheMiddleIsInterrupted(name: String, answer: String) async throws {
        try await Self.with { wire in
            _ = try await wire.head()
            try await wire.send(answer)
        } _: { client, authority in
            let code = await Self.code { _ = try await Self.get(client, Self.call(authority, .post)) }
            #expect(code == .interrupted)
        }
    }

    @Test(arguments: [
        "garbage\r\n\r\n", "\0\0\0\0\r\n", "HTTP/9.9 200 OK\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999999\r\n\r\n", "HTTP/1.1 200 OK\r\na b: c\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nx: \(String(repeating: "y", count: 90_000))\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\(String(repeating: "x: y\r\n", count: 400))\r\n",
        "HTTP/1.1 200 OK\r\n\(String(repeating: "x: \(String(repeating: "y", count: 1000))\r\n", count: 100))\r\n",
        "SSH-2.0-OpenSSH_9.6\r\n",
    ])
    func anAnswerThatIsNoHTTPIsMalformed(answer: String) async throws {
        try await Self.with { wire in
            _ = try await wire.head()
            try await wire.send(answer)
            try await wire.drain()
        } _: { client, authority in
            let code = await Self.code { _ = try await Self.get(client, Self.call(authority)) }
            #expect(code == .malformedResponse)
        }
    }

    @Test func whereNobodyListensIsUnreachable() async throws {
        let gone = Box("")
        try await WireServer.run({ _ in }, { gone.set($0) })
        let client = try HTTPClientTransport()
        let refused = await Self.code { _ = try await client.send(Self.call(gone.value, .post)) }
        #expect(refused == .unreachable)
        let unknown = await Self.code { _ = try await client.send(Self.call("no-such-host.invalid", .post)) }
        #expect(unknown == .unreachable)
        await client.close()
    }

    @Test func aCertificateThatNobodySignedIsUntrusted() async throws {
        try await WireServer.run(tls: true) { wire in
            while try await wire.head() != nil { try await wire.send(Self.ok) }
        } _: { authority in
            let port = authority.split(separator: ":")[1]
            let stranger = try HTTPClientTransport()
            let friend = try HTTPClientTransport(trusting: TestCertificate.certificate)
            let call = Self.call("localhost:\(port)", scheme: "https")
            #expect(await Self.code { _ = try await stranger.send(call) } == .untrusted)
            #expect(try await Self.get(friend, call) == Array("ok".utf8))
            let other = Self.call("127.0.0.1:\(port)", scheme: "https")
            #expect(await Self.code { _ = try await friend.send(other) } == .untrusted)
            await stranger.close()
            await friend.close()
        }
    }

    @Test func aServerThatSpeaksNoTLSIsUnreachable() async throws {
        try await Self.with { wire in
            try await wire.send(Self.ok)
        } _: { client, authority in
            let call = Self.call(authority, .post, scheme: "https")
            #expect(await Self.code { _ = try await client.send(call) } == .unreachable)
        }
    }

    @Test(
        arguments: [
            (nil, "a.example", "/"), ("ftp", "a.example", "/"), ("file", "a.example", "/"), ("unix", "a.example", "/"),
            ("http", nil, "/"), ("http", "", "/"), ("http", "user:pass@a.example", "/"), ("http", "a.example/b", "/"),
            ("http", "a.example?", "/"), ("http", "a b", "/"), ("http", "a\r\nb", "/"),
            ("http", "ex\u{E4}mple.com", "/"),
            ("http", "a.example", ""), ("http", "a.example", "x"), ("http", "a.example", "*"),
            ("http", "a.example", "/a b"),
            ("http", "a.example", "/a\r\nHost: b"), ("http", "a.example", "/a#b"), ("http", "a.example", "/%"),
            ("http", "a.example", "/%2"),
            ("http", "a.example", "/%zz"), ("http", "a.example", "/a\\b"), ("http", "a.example", "/\u{E4}"),
            ("http", "a.example:99999999", "/"), ("http", "a.example:0", "/"), ("http", "a.example:+8", "/"),
            ("http", "a.example:", "/"), ("http", "[::1", "/"), ("http", "[::1]x", "/"), ("http", "[]", "/"),
            ("http", ":80", "/"), ("http", "a:b:c", "/"),
        ] as [(String?, String?, String)])
    func anAddressThatCannotBeAskedIsRefused(scheme: String?, authority: String?, path: String) async throws {
        let client = try HTTPClientTransport()
        let request = HTTPRequest(method: .get, scheme: scheme, authority: authority, path: path)
        let code = await Self.code { _ = try await client.send(HTTPCall(request, timeLimit: .seconds(5))) }
        #expect(code == .badRequest)
        await client.close()
    }

    @Test func aClosedClientSendsNothing() async throws {
        let client = try HTTPClientTransport()
        await client.close()
        await client.close()
        #expect(await Self.code { _ = try await client.send(Self.call("127.0.0.1:1")) } == .badRequest)
    }

    @Test func certificatesThatCannotBeReadAreRefused() {
        for text in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"] {
            #expect(throws: HTTPError(.badRequest, "")) { try HTTPClientTransport(trusting: text) }
        }
    }
}
