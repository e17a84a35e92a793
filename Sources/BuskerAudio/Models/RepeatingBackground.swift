// Separates what repeats from what does not.

import CBuskerDSP

/// Separation of a repeating background by similar frames (REPET-SIM, Rafii and Pardo 2012).
///
/// Every frame is compared with all others of its segment; the median of those most like it is what repeats. The true
/// nearest frames are used.
public struct RepeatingBackground: SpectralModel {
    /// Which frames count as similar.
    public enum Neighbours: Sendable, Hashable {
        /// The most similar local maxima, each the greatest within so many seconds to either side; the authors' way.
        case peaks(apart: Double)
        /// The most similar frames at least so many seconds away.
        case nearest(apart: Double)
    }

    /// Which frames count as similar.
    public var neighbours: Neighbours
    /// The most neighbours of a frame, 1...512.
    public var neighboursMax: Int
    /// The least cosine similarity of a neighbour, 0...1.
    public var threshold: Float
    /// Below this frequency, in hertz, everything is background: bass repeats.
    public var cutoff: Double
    /// Seconds of a segment in which repetition is looked for; at 44.1 kHz at most 700.
    public var segmentSeconds: Double

    /// Makes a model; the defaults are the authors'.
    public init(
        neighbours: Neighbours = .peaks(apart: 1), neighboursMax: Int = 100, threshold: Float = 0,
        cutoff: Double = 100, segmentSeconds: Double = 24
    ) {
        self.neighbours = neighbours
        self.neighboursMax = neighboursMax
        self.threshold = threshold
        self.cutoff = cutoff
        self.segmentSeconds = segmentSeconds
    }

    /// The name of the model.
    public var name: String { "repeating-background" }

    /// Background and foreground.
    public var stems: [Stem] { [.background, .foreground] }

    /// 2048 samples every 1024 at 44.1 kHz, as long at other rates.
    public func transform(sampleRate: Int) -> SpectralTransform {
        .scaled(fftSize: 2048, hop: 1024, window: .hamming, to: sampleRate)
    }

    /// The whole segment; a quarter of it is faded into the next.
    public func reach(sampleRate: Int) -> SpectralReach {
        .segment(seconds: segmentSeconds, fade: segmentSeconds / 4)
    }

    /// Makes one thread's estimator.
    public func makeEstimator(for shape: SpectralShape) throws(AudioError) -> any MaskEstimator {
        try Estimator(self, shape)
    }

    private final class Estimator: MaskEstimator {
        private let core: SimilarityCore
        private let channels: Int
        private let bins: Int
        private let lowBins: Int

        init(_ model: RepeatingBackground, _ shape: SpectralShape) throws(AudioError) {
            let framesPerSecond = Double(shape.sampleRate) / Double(shape.transform.hop)
            var config = busker_similarity_config()
            config.bins = shape.bins
            config.frames_max = shape.framesMax
            config.neighbours_max = max(0, model.neighboursMax)
            config.threshold = model.threshold
            switch model.neighbours {
            case .peaks(let apart):
                config.mode = BUSKER_SIMILARITY_PEAKS
                config.distance = max(1, Self.frames(apart * framesPerSecond))
            case .nearest(let apart):
                config.mode = BUSKER_SIMILARITY_NEAREST
                config.distance = Self.frames(apart * framesPerSecond)
            }
            core = try SimilarityCore(config)
            channels = shape.channels
            bins = shape.bins
            let binWidth = Double(shape.sampleRate) / Double(shape.transform.fftSize)
            lowBins = min(bins, 1 + Self.frames(model.cutoff / binWidth))
        }

        func estimate(
            spectra: Span<Float>, magnitudes: Span<Float>, frames: Int, masks: inout MutableSpan<Float>,
            report: (Double) throws(AudioError) -> Void
        ) throws(AudioError) {
            try core.find(magnitudes, channels: channels, frames: frames)
            try report(0.5)
            try core.median(magnitudes, channels: channels, into: &masks)
            try unsafe busker_background_mask(magnitudes.base, masks.base, masks.count, bins, lowBins)
                .check("The repeating background")
            try report(1)
        }

        /// A count that fits, whatever the setting.
        private static func frames(_ count: Double) -> Int {
            count.isFinite ? Int(min(max(count, 0), 1e6).rounded()) : 0
        }
    }
}
