// Drawn numbers that are the same for the same seed on every machine.

/// A generator (SplitMix64) whose draws are made of whole numbers and plain arithmetic only.
struct SongRandom {
    private var state: UInt64

    /// Begins with a seed; different purposes of one seed are told apart by a word.
    init(_ seed: UInt64, _ purpose: String) {
        state = seed ^ Self.hash(purpose)
        _ = next()
    }

    /// The FNV-1a hash of a text's bytes.
    static func hash(_ text: String) -> UInt64 {
        var sum: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { sum = (sum ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return sum
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A whole number in 0..<count; 0 where count is none.
    mutating func below(_ count: Int) -> Int {
        count > 0 ? Int(next().multipliedFullWidth(by: UInt64(count)).high) : 0
    }

    /// A number in 0..<1.
    mutating func share() -> Double { Double(next() >> 11) / 9_007_199_254_740_992 }

    /// True in this share of all draws.
    mutating func chance(_ share: Double) -> Bool { self.share() < share }

    /// One element of a list that is not empty.
    mutating func pick<Element>(_ list: [Element]) -> Element { list[below(list.count)] }
}
