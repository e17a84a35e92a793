// Objects that are too large for one request.

import BuskerCore
import BuskerHTTP
import BuskerStorage
import Synchronization
import TestSupport
import Testing

/// A store of S3 that keeps the parts of one upload.
private final class PartsServer: Sendable {
    struct State {
        var parts: [Int: [UInt8]] = [:]
        var now = 0
        var most = 0
        var aborted = 0
        var completed: [UInt8]?
    }

    let state = Mutex(State())
    let fails: @Sendable (_ part: Int) -> Bool

    init(fails: @escaping @Sendable (_ part: Int) -> Bool = { _ in false }) { self.fails = fails }

    var script: S3Script {
        S3Script { [self] asked, _ in
            if asked.query == "uploads" { return .xml("<R><UploadId>u1</UploadId></R>") }
            if let number = asked.query.split(separator: "&").first(where: { $0.hasPrefix("partNumber=") })
                .flatMap({ Int($0.dropFirst(11)) })
            {
                return await part(number, asked)
            }
            switch asked.method {
            case "DELETE":
                state.withLock { $0.aborted += 1 }
                return Said(status: 204)
            case "POST":
                return state.withLock { state in
                    state.completed = state.parts.sorted { $0.key < $1.key }.flatMap(\.value)
                    return .xml("<R><ETag>\"t1\"</ETag></R>")
                }
            case "HEAD": return .object([], size: state.withLock { $0.completed?.count ?? 7 })
            default: return .ok(["ETag": "\"whole\""])
            }
        }
    }

    private func part(_ number: Int, _ asked: Asked) async -> Said {
        state.withLock { state in
            state.now += 1
            state.most = max(state.most, state.now)
        }
        for _ in 0..<200 { await Task.yield() }
        return state.withLock { state in
            state.now -= 1
            guard !fails(number) else { return .error(403, "AccessDenied") }
            state.parts[number] = asked.body
            if asked["x-amz-copy-source-range"] != nil { return .xml("<R><ETag>\"\(number)\"</ETag></R>") }
            return .ok(["ETag": "\"\(number)\""])
        }
    }
}

@Suite struct S3PartsTests {
    static let part = 5 << 20

    private func rig(_ server: PartsServer) throws -> S3Rig {
        try S3Rig(server.script) {
            $0.partBytes = Int64(Self.part)
            $0.copyBytesMax = Int64(Self.part)
            $0.partsInFlight = 3
        }
    }

    @Test(arguments: [0, 1, part - 1, part, part + 1, 3 * part, 3 * part + 5])
    func aBodyIsCutIntoParts(_ count: Int) async throws {
        let server = PartsServer()
        let rig = try rig(server)
        let bytes = content(count)
        let info = try await rig.store.put(
            S3Rig.key, .cut(bytes, 1_000_003, announced: false), PutOptions(mode: .create))
        #expect(info.size == Int64(count) && info.sha256 == ContentHash(of: bytes))
        guard count > Self.part else {
            #expect(rig.script.lines == ["PUT /songs/a/b%20c"])
            #expect(ContentHash(of: rig.script.asked[0].body) == ContentHash(of: bytes))
            return
        }
        let state = server.state.withLock { $0 }
        #expect(state.completed.map { ContentHash(of: $0) } == ContentHash(of: bytes))
        let most = state.parts.keys.max() ?? 0
        #expect(state.parts.allSatisfy { $0.value.count == Self.part || $0.key == most })
        #expect(state.most <= 3 && state.aborted == 0)
        let last = try #require(rig.script.asked.last { $0.method == "POST" })
        #expect(last["if-none-match"] == "*" && last.query == "uploadId=u1")
    }

    @Test func aPartThatFailsEndsTheUpload() async throws {
        let server = PartsServer { $0 == 2 }
        let rig = try rig(server)
        let body = HTTPBody.bytes(content(4 * Self.part))
        #expect(await failure { try await rig.store.put(S3Rig.key, body, PutOptions()) } == .forbidden)
        #expect(server.state.withLock { $0.aborted } == 1 && server.state.withLock { $0.completed } == nil)
    }

    @Test func aLieAtTheEndEndsTheUpload() async throws {
        for (options, code) in [
            (PutOptions(sha256: ContentHash(of: [])), StorageError.Code.badDigest),
            (PutOptions(bytesMax: Int64(2 * Self.part)), .tooLarge),
        ] {
            let server = PartsServer()
            let rig = try rig(server)
            let body = HTTPBody.cut(content(3 * Self.part), Self.part, announced: false)
            #expect(await failure { try await rig.store.put(S3Rig.key, body, options) } == code)
            #expect(server.state.withLock { $0.aborted } == 1 && server.state.withLock { $0.completed } == nil)
        }
    }

