// What is to be done about a file whose bytes should be in two places.

/// One of the two places.
public enum StoreTier: String, Sendable, Hashable, CaseIterable {
    /// The one that is read first, such as a disk.
    case near
    /// The one behind it, such as S3.
    case far

    /// The other one.
    public var other: StoreTier { self == .near ? .far : .near }
}

/// What somebody who looked saw in one tier.
public enum TierSighting: String, Sendable, Hashable, CaseIterable {
    /// The bytes are there and are those that the row names, as far as was looked.
    case good
    /// They are certainly not there.
    case absent
    /// Something else is there, or it cannot be read.
    case damaged
    /// The tier did not say: a refusal, an outage, an unmounted disk.
    case unknown
}

/// Why somebody should be told.
public enum TierAlert: String, Sendable, Hashable, CaseIterable {
    /// The far copy is not good, although the near one is.
    case farLost
    /// There is no copy in either tier.
    case lost
    /// There are copies and none of them is good; nothing of them may be deleted.
    case noGoodCopy
}

/// What the row should say of the two tiers; for the caller to write with the row's version.
public struct TierStates: Sendable, Hashable {
    /// The near tier.
    public var near: TierState
    /// The far tier.
    public var far: TierState

    /// Makes a pair.
    public init(near: TierState, far: TierState) {
        self.near = near
        self.far = far
    }

    /// The state of a tier.
    public subscript(tier: StoreTier) -> TierState {
        get { tier == .near ? near : far }
        set { if tier == .near { near = newValue } else { far = newValue } }
    }
}

/// What follows from what a row says and what was seen: a pure function, so that every case can be tried.
///
/// | row | near | far | verdict |
/// |---|---|---|---|
/// | both | good | good | serve near |
/// | both | absent | good | serve far, near is missing, repair it |
/// | both | good | absent | serve near, far is missing, repair it, alert |
/// | both | damaged | good | serve far, near is damaged: put it aside, then repair it |
/// | both | good | damaged | serve near, far is damaged: put it aside, then repair it, alert |
/// | any | absent | absent | nothing to serve, both are missing, alert; no deletion |
/// | any | no good one, some damaged | | nothing to serve, nothing is touched, alert |
/// | any | unknown | good | serve far, change nothing; and the other way round |
/// | none | something | | an orphan: nothing is served or touched here |
public struct TierVerdict: Sendable, Hashable {
    /// Where to read; nothing when no good copy was seen.
    public var serve: StoreTier?
    /// What the row should say.
    public var states: TierStates
    /// The tiers whose copy is to be made anew from the other, which is good.
    public var repairs: Set<StoreTier> = []
    /// Those of them whose damaged copy is put aside first.
    public var quarantines: Set<StoreTier> = []
    /// Why somebody should be told; nothing when nobody need be.
    public var alert: TierAlert?
    /// Whether both tiers answered and neither has a good copy: stop billing and downloads.
    public var isMissing = false
    /// Whether a tier did not say what it has, so that nothing follows from this look but where to read.
    public var isUnknown = false
    /// Whether there are bytes that no row wants; they go the way of orphans.
    public var isOrphan = false

    /// Judges what a row says and what was seen.
    public init(row: TierStates, near: TierSighting, far: TierSighting) {
        states = row
        let seen: [StoreTier: TierSighting] = [.near: near, .far: far]
        guard row.near != .none || row.far != .none else {
            isOrphan = [.good, .damaged].contains(near) || [.good, .damaged].contains(far)
            return
        }
        serve = near == .good ? .near : far == .good ? .far : nil
        guard near != .unknown, far != .unknown else {
            isUnknown = true
            return
        }
        for tier in StoreTier.allCases where row[tier] != .none {
            switch seen[tier] {
            case .good: states[tier] = .present
            case .damaged: states[tier] = .damaged
            default: states[tier] = .missing
            }
        }
        guard serve != nil else {
            isMissing = true
            alert = near == .absent && far == .absent ? .lost : .noGoodCopy
            return
        }
        repairs = Set(StoreTier.allCases.filter { row[$0] != .none && seen[$0] != .good })
        quarantines = repairs.filter { seen[$0] == .damaged }
        if repairs.contains(.far) { alert = .farLost }
    }
}
