// Servers of S3 that the environment names; Scripts/s3 starts them.

import BuskerCore
import BuskerHTTP
import BuskerHTTPClient
import BuskerStorage
import Foundation
import HTTPTypes
import TestSupport
import Testing

/// A server, and how a store there gets a bucket of its own.
struct LiveServer: Sendable, CustomTestStringConvertible {
    let name: String
    let endpoint: S3Endpoint
    let signer: SigV4Signer
    let settings: S3Settings

    var testDescription: String { name }

    /// OpenStack Swift, which checks every signature but knows no `If-Match` of what is written; a copy's conditions it asks of
    /// the source.
    static let swift = LiveServer("swift", environment: "BUSKER_TEST_S3") {
        $0.replacesAtomically = false
        $0.copiesAtomically = false
    }
    /// Moto, which checks no signature and takes no notice of the conditions of copies.
    static let moto = LiveServer("moto", environment: "BUSKER_TEST_MOTO") { $0.copiesAtomically = false }
    static let all = [swift, moto].compactMap(\.self)

    static let client: HTTPClientTransport? = try? HTTPClientTransport()

    /// Reads `url,bucket,key,secret`; nothing when the environment has no such line.
    init?(_ name: String, environment: String, _ change: (inout S3Settings) -> Void) {
        let parts = (ProcessInfo.processInfo.environment[environment] ?? "").split(separator: ",").map(String.init)
        guard parts.count == 4, let endpoint = try? S3Endpoint(parts[0]),
            let credentials = try? SigV4Credentials(accessKeyID: parts[2], secretAccessKey: parts[3]),
            let signer = try? SigV4Signer(credentials: credentials, region: "us-east-1")
        else { return nil }
        var settings = S3Settings()
        change(&settings)
        self.name = name
        self.endpoint = endpoint
        self.signer = signer
        self.settings = settings
    }

    /// A store in a bucket; `change` makes it another one than usual.
    func store(
        _ bucket: String, over transport: (any HTTPTransport)? = nil, _ change: (inout S3Settings) -> Void = { _ in }
    ) throws -> S3Store {
        var settings = settings
        change(&settings)
        return try S3Store(
            endpoint, bucket: bucket, signer: signer, transport: try transport ?? #require(Self.client),
            settings: settings)
    }

    /// Lends a bucket that nobody else has, and takes it away again.
    func withBucket(_ body: (String) async throws -> Void) async throws {
        let bucket = try await makeBucket()
        do {
            try await body(bucket)
        } catch {
            await dropBucket(bucket)
            throw error
        }
        await dropBucket(bucket)
    }

    func makeBucket() async throws -> String {
        var random = SystemRandom()
        let bucket = "test-" + String(random.next(), radix: 36)
        let status = try await send(try endpoint.request(.put, bucket: bucket)).response.status.code
        try #require(status == 200, "\(name) makes no bucket")
        return bucket
    }

    func dropBucket(_ bucket: String) async {
        guard let store = try? store(bucket) else { return }
        for _ in 0..<100 {
            guard let page = try? await store.list(ListRequest()), !page.objects.isEmpty else { break }
            _ = try? await store.delete(page.objects.map(\.key))
        }
        for item in (try? await store.listMultiparts(prefix: "", after: nil, limit: 100).items) ?? [] {
            try? await store.resumeMultipart(item.key, upload: item.upload, PutOptions()).abort()
        }
        _ = try? await send(try endpoint.request(.delete, bucket: bucket))
    }

    /// Sends a request signed in its headers, as it is.
    func send(_ request: SigV4Request, _ body: [UInt8] = []) async throws -> (response: HTTPResponse, bytes: [UInt8]) {
        let signed = try signer.sign(request, payload: .of(body), at: SystemClock().now).request
        return try await Self.send(signed.method, signed.url, signed.headers, body)
    }

    /// Sends a request to an address.
    static func send(
        _ method: HTTPRequest.Method, _ url: String, _ headers: HTTPFields = [:], _ body: [UInt8] = []
    ) async throws -> (response: HTTPResponse, bytes: [UInt8]) {
        let rest = try #require(url.firstRange(of: "://"))
        let slash = url[rest.upperBound...].firstIndex(of: "/") ?? url.endIndex
        var headers = headers
        headers[.contentLength] = nil
        let call = HTTPCall(
            HTTPRequest(
                method: method, scheme: String(url[..<rest.lowerBound]),
                authority: String(url[rest.upperBound..<slash]), path: String(url[slash...]), headerFields: headers),
            body: .bytes(body), timeLimit: .seconds(60))
        let answer = try await #require(client).send(call)
        return (answer.response, try await answer.body.collect(upTo: 64 << 20))
    }
}