    @Test func aLargeObjectIsCopiedInParts() async throws {
        let server = PartsServer()
        server.state.withLock { $0.completed = content(2 * Self.part + 9) }
        let rig = try rig(server)
        try await rig.store.copy(S3Rig.key, to: try ObjectKey("to"), mode: .create)
        let ranges = rig.script.asked.compactMap { $0["x-amz-copy-source-range"] }.sorted()
        #expect(ranges == ["bytes=0-5242879", "bytes=10485760-10485768", "bytes=5242880-10485759"])
        #expect(rig.script.asked.contains { $0.query == "uploadId=u1" && $0["if-none-match"] == "*" })
    }

    @Test func aLostCompletionIsKnownByItsParts() async throws {
        let sums = [Array(UInt8(0)..<16), Array(UInt8(16)..<32)]
        let tag = Checksum.entityTag(ofParts: sums)
        let tags = ["000102030405060708090a0b0c0d0e0f", "101112131415161718191a1b1c1d1e1f"]
        let parts = zip(1..., tags).map { UploadPart(number: $0, size: 5 << 20, entityTag: $1) }
        for (found, code) in [(tag, nil), ("another-2", StorageError.Code.notFound)] {
            let script = S3Script { asked, number in
                if asked.method == "HEAD" { return .object([], tag: found, size: 10 << 20) }
                return number == 0 ? .lost(.timedOut) : .error(404, "NoSuchUpload")
            }
            let upload = try (try S3Rig(script)).store.resumeMultipart(S3Rig.key, upload: "u", PutOptions())
            #expect(await failure { try await upload.complete(parts) } == code)
        }
    }

    @Test func partsAreListedPageByPage() async throws {
        let part: @Sendable (Int) -> String = {
            "<Part><PartNumber>\($0)</PartNumber><Size>5</Size><ETag>\"\($0)\"</ETag></Part>"
        }
        let script = S3Script { asked, _ in
            asked.query.contains("part-number-marker=2")
                ? .xml("<R><IsTruncated>false</IsTruncated>\(part(3))</R>")
                : .xml(
                    "<R><IsTruncated>true</IsTruncated><NextPartNumberMarker>2</NextPartNumberMarker>\(part(1))\(part(2))</R>"
                )
        }
        let upload = try (try S3Rig(script)).store.resumeMultipart(S3Rig.key, upload: "u", PutOptions())
        #expect(try await upload.parts().map(\.number) == [1, 2, 3])
        let stuck = try S3Rig([
            .xml("<R><IsTruncated>true</IsTruncated><NextPartNumberMarker>2</NextPartNumberMarker>\(part(1))</R>")
        ])
        let endless = try stuck.store.resumeMultipart(S3Rig.key, upload: "u", PutOptions())
        #expect(await failure { try await endless.parts() } == .badAnswer)
    }

    @Test func settingsWithoutSenseAreRefused() throws {
        for change in [
            { $0.partBytes = 1 }, { $0.partsInFlight = 0 }, { $0.copyBytesMax = 6 << 30 }, { $0.resumesMax = -1 },
            { $0.bytesPerSecondMin = 0 }, { $0.timeLimit = .zero },
        ] as [@Sendable (inout S3Settings) -> Void] {
            #expect(throws: StorageError(.badRequest, "")) { try S3Rig(S3Script([]), change) }
        }
        let secret = try S3Encryption.customer(key: Array(repeating: 1, count: 32))
        #expect(throws: StorageError(.badAddress, "")) {
            try S3Rig(S3Script([]), https: false) { $0.encryption = secret }
        }
    }

    @Test func encryptionGoesWhereItBelongs() async throws {
        let secret = try S3Encryption.customer(key: Array(repeating: 1, count: 32))
        let name = "x-amz-server-side-encryption-customer-algorithm"
        let rig = try S3Rig([.object([1])]) { $0.encryption = secret }
        try await rig.store.put(S3Rig.key, .bytes([1]), PutOptions())
        _ = try await rig.store.get(S3Rig.key, GetOptions())
        _ = await rig.store.head(try S3Rig.key)
        #expect(rig.script.asked.allSatisfy { $0[name] == "AES256" })
        #expect(rig.script.asked[0]["x-amz-checksum-sha256"] != nil)
        let bare = try S3Rig([.object([1])]) {
            $0.encryption = .s3
            $0.sendsChecksums = false
        }
        try await bare.store.put(S3Rig.key, .bytes([1]), PutOptions())
        _ = try await bare.store.get(S3Rig.key, GetOptions())
        #expect(bare.script.asked[0]["x-amz-server-side-encryption"] == "AES256")
        #expect(bare.script.asked[1]["x-amz-server-side-encryption"] == nil)
        #expect(bare.script.asked.allSatisfy { $0["x-amz-checksum-sha256"] == nil && $0["x-amz-checksum-mode"] == nil })
    }
}
