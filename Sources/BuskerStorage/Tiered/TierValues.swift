// The values by which callers and a store of two tiers speak of files.

/// A file as its row describes it to a store of two tiers.
public struct TieredFile: Sendable, Hashable {
    /// Where its bytes are.
    public let key: ObjectKey
    /// Bytes.
    public let size: Int64
    /// The hash of the bytes; what counts.
    public let sha256: ContentHash
    /// What the row says of the tiers.
    public let row: TierStates

    /// Describes a file.
    public init(key: ObjectKey, size: Int64, sha256: ContentHash, row: TierStates) {
        self.key = key
        self.size = size
        self.sha256 = sha256
        self.row = row
    }

    /// Takes what a row says; nothing when its bytes have not been received.
    public init?(_ record: FileRecord) {
        guard let size = record.size, let sha256 = record.sha256 else { return nil }
        self.init(
            key: record.key, size: size, sha256: sha256, row: TierStates(near: record.near, far: record.far))
    }

    /// The job that makes the copy in a tier anew.
    public func repair(of tier: StoreTier) -> TierRepair {
        TierRepair(key: key, size: size, sha256: sha256, target: tier)
    }
}

/// A job that makes the copy in one tier anew from the other; a value to be kept in a queue and done, again if need be.
public struct TierRepair: Sendable, Hashable {
    /// The key.
    public let key: ObjectKey
    /// Bytes.
    public let size: Int64
    /// The hash that the copy must have, before and after.
    public let sha256: ContentHash
    /// The tier whose copy is made.
    public let target: StoreTier

    /// Describes a job.
    public init(key: ObjectKey, size: Int64, sha256: ContentHash, target: StoreTier) {
        self.key = key
        self.size = size
        self.sha256 = sha256
        self.target = target
    }
}

/// What came of a repair.
public struct TierRepairReport: Sendable, Equatable {
    /// What is known of the tiers now, for the row; nothing where it did not become known.
    public var near: TierState?
    /// The same of the far tier.
    public var far: TierState?
    /// Where the damaged copy was put aside, in the target's tier.
    public var quarantined: ObjectKey?
    /// Why the copy was not made; nothing when it is there and verified.
    public var failure: StorageError?

    /// Says what is known of the tiers.
    public init(near: TierState? = nil, far: TierState? = nil) {
        self.near = near
        self.far = far
    }

    mutating func set(_ tier: StoreTier, _ state: TierState) {
        if tier == .near { near = state } else { far = state }
    }
}

/// What came of a write to two tiers.
public struct TierWrite: Sendable, Equatable {
    /// The object as the near tier knows it.
    public let info: ObjectInfo
    /// What the row should say.
    public let states: TierStates
    /// The job to be done when a tier lags behind; nothing when neither does, or when no hash became known.
    public let repair: TierRepair?
}

/// Chooses which files are hashed again, so that damage is found before somebody downloads it.
public struct TierSampler: Sendable, Hashable {
    /// Files of a thousand, 0 to 1000.
    public let perMille: Int

    /// Takes ten of a thousand, which is 1 %, unless something else is given.
    public init(perMille: Int = 10) { self.perMille = min(max(perMille, 0), 1000) }

    /// Whether the next file is to be hashed; each call draws once.
    public func picks(using random: inout some RandomNumberGenerator) -> Bool {
        Int.random(in: 0..<1000, using: &random) < perMille
    }
}
