// How long callers waited, in memory that does not grow.

/// Counts of waiting times: 64 steps for each doubling, so that a quantile is within 1.6 percent.
struct Waits: Sendable {
    private var counts = [Int](repeating: 0, count: 64 * 34)
    private(set) var count = 0

    /// Notes a wait in microseconds, `times` times.
    mutating func note(_ microseconds: Double, times: Int) {
        counts[Self.slot(UInt64(max(0, min(microseconds, 4e9))))] += times
        count += times
    }

    static func += (all: inout Waits, one: Waits) {
        for at in all.counts.indices { all.counts[at] += one.counts[at] }
        all.count += one.count
    }

    /// The wait in milliseconds that this part of the callers did not exceed.
    func quantile(_ part: Double) -> Double {
        var left = max(1, Int((part * Double(count)).rounded(.up)))
        for (slot, number) in counts.enumerated() {
            left -= number
            if left <= 0 { return Self.value(slot) / 1000 }
        }
        return 0
    }

    private static func slot(_ value: UInt64) -> Int {
        guard value >= 64 else { return Int(value) }
        let shift = 63 - value.leadingZeroBitCount - 6
        return (shift + 1) * 64 + Int(value >> UInt64(shift)) - 64
    }

    private static func value(_ slot: Int) -> Double {
        guard slot >= 64 else { return Double(slot) }
        let shift = slot / 64 - 1
        return Double((UInt64(slot % 64) + 64) << UInt64(shift))
    }
}
