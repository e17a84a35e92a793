// How much of a queue may run, and how often something may begin.

import BuskerCore

/// The rules of one queue; every process must have the same.
///
/// A queue without rules is claimed by any number of workers at once. One with rules lets one claim at a time decide, so that
/// they hold over all processes.
public struct QueueRules: Sendable, Hashable {
    /// So many jobs may begin in so much time.
    public struct Rate: Sendable, Hashable {
        /// The number of jobs, 1...1,000,000; as many may begin at once after a pause.
        public let count: Int
        /// The time, 1 ms...30 days.
        public let time: Duration

        /// Makes a rate; numbers outside their range are moved to its nearer end.
        public init(_ count: Int, per time: Duration) {
            self.count = min(max(count, 1), 1_000_000)
            self.time = min(max(time, .milliseconds(1)), .seconds(30 * 86_400))
        }
    }

    /// The most jobs of the queue that run at once, in all processes together; any number when there is none.
    public var runningMax: Int?
    /// The most jobs of one owner that run at once; any number when there is none.
    ///
    /// Jobs of nobody are not counted.
    public var perOwnerMax: Int?
    /// How often jobs may begin; without bound when there is none.
    public var rate: Rate?
    /// Whether owners take turns, however many jobs one of them has.
    public var isFair: Bool

    /// Makes rules; numbers below one count as one.
    public init(runningMax: Int? = nil, perOwnerMax: Int? = nil, rate: Rate? = nil, isFair: Bool = true) {
        self.runningMax = runningMax.map { max(1, $0) }
        self.perOwnerMax = perOwnerMax.map { max(1, $0) }
        self.rate = rate
        self.isFair = isFair
    }

    /// Jobs begin in their order, as soon as there is a worker.
    public static let none = QueueRules(isFair: false)
}

/// A bucket that holds the jobs that may begin now, and fills up evenly.
///
/// What is stored is the moment at which it is full (the generic cell rate algorithm, ITU-T I.371).
struct RateBucket: Sendable, Hashable {
    /// Microseconds in which one job's worth flows in; at least one.
    private let step: Int64
    private let size: Int64
    /// When the bucket is full.
    private(set) var fullAt: Timestamp

    /// A bucket as it was stored; after the clock went back it is empty, and no more than that.
    init(_ rate: QueueRules.Rate, fullAt: Timestamp, at now: Timestamp) {
        step = max(1, rate.time.microseconds64 / Int64(rate.count))
        size = step * Int64(rate.count)
        self.fullAt = min(fullAt, now.advanced(byMicroseconds: size))
    }

    /// How many jobs may begin now.
    func count(at now: Timestamp) -> Int { Int((size - missing(at: now)) / step) }

    /// Takes so many out.
    mutating func take(_ count: Int, at now: Timestamp) {
        fullAt = now.advanced(byMicroseconds: missing(at: now) + Int64(count) * step)
    }

    /// When the next job may begin.
    func next(at now: Timestamp) -> Timestamp {
        let missing = missing(at: now)
        return size - missing >= step ? now : now.advanced(byMicroseconds: step - (size - missing))
    }

    /// What has yet to flow in.
    private func missing(at now: Timestamp) -> Int64 { min(max(now.microseconds(until: fullAt), 0), size) }
}

/// Who begins next where owners take turns.
struct FairShare: Sendable {
    /// How many jobs of each owner run, with those that were given here.
    private(set) var running: [String: Int]
    private let perOwnerMax: Int?

    init(running: [String: Int], perOwnerMax: Int?) {
        self.running = running
        self.perOwnerMax = perOwnerMax
    }

    /// How many each owner may begin, when `count` may begin in all: always who has the fewest, the earlier in the line of two.
    mutating func deal(_ count: Int, to line: [String]) -> [(owner: String, count: Int)] {
        var given = [Int](repeating: 0, count: line.count)
        var open = line.indices.filter { mayBegin(line[$0]) }
        for _ in 0..<count {
            guard let next = open.min(by: { (running[line[$0]] ?? 0, $0) < (running[line[$1]] ?? 0, $1) }) else {
                break
            }
            given[next] += 1
            running[line[next], default: 0] += 1
            if !mayBegin(line[next]) { open.removeAll { $0 == next } }
        }
        return line.indices.compactMap { given[$0] > 0 ? (line[$0], given[$0]) : nil }
    }

    /// Notes that an owner began fewer than it might have.
    mutating func giveBack(_ count: Int, of owner: String) { running[owner, default: 0] -= count }

    private func mayBegin(_ owner: String) -> Bool {
        guard let perOwnerMax, !owner.isEmpty else { return true }
        return (running[owner] ?? 0) < perOwnerMax
    }
}
