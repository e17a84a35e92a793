// Signatures, addresses and large objects against servers that the environment names.

import BuskerCore
import BuskerHTTP
import BuskerStorage
import HTTPTypes
import TestSupport
import Testing

@Suite struct S3LiveTests {
    static let keys = (VectorFile.file["uri_encoding"]?.elements ?? []).compactMap { $0["key"]?.text }

    @Test(arguments: LiveServer.all.filter { $0.name == "swift" })
    func everyTrickyKeyIsSignedRightly(_ server: LiveServer) async throws {
        #expect(Self.keys.count == 40)
        try await server.withBucket { bucket in
            let time = SystemClock().now
            for (place, key) in Self.keys.enumerated() {
                let bytes = Array("\(place) \(key)".utf8)
                let put = try await server.send(try server.endpoint.request(.put, bucket: bucket, key: key), bytes)
                #expect(put.response.status.code == 200, "put \(key)")
                let get = try server.signer.presign(
                    try server.endpoint.request(.get, bucket: bucket, key: key), expires: .quarterHour, at: time)
                let got = try await LiveServer.send(.get, get.url)
                #expect(got.response.status.code == 200 && got.bytes == bytes, "get \(key)")
                let other = try server.signer.presign(
                    try server.endpoint.request(.put, bucket: bucket, key: key), expires: .quarterHour, at: time)
                let second = try await LiveServer.send(.put, other.url, other.headers, [1])
                #expect(second.response.status.code == 200, "put by address \(key)")
                let back = try await server.send(try server.endpoint.request(.get, bucket: bucket, key: key))
                #expect(back.bytes == [1], "get by headers \(key)")
                let gone = try await server.send(try server.endpoint.request(.delete, bucket: bucket, key: key))
                #expect(gone.response.status.code == 204, "delete \(key)")
            }
        }
    }

    @Test(arguments: LiveServer.all.filter { $0.name == "swift" })
    func anAddressAllowsWhatItSaysAndNothingElse(_ server: LiveServer) async throws {
        try await server.withBucket { bucket in
            let store = try server.store(bucket)
            let key = try ObjectKey("songs/a+b 한.wav")
            let bytes = content(1000)
            let options = PresignOptions(
                binding: PresignBinding(
                    contentType: "audio/wav", exactLength: 1000, createOnly: true, sha256: ContentHash(of: bytes).bytes)
            )
            let put = try store.presign(.put, key, options)
            #expect(
                try await LiveServer.send(.put, put.url, put.headers, Array(bytes.dropLast())).response.status.code
                    == 403)
            var other = put.headers
            other[.contentType] = "text/html"
            #expect(try await LiveServer.send(.put, put.url, other, bytes).response.status.code == 403)
            #expect(
                try await LiveServer.send(.put, put.url, put.headers, content(1000, seed: 9)).response.status.code
                    == 400)
            #expect(await store.head(key) == .absent)
            #expect(try await LiveServer.send(.put, put.url, put.headers, bytes).response.status.code == 200)
            #expect(try await LiveServer.send(.put, put.url, put.headers, bytes).response.status.code == 412)
            let overrides = ResponseOverrides(disposition: "attachment; filename=\"x.wav\"")
            let get = try store.presign(.get, key, PresignOptions(overrides: overrides))
            let got = try await LiveServer.send(.get, get.url)
            #expect(got.bytes == bytes && got.response.headerFields[.contentDisposition] == overrides.disposition)
            #expect(try await LiveServer.send(.head, get.url).response.status.code == 403, "one address, one verb")
            let tampered = String(get.url.dropLast()) + (get.url.hasSuffix("0") ? "1" : "0")
            #expect(try await LiveServer.send(.get, tampered).response.status.code == 403)
            let head = try store.presign(.head, key, PresignOptions())
            #expect(try await LiveServer.send(.head, head.url).response.status.code == 200)
            let upload = try await store.beginMultipart(key, PutOptions())
            let part = try store.presign(.part(upload: upload.upload, number: 1), key, PresignOptions())
            #expect(try await LiveServer.send(.put, part.url, part.headers, [1, 2, 3]).response.status.code == 200)
            _ = try await upload.complete(try await upload.parts())
            #expect(try await store.bytes(key) == [1, 2, 3])
            let delete = try store.presign(.delete, key, PresignOptions())
            #expect(try await LiveServer.send(.delete, delete.url).response.status.code == 204)
            #expect(await store.head(key) == .absent)
            #expect(throws: StorageError(.badRequest, "")) {
                try store.presign(.part(upload: "u", number: 10_001), key, PresignOptions())
            }
        }
    }

    @Test(arguments: LiveServer.all)
    func largeObjectsGoAndComeInParts(_ server: LiveServer) async throws {
        try await server.withBucket { bucket in
            let store = try server.store(bucket) {
                $0.partBytes = 5 << 20
                $0.copyBytesMax = 5 << 20
            }
            let (key, copy) = (try ObjectKey("large"), try ObjectKey("copy"))
            let bytes = content(12_000_001)
            let options = PutOptions(mode: .create, contentType: "audio/wav", attributes: ["a": "b"])
            let info = try await store.put(key, .cut(bytes, 100_000, announced: false), options)
            #expect(info.size == 12_000_001 && info.sha256 == ContentHash(of: bytes))
            #expect(await failure { try await store.put(key, .bytes(bytes), options) } == .alreadyExists)
            #expect(ContentHash(of: try await store.bytes(key)) == ContentHash(of: bytes))
            let copied = try await store.copy(key, to: copy, mode: .create)
            #expect(copied.size == info.size && copied.contentType == "audio/wav" && copied.attributes == ["a": "b"])
            let range = GetOptions(range: .bytes(5_242_870..<5_242_890))
            #expect(try await store.bytes(copy, range) == Array(bytes[5_242_870..<5_242_890]))
        }
    }

    @Test(arguments: LiveServer.all.filter { $0.name == "swift" })
    func aWrongClockIsCorrectedByTheServers(_ server: LiveServer) async throws {
        try await server.withBucket { bucket in
            let wall = ManualClock(SystemClock().now.advanced(byMicroseconds: -7_200_000_000))
            let store = try S3Store(
                server.endpoint, bucket: bucket, signer: server.signer, transport: try #require(LiveServer.client),
                settings: server.settings, wall: wall)
            let key = try ObjectKey("late")
            try await store.put(key, .bytes([1]), PutOptions())
            #expect(try await store.bytes(key) == [1])
        }
    }

    @Test(arguments: LiveServer.all.filter { $0.name == "swift" })
    func aStrangerLearnsNothing(_ server: LiveServer) async throws {
        try await server.withBucket { bucket in
            let credentials = try SigV4Credentials(
                accessKeyID: server.signer.credentials.accessKeyID, secretAccessKey: "wrong")
            let signer = try SigV4Signer(credentials: credentials, region: "us-east-1")
            let store = try S3Store(
                server.endpoint, bucket: bucket, signer: signer, transport: try #require(LiveServer.client))
            let key = try ObjectKey("k")
            #expect(await store.head(key) == .unknown(StorageError(.forbidden, "")))
            #expect(await failure { try await store.list(ListRequest()) } == .unauthenticated)
            let elsewhere = try server.store("nobody-has-this-bucket")
            #expect(await elsewhere.head(key) == .unknown(StorageError(.badAddress, "")))
        }
    }
}
