// What a host does for retention beside rows and bytes.

public import BuskerCore
public import BuskerStorage

/// The hands of a host: links, notices and moves; each call may be repeated after a crash.
public protocol RetentionHands: Sendable {
    /// Ends the addresses of a file that were given out; rows that are deleted are refused by themselves.
    func revokeLinks(of file: FileRecord) async throws

    /// Tells somebody that a file goes then.
    func notify(_ file: FileRecord, over channel: String, deletion: Timestamp) async throws

    /// Brings a file to a cheaper class of its store.
    func archive(_ file: FileRecord, class name: String) async throws

    /// Moves a file; the row points at its new place afterwards.
    func move(_ file: FileRecord, to target: MoveTarget) async throws
}

extension RetentionHands {
    /// Does nothing: links that ask the row are refused with it.
    public func revokeLinks(of file: FileRecord) async throws {}

    /// Refuses: the host tells nobody.
    public func notify(_ file: FileRecord, over channel: String, deletion: Timestamp) async throws {
        throw StorageError(.unsupported, "Nobody here gives notice over '\(channel)'.")
    }

    /// Refuses: the host has no classes.
    public func archive(_ file: FileRecord, class name: String) async throws {
        throw StorageError(.unsupported, "Nobody here archives to '\(name)'.")
    }

    /// Refuses: the host moves nothing.
    public func move(_ file: FileRecord, to target: MoveTarget) async throws {
        throw StorageError(.unsupported, "Nobody here moves to '\(target)'.")
    }
}

/// A host that only deletes.
public struct NoHands: RetentionHands {
    /// Makes one.
    public init() {}
}

/// Releases the brake for one plan, by whoever looked at it.
public struct BrakeRelease: Sendable, Hashable {
    /// The digest of the plan that was looked at.
    public let planDigest: String
    /// How many files it deletes and purges, exactly.
    public let ends: Int64

    /// Makes a release.
    public init(planDigest: String, ends: Int64) {
        self.planDigest = planDigest
        self.ends = ends
    }
}

/// What became of a plan.
public struct RunReport: Sendable, Hashable {
    /// The plan.
    public let plan: PlanID
    /// How far it is.
    public let state: RunState
    /// What was done.
    public let counts: RunCounts
    /// Why it stopped, in words; blank unless it is `stopped`.
    public let problem: String

    /// How many deletions of runs before were finished that a crash had left half done.
    public let finished: Int64
}
