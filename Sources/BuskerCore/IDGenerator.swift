// Makes ids that only ever grow.

import Synchronization

/// Makes ids, each greater than every one before, even when the clock stands still or goes back.
///
/// One generator serves a whole process: only ids of the same generator are sure to grow. Two generators share an id only if
/// their 48 random bits agree in the same millisecond at the same count.
public final class IDGenerator: Sendable {
    private struct State {
        var random: any RandomNumberGenerator & Sendable
        var sequence = IDSequence()
    }

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
        let now = clock.now
        return state.withLock { state in
            state.sequence.step(to: now, random: &state.random)
            return ID(high: state.sequence.high, low: state.sequence.low)
        }
    }
}
