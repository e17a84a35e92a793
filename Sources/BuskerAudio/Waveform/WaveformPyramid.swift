// One waveform at many resolutions, for zooming.

/// A waveform and its coarser versions, each half as fine as the one before.
public struct WaveformPyramid: Sendable, Equatable {
    /// The levels, the finest first; never empty.
    public let levels: [Waveform]

    /// Builds the levels above `base` until one has at most `smallest` points; the peaks equal those of the audio.
    public init(base: Waveform, smallest: Int = 512) throws(AudioError) {
        var levels = [base]
        var top = base
        while top.count > max(1, smallest), top.samplesPerPoint <= Int(Int32.max) / 2 {
            top = try top.resampled(to: 2 * top.samplesPerPoint)
            levels.append(top)
        }
        self.levels = levels
    }

    /// The coarsest level that is at least as fine as `samplesPerPoint`, or the finest there is.
    public func level(for samplesPerPoint: Int) -> Waveform {
        levels.last { $0.samplesPerPoint <= samplesPerPoint } ?? levels[0]
    }

    /// Exactly `points` points over a range of frames, from a level with about 8 or more points for each.
    ///
    /// Throws as `Waveform.resampled(points:over:)` does.
    public func resampled(points: Int, over range: Range<Int>? = nil) throws(AudioError) -> Waveform {
        try Waveform.check(points: points)
        let frames = range?.clamped(to: 0..<levels[0].frames).count ?? levels[0].frames
        return try level(for: max(1, frames / points / 8)).resampled(points: points, over: range)
    }
}
