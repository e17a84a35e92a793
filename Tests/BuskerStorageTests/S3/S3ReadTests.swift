// What a store of S3 believes of answers, and how it goes on where one broke off.

import BuskerCore
import BuskerHTTP
import BuskerStorage
import TestSupport
import Testing

@Suite struct S3ReadTests {
    static let bytes = content(5000)

    private func read(_ rig: S3Rig, _ options: GetOptions = GetOptions()) async throws -> [UInt8] {
        let content = try await rig.store.get(S3Rig.key, options)
        var all: [UInt8] = []
        guard case let pieces = content.body, let length = pieces.length else { return [] }
        all = try await collect(pieces)
        #expect(Int64(all.count) == length)
        return all
    }

    /// The bytes of a body; its own error and not that of the transport.
    private func collect(_ body: HTTPBody) async throws -> [UInt8] {
        let store = MemoryStore()
        let key = try ObjectKey("read")
        try await store.put(key, body, PutOptions())
        return try await store.bytes(key)
    }

    @Test func aBodyThatBreaksOffIsTakenUpWhereItWas() async throws {
        let all = Self.bytes
        let script = S3Script { asked, number in
            switch number {
            case 0: .object(Array(all[..<2000]), size: 5000, cut: .interrupted)
            case 1: .error(503, "SlowDown")
            case 2: .part(Array(all[2000..<3500]), at: 2000, of: 5000, cut: .timedOut)
            default: .part(Array(all[3500...]), at: 3500, of: 5000)
            }
        }
        let rig = try S3Rig(script)
        #expect(try await read(rig) == all)
        #expect(script.asked.map { $0["range"] } == [nil, "bytes=2000-4999", "bytes=2000-4999", "bytes=3500-4999"])
        #expect(script.asked.map { $0["if-match"] } == [nil, "\"t1\"", "\"t1\"", "\"t1\""])
        #expect(script.asked[0]["x-amz-checksum-mode"] == "ENABLED")
    }

    @Test func aShortBodyIsNoEnd() async throws {
        let all = Self.bytes
        let rig = try S3Rig([
            .object(Array(all[..<100]), size: 5000), .part(Array(all[100...]), at: 100, of: 5000),
        ])
        #expect(try await read(rig) == all)
    }

    @Test(arguments: [
        (
            [Said.object([1, 2], size: 9, cut: .interrupted), .error(412, "PreconditionFailed")],
            StorageError.Code.precondition
        ),
        ([.object([1, 2], size: 9, cut: .interrupted), .part([3], at: 2, of: 9, tag: "other")], .precondition),
        ([.object([1, 2], size: 9, cut: .interrupted)], .precondition),
        ([.object([1, 2, 3], size: 2)], .badAnswer),
        ([.object([1, 2], ["x-amz-checksum-crc32": "AAAAAA=="])], .badDigest),
        ([.object([1, 2], ["x-amz-checksum-crc64nvme": "AAAAAAAAAAA="])], .badDigest),
        ([.object([1, 2], ["x-amz-meta-busker-sha256": String(repeating: "0", count: 64)])], .badDigest),
        ([.object([1, 2], ["ETag": ""])], .badAnswer), ([.object([1, 2], ["Last-Modified": "soon"])], .badAnswer),
        ([.error(404, "NoSuchKey")], .notFound), ([.error(403, "AccessDenied")], .forbidden),
    ])
    func wrongBytesAreNotTakenForTheObject(_ answers: [Said], _ code: StorageError.Code) async throws {
        let rig = try S3Rig(answers)
        #expect(await failure { try await read(rig) } == code)
    }

    @Test func takingUpEnds() async throws {
        let rig = try S3Rig(
            S3Script { _, number in
                number == 0
                    ? .object([1], size: 5000, cut: .interrupted)
                    : .part([], at: 1, of: 5000, cut: .interrupted)
            })
        #expect(await failure { try await read(rig) } == .badAnswer)
        #expect(rig.script.asked.count == 5)
    }

