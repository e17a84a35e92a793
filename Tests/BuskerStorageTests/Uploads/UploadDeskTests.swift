// What is handed in is kept once, looked at, and never more than is allowed.

import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerStorage
import Synchronization
import TestSupport
import Testing

@Suite struct UploadDeskTests {
    @Test(arguments: DatabaseKind.all)
    func anUploadBecomesAnAcceptedFile(kind: DatabaseKind) async throws {
        try await UploadBench.open(kind) { bench in
            let content = Sample.wav(200_000)
            let told = Mutex<[Int64]>([])
            var request = UploadBench.request("../Grüße.wav", key: "k1")
            request.subject = "job_1"
            request.tags = ["plan": "pro"]
            let file = try await bench.desk.upload(request, .cut(content, length: 200_000)) { progress in
                told.withLock { $0.append(progress.received) }
            }
            #expect(file.state == .accepted && file.size == 200_000 && file.sha256 == ContentHash(of: content))
            #expect(file.name == "Grüße.wav" && file.contentType == "audio/wav" && file.owner == "ann")
            #expect(file.key.text == "incoming/\(file.id)" && file.subject == "job_1" && file.tags == ["plan": "pro"])
            #expect(file.times.received == TestFile.start && file.times.expires == nil && file.times.orphaned == nil)
            #expect(try await bench.files == [file])
            #expect(try await bench.keys == [file.key.text])
            #expect(try await bench.memory.get(file.key, GetOptions()).body.collect(upTo: 200_000) == content)
            #expect(bench.scanner.seen.withLock { $0 } == [content])
            let steps = told.withLock { $0 }
            #expect(steps == steps.sorted() && steps.last == 200_000 && steps.count == 200)
        }
    }

    @Test func aFileOfNothingIsAnOrphanFromTheBeginning() async throws {
        try await UploadBench.open { bench in
            let file = try await bench.desk.upload(UploadBench.request(), .bytes(Sample.wav))
            #expect(file.times.orphaned == TestFile.start && file.state == .accepted)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func theSameKeyAnswersTheSameFile(kind: DatabaseKind) async throws {
        try await UploadBench.open(kind) { bench in
            let content = Sample.wav(5000)
            let request = UploadBench.request(key: "k1")
            let first = try await bench.desk.upload(request, .bytes(content))
            #expect(try await bench.desk.upload(request, .cut(content)) == first)
            var hashed = request
            hashed.sha256 = ContentHash(of: content)
            #expect(try await bench.desk.upload(hashed, .bytes(content)) == first)
            let other = StorageError(.alreadyExists, "")
            for wrong in [Sample.wav(5000, seed: 2), Sample.wav(4000), Sample.wav(6000)] {
                await #expect(throws: other) { try await bench.desk.upload(request, .cut(wrong)) }
                await #expect(throws: other) { try await bench.desk.upload(request, .bytes(wrong)) }
            }
            #expect(try await bench.files.count == 1)
            #expect(try await bench.keys.count == 1)
            let another = try await bench.desk.upload(UploadBench.request(owner: "bob", key: "k1"), .bytes(content))
            #expect(another.id != first.id && another.owner == "bob")
        }
    }

    @Test func aKeyWhoseUploadIsUnderWayWaits() async throws {
        try await UploadBench.open { bench in
            let gate = Gate()
            let arrived = Gate()
            let content = Sample.wav(100_000)
            let slow = HTTPBody.pieces(
                MadePieces { number in
                    if number == 0 { return content }
                    arrived.open()
                    await gate.opened()
                    return nil
                }, length: nil)
            async let first = bench.desk.upload(UploadBench.request(key: "k"), slow)
            await arrived.opened()
            await #expect(throws: StorageError(.conflict, "")) {
                try await bench.desk.upload(UploadBench.request(key: "k"), .bytes(content))
            }
            gate.open()
            let file = try await first
            #expect(try await bench.desk.upload(UploadBench.request(key: "k"), .bytes(content)) == file)
        }
    }

