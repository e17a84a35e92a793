// An upload that comes in parts, over many calls and restarts.

public import BuskerCore

/// An upload in parts: nothing is seen of it until it is completed.
public protocol MultipartUpload: Sendable {
    /// The key of the object to be.
    var key: ObjectKey { get }
    /// The store's name of the upload; with the key it is all that is needed to take it up again.
    var upload: String { get }

    /// Writes a part, 1 to 10,000; a part of the same number is replaced.
    ///
    /// - Throws: ``StorageError`` with `badRequest` for another number, `tooLarge`, `notFound` when the upload has ended.
    func put(part number: Int, _ bytes: [UInt8]) async throws(StorageError) -> UploadPart

    /// The parts that are there, in order.
    ///
    /// - Throws: ``StorageError`` with `notFound` when the upload has ended.
    func parts() async throws(StorageError) -> [UploadPart]

    /// Makes the object of these parts, in the order of their numbers; every part but the last has 5 MiB or more.
    ///
    /// - Throws: ``StorageError`` as `put` of the store, `badRequest` when a part is missing, changed or too small.
    func complete(_ parts: [UploadPart]) async throws(StorageError) -> ObjectInfo

    /// Ends the upload and forgets its parts; to abort what has ended succeeds.
    func abort() async throws(StorageError)
}

/// A part that a store has.
public struct UploadPart: Sendable, Hashable {
    /// The number, from 1.
    public let number: Int
    /// Bytes.
    public let size: Int64
    /// The store's tag of the part.
    public let entityTag: String

    /// Makes a record.
    public init(number: Int, size: Int64, entityTag: String) {
        self.number = number
        self.size = size
        self.entityTag = entityTag
    }
}

/// One page of the uploads in parts that have not ended.
public struct MultipartListing: Sendable, Equatable {
    /// One upload.
    public struct Item: Sendable, Hashable {
        /// The key of the object to be.
        public let key: ObjectKey
        /// The store's name of the upload.
        public let upload: String
        /// When it was begun, where the store says it.
        public let began: Timestamp?

        /// Makes a record.
        public init(key: ObjectKey, upload: String, began: Timestamp?) {
            self.key = key
            self.upload = upload
            self.began = began
        }
    }

    /// The uploads.
    public let items: [Item]
    /// Give it back as `after` for the next page; nothing on the last one.
    public let next: String?

    /// Makes a page.
    public init(items: [Item], next: String? = nil) {
        self.items = items
        self.next = next
    }
}
