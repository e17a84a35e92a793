// busker payments fake: a provider to speak to, and its webhooks.

import BuskerHTTP
import BuskerHTTPClient
import Foundation
import HTTPTypes
import Testing

@Suite struct FakeCommandTests {
    typealias Object = [String: Any]

    /// A running double and what it prints.
    final class Double {
        private let process = Process()
        private let output = Pipe()
        private var rest: [UInt8] = []

        init(_ words: [String]) throws {
            let tool: URL = try #require(Runner.tool, "the tool was not found beside the tests")
            process.executableURL = tool
            process.arguments = ["payments", "fake", "--json"] + words
            process.standardOutput = output
            process.standardInput = FileHandle.nullDevice
            try process.run()
        }

        deinit {
            process.terminate()
            process.waitUntilExit()
        }

        /// The next line, once it is there.
        func line() throws -> Object {
            while true {
                if let end = rest.firstIndex(of: 10) {
                    defer { rest.removeSubrange(...end) }
                    return try #require(
                        try JSONSerialization.jsonObject(with: Data(rest[..<end])) as? Object)
                }
                let more = output.fileHandleForReading.availableData
                try #require(!more.isEmpty, "the double ended")
                rest += more
            }
        }

        /// Ends it as Ctrl-C does.
        func stop() -> Int32 {
            process.interrupt()
            process.waitUntilExit()
            return process.terminationStatus
        }
    }

    @Test(arguments: ["stripe", "polar", "paypal", "square"])
    func itSaysWhereItIsAndWithWhichKeys(provider: String) throws {
        let double = try Double(["--provider", provider, "--seed", "7"])
        let told = try double.line()
        #expect(told["provider"] as? String == provider && told["mode"] as? String == "test")
        #expect((told["base_url"] as? String)?.hasPrefix("http://127.0.0.1:") == true)
        #expect((told["secret_key"] as? String)?.isEmpty == false)
        let isPayPal = provider == "paypal"
        #expect((told[isPayPal ? "webhook_id" : "webhook_secret"] as? String)?.isEmpty == false)
        #expect((told["certificate_roots"] != nil) == isPayPal)
        #expect(double.stop() == 130)
    }

    @Test func aCheckoutIsPaidOnItsPageAndTheWebhooksArePosted() async throws {
        let sink = try Double(["--provider", "polar"])
        let target = try #require(try sink.line()["base_url"] as? String)
        let double = try Double(["--provider", "stripe", "--webhook-url", target + "/hooks?a=1"])
        let told = try double.line()
        let client = try HTTPClientTransport()
        let form =
            "mode=payment&success_url=https://shop.example/&line_items[0][quantity]=1&line_items[0][price_data][currency]=usd"
            + "&line_items[0][price_data][unit_amount]=500&line_items[0][price_data][product_data][name]=x"
        var call = try Self.post(told["base_url"], "/v1/checkout/sessions", form)
        call.request.headerFields[.authorization] = "Bearer \(told["secret_key"] as? String ?? "")"
        let made = try await client.send(call)
        let session =
            try JSONSerialization.jsonObject(with: Data(try await made.body.collect(upTo: 1 << 20))) as? Object
        let id = try #require(session?["id"] as? String)
        _ = try await client.send(try Self.post(told["base_url"], "/pay/\(id)/card", "")).body.collect(upTo: 1 << 20)
        var types: Set<String> = []
        while !types.contains("checkout.session.completed") {
            let line = try double.line()
            types.insert(try #require(line["type"] as? String))
            #expect(line["outcome"] as? String == "401", "the other double takes no webhooks")
        }
        #expect(types.contains("payment_intent.succeeded"))
        await client.close()
    }

    static func post(_ base: Any?, _ path: String, _ form: String) throws -> HTTPCall {
        let authority = try #require(base as? String).dropFirst("http://".count)
        var request = HTTPRequest(method: .post, scheme: "http", authority: String(authority), path: path)
        request.headerFields[.contentType] = "application/x-www-form-urlencoded"
        return HTTPCall(request, body: .bytes(Array(form.utf8)))
    }

    @Test(arguments: [
        [], ["--provider", "morse"], ["--provider", "stripe", "--port", "70000"],
        ["--provider", "stripe", "--webhook-url", "ftp://x"], ["--provider", "stripe", "--webhook-url", "http://"],
        ["--provider", "stripe", "--webhook-url", "http://user@x/"], ["--provider", "stripe", "--nature", "kind"],
    ])
    func wrongOptionsAre64(words: [String]) throws {
        #expect(try Runner().run(["payments", "fake"] + words).exit == 64)
    }

    @Test func aPortThatIsTakenIs69() throws {
        let first = try Double(["--provider", "stripe"])
        let port = try #require((try first.line()["base_url"] as? String)?.split(separator: ":").last)
        #expect(try Runner().run(["payments", "fake", "--provider", "stripe", "--port", "\(port)"]).exit == 69)
    }
}
