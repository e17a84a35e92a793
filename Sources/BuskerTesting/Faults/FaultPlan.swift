// Which calls of a store fail, and how.

import BuskerStorage

/// The ways in which a call of a store goes wrong.
public enum StoreFault: String, Sendable, Hashable, CaseIterable {
    /// It fails and nothing was done.
    case failsBefore
    /// It is done and its answer is lost.
    case failsAfter
    /// Its bytes end in the middle: a write leaves nothing, a read ends with `badAnswer`.
    case cut
    /// It is done, and its answer comes when others had their turn.
    case late
    /// It is done twice, as by somebody who repeats it unasked; the second answer counts.
    case twice
}

/// How often calls go wrong.
public struct FaultPlan: Sendable, Hashable {
    /// What every choice follows from.
    public var seed: UInt64
    /// Calls of a thousand that go wrong, 0 to 1000.
    public var perMille: Int
    /// The ways that are chosen from.
    public var faults: [StoreFault]
    /// No call after so many goes wrong, so that a run comes to its end; nothing for no bound.
    public var faultsMax: Int?

    /// Lets one call of five go wrong in any way, unless something else is given.
    public init(
        seed: UInt64, perMille: Int = 200, faults: [StoreFault] = StoreFault.allCases, faultsMax: Int? = nil
    ) {
        self.seed = seed
        self.perMille = perMille
        self.faults = faults
        self.faultsMax = faultsMax
    }

    /// A store that never fails.
    public static let none = FaultPlan(seed: 0, perMille: 0)
}

/// The weather of one store: numbers that follow from the seed and the number of the call.
struct FaultDice: Sendable {
    private(set) var counts: [StoreFault: Int] = [:]
    private(set) var calls = 0
    private var state: UInt64
    let plan: FaultPlan

    init(_ plan: FaultPlan) {
        self.plan = plan
        state = plan.seed
    }

    /// What becomes of the next call; nothing when it goes well.
    mutating func next() -> (fault: StoreFault?, number: UInt64) {
        calls += 1
        let number = roll()
        guard !plan.faults.isEmpty, number % 1000 < UInt64(max(0, plan.perMille)),
            counts.values.reduce(0, +) < plan.faultsMax ?? .max
        else { return (nil, roll()) }
        let fault = plan.faults[Int(roll() % UInt64(plan.faults.count))]
        counts[fault, default: 0] += 1
        return (fault, roll())
    }

    /// SplitMix64.
    private mutating func roll() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
