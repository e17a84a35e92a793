// The cases of AWS's own signing suite that fit a signer of requests (aws-c-auth, Apache-2.0).

import BuskerCore
import BuskerStorage
import HTTPTypes
import Testing

@Suite struct AWSSuiteTests {
    /// A case: what is sent, and the signature in its header.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        var method: HTTPRequest.Method = .get
        var target = "/"
        var headers: [(String, String)] = []
        var isNormalised = true
        var token: String?
        var body: String?
        let signature: String

        var testDescription: String { name }
    }

    static let vanilla = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
    static let letters = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    static let shortToken = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267"

    static let paths = [
        Case(name: "get-vanilla", signature: vanilla),
        Case(name: "get-relative-normalized", target: "/example/..", signature: vanilla),
        Case(
            name: "get-relative-unnormalized", target: "/example/..", isNormalised: false,
            signature: "eca7ead57bb5aa5c8e28007acd4ff04e1ff9a0ff3b237ec1554a184887ff9282"),
        Case(name: "get-relative-relative-normalized", target: "/example1/example2/../..", signature: vanilla),
        Case(
            name: "get-relative-relative-unnormalized", target: "/example1/example2/../..", isNormalised: false,
            signature: "dc33e0856fd4baca4d7aa2146c38958283844764f38c74252a333df5e613003b"),
        Case(name: "get-slash-dot-slash-normalized", target: "/./", signature: vanilla),
        Case(
            name: "get-slash-dot-slash-unnormalized", target: "/./", isNormalised: false,
            signature: "68714168e6557f8f2de0ef956fc24dc2593a4bd2961f8df51898d8a134695145"),
        Case(name: "get-slash-normalized", target: "//", signature: vanilla),
        Case(
            name: "get-slash-unnormalized", target: "//", isNormalised: false,
            signature: "c88bcd3d312d75078c0cd961d6deae3f4c754924b01669efcfcb439fd5e5b76e"),
        Case(
            name: "get-slash-pointless-dot-normalized", target: "/./example",
            signature: "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"),
        Case(
            name: "get-slash-pointless-dot-unnormalized", target: "/./example", isNormalised: false,
            signature: "beb03f223f7deae4146464f06e29eebbee9c8afbe15c290cf07aa8b119e14cff"),
        Case(
            name: "get-slashes-normalized", target: "//example//",
            signature: "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"),
        Case(
            name: "get-slashes-unnormalized", target: "//example//", isNormalised: false,
            signature: "87cca117541a147f6df867677d98a7d80dff226d2bfca9e4ffa899665623c7e5"),
        Case(
            name: "get-space", target: "/example space/",
            signature: "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"),
        Case(
            name: "get-unreserved", target: "/" + letters,
            signature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"),
        Case(
            name: "get-utf8", target: "/\u{1234}",
            signature: "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
    ]

    static let queries = [
        Case(
            name: "get-vanilla-empty-query-key", target: "/?Param1=value1",
            signature: "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"),
        Case(
            name: "get-vanilla-query-order-encoded", target: "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
            signature: "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"),
        Case(
            name: "get-vanilla-query-order-key-case", target: "/?Param2=value2&Param1=value1",
            signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
        Case(
            name: "get-vanilla-query-unreserved", target: "/?\(letters)=\(letters)",
            signature: "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"),
        Case(
            name: "get-vanilla-utf8-query", target: "/?\u{1234}=bar",
            signature: "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"),
        Case(
            name: "post-vanilla-query", method: .post, target: "/?Param1=value1",
            signature: "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"),
    ]

    static let headers = [
        Case(
            name: "get-header-key-duplicate",
            headers: [("My-Header1", "value2"), ("My-Header1", "value2"), ("My-Header1", "value1")],
            signature: "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"),
        Case(
            name: "get-header-value-multiline", headers: [("My-Header1", "value1\n  value2\n     value3")],
            signature: "cfd34249e4b1c8d6b91ef74165d41a32e5fab3306300901bb65a51a73575eefd"),
        Case(
            name: "get-header-value-order",
            headers: ["value4", "value1", "value3", "value2"].map { ("My-Header1", $0) },
            signature: "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"),
        Case(
            name: "get-header-value-trim", headers: [("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
            signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"),
        Case(
            name: "post-header-key-sort", method: .post, headers: [("My-Header1", "value1")],
            signature: "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"),
        Case(
            name: "post-header-value-case", method: .post, headers: [("My-Header1", "VALUE1")],
            signature: "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"),
        Case(
            name: "post-vanilla", method: .post,
            signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        Case(
            name: "get-vanilla-with-session-token", token: shortToken,
            signature: "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"),
        Case(
            name: "post-x-www-form-urlencoded", method: .post,
            headers: [("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", "13")],
            body: "Param1=value1", signature: "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b"),
        Case(
            name: "post-x-www-form-urlencoded-parameters", method: .post,
            headers: [
                ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"), ("Content-Length", "13"),
            ],
            body: "Param1=value1", signature: "328d1b9eaadca9f5818ef05e8392801e091653bafec24fcab71e7344e7f51422"),
    ]

    static func signer(_ sample: Case, signsToken: Bool = true) throws -> SigV4Signer {
        try SigV4Signer(
            credentials: SigV4Credentials(
                accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                sessionToken: sample.token), region: "us-east-1", service: "service",
            rules: SigV4Rules(
                normalisesPath: sample.isNormalised, sendsPayloadHash: sample.body != nil, signsToken: signsToken))
    }

    static func request(_ sample: Case) throws -> SigV4Request {
        let parts = sample.target.split(separator: "?", maxSplits: 1)
        var headers = HTTPFields()
        for (name, value) in sample.headers {
            headers.append(HTTPField(name: try #require(HTTPField.Name(name)), value: value))
        }
        return SigV4Request(
            method: sample.method, host: try SigV4Host(scheme: "https", authority: "example.amazonaws.com"),
            path: String(parts[0]), query: parts.count > 1 ? QueryItem.parse(parts[1]) : [], headers: headers)
    }

    static let moment = Timestamp(microseconds: 1_440_938_160_000_000)

    @Test(arguments: paths + queries + headers)
    func theHeaderHasAWSsSignature(sample: Case) throws {
        let payload = sample.body.map { PayloadHash.of(Array($0.utf8)) } ?? .empty
        let (_, signature) = try Self.signer(sample).sign(Self.request(sample), payload: payload, at: Self.moment)
        #expect(signature.matches(sample.signature), "\(signature.canonicalRequest)")
        #expect(!signature.matches(sample.signature.uppercased()))
    }

    @Test func theAddressHasAWSsSignature() throws {
        let token = Case(
            name: "get-vanilla-with-session-token", token: Self.shortToken,
            signature: "7ff2b50b376cb4d151970630573d6291dc128cc5c2a12ffb237f73cc53f67b6c")
        let letter = Case(
            name: "get-utf8", target: "/\u{1234}",
            signature: "10eae3f14a260bd3911cc6d008d3c576d143b05b62f09782a7a4b37f52178e44")
        for sample in [token, letter] {
            let presigned = try Self.signer(sample).presign(
                Self.request(sample), expires: PresignExpiry(seconds: 3600), payload: .empty, at: Self.moment)
            #expect(presigned.signature.matches(sample.signature), "\(presigned.signature.canonicalRequest)")
        }
    }

    /// `post-sts-header-after`: the token is sent but not signed.
    @Test func aTokenMayBeAddedAfterwards() throws {
        var sample = Case(
            name: "post-sts-header-after", method: .post,
            signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")
        sample.token = Self.shortToken
        let (request, signature) = try Self.signer(sample, signsToken: false).sign(
            Self.request(sample), payload: .empty, at: Self.moment)
        #expect(signature.matches(sample.signature))
        #expect(request.headers[try #require(HTTPField.Name("x-amz-security-token"))] == Self.shortToken)
    }
}
