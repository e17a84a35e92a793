// Uploads by tus when connections break, two write at once, or the server is restarted.

import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerStorage
import Synchronization
import TestSupport
import Testing

@Suite struct TusTroubleTests {
    /// A body that gives some bytes, tells that it did, and waits.
    private static func waiting(_ bytes: [UInt8], arrived: Gate, gate: Gate) -> HTTPBody {
        .pieces(
            MadePieces { number in
                if number == 0 { return bytes }
                arrived.open()
                await gate.opened()
                return nil
            }, length: nil)
    }

    @Test func oneWritesAtATime() async throws {
        try await TusClient.open { client in
            let upload = try await client.create(1000)
            let arrived = Gate()
            let gate = Gate()
            let body = Self.waiting(Sample.wav(500), arrived: arrived, gate: gate)
            let first = Task { try await client.patch(upload, at: 0, body) }
            await arrived.opened()
            #expect(try await client.patch(upload, at: 0, Sample.wav(500)).status == 423)
            #expect(try await client.send("DELETE", upload).status == 423)
            gate.open()
            #expect(try await first.value.status == 204)
            #expect(try await client.offset(upload) == 500)
        }
    }

    @Test func aWriterWhoseLockIsOverChangesNothing() async throws {
        try await TusClient.open { client in
            let content = Sample.wav(1000)
            let upload = try await client.create(1000)
            let arrived = Gate()
            let gate = Gate()
            let body = Self.waiting(Array(content[..<500]), arrived: arrived, gate: gate)
            let zombie = Task { try await client.patch(upload, at: 0, body) }
            await arrived.opened()
            client.bench.wall.advance(microseconds: 91_000_000)
            #expect(try await client.patch(upload, at: 0, Array(content[..<500])).status == 204)
            gate.open()
            #expect(try await zombie.value.status == 423)
            #expect(try await client.offset(upload) == 500)
            let end = try await client.patch(upload, at: 500, Array(content[500...]))
            #expect(end.file?.sha256 == ContentHash(of: content))
        }
    }

    @Test func piecesOfAnUploadThatMayGoOnForWeeksAreNoOrphans() async throws {
        let limits = UploadLimits(resumeTime: .seconds(30 * 86_400))
        try await TusClient.open(limits: limits) { client in
            let content = Sample.wav(1000)
            let upload = try await client.create(1000)
            #expect(try await client.patch(upload, at: 0, Array(content[..<500])).status == 204)
            let bench = client.bench
            let sweeper = try OrphanSweeper(
                bench.database, store: bench.store, prefixes: ["incoming/"], clock: bench.wall)
            for _ in 0..<10 {
                bench.wall.advance(microseconds: 2 * 86_400_000_000)
                #expect(try await sweeper.sweep().counts.isEmpty)
            }
            let end = try await client.patch(upload, at: 500, Array(content[500...]))
            #expect(end.file?.state == .accepted && end.file?.sha256 == ContentHash(of: content))
            let late = try await client.create(1000)
            #expect(try await client.patch(late, at: 0, Array(content[..<500])).status == 204)
            for _ in 0..<40 {
                bench.wall.advance(microseconds: 2 * 86_400_000_000)
                _ = try await sweeper.sweep()
                _ = try await bench.desk.sweep()
            }
            #expect(try await bench.keys == ["incoming/\(try #require(end.file).id)"])
        }
    }

    @Test func whatCameBeforeACutIsKept() async throws {
        struct Cut: Error {}
        try await TusClient.open { client in
            let content = Sample.wav(500_000)
            let upload = try await client.create(500_000)
            let body = HTTPBody.pieces(
                MadePieces { number in
                    if number < 5 { Array(content[(number * 50_000)..<((number + 1) * 50_000)]) } else { throw Cut() }
                }, length: nil)
            #expect(try await client.patch(upload, at: 0, body).status == 400)
            #expect(try await client.offset(upload) == 250_000)
            let end = try await client.patch(upload, at: 250_000, Array(content[250_000...]))
            #expect(end.file?.sha256 == ContentHash(of: content))
        }
    }

    @Test func whatACancelledRequestBroughtIsKeptAndItsLockIsGivenBack() async throws {
        try await TusClient.open { client in
            let upload = try await client.create(1000)
            let arrived = Gate()
            let body = HTTPBody.pieces(
                MadePieces { number in
                    if number == 0 { return Sample.wav(500) }
                    arrived.open()
                    try await Task.sleep(for: .seconds(600))
                    return nil
                }, length: nil)
            let task = Task { try await client.patch(upload, at: 0, body) }
            await arrived.opened()
            task.cancel()
            _ = try await task.value
            #expect(try await client.offset(upload) == 500)
            #expect(try await client.patch(upload, at: 500, []).status == 204)
        }
    }

