// What the tests of several rooms lend: clocks, generators, databases.

public import BuskerCore
import Synchronization

/// A clock whose hands a test moves.
public final class ManualClock: WallClock {
    private let time: Mutex<Timestamp>

    /// Starts the hands somewhere.
    public init(_ start: Timestamp = Timestamp(microseconds: 1_800_000_000_000_000)) { time = Mutex(start) }

    /// Where the hands are.
    public var now: Timestamp { time.withLock { $0 } }

    /// Puts the hands somewhere, forward or back.
    public func set(_ now: Timestamp) { time.withLock { $0 = now } }

    /// Moves the hands by so much, forward or back.
    public func advance(microseconds: Int64) { time.withLock { $0 = $0.advanced(byMicroseconds: microseconds) } }
}

/// A small generator with a seed that a failing test can print (SplitMix64).
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Begins the sequence of a seed.
    public init(seed: UInt64) { state = seed }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
