// Where calendar time comes from.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A source of calendar time that a host lends; tests lend one whose hands they move.
public protocol WallClock: Sendable {
    /// The present moment. It may jump in either direction, as the clocks of real machines do.
    var now: Timestamp { get }
}

/// The clock of the machine.
public struct SystemClock: WallClock {
    /// Makes the clock of the machine.
    public init() {}

    /// The present moment, by the machine's real-time clock.
    public var now: Timestamp {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}
