// How often something may be tried.

import BuskerCore

/// A leaky bucket: so many attempts at once, then one in so many seconds.
public struct ThrottleRule: Sendable, Hashable {
    /// How many attempts may come at once, at least one.
    public let burst: Int
    /// The seconds after which there is one attempt more, at least one.
    public let everySeconds: Int64

    /// Makes a rule; numbers below one count as one.
    public init(burst: Int, everySeconds: Int64) {
        self.burst = min(max(burst, 1), 1_000_000)
        self.everySeconds = min(max(everySeconds, 1), 86_400)
    }

    /// One attempt costs this much time.
    private var step: Int64 { everySeconds * 1_000_000 }

    /// What an attempt does to a bucket whose theoretical arrival time is `full` (GCRA, ITU-T I.371).
    ///
    /// Hosts whose clocks are apart by less than two whole buckets count together. A bucket that is full for longer than that was
    /// filled before the clock went back, and is begun anew, so that nobody is locked out until it catches up.
    ///
    /// - Returns: the new time to store, or how long to wait.
    func take(_ full: Timestamp?, at now: Timestamp) -> Attempt {
        let room = step * Int64(burst)
        let most = now.advanced(byMicroseconds: room)
        let isStrange = full.map { now.microseconds(until: $0) > 2 * room } ?? false
        let start = isStrange ? now : max(full ?? now, now)
        let next = start.advanced(byMicroseconds: step)
        guard next > most else { return .allowed(next) }
        return .refused(.microseconds(most.microseconds(until: next)))
    }

    /// What becomes of an attempt.
    enum Attempt: Equatable {
        case allowed(Timestamp)
        case refused(Duration)
    }
}
