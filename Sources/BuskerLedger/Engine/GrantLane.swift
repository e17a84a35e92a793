// The live grants of one scope on one account, in the order in which they burn.

/// Which lane: one account, one scope.
struct LaneKey: Sendable, Hashable {
    let account: Int64
    let scope: ByteText
}

/// The live grants of one scope on one account in burn order, as far as they are known.
///
/// Up to `boundary` every live grant is known; beyond it only those that were made or looked up for another reason.
struct GrantLane: Sendable {
    let account: Int64
    let scope: String
    /// Places in the engine's list of grants, in burn order.
    var slots: [Int] = []
    var boundary: BurnOrder?
    var isComplete = false

    init(_ key: LaneKey) {
        account = key.account
        scope = key.scope.text
    }

    /// The first position whose grant does not burn before `order`.
    func position(of order: BurnOrder, in grants: [GrantRow]) -> Int {
        var low = 0
        var high = slots.count
        if let first = slots.first, !(grants[first].order < order) { return 0 }
        while low < high {
            let middle = (low + high) / 2
            if grants[slots[middle]].order < order { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// A part of a grant.
struct GrantSlice: Sendable {
    /// The place in the engine's list of grants.
    let slot: Int
    let amount: Int64
}
