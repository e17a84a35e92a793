// How long a job waits before it is tried again.

import BuskerCore

/// Waits that double from attempt to attempt, with luck in them so that jobs that failed together do not come back together.
public struct Backoff: Sendable, Hashable {
    /// The wait after the first attempt, 0...7 days.
    public let first: Duration
    /// The longest wait, 0...30 days.
    public let most: Duration

    /// Makes a policy; lengths outside their range are moved to its nearer end.
    public init(first: Duration = .seconds(5), most: Duration = .seconds(3600)) {
        self.first = min(max(first, .zero), .seconds(7 * 86_400))
        self.most = min(max(most, .zero), .seconds(30 * 86_400))
    }

    /// The longest wait after so many attempts: `first`, twice, four times … that, never more than `most`.
    public func longest(after attempts: Int) -> Duration {
        var wait = min(first, most)
        for _ in 1..<min(max(attempts, 1), 64) where wait < most { wait = min(wait * 2, most) }
        return wait
    }

    /// A wait between half of the longest and the longest, in microseconds.
    func wait(after attempts: Int, random: inout some RandomNumberGenerator) -> Int64 {
        let longest = longest(after: attempts).microseconds64
        return Int64.random(in: longest / 2...longest, using: &random)
    }
}
