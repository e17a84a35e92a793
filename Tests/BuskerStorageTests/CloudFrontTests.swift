// Policies of CloudFront that are escaped, and addresses that are refused.

import BuskerCore
import BuskerStorage
import Testing

@Suite struct CloudFrontTests {
    static let end = Timestamp(microseconds: 1_767_326_645_000_000)

    static func signer(_ hash: CloudFrontSigner.Hash = .sha1) throws -> CloudFrontSigner {
        let pem = try #require(VectorFile.text("cloudfront_test_key.pem"))
        return try CloudFrontSigner(keyPairID: "K2", pem: pem, hash: hash)
    }

    @Test(arguments: [
        "https://d/a?Expires=1", "https://d/a?x=1&Policy=2", "https://d/a?signature=1", "https://d/a?Key-Pair-Id",
        "https://d/a?%45xpires=1", "https://d/a?Hash-Algorithm=SHA1", "https://d/a#x", "https://d/a b", "https://d/한",
        "ftp://d/a", "", "https://d/\n",
    ])
    func addressesThatCannotBeSignedAreRefused(url: String) throws {
        #expect(throws: StorageError.self) { try Self.signer().sign(url, expires: Self.end) }
    }

    @Test func aResourceIsEscaped() throws {
        let policy = CloudFrontPolicy(resource: #"https://d/"},\*"#, expires: Self.end)
        let url = try Self.signer().sign("https://d/a", policy: policy)
        let start = try #require(url.firstRange(of: "Policy="))
        let text = String(url[start.upperBound...].prefix { $0 != "&" })
        let base64 = text.replacing("-", with: "+").replacing("_", with: "=").replacing("~", with: "/")
        let bytes = try #require(Base64.decode(base64.utf8))
        let json = try JSONValue(parsing: bytes)
        #expect(json["Statement"]?.elements?.first?["Resource"]?.text == policy.resource)
        #expect(json["Statement"]?.elements?.first?.members?.count == 2)
    }

    @Test(arguments: ["1.2.3", "1.2.3.256", "1.2.3.4/33", "01.2.3.4", "::1", "1.2.3.4/", "\"", "1.2.3.4/8/8", ""])
    func whatIsNoNetworkIsRefused(network: String) throws {
        let policy = CloudFrontPolicy(resource: "https://d/*", expires: Self.end, network: network)
        #expect(throws: StorageError(.badRequest, "")) { try Self.signer().sign("https://d/a", policy: policy) }
    }

    @Test func aPolicyEndsAfterItBegins() throws {
        let late = CloudFrontPolicy(resource: "https://d/*", expires: Self.end, begins: Self.end)
        #expect(throws: StorageError(.badRequest, "")) { try Self.signer().cookies(policy: late) }
        let never = CloudFrontPolicy(resource: "https://d/*", expires: Timestamp(microseconds: 0))
        #expect(throws: StorageError(.badRequest, "")) { try Self.signer().cookies(policy: never) }
    }

    @Test func cookiesOfAPolicyCarryIt() throws {
        let cookies = try Self.signer(.sha256).cookies(
            policy: CloudFrontPolicy(resource: "https://d/*", expires: Self.end))
        #expect(
            cookies.map(\.name) == [
                "CloudFront-Policy", "CloudFront-Signature", "CloudFront-Key-Pair-Id", "CloudFront-Hash-Algorithm",
            ])
    }

    @Test func theKeyIsCheckedAndNeverPrinted() throws {
        #expect(throws: StorageError(.badCredentials, "")) { try CloudFrontSigner(keyPairID: "K", pem: "x") }
        let pem = try #require(VectorFile.text("cloudfront_test_key.pem"))
        #expect(throws: StorageError(.badCredentials, "")) { try CloudFrontSigner(keyPairID: "", pem: pem) }
        var text = "\(try Self.signer())"
        dump(try Self.signer(), to: &text)
        #expect(text.contains("K2") && !text.contains("PrivateKey"))
    }
}
