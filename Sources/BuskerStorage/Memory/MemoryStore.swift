// A store in memory, for tests and for previews that nobody will miss.

public import BuskerCore
public import BuskerHTTP
import Synchronization

/// A store that keeps everything in memory and forgets it with the process; every promise but that of lasting is kept.
public final class MemoryStore: ObjectStore {
    /// What the store can do; everything but addresses.
    public let capabilities: StoreCapabilities
    let clock: any WallClock
    let partBytesMin: Int
    let state = Mutex(MemoryState())

    /// Makes an empty store.
    ///
    /// - Parameters:
    ///   - clock: says when objects were written.
    ///   - objectBytesMax: more bytes of one object fail with `tooLarge`.
    ///   - partBytesMin: the least bytes of every part but the last; tests may want less than S3.
    public init(
        clock: some WallClock = SystemClock(), objectBytesMax: Int64 = 1 << 30, partBytesMin: Int = 5 << 20
    ) {
        self.clock = clock
        self.partBytesMin = partBytesMin
        capabilities = StoreCapabilities(
            presigns: false, multipart: true, replacesAtomically: true, copiesAtomically: true,
            objectBytesMax: objectBytesMax)
    }

    /// Writes an object whole.
    @discardableResult
    public func put(_ key: ObjectKey, _ body: HTTPBody, _ options: PutOptions) async throws(StorageError) -> ObjectInfo
    {
        var intake = try BodyIntake(options, announced: body.length, storeMax: capabilities.objectBytesMax)
        try StorageError.checkCancellation()
        var bytes: [UInt8] = []
        try await body.eachPiece { piece throws(StorageError) in
            try intake.add(piece)
            bytes += piece
        }
        let hash = try intake.finish()
        return try write(
            key, bytes, hash: hash, mode: options.mode, contentType: options.contentType, attributes: options.attributes
        )
    }

    /// Reads an object, or a range of it.
    public func get(_ key: ObjectKey, _ options: GetOptions) async throws(StorageError) -> ObjectContent {
        try StorageError.checkCancellation()
        guard let held = state.withLock({ $0.objects[key] }) else { throw Self.missing }
        let range = try options.check(held.info)
        let bytes =
            range.count == held.bytes.count
            ? held.bytes : Array(held.bytes[Int(range.lowerBound)..<Int(range.upperBound)])
        return ObjectContent(info: held.info, range: range, body: .bytes(bytes))
    }

    /// What is known of an object.
    public func head(_ key: ObjectKey) async -> ObjectPresence {
        guard !Task.isCancelled else { return .unknown(.cancellation) }
        guard let held = state.withLock({ $0.objects[key] }) else { return .absent }
        return .present(held.info)
    }

    /// One page of the objects.
    public func list(_ request: ListRequest) async throws(StorageError) -> ObjectListing {
        try StorageError.checkCancellation()
        return try state.withLock { state throws(StorageError) in
            var page = ListPage(request)
            for place in state.place(of: ListPage.start(of: request))..<state.keys.count {
                let key = state.keys[place]
                guard key.text.utf8.starts(with: request.prefix.utf8) else { break }
                guard try page.add(key, { state.objects[key]?.info }) else { break }
            }
            return page.listing
        }
    }

    /// Copies an object with its type and attributes.
    @discardableResult
    public func copy(
        _ source: ObjectKey, to target: ObjectKey, mode: PutMode
    ) async throws(StorageError) -> ObjectInfo {
        try StorageError.checkCancellation()
        guard let held = state.withLock({ $0.objects[source] }), let hash = held.info.sha256 else { throw Self.missing }
        return try write(
            target, held.bytes, hash: hash, mode: mode, contentType: held.info.contentType,
            attributes: held.info.attributes)
    }

    /// Deletes objects, at most 1000.
    public func delete(_ keys: [ObjectKey]) async throws(StorageError) -> [ObjectDeletion] {
        try Self.check(deletions: keys)
        try StorageError.checkCancellation()
        state.withLock { state in
            for key in keys { state.remove(key) }
        }
        return keys.map { ObjectDeletion(key: $0) }
    }

    /// A store in memory has no addresses: fails with `unsupported`.
    public func presign(
        _ verb: PresignVerb, _ key: ObjectKey, _ options: PresignOptions
    ) throws(StorageError) -> PresignedRequest {
        throw StorageError(.unsupported, "A store in memory has no addresses to sign.")
    }

    static let missing = StorageError(.notFound, "There is no object of that key.")

    /// Puts an object in its place at once.
    func write(
        _ key: ObjectKey, _ bytes: [UInt8], hash: ContentHash, mode: PutMode, contentType: String?,
        attributes: [String: String]
    ) throws(StorageError) -> ObjectInfo {
        let now = clock.now
        return try state.withLock { state throws(StorageError) in
            try mode.check(entityTag: state.objects[key]?.info.entityTag)
            let info = ObjectInfo(
                key: key, size: Int64(bytes.count), entityTag: state.nextTag(), modified: now, contentType: contentType,
                attributes: attributes, sha256: hash)
            state.insert(MemoryObject(info: info, bytes: bytes))
            return info
        }
    }
}