    @Test func sumsOfPartsAreNoSumsOfBytes() async throws {
        let sum = Checksum(.crc64nvme, of: Self.bytes)
        #expect(
            Checksum(.crc64nvme, of: Array("123456789".utf8)).bytes == [0xAE, 0x8B, 0x14, 0x86, 0x0A, 0x79, 0x98, 0x88])
        for headers in [
            ["x-amz-checksum-crc64nvme": sum.description], ["x-amz-checksum-sha256": "AAAA-2"],
            ["x-amz-checksum-crc32": "AAAAAA==", "x-amz-checksum-type": "COMPOSITE"],
        ] {
            #expect(try await read(try S3Rig([.object(Self.bytes, headers)])) == Self.bytes)
        }
    }

    @Test func aRangeThatIsIgnoredIsNoRange() async throws {
        let options = GetOptions(range: .bytes(1..<3))
        let rig = try S3Rig([.object([1, 2, 3])])
        #expect(await failure { try await rig.store.get(S3Rig.key, options) } == .badAnswer)
        #expect(rig.script.asked[0]["range"] == "bytes=1-2")
        let empty = try S3Rig([.object([])])
        #expect(await failure { try await empty.store.get(S3Rig.key, options) } == .badRange)
    }

    @Test(
        arguments: [
            ([Said(status: 404), .error(404, "NoSuchKey")], nil),
            ([Said(status: 404), .error(404, "NoSuchBucket")], .badAddress),
            ([Said(status: 404), Said(status: 404)], .badAnswer),
            ([Said(status: 404), .xml("<html/>", status: 404)], .badAnswer),
            ([Said(status: 403)], .forbidden), ([Said(status: 503)], .unavailable), ([.lost(.timedOut)], .unavailable),
            ([Said(status: 404), .error(403, "AccessDenied")], .forbidden), ([.lost(.unreachable)], .unavailable),
            ([Said(status: 404), .lost(.interrupted)], .unavailable), ([Said(status: 401)], .unauthenticated),
        ] as [([Said], StorageError.Code?)])
    func onlyACertainAbsenceIsOne(_ answers: [Said], _ code: StorageError.Code?) async throws {
        let presence = await (try S3Rig(answers)).store.head(try S3Rig.key)
        #expect(presence == (code.map { .unknown(StorageError($0, "")) } ?? .absent))
    }

    @Test func whatComesMeanwhileIsThere() async throws {
        let rig = try S3Rig([Said(status: 404), .object([1]), .object([], size: 1)])
        guard case .present(let info) = await rig.store.head(try S3Rig.key) else {
            Issue.record("it is there")
            return
        }
        #expect(info.size == 1)
    }

    @Test func notesOfOthersAreRead() async throws {
        let rig = try S3Rig([
            .object(
                [],
                [
                    "x-amz-meta-title": "=?UTF-8?B?w6nDqSDtlZw=?=",
                    "x-amz-meta-q": "=?utf-8?Q?caf=C3=A9_au?= =?UTF-8?Q?_lait?=",
                    "x-amz-meta-odd": "=?latin1?Q?x?=", "x-amz-meta-plain": "a=b",
                    "Content-Type": "binary/octet-stream",
                    "x-amz-meta-busker-put": "1",
                ])
        ])
        guard case .present(let info) = await rig.store.head(try S3Rig.key) else {
            Issue.record("it is there")
            return
        }
        #expect(info.attributes == ["title": "éé 한", "q": "café au lait", "odd": "=?latin1?Q?x?=", "plain": "a=b"])
        #expect(info.contentType == nil)
    }

    @Test func aListingThatCannotBeReadIsNone() async throws {
        for body in [
            "<ListBucketResult/>", "<x", "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
            "<Error><Code>SlowDown</Code></Error>",
        ] {
            let rig = try S3Rig([.xml(body)])
            #expect(await failure { try await rig.store.list(ListRequest()) } != nil, "\(body)")
        }
    }

    @Test func aDeletionTellsWhatStays() async throws {
        let rig = try S3Rig([
            .xml("<DeleteResult><Error><Key>b</Key><Code>AccessDenied</Code></Error></DeleteResult>")
        ])
        let keys = try ["a", "b", "c"].map { try ObjectKey($0) }
        let deletions = try await rig.store.delete(keys)
        #expect(deletions.map(\.failure?.code) == [nil, .forbidden, nil])
        #expect(rig.script.asked[0]["content-md5"] != nil)
        #expect(String(decoding: rig.script.asked[0].body, as: UTF8.self).contains("<Key>b</Key>"))
        let odd = try S3Rig([Said(status: 204)])
        #expect(try await odd.store.delete([try ObjectKey("a\u{FFFE}")]).map(\.failure) == [nil])
        #expect(odd.script.lines == ["DELETE /songs/a%EF%BF%BE"])
    }
}
