// Sounds for tests, made from a seed, and the measure that compares two of them.

#if canImport(Glibc)
import Glibc
#endif

/// A small repeatable generator (SplitMix64).
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

enum Signals {
    /// White noise in -amplitude...amplitude.
    static func noise(_ count: Int, seed: UInt64, amplitude: Float = 0.5) -> [Float] {
        var generator = Seeded(seed)
        return (0..<count).map { _ in Float.random(in: -amplitude...amplitude, using: &generator) }
    }
}

/// How far `estimate` is from `reference`: signal-to-noise ratio in dB, infinity when they are equal.
func decibels(_ reference: [Float], _ estimate: [Float]) -> Double {
    precondition(reference.count == estimate.count, "signals differ in length")
    var signal = 0.0
    var noise = 0.0
    for (r, e) in zip(reference, estimate) {
        signal += Double(r) * Double(r)
        noise += (Double(r) - Double(e)) * (Double(r) - Double(e))
    }
    return noise == 0 ? .infinity : 10 * log10(signal / noise)
}
