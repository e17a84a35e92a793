// A store that fails on purpose fails as it says, and in the same way again.

import BuskerHTTP
import BuskerStorage
import BuskerTesting
import Testing

@Suite struct FaultStoreTests {
    private let key: ObjectKey
    private let memory = MemoryStore()

    init() throws { key = try ObjectKey("k") }

    /// A store whose every call goes wrong in one way.
    private func always(_ fault: StoreFault, seed: UInt64 = 1) -> FaultStore {
        FaultStore(memory, plan: FaultPlan(seed: seed, perMille: 1000, faults: [fault]))
    }

    @Test func aCallThatFailsBeforeDidNothing() async throws {
        let store = always(.failsBefore)
        #expect(await failure { try await store.put(key, .bytes([1]), PutOptions()) } == .unavailable)
        #expect(await memory.lacks(key))
        #expect(await store.head(key) == .unknown(StorageError(.unavailable, "")))
        #expect(store.counts == [.failsBefore: 2] && store.calls == 2)
    }

    @Test func aCallThatFailsAfterDidEverything() async throws {
        let store = always(.failsAfter)
        #expect(await failure { try await store.put(key, .bytes([1]), PutOptions()) } == .unavailable)
        #expect(try await memory.bytes(key) == [1])
        #expect(await failure { try await store.delete([key]) } == .unavailable)
        #expect(await memory.lacks(key))
    }

    @Test func aCallThatIsDoneTwiceAnswersForTheSecond() async throws {
        let store = always(.twice)
        let body = HTTPBody.cut([1, 2, 3], 2)
        #expect(await failure { try await store.put(key, body, PutOptions(mode: .create)) } == .alreadyExists)
        #expect(try await memory.bytes(key) == [1, 2, 3])
        try await store.put(key, .cut([4], 1), PutOptions())
        #expect(try await store.bytes(key) == [4])
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func aBodyThatIsCutLeavesNothingAndIsNeverTakenForWhole(seed: UInt64) async throws {
        let store = always(.cut, seed: seed)
        for body in [
            HTTPBody.bytes(content(5000)), .cut(content(5000), 700), .cut(content(5000), 700, announced: false),
        ] {
            #expect(await failure { try await store.put(key, body, PutOptions()) } == .badAnswer)
            #expect(await memory.lacks(key))
        }
        try await memory.put(key, .bytes(content(5000)), PutOptions())
        let read = try await store.get(key, GetOptions())
        var bytes: [UInt8] = []
        let end = await failure {
            for try await piece in try #require(read.body.pieces) { bytes += piece }
        }
        #expect(end == .badAnswer && bytes.count < 5000 && bytes == Array(content(5000).prefix(bytes.count)))
        let keys = try (0..<10).map { try ObjectKey("d\($0)") }
        for key in keys { try await memory.put(key, .bytes([1]), PutOptions()) }
        let deletions = try await store.delete(keys)
        #expect(deletions.map(\.key) == keys && deletions.last?.failure?.code == .unavailable)
        for deletion in deletions { #expect(await memory.lacks(deletion.key) == (deletion.failure == nil)) }
    }

    @Test func theSameSeedFailsInTheSameWay() async throws {
        var runs: [[StorageError.Code?]] = []
        for seed in [7, 7, 8] as [UInt64] {
            let store = FaultStore(MemoryStore(), plan: FaultPlan(seed: seed))
            var codes: [StorageError.Code?] = []
            for _ in 0..<200 {
                codes.append(await failure { try await store.put(key, .bytes([1]), PutOptions(mode: .create)) })
                codes.append(await failure { try await store.delete([key]) })
            }
            runs.append(codes)
            #expect(Set(store.counts.keys) == Set(StoreFault.allCases))
            #expect((40...120).contains(store.counts.values.reduce(0, +)), "one of five of 400")
        }
        #expect(runs[0] == runs[1] && runs[0] != runs[2])
        let bounded = FaultStore(memory, plan: FaultPlan(seed: 1, perMille: 1000, faults: [.failsBefore], faultsMax: 3))
        for _ in 0..<3 { #expect(await failure { try await bounded.list(ListRequest()) } == .unavailable) }
        #expect(try await bounded.list(ListRequest()).objects == [])
    }

    @Test(arguments: [false, true])
    func aCrashEndsEverythingUntilTheRestart(afterDone: Bool) async throws {
        let crash = CrashPoint(at: 2, afterDone: afterDone)
        let near = FaultStore(memory, crash: crash)
        let far = FaultStore(MemoryStore(), crash: crash)
        try await near.put(key, .bytes([1]), PutOptions())
        var seen: StorageError?
        do {
            try await far.put(key, .bytes([1]), PutOptions())
        } catch {
            seen = error
        }
        #expect(CrashPoint.isCrash(try #require(seen)) && crash.isCrashed && crash.calls == 2)
        #expect(await far.inner.lacks(key) == !afterDone)
        #expect(await near.head(key) == .unknown(StorageError(.unavailable, "")))
        #expect(await failure { try await near.delete([key]) } == .unavailable)
        #expect(try await memory.bytes(key) == [1])
        crash.restart()
        #expect(try await near.bytes(key) == [1])
        #expect(!CrashPoint.isCrash(StorageError(.unavailable, "another")))
    }

    @Test func anUploadInPartsFailsToo() async throws {
        let crash = CrashPoint()
        let store = FaultStore(memory, crash: crash)
        let upload = try await store.beginMultipart(key, PutOptions())
        let part = try await upload.put(part: 1, [1])
        crash.restart(crashAt: 1, afterDone: true)
        #expect(await failure { try await upload.complete([part]) } == .unavailable)
        crash.restart()
        #expect(try await store.bytes(key) == [1])
        #expect(await failure { try await upload.parts() } == .notFound)
    }
}
