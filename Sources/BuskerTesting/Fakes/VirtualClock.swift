// A calendar whose hands the test moves.

public import BuskerCore
import Synchronization

/// A clock that stands still until somebody moves its hands, so that days pass in no time.
public final class VirtualClock: WallClock {
    private let time: Mutex<Timestamp>

    /// Starts the hands somewhere; 2026-11-21T00:00:00Z where nothing is said.
    public init(_ start: Timestamp = Timestamp(microseconds: 1_795_219_200_000_000)) { time = Mutex(start) }

    /// Where the hands are.
    public var now: Timestamp { time.withLock { $0 } }

    /// Moves the hands on, or back with a negative length.
    public func advance(by duration: Duration) { time.withLock { $0 = $0.advanced(by: duration) } }
}
