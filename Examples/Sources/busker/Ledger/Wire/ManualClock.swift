// A clock that moves only when it is told to.

import BuskerCore
import Synchronization

/// A clock for tests of a service: it stands still until somebody moves it.
final class ManualClock: WallClock {
    /// 2000-01-01T00:00:00Z.
    static let start = Timestamp(microseconds: 946_684_800_000_000)

    private let time: Mutex<Timestamp>

    init(_ start: Timestamp) { time = Mutex(start) }

    var now: Timestamp { time.withLock { $0 } }

    /// Moves the clock and returns its new time.
    func move(_ change: (Timestamp) -> Timestamp) -> Timestamp {
        time.withLock { time in
            time = change(time)
            return time
        }
    }
}
