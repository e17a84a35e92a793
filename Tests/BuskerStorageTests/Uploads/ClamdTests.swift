// Only a clear answer of the virus scanner is clean.

import BuskerDatabase
import BuskerHTTP
import BuskerStorage
import TestSupport
import Testing

@Suite struct ClamdTests {
    private static func scan(
        _ nature: ClamdNature, _ content: HTTPBody, size: Int64, patience: Duration = .seconds(20)
    ) async throws -> ScanResult {
        try await withFolder { folder in
            let daemon = try FakeClamd(nature, folder: folder)
            defer { daemon.stop() }
            let result = await ClamdScanner(path: daemon.path, patience: patience, streamMax: 8 << 20)
                .scan(content, size: size)
            #expect(daemon.asked.allSatisfy { $0 == "zINSTREAM" })
            return result
        }
    }

    @Test func whatTheDaemonFindsIsSaid() async throws {
        let good = ClamdNature.good(streamMax: 8 << 20)
        let large = Sample.wav(3_000_000)
        #expect(try await Self.scan(good, .bytes(large), size: 3_000_000) == .clean)
        #expect(try await Self.scan(good, .cut(large, by: 100_001), size: 3_000_000) == .clean)
        let sick = large + bytes("EICAR")
        #expect(
            try await Self.scan(good, .bytes(sick), size: Int64(sick.count)) == .infected("Eicar-Test-Signature"))
    }

    @Test(arguments: [
        "", "stream: OK FOUND?\0", "OK\0", "stream: OK\n\0", "UNKNOWN COMMAND\0", "stream: x ERROR\0", "stream: ok\0",
    ])
    func anyOtherAnswerIsAFailure(words: String) async throws {
        let result = try await Self.scan(.says(words), .bytes([1, 2, 3]), size: 3)
        guard case .failed = result else {
            Issue.record("\(words) became \(result)")
            return
        }
    }

    @Test func whatCannotBeAskedIsAFailure() async throws {
        let content = Sample.wav(2_000_000)
        let outcomes = [
            try await Self.scan(.good(streamMax: 100_000), .cut(content, by: 50_000), size: 2_000_000),
            try await Self.scan(.dies, .cut(content, by: 50_000), size: 2_000_000),
            try await Self.scan(.silent, .bytes([1]), size: 1, patience: .milliseconds(50)),
            try await Self.scan(.babbles, .bytes([1]), size: 1),
            try await Self.scan(.good(streamMax: 1 << 20), .bytes([1, 2]), size: 1),
            try await Self.scan(.good(streamMax: 1 << 20), .bytes([1, 2]), size: 3),
            try await Self.scan(.good(streamMax: 1 << 20), .bytes(content), size: 9 << 20),
            await ClamdScanner(path: "/nowhere/clamd.sock").scan(.bytes([1]), size: 1),
            await ClamdScanner(path: String(repeating: "x", count: 200)).scan(.bytes([1]), size: 1),
        ]
        for (at, outcome) in outcomes.enumerated() {
            guard case .failed(let cause) = outcome else {
                Issue.record("number \(at) became \(outcome)")
                continue
            }
            #expect(!cause.isEmpty)
        }
    }

    @Test func aCancelledLookEnds() async throws {
        try await withFolder { folder in
            let daemon = try FakeClamd(.silent, folder: folder)
            defer { daemon.stop() }
            let task = Task { await ClamdScanner(path: daemon.path).scan(.bytes([1]), size: 1) }
            while daemon.asked.isEmpty { await Task.yield() }
            task.cancel()
            guard case .failed = await task.value else {
                Issue.record("it was clean")
                return
            }
        }
    }

    @Test func theDeskAsksTheDaemon() async throws {
        try await withFolder { folder in
            let daemon = try FakeClamd(.good(streamMax: 1 << 20), folder: folder)
            defer { daemon.stop() }
            try await withDatabase(.sqliteMemory) { database in
                try await database.migrate(StorageSchema.migrations)
                let desk = UploadDesk(
                    database, store: MemoryStore(), scanner: ClamdScanner(path: daemon.path), timer: ContinuousClock())
                let good = try await desk.upload(UploadBench.request(), .bytes(Sample.wav))
                let bad = try await desk.upload(UploadBench.request(), .bytes(Sample.wav + bytes("EICAR")))
                #expect(good.state == .accepted && bad.state == .quarantined)
                #expect(try await desk.problem(of: bad.id, owner: "ann")?.contains("Eicar-Test") == true)
            }
        }
    }
}