    @Test func whoStandsStillKeepsWhatCameAndLosesTheLock() async throws {
        try await TusClient.open { client in
            let upload = try await client.create(1000)
            let timer = client.bench.timer
            let body = HTTPBody.pieces(
                MadePieces { number in
                    if number == 0 { return Sample.wav(500) }
                    timer.pass(.seconds(61))
                    try await Task.sleep(for: .seconds(600))
                    return nil
                }, length: nil)
            #expect(try await client.patch(upload, at: 0, body).status == 408)
            #expect(try await client.offset(upload) == 500)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func anotherProcessGoesOn(kind: DatabaseKind) async throws {
        try await UploadBench.open(kind) { bench in
            let content = Sample.wav(1000)
            let upload = try await TusClient(bench).create(1000)
            #expect(try await TusClient(bench).patch(upload, at: 0, Array(content[..<700])).status == 204)
            let reborn = TusClient(UploadBench(bench.database, store: bench.memory))
            #expect(try await reborn.offset(upload) == 700)
            let end = try await reborn.patch(upload, at: 700, Array(content[700...]))
            #expect(end.file?.sha256 == ContentHash(of: content))
        }
    }

    @Test func wrongContentEndsTheUpload() async throws {
        try await TusClient.open { client in
            let large = bytes("<html>" + String(repeating: "x", count: 200_000))
            let early = try await client.create(40_000_000)
            #expect(try await client.patch(early, at: 0, large).status == 415)
            #expect(try await client.send("HEAD", early).status == 404)
            let late = try await client.create(Sample.png.count)
            #expect(try await client.patch(late, at: 0, Sample.png).status == 415)
            #expect(try await client.bench.keys.isEmpty)
            #expect(try await client.bench.files.allSatisfy { $0.state == .gone })
        }
    }

    @Test func aStoreThatFailsAtTheEndIsMetAgain() async throws {
        try await TusClient.open { client in
            let content = Sample.wav(1000)
            let upload = try await client.create(1000)
            client.bench.store.onPut.withLock {
                $0 = { key throws(StorageError) in
                    if !key.text.contains(".parts/") { throw StorageError(.noSpace, "full") }
                }
            }
            #expect(try await client.patch(upload, at: 0, content).status == 507)
            #expect(try await client.offset(upload) == 1000)
            #expect(try await client.bench.desk.sweep().joined == 0)
            client.bench.store.onPut.withLock { $0 = nil }
            let end = try await client.patch(upload, at: 1000, [])
            #expect(end.status == 204 && end.file?.sha256 == ContentHash(of: content))
        }
    }

    @Test func whatNobodyPutTogetherIsSwept() async throws {
        try await TusClient.open { client in
            let upload = try await client.create(1000)
            client.bench.store.onPut.withLock {
                $0 = { key throws(StorageError) in
                    if !key.text.contains(".parts/") { throw StorageError(.unavailable, "down") }
                }
            }
            #expect(try await client.patch(upload, at: 0, Sample.wav(1000)).status == 503)
            client.bench.store.onPut.withLock { $0 = nil }
            #expect(try await client.bench.desk.sweep().joined == 1)
            let files = try await client.bench.files
            #expect(files.map(\.state) == [.accepted] && files[0].sha256 == ContentHash(of: Sample.wav(1000)))
        }
    }

    @Test func aPieceThatRottedIsFound() async throws {
        try await TusClient.open { client in
            let upload = try await client.create(1000)
            #expect(try await client.patch(upload, at: 0, Sample.wav(500)).status == 204)
            let key = try ObjectKey(try #require(try await client.bench.keys.first))
            try await client.bench.memory.put(key, .bytes(Sample.wav(500, seed: 66)), PutOptions())
            #expect(try await client.patch(upload, at: 500, Sample.wav(500)).status == 460)
            #expect(try await client.bench.files.map(\.state) == [.uploading])
        }
    }

    @Test func piecesAreCounted() async throws {
        try await UploadBench.open { bench in
            let client = TusClient(bench, piecesMax: 3)
            let upload = try await client.create(1000)
            for at in 0..<3 { #expect(try await client.patch(upload, at: at, [0x52]).status == 204) }
            #expect(try await client.patch(upload, at: 3, [0x52]).status == 400)
        }
    }

    @Test func openUploadsOfAnOwnerAreCounted() async throws {
        try await TusClient.open(limits: UploadLimits(pendingMax: 3, dayBytesMax: 40_000_000)) { client in
            for _ in 0..<3 { _ = try await client.create(1000) }
            #expect(try await client.send("POST", nil, [("Upload-Length", "1000")]).status == 429)
            var other = client
            other.owner = "bob"
            _ = try await other.create(30_000_000)
            #expect(try await other.send("POST", nil, [("Upload-Length", "30000000")]).status == 429)
        }
    }
}
