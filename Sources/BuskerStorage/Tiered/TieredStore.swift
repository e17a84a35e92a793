// A store of two tiers: a near one that is read first, and a far one behind it.

public import BuskerHTTP

/// A store that keeps every object in a near store, such as a disk, and in a far one, such as S3.
///
/// A write goes to the near store and then to the far one, which may lag behind: then it succeeds, and a ``TierRepair`` is
/// reported. A read goes to the near store and falls back to the far one until its first byte has come. Conditions are asked of
/// the store that answers; what `create` and `replace` decide, the near store decides, after the far one was asked whether it
/// has the key. The last good copy is never deleted but by ``delete(_:)`` and ``purge(_:from:)`` of the tier that stays good.
///
/// Rows are not touched: ``write(_:_:_:)``, ``inspect(_:)`` and ``repair(_:)`` answer with the states to be written.
public final class TieredStore: ObjectStore {
    /// The store that is read first.
    public let near: any ObjectStore
    /// The store behind it.
    public let far: any ObjectStore
    /// The tier that is deleted from last.
    public let authority: StoreTier
    let quarantine: String
    let onRepair: @Sendable (TierRepair) -> Void

    /// What the two can do together: parts go to the near store, addresses lead to the far one.
    public let capabilities: StoreCapabilities

    /// Puts a store in front of another.
    ///
    /// - Parameters:
    ///   - near: the store that is read first.
    ///   - far: the store behind it.
    ///   - authority: the tier that is deleted from last; the one that other machines see, too.
    ///   - quarantine: the first segment of the keys where damaged copies are put aside.
    ///   - onRepair: is told, at once, of every copy that lags or was found bad while reading or writing; put it in a queue.
    /// - Throws: ``StorageError`` with `badKey` when the segment is none.
    public init(
        near: any ObjectStore, far: any ObjectStore, authority: StoreTier = .far, quarantine: String = "quarantine",
        onRepair: @escaping @Sendable (TierRepair) -> Void = { _ in }
    ) throws(StorageError) {
        _ = try ObjectKey(quarantine)
        self.near = near
        self.far = far
        self.authority = authority
        self.quarantine = quarantine
        self.onRepair = onRepair
        capabilities = StoreCapabilities(
            presigns: far.capabilities.presigns, multipart: near.capabilities.multipart,
            replacesAtomically: near.capabilities.replacesAtomically,
            copiesAtomically: near.capabilities.replacesAtomically,
            objectBytesMax: min(near.capabilities.objectBytesMax, far.capabilities.objectBytesMax))
    }

    subscript(tier: StoreTier) -> any ObjectStore { tier == .near ? near : far }

    /// Writes an object whole; see ``write(_:_:_:)``, which also says whether the far store lags.
    @discardableResult
    public func put(_ key: ObjectKey, _ body: HTTPBody, _ options: PutOptions) async throws(StorageError) -> ObjectInfo
    {
        try await write(key, body, options).info
    }

    /// What is known of an object; `absent` only when both stores say so.
    public func head(_ key: ObjectKey) async -> ObjectPresence {
        let first = await near.head(key)
        if case .present = first { return first }
        switch (first, await far.head(key)) {
        case (_, .present(let info)): return .present(info)
        case (.absent, .absent): return .absent
        case (.unknown(let error), _), (_, .unknown(let error)): return .unknown(error)
        case (.present(let info), _): return .present(info)
        }
    }

    /// Copies an object with its type and attributes, through this process.
    @discardableResult
    public func copy(
        _ source: ObjectKey, to target: ObjectKey, mode: PutMode
    ) async throws(StorageError) -> ObjectInfo {
        let content = try await get(source, GetOptions())
        let info = content.info
        let options = PutOptions(
            mode: mode, contentType: info.contentType, length: info.size, sha256: info.sha256,
            attributes: info.attributes)
        return try await write(target, content.body, options).info
    }

    /// Deletes objects from one tier and then from the authoritative one; what the first keeps, the second keeps.
    public func delete(_ keys: [ObjectKey]) async throws(StorageError) -> [ObjectDeletion] {
        try Self.check(deletions: keys)
        let first = try await self[authority.other].delete(keys)
        let gone = first.filter { $0.failure == nil }.map(\.key)
        var failures: [ObjectKey: StorageError] = [:]
        for deletion in first { failures[deletion.key] = deletion.failure }
        do throws(StorageError) {
            for deletion in try await self[authority].delete(gone) where deletion.failure != nil {
                failures[deletion.key] = deletion.failure
            }
        } catch {
            for key in gone { failures[key] = error }
        }
        return keys.map { ObjectDeletion(key: $0, failure: failures[$0]) }
    }

    /// Signs an address of the far store.
    public func presign(
        _ verb: PresignVerb, _ key: ObjectKey, _ options: PresignOptions
    ) throws(StorageError) -> PresignedRequest {
        try far.presign(verb, key, options)
    }
}
