// What a store says of an object.

public import BuskerCore
public import BuskerHTTP

/// An object as its store knows it.
public struct ObjectInfo: Sendable, Hashable {
    /// The key.
    public let key: ObjectKey
    /// Bytes.
    public let size: Int64
    /// Changes with every change of the object; no hash of the content.
    public let entityTag: String
    /// When it was written, by the store's clock.
    public let modified: Timestamp
    /// The type of the content, where one was given.
    public let contentType: String?
    /// What the writer noted: names of lower-case letters, digits and `-`, values of printable ASCII.
    public let attributes: [String: String]
    /// The SHA-256 of the content where the store keeps it; what counts is the one in the database.
    public let sha256: ContentHash?

    /// Makes a record.
    public init(
        key: ObjectKey, size: Int64, entityTag: String, modified: Timestamp, contentType: String? = nil,
        attributes: [String: String] = [:], sha256: ContentHash? = nil
    ) {
        self.key = key
        self.size = size
        self.entityTag = entityTag
        self.modified = modified
        self.contentType = contentType
        self.attributes = attributes
        self.sha256 = sha256
    }
}

/// Whether an object is there.
public enum ObjectPresence: Sendable, Equatable {
    /// It is there.
    case present(ObjectInfo)
    /// It is certainly not there.
    case absent
    /// Nothing is known, because of a refusal, an outage or an unmounted disk; change nothing because of it.
    case unknown(StorageError)
}

/// An object, or a part of it, that is being read.
public struct ObjectContent: Sendable {
    /// The whole object.
    public let info: ObjectInfo
    /// Which of its bytes follow.
    public let range: Range<Int64>
    /// The bytes; read them once.
    public let body: HTTPBody

    /// Makes an answer.
    public init(info: ObjectInfo, range: Range<Int64>, body: HTTPBody) {
        self.info = info
        self.range = range
        self.body = body
    }
}

/// What became of one key of a deletion.
public struct ObjectDeletion: Sendable, Equatable {
    /// The key.
    public let key: ObjectKey
    /// Why the object may still be there; nothing when it is gone.
    public let failure: StorageError?

    /// Makes a record.
    public init(key: ObjectKey, failure: StorageError? = nil) {
        self.key = key
        self.failure = failure
    }
}

/// One page of a store.
public struct ObjectListing: Sendable, Equatable {
    /// The objects, in the order of their keys' bytes; their attributes and types are not read.
    public let objects: [ObjectInfo]
    /// The beginnings of keys, each with its slash, that the listing rolled up.
    public let prefixes: [String]
    /// Give it back as `after` for the next page; nothing on the last one.
    public let next: String?

    /// Makes a page.
    public init(objects: [ObjectInfo], prefixes: [String] = [], next: String? = nil) {
        self.objects = objects
        self.prefixes = prefixes
        self.next = next
    }
}

/// Which page of a store to list.
public struct ListRequest: Sendable, Hashable {
    /// What keys begin with; blank for all.
    public var prefix: String
    /// The `next` of the page before.
    public var after: String?
    /// Whether keys with another slash after the prefix are rolled up to it.
    public var rollsUp: Bool
    /// How many objects and prefixes at most, 1 to 1000.
    public var limit: Int

    /// Asks for a page; `limit` is brought into 1...1000.
    public init(prefix: String = "", after: String? = nil, rollsUp: Bool = false, limit: Int = 1000) {
        self.prefix = prefix
        self.after = after
        self.rollsUp = rollsUp
        self.limit = min(max(limit, 1), 1000)
    }
}
