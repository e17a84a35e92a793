// What a signer signs, refuses and hides.

import BuskerCore
import BuskerStorage
import HTTPTypes
import Testing

@Suite struct SignerTests {
    static let now = Timestamp(microseconds: 1_369_353_600_000_000)

    static func signer(_ token: String? = nil) throws -> SigV4Signer {
        try SigV4Signer(
            credentials: SigV4Credentials(
                accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                sessionToken: token), region: "us-east-1")
    }

    static func fields(_ pairs: [(String, String)]) throws -> HTTPFields {
        var fields = HTTPFields()
        for (name, value) in pairs {
            fields.append(HTTPField(name: try #require(HTTPField.Name(name)), value: value))
        }
        return fields
    }

    /// The upload in chunks of the S3 documentation, "Signature Calculations for the Authorization Header: Transferring
    /// Payload in Multiple Chunks".
    @Test func chunksAreSignedAsS3Documents() throws {
        let endpoint = try S3Endpoint("https://s3.amazonaws.com")
        let request = try endpoint.request(
            .put, bucket: "examplebucket", key: "chunkObject.txt",
            headers: Self.fields([
                ("x-amz-storage-class", "REDUCED_REDUNDANCY"), ("Content-Encoding", "aws-chunked"),
                ("x-amz-decoded-content-length", "66560"), ("Content-Length", "66824"),
            ]))
        let (_, seed) = try Self.signer().sign(request, payload: .signedChunks, at: Self.now)
        #expect(seed.hexadecimal == "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9")
        var chunks = try ChunkSigner(signer: Self.signer(), seed: seed, at: Self.now)
        let first = chunks.frame([UInt8](repeating: UInt8(ascii: "a"), count: 65_536))
        #expect(chunks.signature == "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648")
        let second = chunks.frame([UInt8](repeating: UInt8(ascii: "a"), count: 1024))
        #expect(chunks.signature == "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497")
        let end = chunks.end()
        #expect(chunks.signature == "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9")
        #expect(String(decoding: end, as: UTF8.self) == "0;chunk-signature=\(chunks.signature)\r\n\r\n")
        #expect(first.count + second.count + end.count == 66_824)
        #expect(ChunkSigner.wireLength(of: 66_560, chunk: 65_536) == 66_824)
        #expect(ChunkSigner.wireLength(of: .max, chunk: 1) == nil && ChunkSigner.wireLength(of: 1, chunk: 0) == nil)
    }

    /// The same with a checksum after it: "Including trailing headers".
    @Test func aTrailerIsSignedAsS3Documents() throws {
        let request = try S3Endpoint("https://s3.amazonaws.com").request(
            .put, bucket: "examplebucket", key: "chunkObject.txt",
            headers: Self.fields([
                ("x-amz-storage-class", "REDUCED_REDUNDANCY"), ("Content-Encoding", "aws-chunked"),
                ("x-amz-decoded-content-length", "66560"), ("x-amz-trailer", "x-amz-checksum-crc32c"),
            ]))
        let (_, seed) = try Self.signer().sign(request, payload: .signedChunksAndTrailer, at: Self.now)
        #expect(seed.hexadecimal == "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e")
        var chunks = try ChunkSigner(signer: Self.signer(), seed: seed, at: Self.now)
        _ = chunks.frame([UInt8](repeating: UInt8(ascii: "a"), count: 65_536))
        #expect(chunks.signature == "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2")
        _ = chunks.frame([UInt8](repeating: UInt8(ascii: "a"), count: 1024))
        #expect(chunks.signature == "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7")
        let end = String(decoding: chunks.end(trailer: [("x-amz-checksum-crc32c", "sOO8/Q==")]), as: UTF8.self)
        #expect(end.hasPrefix("0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n"))
        #expect(chunks.signature == "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435")
        #expect(end.hasSuffix("x-amz-trailer-signature:\(chunks.signature)\r\n\r\n"))
    }

    @Test(arguments: [
        ("https", "S3.example.com:443", "s3.example.com"), ("http", "h:80", "h"), ("http", "h:443", "h:443"),
        ("https", "h:80", "h:80"), ("http", "[::1]:9000", "[::1]:9000"), ("http", "[::1]", "[::1]"),
        ("https", "[2001:DB8::1]:443", "[2001:db8::1]"), ("http", "127.0.0.1:9000", "127.0.0.1:9000"),
    ])
    func theHostIsSignedAsItIsSent(scheme: String, authority: String, signed: String) throws {
        #expect(try SigV4Host(scheme: scheme, authority: authority).signed == signed)
    }

    @Test(arguments: ["", "::1", "h:", "h:0", "h:65536", "h:x", "a b", "h/x", "u@h", "[::1", "h:+1", "[]", "ü"])
    func whatIsNoHostIsRefused(authority: String) {
        #expect(throws: StorageError(.badAddress, "")) { try SigV4Host(scheme: "http", authority: authority) }
    }

    @Test func anIPv6StoreIsAddressedInBrackets() throws {
        let endpoint = try S3Endpoint("http://[::1]:9000", addressing: .virtualHost)
        let request = try endpoint.request(.get, bucket: "bkt", key: "a b")
        let presigned = try Self.signer().presign(request, expires: .quarterHour, at: Self.now)
        #expect(presigned.url.hasPrefix("http://[::1]:9000/bkt/a%20b?X-Amz-Algorithm="))
        #expect(presigned.signature.canonicalRequest.contains("\nhost:[::1]:9000\n"))
    }

    @Test func headersThatProxiesRewriteAreNotSigned() throws {
        let headers = try Self.fields([
            ("Connection", "close"), ("Expect", "100-continue"), ("TE", "x"), ("Transfer-Encoding", "chunked"),
            ("Upgrade", "x"), ("User-Agent", "x"), ("X-Amzn-Trace-Id", "x"), ("Authorization", "x"),
            ("Proxy-Authorization", "x"), ("Keep-Alive", "x"), ("Content-Length", "5"),
        ])
        let request = try S3Endpoint("https://s3.amazonaws.com").request(
            .put, bucket: "bkt", key: "k", headers: headers)
        let (_, signature) = try Self.signer("tok").sign(request, payload: .empty, at: Self.now)
        #expect(
            signature.signedHeaders
                == "content-length;host;x-amz-content-sha256;x-amz-date;x-amz-security-token")
    }

    @Test func otherServicesEncodeThePathTwice() throws {
        let signer = try SigV4Signer(
            credentials: SigV4Credentials(accessKeyID: "a", secretAccessKey: "b"), region: "r", service: "x",
            rules: .standard)
        let request = SigV4Request(
            method: .get, host: try SigV4Host(scheme: "https", authority: "h"), path: "/a%20b//c")
        let (_, signature) = try signer.sign(request, payload: .empty, at: Self.now)
        #expect(signature.canonicalRequest.hasPrefix("GET\n/a%2520b/c\n"))
    }

    @Test func theKeyFollowsTheDay() throws {
        let signer = try Self.signer()
        let request = try S3Endpoint("https://s3.amazonaws.com").request(.get, bucket: "bkt", key: "k")
        let day: Int64 = 86_400_000_000
        let signatures = try [0, 1, 0, 2].map { days in
            try signer.presign(request, expires: .quarterHour, at: Self.now.advanced(byMicroseconds: days * day)).url
        }
        #expect(signatures[0] == signatures[2] && Set(signatures).count == 3)
    }

    @Test func aBindingSignsWhatItBinds() throws {
        let binding = PresignBinding(
            contentType: "audio/wav", exactLength: 5, createOnly: true, sha256: [UInt8](repeating: 7, count: 32),
            encryption: .kms(key: "k", context: Array("{}".utf8), usesBucketKey: true))
        let request = try S3Endpoint("https://s3.amazonaws.com").request(
            .put, bucket: "bkt", key: "k", headers: binding.headers())
        let presigned = try Self.signer().presign(request, expires: .quarterHour, at: Self.now)
        let kms = "x-amz-server-side-encryption"
        #expect(
            presigned.signature.signedHeaders
                == "content-length;content-type;host;if-none-match;x-amz-checksum-sha256;\(kms);\(kms)-aws-kms-key-id;"
                + "\(kms)-bucket-key-enabled;\(kms)-context")
        #expect(throws: StorageError(.badRequest, "")) { try PresignBinding(exactLength: -1).headers() }
        #expect(throws: StorageError(.badRequest, "")) { try PresignBinding(sha256: [1]).headers() }
        #expect(throws: StorageError(.badRequest, "")) { try PresignBinding(contentType: "a\nb").headers() }
    }

