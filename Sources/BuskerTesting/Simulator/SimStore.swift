// The store and the lines of one life, whose calls take turns and end with it.

import BuskerHTTP
import BuskerStorage

/// Passes calls on to a store that fails as its plan says, and none after the end of the process.
final class SimStore: ObjectStore {
    let inner: FaultStore
    private let life: Life
    private let lies: Bool

    init(_ inner: FaultStore, life: Life, lies: Bool) {
        self.inner = inner
        self.life = life
        self.lies = lies
    }

    var capabilities: StoreCapabilities { inner.capabilities }

    func pass<T>(_ call: () async throws(StorageError) -> T) async throws(StorageError) -> T {
        let fault: SimFault?
        do throws(SimDeath) { fault = try await life.cross(.store) } catch { throw Life.goneStore }
        if fault == .fails { throw Self.away }
        let result: Result<T, StorageError>
        do throws(StorageError) { result = .success(try await call()) } catch { result = .failure(error) }
        do throws(SimDeath) { try life.land(fault) } catch { throw Life.goneStore }
        if fault == .lost { throw Self.away }
        return try result.get()
    }

    @discardableResult
    func put(_ key: ObjectKey, _ body: HTTPBody, _ options: PutOptions) async throws(StorageError) -> ObjectInfo {
        let inner = inner
        let info = try await pass { () throws(StorageError) in try await inner.put(key, body, options) }
        // A store that answers before it keeps: what comes after an even number of calls is forgotten.
        if lies, life.calls % 8 == 0 { _ = try await inner.inner.delete([key]) }
        return info
    }

    func get(_ key: ObjectKey, _ options: GetOptions) async throws(StorageError) -> ObjectContent {
        let inner = inner
        return try await pass { () throws(StorageError) in try await inner.get(key, options) }
    }

    func head(_ key: ObjectKey) async -> ObjectPresence {
        let inner = inner
        do throws(StorageError) {
            return try await pass { () throws(StorageError) in await inner.head(key) }
        } catch {
            return .unknown(error)
        }
    }

    func list(_ request: ListRequest) async throws(StorageError) -> ObjectListing {
        let inner = inner
        return try await pass { () throws(StorageError) in try await inner.list(request) }
    }

    @discardableResult
    func copy(_ source: ObjectKey, to target: ObjectKey, mode: PutMode) async throws(StorageError) -> ObjectInfo {
        let inner = inner
        return try await pass { () throws(StorageError) in try await inner.copy(source, to: target, mode: mode) }
    }

    func delete(_ keys: [ObjectKey]) async throws(StorageError) -> [ObjectDeletion] {
        let inner = inner
        return try await pass { () throws(StorageError) in try await inner.delete(keys) }
    }

    func beginMultipart(_ key: ObjectKey, _ options: PutOptions) async throws(StorageError) -> any MultipartUpload {
        let inner = inner
        return try await pass { () throws(StorageError) in try await inner.beginMultipart(key, options) }
    }

    func resumeMultipart(
        _ key: ObjectKey, upload: String, _ options: PutOptions
    ) throws(StorageError) -> any MultipartUpload { try inner.resumeMultipart(key, upload: upload, options) }

    func listMultiparts(prefix: String, after: String?, limit: Int) async throws(StorageError) -> MultipartListing {
        let inner = inner
        return try await pass { () throws(StorageError) in
            try await inner.listMultiparts(prefix: prefix, after: after, limit: limit)
        }
    }

    func presign(_ verb: PresignVerb, _ key: ObjectKey, _ options: PresignOptions) throws(StorageError)
        -> PresignedRequest
    { try inner.presign(verb, key, options) }

    private static let away = StorageError(.unavailable, "The store is away, says the simulator.")
}

/// A line to a provider that ends with the process.
struct SimLine: HTTPTransport {
    let inner: any HTTPTransport
    let life: Life

    func send(_ call: HTTPCall) async throws(HTTPError) -> HTTPAnswer {
        let fault: SimFault?
        do throws(SimDeath) { fault = try await life.cross(.provider) } catch { throw Life.goneLine }
        if fault == .fails { throw HTTPError(.unreachable, "No line, says the simulator.") }
        let result: Result<HTTPAnswer, HTTPError>
        do throws(HTTPError) { result = .success(try await inner.send(call)) } catch { result = .failure(error) }
        do throws(SimDeath) { try life.land(fault) } catch { throw Life.goneLine }
        if fault == .lost { throw HTTPError(.timedOut, "The answer was lost, says the simulator.") }
        return try result.get()
    }
}

/// A clock that stands still: whoever waits on it is woken by nothing but being cancelled.
///
/// What looks after an upload by the time of the machine would act out of turn, in worlds that a busy machine holds up.
struct StillClock: Clock {
    typealias Instant = ContinuousClock.Instant
    let now = ContinuousClock.now
    var minimumResolution: Duration { .zero }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let (never, keeper) = AsyncStream.makeStream(of: Void.self)
        for await _ in never {}
        keeper.finish()
        throw CancellationError()
    }
}

/// A clock on which no wait takes time.
struct InstantClock: Clock {
    typealias Instant = ContinuousClock.Instant
    var now: Instant { ContinuousClock.now }
    var minimumResolution: Duration { .zero }
    func sleep(until deadline: Instant, tolerance: Duration?) async throws {}
}
