// What liars, sluggards and full disks come to: an error with a name, and nothing kept.

import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerStorage
import Synchronization
import TestSupport
import Testing

@Suite struct UploadAbuseTests {
    private static let megabyte = Sample.wav(1_000_000)

    /// Tries an upload that must fail, and looks that nothing of it is left.
    private static func refuse(
        _ bench: UploadBench, _ request: UploadRequest, _ body: HTTPBody, _ code: StorageError.Code,
        _ note: Comment? = nil
    ) async throws {
        await #expect(throws: StorageError(code, ""), note) { try await bench.desk.upload(request, body) }
        #expect(try await bench.keys.isEmpty, note)
        #expect(try await bench.files.allSatisfy { $0.state == .gone }, note)
    }

    @Test(arguments: DatabaseKind.all)
    func lyingLengthsAreCut(kind: DatabaseKind) async throws {
        try await UploadBench.open(kind) { bench in
            let content = Array(Self.megabyte.prefix(200_000))
            for lie in [Int64(199_999), 100, 200_001, 1_000_000] {
                try await Self.refuse(bench, UploadBench.request(size: lie), .cut(content), .badLength, "\(lie)")
            }
            try await Self.refuse(bench, UploadBench.request(size: 5), .cut(content, length: 6), .badLength)
            try await Self.refuse(bench, UploadBench.request(size: 0), .bytes([]), .badLength)
            try await Self.refuse(bench, UploadBench.request(size: -1), .bytes(content), .badLength)
            try await Self.refuse(bench, UploadBench.request(), .cut([]), .badLength)
            try await Self.refuse(bench, UploadBench.request(size: 50_000_001), .cut(content), .tooLarge)
            try await Self.refuse(bench, UploadBench.request(size: .max), .cut(content), .tooLarge)
        }
    }

    @Test func anEndlessBodyEndsAtTheLimitPlusOnePiece() async throws {
        try await UploadBench.open { bench in
            let piece = [UInt8](repeating: 0, count: 100_000)
            let body = HTTPBody.pieces(MadePieces { $0 == 0 ? Sample.wav : $0 < 120 ? piece : nil }, length: nil)
            try await Self.refuse(bench, UploadBench.request(), body, .tooLarge)
        }
    }

    @Test func wrongTypesEndAtTheirFirstBytes() async throws {
        try await UploadBench.open { bench in
            let asked = PieceCount()
            let html = bytes("<html><script>alert(1)</script>" + String(repeating: "x", count: 70_000))
            let body = HTTPBody.pieces(
                MadePieces { number in
                    asked.add()
                    return number < 100 ? html : nil
                }, length: nil)
            try await Self.refuse(bench, UploadBench.request(), body, .badType)
            #expect(asked.value == 1)
            try await Self.refuse(bench, UploadBench.request(), .bytes(Sample.png), .badType)
            try await Self.refuse(bench, UploadBench.request("song.mp3"), .bytes(Sample.wav), .badType)
            try await Self.refuse(bench, UploadBench.request("song.exe"), .bytes(Sample.wav), .badType)
            var typed = UploadBench.request()
            typed.contentType = "text/html"
            try await Self.refuse(bench, typed, .bytes(Sample.wav), .badType)
        }
    }

    @Test(arguments: ["../../../etc/cron.d/x.wav", "song\u{202E}vaw.exe.wav", "a/../../b.wav", "C:\\x.wav", "nul.wav"])
    func namesNeverReachKeys(name: String) async throws {
        try await UploadBench.open { bench in
            let file = try await bench.desk.upload(UploadBench.request(name), .bytes(Sample.wav))
            #expect(file.key.text == "incoming/\(file.id)")
            #expect(!file.name.contains("/") && !file.name.contains("\\") && !file.name.contains("\u{202E}"))
        }
    }

    @Test func aPromisedHashIsKeptTo() async throws {
        try await UploadBench.open { bench in
            var request = UploadBench.request()
            request.sha256 = ContentHash(of: [1])
            try await Self.refuse(bench, request, .bytes(Self.megabyte), .badDigest)
        }
    }

    @Test func whoStandsStillIsEnded() async throws {
        try await UploadBench.open { bench in
            let timer = bench.timer
            let body = HTTPBody.pieces(
                MadePieces { number in
                    if number < 3 { return Sample.wav(30_000) }
                    timer.pass(.seconds(61))
                    try await Task.sleep(for: .seconds(600))
                    return nil
                }, length: nil)
            try await Self.refuse(bench, UploadBench.request(), body, .timedOut)
        }
    }

    @Test func whoDripsIsEndedWhenTheTimeIsOver() async throws {
        try await UploadBench.open { bench in
            let timer = bench.timer
            let body = HTTPBody.pieces(
                MadePieces { number in
                    timer.pass(.seconds(59))
                    try Task.checkCancellation()
                    if number > 40 { try await Task.sleep(for: .seconds(600)) }
                    return number == 0 ? Sample.wav : [0]
                }, length: nil)
            try await Self.refuse(bench, UploadBench.request(), body, .timedOut)
        }
    }

