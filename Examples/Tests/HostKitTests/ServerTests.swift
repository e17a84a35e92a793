// What the server does with clients that are slow, many or hostile, and when it is told to stop.

import BuskerHTTP
import Foundation
import HTTPTypes
import Testing

@Suite struct ServerTests {
    @Test func everythingThatIsWrongIsListedAtOnce() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "hostkit-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "studio.conf")
        try Data("# settings\nPORT=99999\nPRICE = per_song\nUNKNOWN=1\nnonsense\n".utf8).write(to: file)
        let run = try Studio.start(
            ["STEMSTUDIO_CONFIG": file.path, "WORKERS": "none", "STORAGE": "tape", "ADMIN_EMAIL": "a@b.example"],
            in: folder)
        run.process.waitUntilExit()
        #expect(run.process.terminationStatus == 78)
        let text = try String(contentsOf: run.errors, encoding: .utf8)
        for name in ["SECRET_KEY", "PORT", "WORKERS", "STORAGE", "ADMIN_PASSWORD", "UNKNOWN", "line 5"] {
            #expect(text.contains(name), "\(name) in \(text)")
        }
        #expect(text.contains("7 settings are wrong"))
    }

    @Test func tooManyRequestsAreTurnedAway() async throws {
        let studio = try await Studio(["RATE_PER_MINUTE": "10"])
        let person = try await studio.person()
        var answers: [Answer] = []
        for _ in 0..<12 { answers.append(try await person.get("/credits/balance")) }
        let refused = try #require(answers.first { $0.status == 429 })
        #expect(answers.prefix(9).allSatisfy { $0.status == 200 })
        #expect(try refused.text("code") == "rate_limited")
        #expect(try #require(refused.headers[.retryAfter].flatMap { Int($0) }) >= 1)
        var byAddress: [Int] = []
        for _ in 0..<45 { byAddress.append(try await Client(studio: studio).get("/credits/packages").status) }
        #expect(byAddress.contains(429) && byAddress.first == 200)
        #expect(try await studio.stop() == 0)
    }

    @Test func slowClientsLoseTheirPlaceAndStopNobody() async throws {
        let studio = try await Studio(["HEAD_SECONDS": "1"])
        let person = try await studio.person()
        let beginnings = [
            "GET /credits/balance HTTP/1.1\r\nHost: x\r\nX-Slow: ",
            "POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{",
            "POST /auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
        ]
        let sockets = try (0..<60).map { at in
            let socket = try RawSocket(port: studio.port)
            try socket.write(Array(beginnings[at % 3].utf8))
            return socket
        }
        for _ in 0..<15 {
            for socket in sockets { try? socket.write([0x61]) }
            // A connection that rested for a second may be closed as it is used again: then a new one is made.
            let first = try? await person.get("/credits/balance")
            let answer = if let first { first } else { try await person.get("/credits/balance") }
            #expect(answer.status == 200)
            try await Task.sleep(for: .milliseconds(100))
        }
        for socket in sockets {
            #expect(socket.read().isClosed)
            socket.close()
        }
        #expect(try await studio.stop() == 0)
    }

    @Test(arguments: [false, true])
    func anAddressHasSoManyConnections(isBehindProxies: Bool) async throws {
        let studio = try await Studio([
            "CONNECTIONS_PER_ADDRESS": "5", "TRUSTED_PROXIES": isBehindProxies ? "1" : "0",
        ])
        let request = Array("GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".utf8)
        let sockets = try (0..<5).map { _ in
            let socket = try RawSocket(port: studio.port)
            try socket.write(Array("GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: ".utf8))
            return socket
        }
        try await Task.sleep(for: .milliseconds(300))
        let sixth = try RawSocket(port: studio.port)
        try? sixth.write(request)
        #expect(sixth.read().text.isEmpty != isBehindProxies)
        sixth.close()
        for socket in sockets { socket.close() }
        var isServed = false
        for _ in 0..<100 where !isServed {
            let next = try RawSocket(port: studio.port)
            try? next.write(request)
            isServed = next.read().text.hasPrefix("HTTP/1.1 200")
            next.close()
            if !isServed { try await Task.sleep(for: .milliseconds(50)) }
        }
        #expect(isServed, "places were not given back")
        #expect(try await studio.stop() == 0)
    }

    @Test func hostileRequestsAreAnsweredOrCutOff() async throws {
        let studio = try await Studio.shared.value
        let long = String(repeating: "a", count: 40_000)
        let requests = [
            "GET / HTTP/1.1\r\n\r\n", "\r\n\r\n\r\n", "NONSENSE\r\n\r\n", "GET /\(long) HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nX: \(long)\r\n\r\n",
            "POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
            "POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
            "POST /auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n",
            "POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
            "GET /%ff%00%2e%2e HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /assets/..%2f..%2f..%2fetc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /job/%00/preview/%ff HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET //?&&==%&limit=%zz HTTP/1.1\r\nHost: x\r\n\r\n",
        ]
        for request in requests {
            let socket = try RawSocket(port: studio.port)
            try socket.write(Array((request.replacing("Host: x\r\n", with: "Host: x\r\nConnection: close\r\n")).utf8))
            socket.shutdownWriting()
            let answer = socket.read()
            #expect(!answer.text.contains("root:"), "\(request.prefix(60))")
            #expect(!answer.text.hasPrefix("HTTP/1.1 5"), "\(request.prefix(60)): \(answer.text.prefix(200))")
            socket.close()
        }
        #expect(try await Client(studio: studio).get("/health/ready").status == 200)
    }

    @Test func bodiesHaveLimits() async throws {
        let studio = try await Studio.shared.value
        let client = Client(studio: studio)
        let deep = String(repeating: "[", count: 5_000)
        let bodies = [
            ("{\"email\":\"" + String(repeating: "a", count: 70_000) + "\"}", 413), (deep, 400), ("{", 400),
            ("[]", 400),
        ]
        for (body, status) in bodies {
            let answer = try await client.send(
                .post, "/auth/login", ["Content-Type": "application/json"], body: .bytes(Array(body.utf8)))
            #expect(answer.status == status, "\(body.prefix(20)): \(answer.body)")
        }
        let form = try await client.send(.post, "/auth/login", ["Content-Type": "text/plain"], body: .bytes([65]))
        #expect(form.status == 415)
        #expect(try await client.get("/jobs?limit=1").status == 401)
        let person = try await studio.person()
        for query in ["limit=0", "limit=x", "limit=101", "cursor=x", "cursor=", "status=LOST"] {
            #expect(try await person.get("/jobs?\(query)").status == 400, "\(query)")
        }
    }

    @Test func itStopsInTimeAlthoughSomebodyWatches() async throws {
        let studio = try await Studio(["SHUTDOWN_SECONDS": "5"])
        let person = try await studio.person()
        let job = try await person.upload(Sound.wav(seconds: 8)).text("job_id")
        let watching = try await person.open(.get, "/job/\(job)/events")
        let reading = Task { try? await watching.body.collect(upTo: 1 << 20) }
        let begun = ContinuousClock.now
        #expect(try await studio.stop() == 0, "\(studio.log.suffix(400))")
        #expect(ContinuousClock.now - begun < .seconds(20))
        _ = await reading.value
    }

    @Test func answersCarryWhatBrowsersKeepTo() async throws {
        let studio = try await Studio(["CORS_ORIGINS": "https://app.example"])
        let client = Client(studio: studio)
        let page = try await client.get("/")
        #expect(page.status == 200 && page.headers[.contentType] == "text/html; charset=utf-8")
        #expect(page.headers[.contentSecurityPolicy]?.hasPrefix("default-src 'none'; script-src 'self'") == true)
        #expect(page.headers[.xContentTypeOptions] == "nosniff")
        let script = try await client.get("/assets/js/main.js")
        #expect(script.headers[.contentType] == "text/javascript; charset=utf-8")
        let tag = try #require(script.headers[.eTag])
        #expect(try await client.get("/assets/js/main.js", ["If-None-Match": tag]).status == 304)
        for path in ["/assets/", "/assets/../main.swift", "/assets/%2e%2e/main.swift", "/assets/.hidden", "/nothing"] {
            #expect(try await client.get(path).status == 404, "\(path)")
        }
        let wrong = try await client.send(.delete, "/auth/login")
        #expect(wrong.status == 405 && wrong.headers[.allow] == "POST")
        let named = try await client.get("/health/live", ["X-Request-Id": "from-the-proxy-1"])
        #expect(named.headers[try #require(HTTPField.Name("X-Request-Id"))] == "from-the-proxy-1")

        let asked = ["Origin": "https://app.example", "Access-Control-Request-Method": "POST"]
        let preflight = try await client.send(.options, "/jobs", asked)
        #expect(preflight.status == 204 && preflight.headers[.accessControlAllowOrigin] == "https://app.example")
        let other = try await client.send(.options, "/jobs", asked.merging(["Origin": "https://evil.example"]) { $1 })
        #expect(other.headers[.accessControlAllowOrigin] == nil)
        #expect(try await studio.stop() == 0)
    }

    @Test func logsAreLinesOfJSONWithoutSecrets() async throws {
        let studio = try await Studio(["LOG_LEVEL": "debug"])
        let person = try await studio.person()
        _ = try await person.get("/auth/me?ticket=secret-ticket")
        _ = try await Client(studio: studio).post("/auth/login", ["email": person.email, "password": "wrong password"])
        let log = studio.log
        let lines = log.split(separator: "\n")
        #expect(lines.count >= 3)
        for line in lines {
            #expect((try? JSONSerialization.jsonObject(with: Data(line.utf8))) is [String: Any], "\(line)")
        }
        for secret in [
            try #require(person.token), "correct horse", "wrong password", person.email, "secret-ticket", "Zq8vWn3k",
        ] {
            #expect(!log.contains(secret))
        }
        #expect(try await studio.stop() == 0)
    }
}
