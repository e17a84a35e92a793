// Uploads in parts: begun, taken up again, listed.

import BuskerCore
import HTTPTypes

extension S3Store {
    /// Begins an upload in parts.
    ///
    /// The hash that the options promise is checked when all parts are put in order through the same object; of others the store
    /// keeps only what was promised, so compare it by reading.
    public func beginMultipart(
        _ key: ObjectKey, _ options: PutOptions
    ) async throws(StorageError) -> any MultipartUpload {
        try options.check()
        try StorageError.checkCancellation()
        return try await begin(key, options)
    }

    /// Takes an upload in parts up again.
    public func resumeMultipart(
        _ key: ObjectKey, upload: String, _ options: PutOptions
    ) throws(StorageError) -> any MultipartUpload {
        try options.check()
        return S3Upload(self, key, upload, options)
    }

    /// One page of the uploads in parts that have not ended; keys that are none of ours are passed over.
    public func listMultiparts(
        prefix: String, after: String?, limit: Int
    ) async throws(StorageError) -> MultipartListing {
        var query = [
            QueryItem("uploads"), QueryItem("encoding-type", "url"),
            QueryItem("max-uploads", String(min(max(limit, 1), 1000))),
        ]
        if !prefix.isEmpty { query.append(QueryItem("prefix", prefix)) }
        if let after {
            let halves = after.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            query.append(QueryItem("key-marker", halves.first.map(String.init) ?? ""))
            if halves.count == 2, !halves[1].isEmpty { query.append(QueryItem("upload-id-marker", String(halves[1]))) }
        }
        let page = try S3UploadPage(try await exchange.send(call(.get, nil, query: query)).granted().bytes)
        let items = page.items.compactMap { item in
            (try? ObjectKey(item.key)).map {
                MultipartListing.Item(key: $0, upload: item.upload, began: item.began)
            }
        }
        return MultipartListing(items: items, next: page.nextKey.map { "\($0)\n\(page.nextUpload ?? "")" })
    }

    func begin(_ key: ObjectKey, _ options: PutOptions) async throws(StorageError) -> S3Upload {
        let token = exchange.token()
        var call = try call(
            .post, key, query: [QueryItem("uploads")],
            headers: try S3Note.fields(options, hash: options.sha256, token: token))
        for field in settings.encryption?.fields ?? [] { call.request.headers.set(field.name, field.value) }
        let begun = try S3UploadBegun(try await exchange.send(call).granted().bytes)
        return S3Upload(self, key, begun.upload, options, token: token)
    }
}
