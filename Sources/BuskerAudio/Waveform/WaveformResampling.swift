// Other resolutions of the same waveform: coarser, evenly spread, a part.

extension Waveform {
    /// The waveform at `samplesPerPoint` frames a point, which must not be finer than this one.
    ///
    /// Point k takes the points floor(k * new / old) up to floor((k + 1) * new / old), minimum of minima and maximum
    /// of maxima, the last one what is left: the rule of audiowaveform and waveform-data.js. At whole ratios the peaks
    /// equal those computed from the audio. Throws `badArgument` for a finer resolution.
    public func resampled(to samplesPerPoint: Int) throws(AudioError) -> Waveform {
        guard samplesPerPoint >= self.samplesPerPoint, samplesPerPoint <= Int(Int32.max) else {
            throw AudioError(
                .badArgument,
                "A waveform of \(self.samplesPerPoint) samples per point cannot show \(samplesPerPoint); "
                    + "draw it from the audio again.")
        }
        // The whole span of the points, not of the audio: a file does not tell how full its last point is.
        let extent = spacing == .fixed ? count * self.samplesPerPoint : frames
        let points = (extent + samplesPerPoint - 1) / samplesPerPoint
        return gathered(points, samplesPerPoint, .fixed, over: 0..<frames) { $0 * samplesPerPoint }
    }

    /// Exactly `points` points spread over the audio, or over a range of its frames.
    ///
    /// Every point of this waveform goes to exactly one new point while there are enough of them; otherwise they repeat.
    /// Mean squares are weighted by the frames that overlap. `points` is 1 to `WaveformLimits.evenPoints`; throws
    /// `badArgument` outside, or for an empty range. A silent result stands for audio without frames.
    public func resampled(points: Int, over range: Range<Int>? = nil) throws(AudioError) -> Waveform {
        try resampled(points: points, over: range, withRMS: hasRMS)
    }

    func resampled(points: Int, over range: Range<Int>? = nil, withRMS: Bool) throws(AudioError) -> Waveform {
        try Self.check(points: points)
        guard points <= WaveformLimits.values / channels else {
            throw AudioError(.waveformTooLarge, "\(points) points of \(channels) channels are too many.")
        }
        guard count > 0, frames > 0 else {
            return Waveform(
                sampleRate: sampleRate, samplesPerPoint: 1, spacing: .even, channels: channels, frames: 0,
                peaks: Array(repeating: 0, count: 2 * channels * points),
                meanSquares: Array(repeating: 0, count: withRMS ? channels * points : 0), findings: findings)
        }
        let part = (range ?? 0..<frames).clamped(to: 0..<frames)
        guard !part.isEmpty else {
            throw AudioError(.badArgument, "The part to draw lies outside the audio.")
        }
        let nominal = max(1, (part.count + points / 2) / points)
        return gathered(points, nominal, .even, over: part) {
            part.lowerBound + Self.edge($0, of: points, over: part.count)
        }
    }

    /// The points that touch a range of frames; the result begins where its first point does.
    ///
    /// Throws `badArgument` where the range lies outside the audio.
    public func trimmed(to range: Range<Int>) throws(AudioError) -> Waveform {
        let part = range.clamped(to: 0..<frames)
        guard !part.isEmpty, count > 0 else {
            throw AudioError(.badArgument, "The part to cut out lies outside the audio.")
        }
        let first = index(containing: part.lowerBound)
        let last = index(containing: part.upperBound - 1)
        return Waveform(
            sampleRate: sampleRate, samplesPerPoint: samplesPerPoint, spacing: spacing, channels: channels,
            frames: firstFrame(of: last + 1) - firstFrame(of: first),
            peaks: Array(peaks[(2 * channels * first)..<(2 * channels * (last + 1))]),
            meanSquares: hasRMS ? Array(meanSquares[(channels * first)..<(channels * (last + 1))]) : [],
            findings: findings)
    }

    /// Frames a point for a zoom of so many points a second: rate / pointsPerSecond, rounded down as audiowaveform does.
    ///
    /// Throws `badArgument` where fewer than 2 samples would be left for a point.
    public static func samplesPerPoint(sampleRate: Int, pointsPerSecond: Int) throws(AudioError) -> Int {
        guard pointsPerSecond >= 1, sampleRate / pointsPerSecond >= 2 else {
            throw AudioError(
                .badArgument, "At \(sampleRate) Hz there can be 1 to \(sampleRate / 2) points a second.")
        }
        return sampleRate / pointsPerSecond
    }

    static func check(points: Int) throws(AudioError) {
        guard (1...WaveformLimits.evenPoints).contains(points) else {
            throw AudioError(
                .badArgument, "A waveform is spread over 1 to \(WaveformLimits.evenPoints) points, not \(points).")
        }
    }

    /// The point a frame belongs to.
    func index(containing frame: Int) -> Int {
        switch spacing {
        case .fixed: return min(count - 1, frame / samplesPerPoint)
        case .even:
            // The greatest k with floor(k * frames / count) <= frame, in 128 bits: frame * count may be wide.
            let product = (frame + 1).multipliedFullWidth(by: count)
            let quotient = frames.dividingFullWidth(product)
            return min(count - 1, quotient.quotient - (quotient.remainder == 0 ? 1 : 0))
        }
    }

    /// Joins points: new point k takes what lies from frame `edge(k)` up to `edge(k + 1)`.
    private func gathered(
        _ points: Int, _ samplesPerPoint: Int, _ spacing: Spacing, over part: Range<Int>, edge: (Int) -> Int
    ) -> Waveform {
        var newPeaks: [Int16] = []
        var newMeans: [Float] = []
        newPeaks.reserveCapacity(2 * channels * points)
        newMeans.reserveCapacity(hasRMS ? channels * points : 0)
        var begin = edge(0)
        for k in 0..<points {
            let end = edge(k + 1)
            let first = index(containing: begin)
            let next = k + 1 == points && part.upperBound == frames ? count : index(containing: end)
            appendExtremes(of: first..<max(first + 1, next), to: &newPeaks)
            if hasRMS { appendMeans(from: begin, to: min(end, part.upperBound), &newMeans) }
            begin = end
        }
        return Waveform(
            sampleRate: sampleRate, samplesPerPoint: samplesPerPoint, spacing: spacing, channels: channels,
            frames: part.count, peaks: newPeaks, meanSquares: newMeans, findings: findings)
    }

    private func appendExtremes(of range: Range<Int>, to out: inout [Int16]) {
        for channel in 0..<channels {
            var low = Int16.max
            var high = Int16.min
            var at = 2 * (range.lowerBound * channels + channel)
            for _ in range {
                low = min(low, peaks[at])
                high = max(high, peaks[at + 1])
                at += 2 * channels
            }
            out.append(low)
            out.append(high)
        }
    }

    private func appendMeans(from begin: Int, to end: Int, _ out: inout [Float]) {
        let first = index(containing: begin)
        let last = max(first, index(containing: max(begin, end - 1)))
        for channel in 0..<channels {
            var sum = 0.0
            var weight = 0.0
            for point in first...last {
                let overlap = min(end, firstFrame(of: point + 1)) - max(begin, firstFrame(of: point))
                let frames = Double(max(1, overlap))
                sum += frames * Double(meanSquares[point * channels + channel])
                weight += frames
            }
            out.append(Float(sum / weight))
        }
    }
}
