// Separates the middle between the loudspeakers from the sides.

import CBuskerDSP

/// Extraction of the centre by the likeness of two channels.
///
/// The share of the centre in a bin is (1 - |L - R| / (|L| + |R|)) to a power. Sound of one channel is all centre; of more
/// than two, the first two are compared and the others follow their mask. Local: the result does not depend on how a sound
/// is cut.
public struct CentreExtraction: SpectralModel {
    /// The power of the likeness, 1...8: higher takes less.
    public var exponent: Int
    /// Below this frequency, in hertz, everything belongs to the sides: bass is in the middle too.
    public var cutoff: Double

    /// Makes a model.
    public init(exponent: Int = 2, cutoff: Double = 120) {
        self.exponent = exponent
        self.cutoff = cutoff
    }

    /// The name of the model.
    public var name: String { "centre" }

    /// Centre and sides.
    public var stems: [Stem] { [.centre, .sides] }

    /// 4096 samples every 1024 at 44.1 kHz, as long at other rates.
    public func transform(sampleRate: Int) -> SpectralTransform {
        .scaled(fftSize: 4096, hop: 1024, to: sampleRate)
    }

    /// Nothing beyond the frame itself.
    public func reach(sampleRate: Int) -> SpectralReach { .frames(0) }

    /// Makes one thread's estimator.
    public func makeEstimator(for shape: SpectralShape) throws(AudioError) -> any MaskEstimator {
        guard (1...8).contains(exponent), cutoff.isFinite, cutoff >= 0 else {
            throw AudioError(.badArgument, "The centre's exponent is 1 to 8 and its cutoff a frequency.")
        }
        return Estimator(self, shape)
    }

    private final class Estimator: MaskEstimator {
        private let exponent: UInt32
        private let channels: Int
        private let bins: Int
        private let lowBins: Int

        init(_ model: CentreExtraction, _ shape: SpectralShape) {
            exponent = UInt32(model.exponent)
            channels = shape.channels
            bins = shape.bins
            let binWidth = Double(shape.sampleRate) / Double(shape.transform.fftSize)
            lowBins = Int(min(Double(shape.bins), (model.cutoff / binWidth).rounded(.up)))
        }

        func estimate(
            spectra: Span<Float>, magnitudes: Span<Float>, frames: Int, masks: inout MutableSpan<Float>,
            report: (Double) throws(AudioError) -> Void
        ) throws(AudioError) {
            let values = frames * bins
            let left = spectra.extracting(0..<2 * values)
            let right = channels > 1 ? spectra.extracting(2 * values..<4 * values) : left
            for channel in 0..<channels {
                var mask = masks.part(channel * values..<(channel + 1) * values)
                try unsafe busker_centre_similarity(
                    left.base, right.base, left.count, bins, lowBins, exponent, mask.base, mask.count
                ).check("The centre")
                try report(Double(channel + 1) / Double(channels))
            }
        }
    }
}