    @Test(arguments: [StorageError.Code.noSpace, .unavailable, .forbidden])
    func whatTheStoreRefusesLeavesNothing(code: StorageError.Code) async throws {
        try await UploadBench.open { bench in
            bench.store.onPut.withLock { $0 = { _ throws(StorageError) in throw StorageError(code, "disk") } }
            try await Self.refuse(bench, UploadBench.request(key: "k"), .bytes(Self.megabyte), code)
            bench.store.onPut.withLock { $0 = nil }
            let file = try await bench.desk.upload(UploadBench.request(key: "k"), .bytes(Self.megabyte))
            #expect(file.state == .accepted)
        }
    }

    @Test func aBodyThatBreaksOffLeavesNothing() async throws {
        try await UploadBench.open { bench in
            struct Cut: Error {}
            let body = HTTPBody.pieces(
                MadePieces { if $0 < 3 { Sample.wav(50_000) } else { throw Cut() } }, length: nil)
            try await Self.refuse(bench, UploadBench.request(), body, .badLength)
        }
    }

    @Test func aCancelledTaskLeavesNothing() async throws {
        try await UploadBench.open { bench in
            let arrived = Gate()
            let body = HTTPBody.pieces(
                MadePieces { number in
                    if number < 2 { return Sample.wav(100_000) }
                    arrived.open()
                    try await Task.sleep(for: .seconds(600))
                    return nil
                }, length: nil)
            let task = Task { try await bench.desk.upload(UploadBench.request(), body) }
            await arrived.opened()
            task.cancel()
            await #expect(throws: StorageError(.cancelled, "")) { try await task.value }
            let (keys, files) = try await (bench.keys, bench.files)
            #expect(keys.isEmpty && files.map(\.state) == [.gone])
        }
    }

    @Test func bytesThatCannotBeDeletedKeepTheirTombstone() async throws {
        try await UploadBench.open { bench in
            bench.store.onDelete.withLock { $0 = StorageError(.unavailable, "") }
            var request = UploadBench.request(key: "k")
            request.sha256 = ContentHash(of: [1])
            await #expect(throws: StorageError(.badDigest, "")) {
                try await bench.desk.upload(request, .bytes(Sample.wav))
            }
            let files = try await bench.files
            #expect(files.map(\.state) == [.tombstoned])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func anOwnerHasSoManyUploadsAndBytes(kind: DatabaseKind) async throws {
        let limits = UploadLimits(activeMax: 2, dayBytesMax: 1_000_000)
        try await UploadBench.open(kind, limits: limits) { bench in
            let gate = Gate()
            let arrived = [Gate(), Gate()]
            func slow(_ which: Int) -> HTTPBody {
                .pieces(
                    MadePieces { number in
                        if number == 0 { return Sample.wav(70_000) }
                        arrived[which].open()
                        await gate.opened()
                        return nil
                    }, length: 70_000)
            }
            async let one = bench.desk.upload(UploadBench.request(), slow(0))
            async let two = bench.desk.upload(UploadBench.request(), slow(1))
            for arrival in arrived { await arrival.opened() }
            let limited = StorageError(.rateLimited, "")
            await #expect(throws: limited) { try await bench.desk.upload(UploadBench.request(), .bytes(Sample.wav)) }
            _ = try await bench.desk.upload(UploadBench.request(owner: "bob"), .bytes(Sample.wav))
            gate.open()
            _ = try await (one, two)
            _ = try await bench.desk.upload(UploadBench.request(), .bytes(Sample.wav(860_000)))
            await #expect(throws: limited) { try await bench.desk.upload(UploadBench.request(), .bytes(Sample.wav)) }
            bench.wall.advance(microseconds: 86_400_000_000)
            _ = try await bench.desk.upload(UploadBench.request(), .bytes(Sample.wav))
        }
    }

    @Test func bytesOfUploadsThatFailedCountToo() async throws {
        try await UploadBench.open(limits: UploadLimits(dayBytesMax: 2_500_000)) { bench in
            var request = UploadBench.request()
            request.sha256 = ContentHash(of: [1])
            for _ in 0..<2 {
                await #expect(throws: StorageError(.badDigest, "")) {
                    try await bench.desk.upload(request, .bytes(Self.megabyte))
                }
            }
            await #expect(throws: StorageError(.rateLimited, "")) {
                try await bench.desk.upload(request, .bytes(Self.megabyte))
            }
        }
    }

    @Test(arguments: ["", "a\nb", String(repeating: "x", count: 201)])
    func ownersAndKeysAreShortTexts(text: String) async throws {
        try await UploadBench.open { bench in
            try await Self.refuse(bench, UploadBench.request(owner: text), .bytes(Sample.wav), .badRequest)
            try await Self.refuse(bench, UploadBench.request(key: text), .bytes(Sample.wav), .badRequest)
        }
    }
}

/// Counts from several tasks.
final class PieceCount: Sendable {
    private let count = Atomic(0)
    func add() { count.add(1, ordering: .relaxed) }
    var value: Int { count.load(ordering: .relaxed) }
}
