// The progress of a program that counts to 100 per cent more than once.

/// Puts several bars one after another; what is told never goes back.
struct CountedBars: Sendable {
    private let bars: Int
    private var bar = 0
    private var last = 0.0
    private var told = 0.0

    init(bars: Int) { self.bars = bars }

    /// The share of the whole, after a bar said its own.
    mutating func share(_ share: Double) -> Double {
        // A bar that falls by half has begun anew.
        if share < last - 0.5, bar < bars - 1 { bar += 1 }
        last = share
        told = max(told, (Double(bar) + share) / Double(bars))
        return told
    }
}
