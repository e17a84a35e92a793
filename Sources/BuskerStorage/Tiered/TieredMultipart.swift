// Uploads in parts of a store of two tiers.

import BuskerCore

extension TieredStore {
    /// Begins an upload in parts in the near store; when it is completed the object goes to the far one.
    public func beginMultipart(
        _ key: ObjectKey, _ options: PutOptions
    ) async throws(StorageError) -> any MultipartUpload {
        TieredUpload(store: self, inner: try await near.beginMultipart(key, options), options: options)
    }

    /// Takes an upload in parts up again.
    public func resumeMultipart(
        _ key: ObjectKey, upload: String, _ options: PutOptions
    ) throws(StorageError) -> any MultipartUpload {
        TieredUpload(
            store: self, inner: try near.resumeMultipart(key, upload: upload, options), options: options)
    }

    /// One page of the uploads in parts that have not ended, all of them in the near store.
    public func listMultiparts(
        prefix: String, after: String?, limit: Int
    ) async throws(StorageError) -> MultipartListing {
        try await near.listMultiparts(prefix: prefix, after: after, limit: limit)
    }
}

/// An upload in parts to two tiers.
struct TieredUpload: MultipartUpload {
    let store: TieredStore
    let inner: any MultipartUpload
    let options: PutOptions

    var key: ObjectKey { inner.key }
    var upload: String { inner.upload }

    func put(part number: Int, _ bytes: [UInt8]) async throws(StorageError) -> UploadPart {
        try await inner.put(part: number, bytes)
    }

    func parts() async throws(StorageError) -> [UploadPart] { try await inner.parts() }

    func complete(_ parts: [UploadPart]) async throws(StorageError) -> ObjectInfo {
        if options.mode == .create { _ = try await store.ask(key, .create) }
        let info = try await inner.complete(parts)
        var options = options
        options.contentType = info.contentType
        options.attributes = info.attributes
        return try await store.follow(info, options).info
    }

    func abort() async throws(StorageError) { try await inner.abort() }
}
