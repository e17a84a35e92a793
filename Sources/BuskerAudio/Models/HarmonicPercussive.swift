// Separates sounds that last from sounds that strike.

import CBuskerDSP

/// Harmonic/percussive separation by running medians (Fitzgerald 2010, margins of Driedger, Müller and Disch 2014).
///
/// A median over time keeps what lasts, one over frequency keeps what strikes; masks follow from the two. Local: the result
/// does not depend on how a sound is cut.
public struct HarmonicPercussive: SpectralModel {
    /// Seconds in the median over time, at most 255 frames.
    public var seconds: Double
    /// Hertz in the median over frequency, at most 255 bins.
    public var hertz: Double
    /// The power of the masks, over 0; infinity decides every bin.
    public var power: Float
    /// How many times over the percussive part the harmonic one must be, 1 or more.
    public var harmonicMargin: Float
    /// How many times over the harmonic part the percussive one must be, 1 or more.
    public var percussiveMargin: Float

    /// Makes a model; the defaults are 31 frames and 31 bins of a 2048-sample transform at 44.1 kHz.
    public init(
        seconds: Double = 31 * 512 / 44100, hertz: Double = 31 * 44100 / 2048, power: Float = 2,
        harmonicMargin: Float = 1, percussiveMargin: Float = 1
    ) {
        self.seconds = seconds
        self.hertz = hertz
        self.power = power
        self.harmonicMargin = harmonicMargin
        self.percussiveMargin = percussiveMargin
    }

    /// The name of the model.
    public var name: String { "harmonic-percussive" }

    /// Harmonic and percussive; with a margin over 1 also the residual that belongs to neither.
    public var stems: [Stem] {
        harmonicMargin > 1 || percussiveMargin > 1 ? [.harmonic, .percussive, .residual] : [.harmonic, .percussive]
    }

    /// 2048 samples every 512 at 44.1 kHz, as long at other rates.
    public func transform(sampleRate: Int) -> SpectralTransform {
        .scaled(fftSize: 2048, hop: 512, to: sampleRate)
    }

    /// Half the median over time.
    public func reach(sampleRate: Int) -> SpectralReach {
        .frames(frames(transform(sampleRate: sampleRate), sampleRate) / 2)
    }

    /// Makes one thread's estimator.
    public func makeEstimator(for shape: SpectralShape) throws(AudioError) -> any MaskEstimator {
        try Estimator(self, shape)
    }

    private func frames(_ transform: SpectralTransform, _ sampleRate: Int) -> Int {
        Self.odd(seconds * Double(sampleRate) / Double(transform.hop))
    }

    private func bins(_ transform: SpectralTransform, _ sampleRate: Int) -> Int {
        Self.odd(hertz * Double(transform.fftSize) / Double(sampleRate))
    }

    /// The nearest odd number from 1 to the core's limit.
    private static func odd(_ width: Double) -> Int {
        let limit = Double(BUSKER_MEDIAN_WIDTH_MAX)
        let bounded = min(max(width.isNaN ? 1 : width, 1), limit)
        return min(Int((bounded - 1) / 2 + 0.5) * 2 + 1, Int(limit))
    }

    private final class Estimator: MaskEstimator {
        private let core: HarmonicPercussiveCore
        private let hasResidual: Bool
        private let channels: Int
        private let bins: Int
        private var percussive: [Float]

        init(_ model: HarmonicPercussive, _ shape: SpectralShape) throws(AudioError) {
            var config = busker_hpss_config()
            config.bins = UInt32(shape.bins)
            config.width_time = UInt32(model.frames(shape.transform, shape.sampleRate))
            config.width_frequency = UInt32(model.bins(shape.transform, shape.sampleRate))
            config.power = model.power
            config.margin_harmonic = model.harmonicMargin
            config.margin_percussive = model.percussiveMargin
            core = try HarmonicPercussiveCore(config)
            hasResidual = model.stems.count > 2
            channels = shape.channels
            bins = shape.bins
            percussive = [Float](repeating: 0, count: shape.framesMax * shape.bins)
        }

        func estimate(
            spectra: Span<Float>, magnitudes: Span<Float>, frames: Int, masks: inout MutableSpan<Float>,
            report: (Double) throws(AudioError) -> Void
        ) throws(AudioError) {
            let values = frames * bins
            var room: [Float] = []
            swap(&room, &percussive)
            defer { swap(&room, &percussive) }
            for channel in 0..<channels {
                let own = channel * values..<(channel + 1) * values
                var harmonic = masks.part(own)
                var percussive = room.part(0..<values)
                try core.masks(of: magnitudes.extracting(own), harmonic: &harmonic, percussive: &percussive)
                if hasResidual {
                    let first = (channels + channel) * values
                    var second = masks.part(first..<first + values)
                    second.copy(percussive.span)
                }
                try report(Double(channel + 1) / Double(channels))
            }
        }
    }
}
