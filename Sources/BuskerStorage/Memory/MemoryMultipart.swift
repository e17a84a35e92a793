// Uploads in parts of the store in memory.

import BuskerCore
import Synchronization

extension MemoryStore {
    /// Begins an upload in parts.
    public func beginMultipart(
        _ key: ObjectKey, _ options: PutOptions
    ) async throws(StorageError) -> any MultipartUpload {
        try options.check()
        try StorageError.checkCancellation()
        let parts = MemoryParts(
            key: key, began: clock.now, contentType: options.contentType, attributes: options.attributes)
        let upload = state.withLock { state in
            let upload = "upload-\(state.nextNumber())"
            state.uploads[upload] = parts
            return upload
        }
        return MemoryUpload(store: self, key: key, upload: upload, options: options)
    }

    /// Takes an upload in parts up again.
    public func resumeMultipart(
        _ key: ObjectKey, upload: String, _ options: PutOptions
    ) throws(StorageError) -> any MultipartUpload {
        try options.check()
        return MemoryUpload(store: self, key: key, upload: upload, options: options)
    }

    /// One page of the uploads in parts that have not ended.
    public func listMultiparts(
        prefix: String, after: String?, limit: Int
    ) async throws(StorageError) -> MultipartListing {
        try StorageError.checkCancellation()
        let items = state.withLock { state in
            state.uploads.map { MultipartListing.Item(key: $1.key, upload: $0, began: $1.began) }
        }
        return MultipartListing(page: items, prefix: prefix, after: after, limit: limit)
    }
}

/// An upload in parts in memory.
struct MemoryUpload: MultipartUpload {
    let store: MemoryStore
    let key: ObjectKey
    let upload: String
    let options: PutOptions

    func put(part number: Int, _ bytes: [UInt8]) async throws(StorageError) -> UploadPart {
        try PartRules.check(number: number, size: bytes.count)
        try StorageError.checkCancellation()
        return try store.state.withLock { state throws(StorageError) in
            guard state.uploads[upload]?.key == key else { throw PartRules.ended }
            let part = UploadPart(number: number, size: Int64(bytes.count), entityTag: state.nextTag())
            state.uploads[upload]?.parts[number] = part
            state.uploads[upload]?.bytes[number] = bytes
            return part
        }
    }

    func parts() async throws(StorageError) -> [UploadPart] {
        try StorageError.checkCancellation()
        return try begun().parts.values.sorted { $0.number < $1.number }
    }

    func complete(_ parts: [UploadPart]) async throws(StorageError) -> ObjectInfo {
        try StorageError.checkCancellation()
        let begun = try begun()
        try PartRules.check(parts, against: { begun.parts[$0] }, bytesMin: store.partBytesMin)
        var intake = try BodyIntake(options, announced: nil, storeMax: store.capabilities.objectBytesMax)
        var bytes: [UInt8] = []
        for part in parts {
            let piece = begun.bytes[part.number] ?? []
            try intake.add(piece)
            bytes += piece
        }
        let info = try store.write(
            key, bytes, hash: try intake.finish(), mode: options.mode, contentType: begun.contentType,
            attributes: begun.attributes)
        store.state.withLock { $0.uploads[upload] = nil }
        return info
    }

    func abort() async throws(StorageError) {
        try StorageError.checkCancellation()
        store.state.withLock { state in
            if state.uploads[upload]?.key == key { state.uploads[upload] = nil }
        }
    }

    private func begun() throws(StorageError) -> MemoryParts {
        guard let begun = store.state.withLock({ $0.uploads[upload] }), begun.key == key else { throw PartRules.ended }
        return begun
    }
}

extension MultipartListing {
    /// A page of uploads that are all at hand, in the order of their keys.
    init(page items: [Item], prefix: String, after: String?, limit: Int) {
        let limit = min(max(limit, 1), 1000)
        let cursors = items.lazy.filter { $0.key.text.utf8.starts(with: prefix.utf8) }
            .map { (cursor: "\($0.key.text)\n\($0.upload)", item: $0) }
            .filter { entry in after.map { ByteOrder.precedes($0, entry.cursor) } ?? true }
            .sorted { ByteOrder.precedes($0.cursor, $1.cursor) }
        self.init(
            items: cursors.prefix(limit).map(\.item), next: cursors.count > limit ? cursors[limit - 1].cursor : nil)
    }
}
