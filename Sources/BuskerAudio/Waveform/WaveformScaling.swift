// Makes a quiet or a loud waveform fill its picture.

extension Waveform {
    /// How strongly a waveform is drawn.
    ///
    /// The audio itself is never touched.
    public enum AmplitudeScale: Sendable, Hashable {
        /// By a factor, 0 to 32768.
        case fixed(Double)
        /// So that the greatest of all |minimum| and |maximum| reaches full scale; silence stays.
        case automatic
        /// So that the RMS which the given part (0...1) of all points do not exceed reaches `target` (0...1).
        ///
        /// Needs mean squares. 0.95 and 0.5 draw mastered music and quiet speech with the same body.
        case percentile(Double, target: Double)
    }

    /// The waveform times a factor, rounded toward zero, clamped to full scale.
    ///
    /// Throws `badArgument` for a factor outside its range, or a percentile without mean squares.
    public func scaled(_ scale: AmplitudeScale) throws(AudioError) -> Waveform {
        let factor = try self.factor(for: scale)
        let square = Float(factor * factor)
        return Waveform(
            sampleRate: sampleRate, samplesPerPoint: samplesPerPoint, spacing: spacing, channels: channels,
            frames: frames,
            peaks: peaks.map { Int16(max(-32_768, min(32_767, Double($0) * factor))) },
            meanSquares: meanSquares.map { min(1, $0 * square) }, findings: findings)
    }

    /// The factor a scale comes to for this waveform.
    public func factor(for scale: AmplitudeScale) throws(AudioError) -> Double {
        switch scale {
        case .fixed(let factor):
            guard factor >= 0, factor <= 32_768 else {
                throw AudioError(.badArgument, "The amplitude scale must be from 0 to 32768, not \(factor).")
            }
            return factor
        case .automatic:
            let greatest = peaks.reduce(0) { max($0, abs(Int($1))) }
            return greatest == 0 ? 1 : 32_767 / Double(greatest)
        case .percentile(let part, let target):
            guard part >= 0, part <= 1, target >= 0, target <= 1 else {
                throw AudioError(.badArgument, "A percentile and its target must be from 0 to 1.")
            }
            guard hasRMS else {
                throw AudioError(.badArgument, "A percentile needs a waveform with RMS; draw it from the audio again.")
            }
            let sorted = meanSquares.sorted()
            let level = Double(sorted[Int((Double(sorted.count - 1) * part).rounded())]).squareRoot()
            return level == 0 ? 1 : min(32_768, target / level)
        }
    }
}