    @Test func whatDiedUnderAKeyIsBuriedAndReplaced() async throws {
        try await UploadBench.open { bench in
            let gate = Gate()
            let arrived = Gate()
            let zombie = Sample.wav(100_000)
            let slow = HTTPBody.pieces(
                MadePieces { number in
                    if number == 0 { return zombie }
                    arrived.open()
                    await gate.opened()
                    return nil
                }, length: nil)
            let dead = Task { try await bench.desk.upload(UploadBench.request(key: "k"), slow) }
            await arrived.opened()
            bench.wall.advance(microseconds: 2000 * 1_000_000)
            let fresh = Sample.wav(50_000, seed: 9)
            let file = try await bench.desk.upload(UploadBench.request(key: "k"), .bytes(fresh))
            gate.open()
            await #expect(throws: StorageError(.conflict, "")) { _ = try await dead.value }
            #expect(file.state == .accepted && file.sha256 == ContentHash(of: fresh))
            #expect(try await bench.memory.get(file.key, GetOptions()).body.collect(upTo: 100_000) == fresh)
            #expect(try await bench.files.filter { $0.state == .accepted } == [file])
            #expect(try await bench.keys == [file.key.text])
            #expect(try await bench.desk.upload(UploadBench.request(key: "k"), .bytes(fresh)) == file)
        }
    }

    @Test func whatTheScannerFindsIsQuarantined() async throws {
        try await UploadBench.open { bench in
            for (at, result) in [ScanResult.infected("Eicar"), .failed("no daemon"), .infected("x\r\n\u{0}y")]
                .enumerated()
            {
                bench.scanner.result.withLock { $0 = result }
                let file = try await bench.desk.upload(UploadBench.request("\(at).wav"), .bytes(Sample.wav))
                #expect(file.state == .quarantined && !file.isReadable)
                let problem = try await bench.desk.problem(of: file.id, owner: "ann")
                #expect(problem?.isEmpty == false && problem?.contains("\n") == false)
                #expect(try await bench.desk.problem(of: file.id, owner: "bob") == nil)
                bench.scanner.result.withLock { $0 = .clean }
                #expect(try await bench.desk.scan(file.id).state == .accepted)
                await #expect(throws: StorageError(.badState, "")) { try await bench.desk.scan(file.id) }
            }
        }
    }

    @Test func aBombThatTheInspectorMeetsIsQuarantined() async throws {
        try await UploadBench.open { bench in
            bench.inspector.decode.withLock {
                $0 = { budget in
                    var meter = try DecodeMeter(budget, channels: 8, rate: 48_000)
                    for block in Int64(1)... { try meter.add(frames: 4096, encodedBytes: block * 13) }
                }
            }
            let file = try await bench.desk.upload(UploadBench.request(), .bytes(Sample.wav(84_000)))
            #expect(file.state == .quarantined)
            #expect(try await bench.desk.problem(of: file.id, owner: "ann")?.contains("grows") == true)
            bench.inspector.decode.withLock { $0 = { _ in throw CancellationError() } }
            #expect(try await bench.desk.scan(file.id).state == .quarantined)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func whatNobodyLookedAtIsSwept(kind: DatabaseKind) async throws {
        try await UploadBench.open(kind) { bench in
            let file = try await bench.desk.upload(
                UploadBench.request(key: "k"), .bytes(Sample.wav), looksAtOnce: false)
            #expect(file.state == .received && bench.scanner.seen.withLock { $0.isEmpty })
            #expect(try await bench.desk.sweep().scanned == 0)
            bench.wall.advance(microseconds: 61_000_000)
            #expect(try await bench.desk.sweep().scanned == 1)
            #expect(try await bench.files.map(\.state) == [.accepted])
            bench.wall.advance(microseconds: 31 * 86_400_000_000)
            #expect(try await bench.desk.sweep().forgotten == 1)
            #expect(try await bench.files.map(\.state) == [.accepted])
        }
    }

    @Test func onlyOneLooksAndALookThatIsLateCountsNothing() async throws {
        try await UploadBench.open { bench in
            let file = try await bench.desk.upload(UploadBench.request(), .bytes(Sample.wav), looksAtOnce: false)
            let desk = bench.desk
            let wall = bench.wall
            let scanner = bench.scanner
            scanner.during.withLock {
                $0 = {
                    scanner.during.withLock { $0 = nil }
                    await #expect(throws: StorageError(.conflict, "")) { try await desk.scan(file.id) }
                    wall.advance(microseconds: 601_000_000)
                    scanner.result.withLock { $0 = .infected("late truth") }
                    await #expect(throws: Never.self) { try await desk.scan(file.id) }
                    scanner.result.withLock { $0 = .clean }
                }
            }
            await #expect(throws: StorageError(.conflict, "")) { try await desk.scan(file.id) }
            #expect(try await bench.files.map(\.state) == [.quarantined])
        }
    }
}
