// The machine's own source of randomness, to be lent.

/// Unpredictable numbers from the machine, safe for secrets; the only place that asks the machine itself.
public struct SystemRandom: RandomNumberGenerator, Sendable {
    /// Makes the machine's source.
    public init() {}

    /// 64 unpredictable bits.
    public mutating func next() -> UInt64 {
        var system = SystemRandomNumberGenerator()
        return system.next()
    }
}
