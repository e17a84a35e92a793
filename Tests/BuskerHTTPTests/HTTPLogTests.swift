// Logs show no secrets.

import BuskerHTTP
import HTTPTypes
import Testing

@Suite struct HTTPLogTests {
    static let secret = "s3cr3t-value"

    @Test(arguments: [
        "Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "Stripe-Signature", "webhook-signature",
        "PAYPAL-TRANSMISSION-SIG", "x-square-hmacsha256-signature", "Idempotency-Key", "X-Api-Key", "Location",
        "X-Of-A-Provider-To-Come",
    ])
    func headersThatAreNotKnownToBeHarmlessAreHidden(name: String) throws {
        let name = try #require(HTTPField.Name(name))
        var call = HTTPCall(RetryRig.request(.post), body: .bytes(Array(Self.secret.utf8)))
        call.request.headerFields[name] = Self.secret
        var response = HTTPResponse(status: .ok)
        response.headerFields[name] = Self.secret
        let answer = HTTPAnswer(response, body: .bytes(Array(Self.secret.utf8)))
        var dumped = ""
        dump(call, to: &dumped)
        dump(answer, to: &dumped)
        for text in [
            HTTPLog.line(call.request), HTTPLog.line(response), "\(call)", "\(answer)", String(reflecting: call),
            dumped,
        ] {
            #expect(!text.contains(Self.secret), "\(text)")
            #expect(!text.contains("115, 51"), "a body is no list of numbers either")
        }
        #expect(HTTPLog.line(call.request).contains("\(name.rawName): (hidden)"))
    }

    @Test(arguments: [
        "/v1/x?client_secret=s3cr3t-value", "/b/o?X-Amz-Signature=s3cr3t-value&X-Amz-Date=1",
        "/?access_token=s3cr3t-value",
        "/?a=1&s3cr3t-value", "/?s3cr3t-value", "/x#s3cr3t-value", "/v1/checkouts/client/polar_cl_s3cr3t-value",
        "/v1/sk_live_s3cr3t-value/x", "/v1/pi_1_secret_s3cr3t-value", "/bot12:s3cr3t-value/send",
        "/?a=b?c=s3cr3t-value",
        "/?=s3cr3t-value", "/?a==s3cr3t-value",
    ])
    func addressesKeepTheirSecrets(path: String) {
        var request = RetryRig.request()
        request.path = path
        #expect(!HTTPLog.line(request).contains(Self.secret), "\(HTTPLog.line(request))")
        request.authority = "user:\(Self.secret)@example.com"
        #expect(!HTTPLog.line(request).contains(Self.secret))
    }

    @Test func whatIsHarmlessIsShown() throws {
        var call = HTTPCall(RetryRig.request(.post, ["content-type": "application/json"]), body: .bytes([1, 2, 3]))
        call.request.path = "/v1/refunds?expand[]=charge&limit=3"
        #expect(
            "\(call)" == "POST https://api.example.com/v1/refunds?expand[]=(hidden)&limit=(hidden) "
                + "[content-type: application/json] 3 bytes")
    }

    @Test func aLineStaysOneShortLine() {
        var request = RetryRig.request()
        request.path =
            "/" + String(repeating: "a/", count: 10_000) + "\n\u{1B}[2J\u{202E}?"
            + String(repeating: "a=b&", count: 10_000)
        for at in 0..<500 {
            if let name = HTTPField.Name("x-\(at)") { request.headerFields[name] = String(repeating: "v", count: 9000) }
        }
        request.headerFields[.userAgent] = String(repeating: "v", count: 9000)
        let line = HTTPLog.line(request)
        #expect(line.utf8.count < 12_000)
        #expect(line.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value < 0x7F || $0 == "…" })
    }
}
