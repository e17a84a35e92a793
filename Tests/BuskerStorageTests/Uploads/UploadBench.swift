// A desk for uploads with everything that a test may turn.

import BuskerCore
import BuskerDatabase
import BuskerHTTP
import BuskerStorage
import Synchronization
import TestSupport

/// A clock whose sleepers wake when the hands pass them.
final class HandClock: Clock {
    struct Instant: InstantProtocol {
        var offset: Duration
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (a: Instant, b: Instant) -> Bool { a.offset < b.offset }
    }

    private struct State {
        var now = Instant(offset: .zero)
        var count = 0
        var sleepers: [Int: (due: Instant, wake: CheckedContinuation<Void, Never>)] = [:]
        var cancelled: Set<Int> = []
    }

    private let state = Mutex(State())
    let minimumResolution: Duration = .nanoseconds(1)
    var now: Instant { state.withLock { $0.now } }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let number = state.withLock {
            $0.count += 1
            return $0.count
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { wake in
                let isOver = state.withLock { state in
                    if state.now >= deadline || state.cancelled.contains(number) { return true }
                    state.sleepers[number] = (deadline, wake)
                    return false
                }
                if isOver { wake.resume() }
            }
        } onCancel: {
            let wake = state.withLock { state in
                state.cancelled.insert(number)
                return state.sleepers.removeValue(forKey: number)?.wake
            }
            wake?.resume()
        }
        try Task.checkCancellation()
    }

    func pass(_ time: Duration) {
        let due = state.withLock { state in
            state.now = state.now.advanced(by: time)
            let due = state.sleepers.filter { $0.value.due <= state.now }
            for number in due.keys { state.sleepers[number] = nil }
            return due.values.map(\.wake)
        }
        for wake in due { wake.resume() }
    }
}

/// Pieces that a closure makes, by their number.
struct MadePieces: AsyncSequence, AsyncIteratorProtocol, Sendable {
    var number = 0
    let make: @Sendable (Int) async throws -> [UInt8]?

    init(_ make: @escaping @Sendable (Int) async throws -> [UInt8]?) { self.make = make }

    func makeAsyncIterator() -> MadePieces { self }

    mutating func next() async throws -> [UInt8]? {
        defer { number += 1 }
        return try await make(number)
    }
}

extension HTTPBody {
    /// Bytes in pieces of a size, of a length that nobody knows unless it is said.
    static func cut(_ bytes: [UInt8], by size: Int = 1000, length: Int64? = nil) -> HTTPBody {
        .pieces(
            MadePieces { number in
                let start = number * size
                return start < bytes.count ? Array(bytes[start..<min(start + size, bytes.count)]) : nil
            }, length: length)
    }
}

/// A scanner that says what a test tells it.
final class FakeScanner: VirusScanner {
    let result = Mutex(ScanResult.clean)
    let seen = Mutex<[[UInt8]]>([])
    let during: Mutex<(@Sendable () async -> Void)?> = Mutex(nil)

    func scan(_ content: HTTPBody, size: Int64) async -> ScanResult {
        let bytes = (try? await content.collect(upTo: 1 << 26)) ?? []
        seen.withLock { $0.append(bytes) }
        if let during = during.withLock({ $0 }) { await during() }
        return result.withLock { $0 }
    }
}

/// An inspector that decodes as a test tells it.
final class FakeInspector: ContentInspector {
    let decode: Mutex<@Sendable (DecodeBudget) throws -> Void> = Mutex({ _ in })

    func inspect(_ content: ObjectContent, type: String, budget: DecodeBudget) async -> Inspection {
        do {
            try decode.withLock { $0 }(budget)
            return .passed
        } catch let error as StorageError {
            return .refused(error.detail)
        } catch {
            return .failed("it crashed")
        }
    }
}

/// A desk over one database and one store.
final class UploadBench: Sendable {
    let database: any Database
    let wall = ManualClock(TestFile.start)
    let timer = HandClock()
    let memory: MemoryStore
    let store: TroubleStore
    let scanner = FakeScanner()
    let inspector = FakeInspector()
    let desk: UploadDesk

