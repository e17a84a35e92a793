// The journal of one move of a file.

public import BuskerCore

/// What ids of migrations begin with.
public enum MigrationKind: IDKind {
    /// The prefix `move`.
    public static let prefix = "move"
}

/// The id of a migration.
public typealias MigrationID = ID<MigrationKind>

/// How far a migration has come: the step that was finished last.
public enum MigrationStep: String, Sendable, Hashable, CaseIterable {
    /// The intent is in the journal; the bytes are to be copied.
    case intended
    /// A copy was made; it is to be read back.
    case copied
    /// The copy has the right size and hash; the row is to be pointed at it.
    case verified
    /// The row points at the copy; there is only forward. Links and uses of the source are to end.
    case committed
    /// Nobody uses the source any more; it is to be deleted.
    case released
    /// The source is gone.
    case done
    /// The migration was given up before the row pointed at the copy; the copy is to be deleted.
    case returning
    /// The copy is gone and the file is where it was.
    case returned

    /// Whether nothing is left to do.
    public var isOver: Bool { self == .done || self == .returned }
    /// Whether the row points at the copy.
    public var isCommitted: Bool { self == .committed || self == .released || self == .done }
}

/// Why a file is moved, for the books.
public struct MigrationOrder: Sendable, Hashable {
    /// What the new key begins with, with its slash.
    public var prefix: String
    /// Who asked for it, in the host's own words.
    public var who: String
    /// The plan it belongs to.
    public var plan: String?
    /// The rule that demands it.
    public var rule: String?

    /// Makes an order.
    public init(prefix: String = "permanent/", who: String, plan: String? = nil, rule: String? = nil) {
        self.prefix = prefix
        self.who = who
        self.plan = plan
        self.rule = rule
    }
}

/// One move of a file, as its journal knows it.
public struct FileMigration: Sendable, Hashable {
    /// The id.
    public let id: MigrationID
    /// The file.
    public let file: FileID
    /// The version of the file's row that the move was begun with, or was last compared with.
    public internal(set) var rowVersion: Int64
    /// Where the bytes were.
    public let source: ObjectKey
    /// Where they go: a key that holds their hash and this id, so that nobody else ever writes it.
    public let target: ObjectKey
    /// Bytes.
    public let size: Int64
    /// The hash of the bytes.
    public let sha256: ContentHash
    /// Why.
    public let order: MigrationOrder
    /// How far it has come.
    public internal(set) var step: MigrationStep
    /// Until when the source stays although the row points at the copy.
    public internal(set) var waitUntil: Timestamp?
    /// When it was begun.
    public let begun: Timestamp
    /// When it last changed.
    public internal(set) var changed: Timestamp
    /// How often a step failed since the last one that did not.
    public internal(set) var attempts: Int
    /// What went wrong last, or why it was given up.
    public internal(set) var problem: String?
    /// Grows with every change of the journal; a change names the version it saw.
    public internal(set) var version: Int64
}
