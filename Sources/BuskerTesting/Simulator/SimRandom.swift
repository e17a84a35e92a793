// Numbers that follow from a seed.

/// A small generator (SplitMix64): the same seed gives the same numbers on every machine.
struct SimRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    /// The numbers of one purpose of a seed, whatever else draws.
    init(_ seed: UInt64, _ purpose: UInt64) {
        var first = SimRandom(seed ^ purpose &* 0xD1B5_4A32_D192_ED03)
        state = first.next()
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A number below a bound.
    mutating func below(_ bound: Int) -> Int { bound < 2 ? 0 : Int(next() % UInt64(bound)) }

    /// Whether something with a share of so many in a thousand happens.
    mutating func happens(_ perMille: Int) -> Bool { below(1_000) < perMille }

    /// One of several.
    mutating func pick<T>(_ items: some RandomAccessCollection<T>) -> T? {
        items.isEmpty ? nil : items[items.index(items.startIndex, offsetBy: below(items.count))]
    }
}