    init(_ database: any Database, limits: UploadLimits = UploadLimits(), store: MemoryStore? = nil) {
        self.database = database
        memory = store ?? MemoryStore(clock: wall, partBytesMin: 1)
        self.store = TroubleStore(memory)
        desk = UploadDesk(
            database, store: self.store, limits: limits, scanner: scanner, inspector: inspector, clock: wall,
            timer: timer, ids: IDGenerator(clock: wall, random: SeededGenerator(seed: 3)),
            random: SeededGenerator(seed: 4))
    }

    static func open<T>(
        _ kind: DatabaseKind = .sqliteMemory, limits: UploadLimits = UploadLimits(),
        _ body: (UploadBench) async throws -> T
    ) async throws -> T {
        try await withDatabase(kind) { database in
            try await database.migrate(StorageSchema.migrations)
            return try await body(UploadBench(database, limits: limits))
        }
    }

    /// The keys of the store.
    var keys: [String] {
        get async throws { try await memory.list(ListRequest()).objects.map(\.key.text) }
    }

    /// The files of everybody, in the order of their ids.
    var files: [FileRecord] {
        get async throws { try await database.read { tx in try FileStore.rows("1 = 1 ORDER BY id", in: tx) } }
    }

    static func request(
        _ name: String = "song.wav", owner: String = "ann", key: String? = nil, size: Int64? = nil
    ) -> UploadRequest {
        UploadRequest(owner: owner, key: key, category: .audio, name: name, contentType: "audio/wav", size: size)
    }
}

/// A store that fails when a test wants it.
final class TroubleStore: ObjectStore {
    let under: MemoryStore
    let onPut: Mutex<(@Sendable (ObjectKey) throws(StorageError) -> Void)?> = Mutex(nil)
    let onDelete: Mutex<StorageError?> = Mutex(nil)
    let addresses:
        Mutex<(@Sendable (PresignVerb, ObjectKey, PresignOptions) throws(StorageError) -> PresignedRequest)?> = Mutex(
            nil)

    init(_ under: MemoryStore) { self.under = under }

    var capabilities: StoreCapabilities { under.capabilities }

    @discardableResult
    func put(_ key: ObjectKey, _ body: HTTPBody, _ options: PutOptions) async throws(StorageError) -> ObjectInfo {
        try onPut.withLock { $0 }?(key)
        return try await under.put(key, body, options)
    }

    func get(_ key: ObjectKey, _ options: GetOptions) async throws(StorageError) -> ObjectContent {
        try await under.get(key, options)
    }

    func head(_ key: ObjectKey) async -> ObjectPresence { await under.head(key) }

    func list(_ request: ListRequest) async throws(StorageError) -> ObjectListing { try await under.list(request) }

    func copy(_ source: ObjectKey, to target: ObjectKey, mode: PutMode) async throws(StorageError) -> ObjectInfo {
        try await under.copy(source, to: target, mode: mode)
    }

    func delete(_ keys: [ObjectKey]) async throws(StorageError) -> [ObjectDeletion] {
        if let error = onDelete.withLock({ $0 }) { throw error }
        return try await under.delete(keys)
    }

    func beginMultipart(_ key: ObjectKey, _ options: PutOptions) async throws(StorageError) -> any MultipartUpload {
        try await under.beginMultipart(key, options)
    }

    func resumeMultipart(
        _ key: ObjectKey, upload: String, _ options: PutOptions
    ) throws(StorageError) -> any MultipartUpload {
        try under.resumeMultipart(key, upload: upload, options)
    }

    func listMultiparts(prefix: String, after: String?, limit: Int) async throws(StorageError) -> MultipartListing {
        try await under.listMultiparts(prefix: prefix, after: after, limit: limit)
    }

    func presign(
        _ verb: PresignVerb, _ key: ObjectKey, _ options: PresignOptions
    ) throws(StorageError) -> PresignedRequest {
        guard let addresses = addresses.withLock({ $0 }) else { throw StorageError(.unsupported, "no addresses") }
        return try addresses(verb, key, options)
    }
}
