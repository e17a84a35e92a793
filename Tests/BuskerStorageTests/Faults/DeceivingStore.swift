// A store that lies about copies, for the test of the test.

import BuskerCore
import BuskerHTTP

@testable import BuskerStorage

/// A store that answers a question for a copy with the original, and does not copy.
struct DeceivingStore: ObjectStore {
    let base: any ObjectStore
    private let sources = Sources()

    private final class Sources: Sendable {
        private let held = Synced<[ObjectKey: [UInt8]]>([:])
        func note(_ key: ObjectKey, _ bytes: [UInt8]) { held.change { $0[key] = bytes } }
        subscript(key: ObjectKey) -> [UInt8]? { held.value[key] }
    }

    init(base: any ObjectStore) { self.base = base }

    var capabilities: StoreCapabilities { base.capabilities }

    @discardableResult
    func put(_ key: ObjectKey, _ body: HTTPBody, _ options: PutOptions) async throws(StorageError) -> ObjectInfo {
        try await base.put(key, body, options)
    }

    func get(_ key: ObjectKey, _ options: GetOptions) async throws(StorageError) -> ObjectContent {
        guard let bytes = sources[key] else { return try await base.get(key, options) }
        let info = ObjectInfo(
            key: key, size: Int64(bytes.count), entityTag: "", modified: Timestamp(microseconds: 0))
        return ObjectContent(info: info, range: 0..<info.size, body: .bytes(bytes))
    }

    func head(_ key: ObjectKey) async -> ObjectPresence { await base.head(key) }

    func list(_ request: ListRequest) async throws(StorageError) -> ObjectListing { try await base.list(request) }

    @discardableResult
    func copy(_ source: ObjectKey, to target: ObjectKey, mode: PutMode) async throws(StorageError) -> ObjectInfo {
        let content = try await base.get(source, GetOptions())
        if let bytes = try? await content.body.collect(upTo: 1 << 20) { sources.note(target, bytes) }
        return content.info
    }

    func delete(_ keys: [ObjectKey]) async throws(StorageError) -> [ObjectDeletion] { try await base.delete(keys) }

    func beginMultipart(_ key: ObjectKey, _ options: PutOptions) async throws(StorageError) -> any MultipartUpload {
        try await base.beginMultipart(key, options)
    }

    func resumeMultipart(
        _ key: ObjectKey, upload: String, _ options: PutOptions
    ) throws(StorageError) -> any MultipartUpload { try base.resumeMultipart(key, upload: upload, options) }

    func listMultiparts(prefix: String, after: String?, limit: Int) async throws(StorageError) -> MultipartListing {
        try await base.listMultiparts(prefix: prefix, after: after, limit: limit)
    }

    func presign(
        _ verb: PresignVerb, _ key: ObjectKey, _ options: PresignOptions
    ) throws(StorageError) -> PresignedRequest { try base.presign(verb, key, options) }
}
