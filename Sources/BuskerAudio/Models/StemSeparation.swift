// Separates songs into voice, drums, bass and the rest.

import CBuskerDSP

/// Two or four stems of a song by cue fusion: no weights file, no neural network.
///
/// Running medians, repetition, the likeness of the channels, and the pitches of voice and bass each say for every bin of the
/// spectrum how much they speak for a stem; the weighted sum of their logarithms decides. Sound of one channel lacks the
/// likeness of channels as a cue and is separated less well. Of more than two channels, a fold-down to stereo is judged, and
/// every channel follows its masks.
public struct StemSeparation: SeparationModel {
    /// What a song is taken apart into.
    public enum Parts: Sendable, Hashable {
        /// Vocals and accompaniment.
        case two
        /// Vocals, drums, bass, and other.
        case four
    }

    /// What a song is taken apart into.
    public let parts: Parts

    /// Rounds of the multichannel Wiener filter after the masks, 0...8.
    ///
    /// A round takes every source to have one steady place in the stereo image for some seconds. On rendered songs the first
    /// round raised drums and bass by 0.25 dB and lowered vocals and other by 0.2 dB, so there is none by default. It needs
    /// 130 MB more for each thread at 44.1 kHz, and does nothing but for two channels.
    public let refinements: Int

    /// Makes the model; a count of refinements out of range is brought into it.
    public init(_ parts: Parts = .four, refinements: Int = 0) {
        self.parts = parts
        self.refinements = min(max(0, refinements), Int(BUSKER_REFINEMENTS_MAX))
    }

    /// The name of the model.
    public var name: String { parts == .two ? "two-stems" : "four-stems" }

    /// The stems; the last one is what the others leave.
    public var stems: [Stem] {
        parts == .two ? [.vocals, .accompaniment] : [.vocals, .drums, .bass, .other]
    }

    /// Seconds of a segment: long enough to find what repeats, short enough to be held.
    private static let segmentSeconds = 16
    /// Seconds over which segments are faded into each other.
    private static let fadeSeconds = 1

    /// Segments of 16 s, of which one is faded into the next.
    public func plan(sampleRate: Int, channels: Int) -> SegmentPlan {
        let transform = Self.transform(sampleRate: sampleRate)
        return SegmentPlan(
            window: Self.segmentSeconds * sampleRate, margin: transform.fftSize, fade: Self.fadeSeconds * sampleRate,
            grid: transform.hop)
    }

    /// Makes one thread's share, about 35 MB at 44.1 kHz.
    public func makeWorker(sampleRate: Int, channels: Int) throws(AudioError) -> any SeparationWorker {
        try StemWorker(self, sampleRate: sampleRate, channels: channels)
    }

    static func transform(sampleRate: Int) -> SpectralTransform {
        .scaled(fftSize: 4096, hop: 1024, to: sampleRate)
    }
}
