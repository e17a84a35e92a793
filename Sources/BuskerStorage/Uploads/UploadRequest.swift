// What somebody wants to upload, and what is allowed.

public import BuskerCore

/// An upload that is about to begin.
public struct UploadRequest: Sendable {
    /// Whose file it will be, as the host's sign-in says.
    public var owner: String
    /// A text that the client chose for this upload, 1 to 200 bytes: repeated, it answers the same file.
    ///
    /// None, and nothing is remembered.
    public var key: String?
    /// What may be uploaded.
    public var category: UploadCategory
    /// The kind of file in the host's own words.
    public var kind: String
    /// What the file will belong to; a file of nothing is an orphan.
    public var subject: String?
    /// What the client calls it.
    public var name: String
    /// What the client says it is.
    public var contentType: String?
    /// How many bytes the client says it has; nothing when it does not say.
    public var size: Int64?
    /// What the client says its hash is.
    public var sha256: ContentHash?
    /// Labels of the host.
    public var tags: [String: String]

    /// Makes a request; only owner, category and name are needed.
    public init(
        owner: String, key: String? = nil, category: UploadCategory, kind: String = "upload", subject: String? = nil,
        name: String, contentType: String? = nil, size: Int64? = nil, sha256: ContentHash? = nil,
        tags: [String: String] = [:]
    ) {
        self.owner = owner
        self.key = key
        self.category = category
        self.kind = kind
        self.subject = subject
        self.name = name
        self.contentType = contentType
        self.size = size
        self.sha256 = sha256
        self.tags = tags
    }

    /// The most bytes that may come.
    var bytesMax: Int64 { size ?? category.unknownBytesMax }

    /// Refuses what cannot come to anything, before a row is written.
    func check() throws(StorageError) {
        try Self.check(owner, "owner")
        try Self.check(kind, "kind")
        if let subject { try Self.check(subject, "subject") }
        if let key { try Self.check(key, "upload key") }
        if let contentType, contentType.utf8.count > 200 {
            throw StorageError(.badType, "A declared type has more than 200 bytes.")
        }
        if let size {
            guard size > 0 else { throw StorageError(.badLength, "An upload has at least one byte.") }
            guard size <= category.bytesMax else { throw Self.tooLarge(category.bytesMax) }
        }
        _ = try category.promised(declared: contentType, name: DisplayName(name))
    }

    static func check(_ text: String, _ what: String) throws(StorageError) {
        let isClean = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
        guard (1...200).contains(text.utf8.count), isClean else {
            throw StorageError(.badRequest, "The \(what) of an upload has 1 to 200 bytes and no control characters.")
        }
    }

    static func tooLarge(_ bytesMax: Int64) -> StorageError {
        StorageError(.tooLarge, "At most \(bytesMax) bytes are accepted.")
    }
}

/// How much a desk takes from each owner, and how long it waits.
public struct UploadLimits: Sendable, Hashable {
    /// Uploads of one owner at the same time.
    public var activeMax: Int
    /// Uploads of one owner that have not ended, those that wait to go on included.
    public var pendingMax: Int
    /// Bytes of one owner in a day (UTC), those of uploads that failed included.
    public var dayBytesMax: Int64
    /// How long a sender may stand still.
    public var idleTime: Duration
    /// How long one request may take in all.
    public var totalTime: Duration
    /// How long an upload that can go on waits for it; also the longest life of a signed address.
    public var resumeTime: Duration
    /// How long a look at a file may take before another begins.
    public var scanTime: Duration
    /// How long after the last sign of the process that takes an upload in another request with its key takes over.
    public var leaseTime: Duration

    /// 4 at a time, 20 open, 2 GB a day; 60 seconds of silence, 30 minutes in all; a day to go on; 10 minutes to look; a
    /// minute for a process that died.
    public init(
        activeMax: Int = 4, pendingMax: Int = 20, dayBytesMax: Int64 = 2_000_000_000, idleTime: Duration = .seconds(60),
        totalTime: Duration = .seconds(1800), resumeTime: Duration = .seconds(86_400),
        scanTime: Duration = .seconds(600), leaseTime: Duration = .seconds(60)
    ) {
        self.activeMax = max(activeMax, 1)
        self.pendingMax = max(pendingMax, 1)
        self.dayBytesMax = max(dayBytesMax, 1)
        self.idleTime = idleTime
        self.totalTime = totalTime
        self.resumeTime = resumeTime
        self.scanTime = scanTime
        self.leaseTime = max(leaseTime, .seconds(1))
    }
}

/// How far an upload is.
public struct UploadProgress: Sendable, Hashable {
    /// The file it will be.
    public let file: FileID
    /// Bytes that came.
    public let received: Int64
    /// Bytes in all, when the client said it.
    public let expected: Int64?
}