    @Test func anExpiryHasBounds() throws {
        for seconds in [Int64.min, -1, 0, 604_801, .max] {
            #expect(throws: StorageError(.badExpiry, "")) { try PresignExpiry(seconds: seconds) }
        }
        #expect(try PresignExpiry(seconds: 604_800).seconds == 604_800)
    }

    @Test func parametersOfASignatureAreRefused() throws {
        let request = try S3Endpoint("https://s3.amazonaws.com").request(
            .get, bucket: "bkt", key: "k", query: [QueryItem("x-amz-expires", "9")])
        #expect(throws: StorageError(.badRequest, "")) {
            try Self.signer().presign(request, expires: .quarterHour, at: Self.now)
        }
    }

    /// A policy whose signature was derived apart from this code, with Python's `hmac`.
    @Test func aFormIsSignedAsBotocoreDoes() throws {
        let policy = PostPolicy(
            expires: Self.now.advanced(byMicroseconds: 3_600_000_000),
            conditions: [
                .startsWith(field: "key", "up/한"), .length(1...10), .equals(field: "bucket", "bkt"),
            ])
        let fields = try Self.signer("tok").fields(for: policy, at: Self.now)
        #expect(
            fields.map(\.name) == [
                "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-security-token", "policy",
                "x-amz-signature",
            ])
        let text = Base64.decode(fields[4].value.utf8).map { String(decoding: $0, as: UTF8.self) }
        let scope = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"
        #expect(
            text == #"{"expiration": "2013-05-24T01:00:00Z", "conditions": [["starts-with", "$key", "up/\ud55c"], "#
                + #"["content-length-range", 1, 10], {"bucket": "bkt"}, {"x-amz-algorithm": "AWS4-HMAC-SHA256"}, "#
                + #"{"x-amz-credential": "\#(scope)"}, {"x-amz-date": "20130524T000000Z"}, "#
                + #"{"x-amz-security-token": "tok"}]}"#)
        #expect(fields[5].value == "e49537c6dbf5217109d4baff5af2d95b4bea86e1264a49acceb26037ff1e793d")
    }

    @Test func secretsAreNeverPrinted() throws {
        let credentials = try SigV4Credentials(accessKeyID: "AKID", secretAccessKey: "s3cr3t", sessionToken: "t0k3n")
        let signer = try SigV4Signer(credentials: credentials, region: "r")
        let sse = try S3Encryption.customer(key: Array("0123456789abcdef0123456789abcdef".utf8))
        for text in ["\(credentials)", String(reflecting: signer), "\(signer)", String(reflecting: sse), "\(sse)"] {
            #expect(!text.contains("s3cr3t") && !text.contains("t0k3n") && !text.contains("MDEyMzQ1"), "\(text)")
        }
        var dumped = ""
        dump(signer, to: &dumped)
        dump(sse, to: &dumped)
        #expect(!dumped.contains("s3cr3t") && !dumped.contains("t0k3n") && !dumped.contains("MDEyMzQ1"))
        for secret in ["", "a b", "a\n"] {
            #expect(throws: StorageError(.badCredentials, "")) {
                try SigV4Credentials(accessKeyID: "a", secretAccessKey: secret)
            }
        }
    }
}
