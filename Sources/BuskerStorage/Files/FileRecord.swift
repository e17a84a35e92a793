// The row of a file: what the database knows, which is what counts.

public import BuskerCore

/// What ids of files begin with.
public enum FileKind: IDKind {
    /// The prefix `file_`.
    public static let prefix = "file"
}

/// The id of a file.
public typealias FileID = ID<FileKind>

/// Where the content of a file is in its life.
public enum FileState: String, Sendable, Hashable, CaseIterable {
    /// Bytes are coming; nothing can be read.
    case uploading
    /// All bytes are there, hashed; nobody has looked at them.
    case received
    /// Somebody looks at them.
    case scanning
    /// They are what they should be.
    case accepted
    /// They are not, or could not be looked at; only an administrator reads them.
    case quarantined
    /// The bytes are about to be deleted; there is no way back.
    case tombstoned
    /// The bytes are gone; the row stays for the books.
    case gone
}

/// Whether a file has been paid for or kept for good.
public enum FileStanding: String, Sendable, Hashable, CaseIterable {
    /// It goes by itself when its time is up.
    case temporary
    /// It was moved to where paid files are.
    case permanent
}

/// What is known of the money behind a file.
public enum FilePayment: String, Sendable, Hashable, CaseIterable {
    /// None was asked for or has come.
    case unpaid
    /// It has come.
    case paid
    /// It was given back.
    case refunded
    /// The payer disputes it.
    case disputed
}

/// What a row says of one tier of a store of two.
public enum TierState: String, Sendable, Hashable, CaseIterable {
    /// It should not be there.
    case none
    /// It was written and verified there.
    case present
    /// It should be there but was not when somebody looked.
    case missing
    /// What is there is not what it should be.
    case damaged
}

/// A file as the database knows it.
public struct FileRecord: Sendable, Hashable {
    /// The id.
    public let id: FileID
    /// Whose it is, in the host's own words; nobody else sees it.
    public let owner: String
    /// What kind of file it is in the host's own words, such as `upload`, `stem` or `invoice`.
    public let kind: String
    /// What it belongs to in the host's own words, such as the id of a job; a file of nothing is an orphan.
    public var subject: String?
    /// What people call it: NFC, checked, no path.
    public let name: String
    /// The type of its content, as sniffed.
    public var contentType: String
    /// Where its bytes are.
    public var key: ObjectKey
    /// Bytes; before they are received, what was declared.
    public var size: Int64?
    /// The hash of the bytes once they are received.
    public var sha256: ContentHash?
    /// Where it is in its life.
    public var state: FileState
    /// Whether it is kept for good.
    public var standing: FileStanding
    /// The money behind it.
    public var payment: FilePayment
    /// The near tier.
    public var near: TierState
    /// The far tier.
    public var far: TierState
    /// Labels of the host for policies, such as `plan: pro`; at most 16.
    public var tags: [String: String]
    /// The times that matter.
    public var times: FileTimes
    /// Why it must not be deleted whatever a policy says; nothing when there is no such reason.
    public var legalHold: String?
    /// Grows with every change of the row; a change names the version it saw.
    public var version: Int64

    /// Tags of one file at most.
    public static let tagsMax = 16

    /// A row that is about to be inserted: version 1, uploading, unpaid, temporary, unless something else is given.
    ///
    /// - Parameters:
    ///   - id: the id.
    ///   - owner: whose it is.
    ///   - kind: what kind of file it is.
    ///   - subject: what it belongs to.
    ///   - name: what people call it, checked.
    ///   - contentType: the type of its content.
    ///   - key: where its bytes are or will be.
    ///   - size: bytes; needed from `received` on.
    ///   - sha256: the hash; needed from `received` on.
    ///   - state: where it is in its life.
    ///   - standing: whether it is kept for good.
    ///   - payment: the money behind it.
    ///   - near: the near tier.
    ///   - far: the far tier.
    ///   - tags: labels of the host.
    ///   - times: the times that matter; at least when it was made.
    ///   - legalHold: why it must not be deleted.
    ///   - version: grows with every change.
    public init(
        id: FileID, owner: String, kind: String, subject: String? = nil, name: String, contentType: String,
        key: ObjectKey, size: Int64? = nil, sha256: ContentHash? = nil, state: FileState = .uploading,
        standing: FileStanding = .temporary, payment: FilePayment = .unpaid, near: TierState = .none,
        far: TierState = .none, tags: [String: String] = [:], times: FileTimes, legalHold: String? = nil,
        version: Int64 = 1
    ) {
        self.id = id
        self.owner = owner
        self.kind = kind
        self.subject = subject
        self.name = name
        self.contentType = contentType
        self.key = key
        self.size = size
        self.sha256 = sha256
        self.state = state
        self.standing = standing
        self.payment = payment
        self.near = near
        self.far = far
        self.tags = tags
        self.times = times
        self.legalHold = legalHold
        self.version = version
    }

    /// Whether its bytes may be given to those who may read the file at all.
    public var isReadable: Bool { state == .accepted && times.deleted == nil }
}

/// The times of a file; nothing where it has not happened.
public struct FileTimes: Sendable, Hashable {
    /// When the row was made.
    public var created: Timestamp
    /// When all bytes had come.
    public var received: Timestamp?
    /// When it was paid for.
    public var paid: Timestamp?
    /// When it was first given to its owner.
    public var delivered: Timestamp?
    /// When it was last downloaded.
    public var downloaded: Timestamp?
    /// When the work that made it, or that it was made for, ended.
    public var finished: Timestamp?
    /// When the session it belongs to, or an upload that does not go on, ends.
    public var expires: Timestamp?
    /// Since when it belongs to nothing.
    public var orphaned: Timestamp?
    /// When its owner went away.
    public var ownerDeleted: Timestamp?
    /// Until when an address that was given out may still work.
    public var linkedUntil: Timestamp?
    /// Until when somebody uses it: a job, a zip being made, a migration.
    public var usedUntil: Timestamp?
    /// When it was deleted in a way that can be undone.
    public var deleted: Timestamp?

    /// A file that was made now.
    public init(created: Timestamp) { self.created = created }
}
