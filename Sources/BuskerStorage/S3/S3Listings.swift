// Lists that S3 answers, page by page.

public import BuskerCore

/// One page of the objects of a bucket.
public struct S3ObjectPage: Sendable, Hashable {
    /// One object.
    public struct Item: Sendable, Hashable {
        /// The key, decoded.
        public let key: String
        /// Bytes.
        public let size: Int64
        /// The entity tag without its quotes; no hash of the content.
        public let entityTag: String?
        /// When the object was written; nothing when the store says it in a way that is not known.
        public let modified: Timestamp?
        /// The class, such as `STANDARD`.
        public let storageClass: String?
    }

    /// The objects, in the order of their keys.
    public let items: [Item]
    /// The beginnings of keys that a delimiter rolled up.
    public let prefixes: [String]
    /// Where the next page begins; nothing on the last one.
    public let next: String?

    /// Reads the answer to a listing (version 2).
    ///
    /// - Throws: ``StorageError`` with `badAnswer`, also for a page that is cut but does not say where it goes on.
    public init(_ body: [UInt8], limits: XMLLimits = .standard) throws(StorageError) {
        let root = try S3Answer.root(body, limits: limits)
        let isEncoded = root.text("EncodingType") == "url"
        items = try root.all("Contents").map { (item) throws(StorageError) in
            guard let size = item.integer("Size"), size >= 0 else { throw S3Answer.fault("size of an object") }
            return Item(
                key: try S3Answer.key(try item.required("Key"), isEncoded: isEncoded), size: size,
                entityTag: item.text("ETag").map(S3Answer.unquoted), modified: S3Answer.time(item.text("LastModified")),
                storageClass: item.text("StorageClass"))
        }
        prefixes = try root.all("CommonPrefixes").map { (prefix) throws(StorageError) in
            try S3Answer.key(try prefix.required("Prefix"), isEncoded: isEncoded)
        }
        next = try S3Answer.next(root, token: "NextContinuationToken")
    }
}

/// One page of the parts of an upload that is not ended.
public struct S3PartPage: Sendable, Hashable {
    /// One part.
    public struct Item: Sendable, Hashable {
        /// The number, from 1.
        public let number: Int64
        /// Bytes.
        public let size: Int64
        /// The entity tag as it must be repeated to end the upload, quotes and all.
        public let entityTag: String
    }

    /// The parts, in order.
    public let items: [Item]
    /// After which number the next page begins; nothing on the last one.
    public let next: String?

    /// Reads the answer.
    ///
    /// - Throws: ``StorageError`` with `badAnswer`.
    public init(_ body: [UInt8], limits: XMLLimits = .standard) throws(StorageError) {
        let root = try S3Answer.root(body, limits: limits)
        items = try root.all("Part").map { (part) throws(StorageError) in
            guard let number = part.integer("PartNumber"), (1...10_000).contains(number),
                let size = part.integer("Size"), size >= 0
            else { throw S3Answer.fault("number or size of a part") }
            return Item(number: number, size: size, entityTag: try part.required("ETag"))
        }
        next = try S3Answer.next(root, token: "NextPartNumberMarker")
    }
}

/// One page of the uploads of a bucket that are not ended.
public struct S3UploadPage: Sendable, Hashable {
    /// One upload.
    public struct Item: Sendable, Hashable {
        /// The key, decoded.
        public let key: String
        /// The id.
        public let upload: String
        /// When it was begun.
        public let began: Timestamp?
    }

    /// The uploads, in the order of their keys.
    public let items: [Item]
    /// After which key the next page begins; nothing on the last one.
    public let nextKey: String?
    /// After which upload of that key the next page begins.
    public let nextUpload: String?

    /// Reads the answer.
    ///
    /// - Throws: ``StorageError`` with `badAnswer`.
    public init(_ body: [UInt8], limits: XMLLimits = .standard) throws(StorageError) {
        let root = try S3Answer.root(body, limits: limits)
        let isEncoded = root.text("EncodingType") == "url"
        items = try root.all("Upload").map { (upload) throws(StorageError) in
            Item(
                key: try S3Answer.key(try upload.required("Key"), isEncoded: isEncoded),
                upload: try upload.required("UploadId"), began: S3Answer.time(upload.text("Initiated")))
        }
        guard let isCut = root.text("IsTruncated") else { throw S3Answer.fault("IsTruncated") }
        if isCut == "true", root.text("NextKeyMarker")?.isEmpty ?? true, let last = items.last {
            // Some servers leave the markers of a page of one upload blank; they are those of its last one.
            (nextKey, nextUpload) = (last.key, last.upload)
            return
        }
        nextKey = try S3Answer.next(root, token: "NextKeyMarker").map { (key) throws(StorageError) in
            try S3Answer.key(key, isEncoded: isEncoded)
        }
        nextUpload = isCut == "true" ? root.text("NextUploadIdMarker") : nil
    }
}
