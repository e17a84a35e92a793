// Makes ids that only ever grow.

import Synchronization

/// Makes ids, each greater than every one before, even when the clock stands still or goes back.
///
/// The method is 1 of RFC 9562, section 6.2: 48 bits of milliseconds, a counter of 26 bits, 48 random bits. The counter starts
/// at a random number below 2^25 in each millisecond. It never wraps: when it is used up, or the clock goes back, the
/// milliseconds go on from the last id. The clock is held between 1970 and the year 6429.
public final class IDGenerator: Sendable {
    private struct State {
        var random: any RandomNumberGenerator & Sendable
        var millisecond: UInt64 = 0
        var counter: UInt64 = 0
        var isFresh = true
    }

    private static let lastCounter: UInt64 = 1 << 26 - 1
    private static let lastClock: Int64 = 1 << 47 - 1

    private let clock: any WallClock
    private let state: Mutex<State>

    /// Makes a generator that reads a clock and draws from a source of randomness.
    public init(
        clock: some WallClock = SystemClock(), random: some RandomNumberGenerator & Sendable = SystemRandom()
    ) {
        self.clock = clock
        state = Mutex(State(random: random))
    }

    /// The next id, of any kind.
    public func make<Kind>(_ kind: Kind.Type = Kind.self) -> ID<Kind> {
        let now = UInt64(min(max(clock.now.microseconds / 1000, 0), Self.lastClock))
        return state.withLock { state in
            if now > state.millisecond || state.isFresh {
                state.millisecond = now
                state.counter = state.random.next() >> 39
                state.isFresh = false
            } else if state.counter < Self.lastCounter {
                state.counter += 1
            } else {
                state.millisecond += 1
                state.counter = state.random.next() >> 39
            }
            let tail = state.random.next() >> 16
            return ID(
                high: state.millisecond << 16 | 0x7000 | state.counter >> 14,
                low: 0x8000_0000_0000_0000 | (state.counter & 0x3FFF) << 48 | tail)
        }
    }
}
