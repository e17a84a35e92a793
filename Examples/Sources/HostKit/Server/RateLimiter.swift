// How many requests somebody may send.

import Synchronization

/// Counts requests by who sends them, in memory: a leaky bucket each (GCRA, ITU-T I.371), for as many senders as fit.
///
/// Each process counts for itself. When more senders come than fit, those that have been silent are forgotten first.
final class RateLimiter<Key: Hashable & Sendable>: Sendable {
    private struct Buckets {
        var full: [Key: ContinuousClock.Instant] = [:]
    }

    private let step: Duration
    private let room: Duration
    private let keysMax: Int
    private let buckets = Mutex(Buckets())

    /// Makes a limiter; nothing when nothing is counted.
    init?(perMinute: Int, keysMax: Int = 100_000) {
        guard perMinute > 0 else { return nil }
        step = .nanoseconds(60_000_000_000 / Int64(perMinute))
        room = .seconds(60)
        self.keysMax = keysMax
    }

    /// Takes one request; the time to wait when there is none.
    func take(_ key: Key, at now: ContinuousClock.Instant = .now) -> Duration? {
        buckets.withLock { buckets in
            let next = max(buckets.full[key] ?? now, now) + step
            guard next <= now + room else { return next - (now + room) }
            if buckets.full.count >= keysMax, buckets.full[key] == nil {
                buckets.full = buckets.full.filter { $0.value > now }
                if buckets.full.count >= keysMax { buckets.full.removeAll(keepingCapacity: true) }
            }
            buckets.full[key] = next
            return nil
        }
    }
}
