// Builds a waveform from blocks of audio as they arrive.

/// Takes audio block by block and holds its waveform so far; memory grows with the points, never with the audio.
///
/// Sums, division and rounding are those of audiowaveform, so that its files come out byte for byte: floats become
/// 16 bits as trunc(x * 32767), channels are summed and divided by their number toward zero. Unlike there, samples
/// beyond full scale are clamped instead of wrapped, and counted.
public struct WaveformBuilder: ~Copyable {
    /// How fine the waveform is.
    public enum Resolution: Sendable, Hashable {
        /// So many frames in every point, 1 to `WaveformLimits.samplesPerPoint`; files need 2 or more.
        case samplesPerPoint(Int)
        /// Exactly so many points over the whole, however long it proves, 1 to `WaveformLimits.evenPoints`.
        ///
        /// Edges lie on exact frames while the audio has at most `16 * points` frames (and no less than 65536), later
        /// within a sixteenth of a point; every frame counts in exactly one point. No length has to be known.
        case points(Int)
    }

    /// What becomes of several channels.
    public enum Mix: Sendable, Hashable {
        /// One waveform of the mean of all channels.
        case mono
        /// One waveform per channel.
        case perChannel
    }

    private var core: PeaksCore
    private let sampleRate: Int
    private let inputs: Int
    private let outputs: Int
    private let withRMS: Bool
    private let points: Int?
    private var span: Int
    private var pending = 0
    private var peaks: [Int16] = []
    private var means: [Float] = []

    /// Makes a builder for interleaved audio of `channels` (1 to 8) at `sampleRate` (1 or more) frames a second.
    ///
    /// `expectedFrames` only saves a little work; it may be wrong, but where less than an eighth of it comes, `.points`
    /// are coarser than promised. Throws `badArgument` for a setting outside its range.
    public init(
        sampleRate: Int, channels: Int, resolution: Resolution = .samplesPerPoint(256), mix: Mix = .mono,
        rms: Bool = false, expectedFrames: Int? = nil
    ) throws(AudioError) {
        guard (1...WaveformLimits.channels).contains(channels) else {
            throw AudioError(
                .badArgument, "A waveform takes 1 to \(WaveformLimits.channels) channels, not \(channels).")
        }
        guard (1...Int(Int32.max)).contains(sampleRate) else {
            throw AudioError(.badArgument, "A sample rate of \(sampleRate) Hz cannot be drawn.")
        }
        let span = try Self.firstSpan(resolution, expectedFrames ?? 0)
        core = try PeaksCore(channels: channels, span: span, mix: mix == .mono, energy: rms)
        self.span = span
        points = if case .points(let count) = resolution { count } else { nil }
        self.sampleRate = sampleRate
        inputs = channels
        outputs = mix == .mono ? 1 : channels
        withRMS = rms
    }

    /// Frames appended so far.
    public var frames: Int { core.frames }

    /// What was met in the audio so far.
    public var findings: Waveform.Findings { core.findings }

    /// Appends interleaved 16-bit samples.
    ///
    /// Throws `badArgument` for an incomplete frame, `waveformTooLarge` past the limit of points.
    public mutating func append(_ samples: Span<Int16>) throws(AudioError) {
        try checkWhole(samples.count)
        var at = 0
        while at < samples.count {
            let run = try nextRun(samples.count - at)
            try core.push(samples.extracting(at..<at + run))
            collect(run)
            at += run
        }
    }

    /// Appends interleaved float samples in -1...1; others are clamped, NaN is zero, both are counted.
    ///
    /// Throws `badArgument` for an incomplete frame, `waveformTooLarge` past the limit of points.
    public mutating func append(_ samples: Span<Float>) throws(AudioError) {
        try checkWhole(samples.count)
        var at = 0
        while at < samples.count {
            let run = try nextRun(samples.count - at)
            try core.push(samples.extracting(at..<at + run))
            collect(run)
            at += run
        }
    }

