// A store around another one that fails as real ones do.

public import BuskerHTTP
public import BuskerStorage
import Synchronization

/// A store that passes every call on to another one, and lets some of them go wrong, as a seed wills.
///
/// The same calls in the same order go wrong in the same way. Failures are `unavailable`, except where a fault says something
/// else. What is signed never fails.
public final class FaultStore: ObjectStore {
    /// The store behind it, which never fails.
    public let inner: any ObjectStore
    /// Where the process dies.
    public let crash: CrashPoint
    private let dice: Mutex<FaultDice>

    /// Wraps a store.
    public init(_ inner: any ObjectStore, plan: FaultPlan = .none, crash: CrashPoint = CrashPoint()) {
        self.inner = inner
        self.crash = crash
        dice = Mutex(FaultDice(plan))
    }

    /// What the store behind it can do.
    public var capabilities: StoreCapabilities { inner.capabilities }
    /// How many calls went wrong, by the way.
    public var counts: [StoreFault: Int] { dice.withLock { $0.counts } }
    /// How many calls there were, signing not counted.
    public var calls: Int { dice.withLock { $0.calls } }

    /// Changes the weather from now on; the counts begin at 0 again.
    public func change(to plan: FaultPlan) { dice.withLock { $0 = FaultDice(plan) } }

    /// Writes an object whole, or fails.
    @discardableResult
    public func put(_ key: ObjectKey, _ body: HTTPBody, _ options: PutOptions) async throws(StorageError) -> ObjectInfo
    {
        let (fault, number) = dice.withLock { $0.next() }
        switch fault {
        case .cut:
            return try await crash.pass { () throws(StorageError) in
                try await self.inner.put(key, body.cut(number), options)
            }
        case .twice:
            return try await crash.pass { () throws(StorageError) in
                let bytes = try await Self.collect(body)
                _ = try? await self.inner.put(key, .bytes(bytes), options)
                return try await self.inner.put(key, .bytes(bytes), options)
            }
        default:
            return try await suffer(fault, number) { () throws(StorageError) in
                try await self.inner.put(key, body, options)
            }
        }
    }

    /// Reads an object, or fails, or fails in the middle.
    public func get(_ key: ObjectKey, _ options: GetOptions) async throws(StorageError) -> ObjectContent {
        let (fault, number) = dice.withLock { $0.next() }
        let content = try await suffer(fault, number) { () throws(StorageError) in
            try await self.inner.get(key, options)
        }
        guard fault == .cut else { return content }
        return ObjectContent(info: content.info, range: content.range, body: content.body.cut(number))
    }

    /// What is known of an object; `unknown` when the call goes wrong.
    public func head(_ key: ObjectKey) async -> ObjectPresence {
        let (fault, number) = dice.withLock { $0.next() }
        do throws(StorageError) {
            return try await suffer(fault == .cut ? .failsBefore : fault, number) { () throws(StorageError) in
                await self.inner.head(key)
            }
        } catch {
            return .unknown(error)
        }
    }

    /// One page of the objects, or a failure.
    public func list(_ request: ListRequest) async throws(StorageError) -> ObjectListing {
        try await any { () throws(StorageError) in try await self.inner.list(request) }
    }

    /// Copies an object, or fails.
    @discardableResult
    public func copy(
        _ source: ObjectKey, to target: ObjectKey, mode: PutMode
    ) async throws(StorageError) -> ObjectInfo {
        try await any { () throws(StorageError) in try await self.inner.copy(source, to: target, mode: mode) }
    }

    /// Deletes objects, or fails; cut means that only some of them are gone and the others say so.
    public func delete(_ keys: [ObjectKey]) async throws(StorageError) -> [ObjectDeletion] {
        let (fault, number) = dice.withLock { $0.next() }
        guard fault == .cut else {
            return try await suffer(fault, number) { () throws(StorageError) in try await self.inner.delete(keys) }
        }
        let done = keys.isEmpty ? 0 : Int(number % UInt64(keys.count))
        return try await crash.pass { () throws(StorageError) in
            let gone = try await self.inner.delete(Array(keys.prefix(done)))
            return gone + keys.dropFirst(done).map { ObjectDeletion(key: $0, failure: Self.failure) }
        }
    }

    /// Begins an upload in parts whose calls may fail, too.
    public func beginMultipart(
        _ key: ObjectKey, _ options: PutOptions
    ) async throws(StorageError) -> any MultipartUpload {
        let upload = try await any { () throws(StorageError) in try await self.inner.beginMultipart(key, options) }
        return FaultUpload(store: self, inner: upload)
    }

    /// Takes an upload in parts up again.
    public func resumeMultipart(
        _ key: ObjectKey, upload: String, _ options: PutOptions
    ) throws(StorageError) -> any MultipartUpload {
        FaultUpload(store: self, inner: try inner.resumeMultipart(key, upload: upload, options))
    }

    /// One page of the uploads in parts, or a failure.
    public func listMultiparts(
        prefix: String, after: String?, limit: Int
    ) async throws(StorageError) -> MultipartListing {
        try await any { () throws(StorageError) in
            try await self.inner.listMultiparts(prefix: prefix, after: after, limit: limit)
        }
    }

    /// Signs an address; never fails of itself.
    public func presign(
        _ verb: PresignVerb, _ key: ObjectKey, _ options: PresignOptions
    ) throws(StorageError) -> PresignedRequest {
        try inner.presign(verb, key, options)
    }

    /// A call without bytes that could be cut.
    func any<Value>(_ call: () async throws(StorageError) -> Value) async throws(StorageError) -> Value {
        let (fault, number) = dice.withLock { $0.next() }
        return try await suffer(fault == .cut ? .failsAfter : fault, number, call)
    }

    private func suffer<Value>(
        _ fault: StoreFault?, _ number: UInt64, _ call: () async throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        try await crash.pass { () throws(StorageError) in
            switch fault {
            case .failsBefore: throw Self.failure
            case .failsAfter:
                _ = try await call()
                throw Self.failure
            case .late:
                let value = try await call()
                for _ in 0..<(1 + number % 8) { await Task.yield() }
                return value
            case .twice:
                _ = try? await call()
                return try await call()
            case .cut, nil: return try await call()
            }
        }
    }

    private static func collect(_ body: HTTPBody) async throws(StorageError) -> [UInt8] {
        do throws(HTTPError) {
            return try await body.collect(upTo: 1 << 28)
        } catch {
            throw StorageError(error.code == .cancelled ? .cancelled : .badLength, error.detail)
        }
    }

    static let failure = StorageError(.unavailable, "The store fails here, says the test.")
}
