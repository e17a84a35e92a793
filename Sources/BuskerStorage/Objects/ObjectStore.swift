// The seam to where bytes are kept, whichever store it is.

public import BuskerHTTP

/// A store of objects: keys, and bytes that appear at once and whole or not at all.
///
/// Every store keeps the same promises, which one suite of tests asks of all of them:
/// - An object is never seen half written; a `put` that throws has changed nothing, or, with `unavailable`, may have been
///   done whole.
/// - What `put`, `copy` and `complete` acknowledged survives a crash and a loss of power, as far as the store can know.
/// - `head` says `unknown` for every cause but a certain absence: a 403, an outage and an unmounted disk are no absence.
/// - A body is read piece by piece; memory does not grow with the size of an object.
///
/// Every call ends with `CancellationError` turned into ``StorageError`` with `cancelled` when its task is cancelled.
public protocol ObjectStore: Sendable {
    /// What the store can do beyond the common calls.
    var capabilities: StoreCapabilities { get }

    /// Writes an object whole.
    ///
    /// - Throws: ``StorageError`` with `alreadyExists` or `precondition` as the mode says; `badDigest` when the bytes are
    ///   not those that the options promise, `badLength` when they are more or fewer, `tooLarge` beyond `bytesMax`;
    ///   `noSpace` when the disk is full; `unavailable` when it may or may not have been done.
    @discardableResult
    func put(_ key: ObjectKey, _ body: HTTPBody, _ options: PutOptions) async throws(StorageError) -> ObjectInfo

    /// Reads an object, or a range of it.
    ///
    /// The body throws ``StorageError`` with `badAnswer` when it ends early; `badDigest` says that the object is damaged.
    /// - Throws: ``StorageError`` with `notFound`, `badRange`, `notModified`, `precondition`, `forbidden`, `unavailable`.
    func get(_ key: ObjectKey, _ options: GetOptions) async throws(StorageError) -> ObjectContent

    /// What is known of an object.
    func head(_ key: ObjectKey) async -> ObjectPresence

    /// One page of the objects in the order of their keys' bytes.
    ///
    /// - Throws: ``StorageError``; a page that failed says nothing about what is in the store.
    func list(_ request: ListRequest) async throws(StorageError) -> ObjectListing

    /// Copies an object within the store, with its type and attributes.
    ///
    /// - Throws: ``StorageError`` with `notFound` when there is no source, else as `put`.
    @discardableResult
    func copy(_ source: ObjectKey, to target: ObjectKey, mode: PutMode) async throws(StorageError) -> ObjectInfo

    /// Deletes objects, at most 1000; to delete what is not there succeeds.
    ///
    /// - Returns: for each key, in order, nothing or why it may still be there.
    /// - Throws: ``StorageError`` when nothing is known of any of them.
    func delete(_ keys: [ObjectKey]) async throws(StorageError) -> [ObjectDeletion]

    /// Begins an upload in parts, which lasts over restarts until it is completed or aborted.
    ///
    /// - Throws: ``StorageError`` with `unsupported` where the store has none.
    func beginMultipart(_ key: ObjectKey, _ options: PutOptions) async throws(StorageError) -> any MultipartUpload

    /// Takes an upload in parts up again; whether it is still there shows with its first call.
    ///
    /// - Throws: ``StorageError`` with `unsupported` where the store has none.
    func resumeMultipart(_ key: ObjectKey, upload: String, _ options: PutOptions) throws(StorageError)
        -> any MultipartUpload

    /// One page of the uploads in parts that have not ended, in the order of their keys.
    func listMultiparts(prefix: String, after: String?, limit: Int) async throws(StorageError) -> MultipartListing

    /// Signs an address for whoever holds it.
    ///
    /// - Throws: ``StorageError`` with `unsupported` where the store has no addresses, `badExpiry`, `badRequest`.
    func presign(_ verb: PresignVerb, _ key: ObjectKey, _ options: PresignOptions) throws(StorageError)
        -> PresignedRequest
}

/// What a store can do beyond the common calls.
public struct StoreCapabilities: Sendable, Hashable {
    /// Addresses that carry their own signature.
    public var presigns: Bool
    /// Uploads in parts.
    public var multipart: Bool
    /// `PutMode.replace` is checked by the store itself, so that two writers cannot both succeed.
    public var replacesAtomically: Bool
    /// `PutMode.create` of a copy is checked by the store itself.
    public var copiesAtomically: Bool
    /// The most bytes of one object.
    public var objectBytesMax: Int64

    /// Makes a record.
    public init(
        presigns: Bool, multipart: Bool, replacesAtomically: Bool, copiesAtomically: Bool, objectBytesMax: Int64
    ) {
        self.presigns = presigns
        self.multipart = multipart
        self.replacesAtomically = replacesAtomically
        self.copiesAtomically = copiesAtomically
        self.objectBytesMax = objectBytesMax
    }
}