    /// The waveform of everything appended so far, the unfinished last point included; appending may go on.
    public mutating func snapshot() throws(AudioError) -> Waveform {
        var allPeaks = peaks
        var allMeans = means
        try unfinished(into: &allPeaks, &allMeans)
        return try assemble(allPeaks, allMeans)
    }

    /// The waveform of everything appended; the builder ends.
    public consuming func finish() throws(AudioError) -> Waveform {
        var allPeaks: [Int16] = []
        var allMeans: [Float] = []
        swap(&allPeaks, &peaks)
        swap(&allMeans, &means)
        try unfinished(into: &allPeaks, &allMeans)
        return try assemble(allPeaks, allMeans)
    }

    private func assemble(_ peaks: [Int16], _ means: [Float]) throws(AudioError) -> Waveform {
        let fine = Waveform(
            sampleRate: sampleRate, samplesPerPoint: span, channels: outputs, frames: frames, peaks: peaks,
            meanSquares: means, findings: findings)
        guard let points else { return fine }
        return try fine.resampled(points: points, withRMS: withRMS)
    }

    /// Points an even spread is gathered from; even, so that halving comes out.
    private static func grains(for points: Int) -> Int { max(1 << 16, 16 * points) }

    /// Frames in the first points, and whether the resolution is within its limits.
    private static func firstSpan(_ resolution: Resolution, _ frames: Int) throws(AudioError) -> Int {
        switch resolution {
        case .samplesPerPoint(let span):
            guard (1...WaveformLimits.samplesPerPoint).contains(span) else {
                throw AudioError(
                    .badArgument, "A point spans 1 to \(WaveformLimits.samplesPerPoint) samples, not \(span).")
            }
            return span
        case .points(let count):
            try Waveform.check(points: count)
            // The widest power of two that leaves half of the grains even if only an eighth of the frames comes.
            var span = 1
            while frames / (16 * span) > grains(for: count) / 2, span < WaveformLimits.samplesPerPoint / 2 { span *= 2 }
            return span
        }
    }

    private func checkWhole(_ count: Int) throws(AudioError) {
        guard count % inputs == 0 else {
            throw AudioError(.badArgument, "A block of \(count) samples does not divide into \(inputs) channels.")
        }
    }

    /// How many of `left` samples the core can take in one call.
    private mutating func nextRun(_ left: Int) throws(AudioError) -> Int {
        let held = peaks.count / (2 * outputs)
        var room = PeaksCore.batch
        if let points {
            var limit = Self.grains(for: points)
            if held >= limit {
                try halve()
                limit -= held / 2
            } else {
                limit -= held
            }
            room = min(room, limit)
        } else if held + left / inputs / span >= WaveformLimits.values / outputs {
            throw AudioError(
                .waveformTooLarge,
                "This audio is too long for \(span) samples per point; choose more samples per point.")
        }
        return min(left, (room * span - pending) * inputs)
    }

    /// Joins neighbouring grains; called when the last one is complete.
    private mutating func halve() throws(AudioError) {
        guard 2 * span <= WaveformLimits.samplesPerPoint else {
            throw AudioError(.waveformTooLarge, "This audio is too long to draw.")
        }
        let joined = Waveform(
            sampleRate: sampleRate, samplesPerPoint: span, channels: outputs, frames: frames, peaks: peaks,
            meanSquares: means)
        let half = try joined.resampled(to: 2 * span)
        peaks = half.peaks
        means = half.meanSquares
        span *= 2
        try core.respan(span)
    }

    private mutating func collect(_ run: Int) {
        pending += run / inputs - core.written * span
        peaks.append(contentsOf: core.pairs)
        means.append(contentsOf: core.means)
    }

    private mutating func unfinished(into peaks: inout [Int16], _ means: inout [Float]) throws(AudioError) {
        try core.peek()
        peaks.append(contentsOf: core.pairs)
        means.append(contentsOf: core.means)
    }
}
