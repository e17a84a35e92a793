// A clock for tests of waiting.

import Synchronization

/// A clock that sleeps by moving its own hands, and remembers how long.
public final class LeapClock: Clock {
    public struct Instant: InstantProtocol {
        /// Since the clock was made.
        public let offset: Duration
        /// Part of the protocol.
        public func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        /// Part of the protocol.
        public func duration(to other: Instant) -> Duration { other.offset - offset }
        /// Part of the protocol.
        public static func < (a: Instant, b: Instant) -> Bool { a.offset < b.offset }
    }

    private let state = Mutex((now: Instant(offset: .zero), waits: [Duration]()))

    /// Where the hands stand.
    public var now: Instant { state.withLock { $0.now } }
    /// How long each sleep was.
    public var waits: [Duration] { state.withLock { $0.waits } }
    /// A nanosecond.
    public let minimumResolution: Duration = .nanoseconds(1)

    /// Makes a clock that stands at zero.
    public init() {}

    /// Moves the hands to the deadline at once.
    public func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try Task.checkCancellation()
        state.withLock {
            $0.waits.append($0.now.duration(to: deadline))
            $0.now = deadline
        }
    }

    /// Moves the hands.
    public func pass(_ time: Duration) { state.withLock { $0.now = $0.now.advanced(by: time) } }
}
