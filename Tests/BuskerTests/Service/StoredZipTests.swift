// Zips that other programs read, and that go on in the middle.

import Busker
import BuskerCore
import BuskerHTTP
import BuskerStorage
import Foundation
import TestSupport
import Testing

@testable import Busker

@Suite struct StoredZipTests {
    private struct Shelf {
        let store = MemoryStore()
        var files: [FileRecord] = []

        mutating func add(_ name: String, _ bytes: [UInt8]) async throws {
            let key = try ObjectKey("output/\(files.count)")
            try await store.put(key, .bytes(bytes), PutOptions())
            let sum = Checksum(.crc32, of: bytes).bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            files.append(
                FileRecord(
                    id: IDGenerator().make(), owner: "o", kind: "stem", name: name, contentType: "audio/wav", key: key,
                    size: Int64(bytes.count), sha256: ContentHash(of: bytes),
                    tags: ["crc32": String(sum, radix: 16)], times: FileTimes(created: Timestamp(microseconds: 0))))
        }
    }

    private static let time = Timestamp(microseconds: 1_795_274_045_000_000)

    private static func shelf() async throws -> Shelf {
        var shelf = Shelf()
        try await shelf.add("vocals.flac", Array("some sound".utf8))
        try await shelf.add("드럼 é.wav", [UInt8](repeating: 7, count: 300_000))
        try await shelf.add("empty.txt", [])
        return shelf
    }

    @Test func pythonReadsItAndFindsNothingWrong() async throws {
        let shelf = try await Self.shelf()
        let zip = try StoredZip(shelf.files, in: shelf.store, time: Self.time)
        let bytes = try await zip.body().collect(upTo: 1 << 24)
        #expect(Int64(bytes.count) == zip.size)
        try await withFolder { folder in
            let path = folder + "/x.zip"
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            let script = """
                import sys, zipfile
                z = zipfile.ZipFile(sys.argv[1])
                assert z.testzip() is None
                for i in z.infolist(): print(i.filename, i.file_size, i.compress_type, *i.date_time)
                """
            let python = try Program.run(["python3", "-c", script, path], environment: ["PYTHONIOENCODING": "utf-8"])
            #expect(python.status == 0)
            #expect(
                python.text.split(separator: "\n") == [
                    "vocals.flac 10 0 2026 11 21 15 14 4", "드럼 é.wav 300000 0 2026 11 21 15 14 4",
                    "empty.txt 0 0 2026 11 21 15 14 4",
                ])
        }
    }

    @Test func equalFilesMakeEqualBytes() async throws {
        let (one, two) = (try await Self.shelf(), try await Self.shelf())
        let first = try StoredZip(one.files, in: one.store, time: Self.time)
        let second = try StoredZip(two.files, in: two.store, time: Self.time)
        #expect(first.entityTag == second.entityTag)
        #expect(try await first.body().collect(upTo: 1 << 24) == second.body().collect(upTo: 1 << 24))
        let later = try StoredZip(one.files, in: one.store, time: Self.time.advanced(by: .seconds(2)))
        #expect(later.entityTag != first.entityTag)
    }

    @Test func everyRangeIsThatPartOfTheWhole() async throws {
        let shelf = try await Self.shelf()
        let zip = try StoredZip(shelf.files, in: shelf.store, time: Self.time)
        let whole = try await zip.body().collect(upTo: 1 << 24)
        var random = SeededGenerator(seed: 4)
        for _ in 0..<200 {
            let start = Int64.random(in: 0...zip.size, using: &random)
            let end = Int64.random(in: start...zip.size, using: &random)
            let body = zip.body(start..<end)
            #expect(body.length == end - start)
            let part = try await body.collect(upTo: 1 << 24)
            #expect(part == Array(whole[Int(start)..<Int(end)]), "\(start)..<\(end)")
        }
        #expect(try await zip.body((zip.size + 5)..<(zip.size + 9)).collect(upTo: 10) == [])
    }

    @Test func aFileThatIsNotWhatItWasEndsTheBodyWithAnError() async throws {
        let shelf = try await Self.shelf()
        let zip = try StoredZip(shelf.files, in: shelf.store, time: Self.time)
        try await shelf.store.put(shelf.files[1].key, .bytes([1, 2, 3]), PutOptions())
        await #expect(throws: (any Error).self) { try await zip.body().collect(upTo: 1 << 24) }
    }

    @Test func namesAreOnceAndSumsAreNeeded() async throws {
        var shelf = try await Self.shelf()
        try await shelf.add("vocals.flac", [1])
        let files = shelf.files
        #expect(throws: MediaError(.unavailable, "")) { try StoredZip(files, in: shelf.store, time: Self.time) }
        var bare = files[0]
        bare.tags = [:]
        #expect(throws: MediaError(.unavailable, "")) { try StoredZip([bare], in: shelf.store, time: Self.time) }
        #expect(throws: MediaError(.notFound, "")) { try StoredZip([], in: shelf.store, time: Self.time) }
    }

    @Test func beyondFourGigabytesTheRecordsAreOfZIP64() throws {
        let stamp = ZipRecords.stamp(Timestamp(microseconds: 0))
        #expect(stamp.date == 0x21 && stamp.time == 0)
        let big = StoredZip.Entry(
            name: Array("a".utf8), size: 5 << 30, crc32: 1, key: try ObjectKey("a"), offset: 0)
        let small = StoredZip.Entry(
            name: Array("b".utf8), size: 1, crc32: 1, key: try ObjectKey("b"), offset: 5 << 30)
        #expect(ZipRecords.header(big, stamp).count == 30 + 1 + 20)
        #expect(ZipRecords.header(small, stamp).count == 30 + 1)
        let directory = ZipRecords.directory([big, small], at: 6 << 30, stamp)
        #expect(directory.count == 2 * (46 + 1 + 28) + 56 + 20 + 22)
    }
}
