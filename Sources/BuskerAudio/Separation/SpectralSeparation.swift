// Seats a spectral model in the separator: transform, mask, transform back.

import CBuskerDSP

/// A separation model made of a spectral one.
struct SpectralSeparation: SeparationModel {
    let model: any SpectralModel

    var name: String { model.name }
    var stems: [Stem] { model.stems }

    func plan(sampleRate: Int, channels: Int) -> SegmentPlan {
        let transform = model.transform(sampleRate: sampleRate)
        switch model.reach(sampleRate: sampleRate) {
        case .frames(let reach):
            // A frame near the edge of a segment lacks samples; one within reach of such a frame differs too; and it takes
            // a window of right frames to rebuild a sample.
            let margin = reach * transform.hop + 2 * transform.fftSize
            return SegmentPlan(
                window: 2 * margin + Self.localSeconds * sampleRate, margin: margin, fade: 0, grid: transform.hop)
        case .segment(let seconds, let fade):
            return SegmentPlan(
                window: Int(seconds * Double(sampleRate)), margin: transform.fftSize,
                fade: Int(fade * Double(sampleRate)), grid: transform.hop)
        }
    }

    func makeWorker(sampleRate: Int, channels: Int) throws(AudioError) -> any SeparationWorker {
        try Worker(model, sampleRate: sampleRate, channels: channels, plan: plan(sampleRate: sampleRate, channels: channels))
    }

    /// How much sound a local model takes at once: long enough that context is cheap, short enough to stay small.
    private static let localSeconds = 8

    private final class Worker: SeparationWorker {
        private let transform: ShortTimeFourier
        private let estimator: any MaskEstimator
        private let channels: Int
        private let bins: Int
        private var spectra: [Float]
        private var magnitudes: [Float]
        private var masks: [Float]

        init(_ model: any SpectralModel, sampleRate: Int, channels: Int, plan: SegmentPlan) throws(AudioError) {
            let description = model.transform(sampleRate: sampleRate)
            let transform = try ShortTimeFourier(description)
            let framesMax = transform.frames(of: plan.window)
            bins = description.bins
            let values = channels * framesMax * bins
            spectra = [Float](repeating: 0, count: 2 * values)
            magnitudes = [Float](repeating: 0, count: values)
            masks = [Float](repeating: 0, count: values * (model.stems.count - 1))
            estimator = try model.makeEstimator(
                for: SpectralShape(
                    sampleRate: sampleRate, channels: channels, bins: bins, framesMax: framesMax,
                    transform: description))
            self.transform = transform
            self.channels = channels
        }

        func separate(
            _ mixture: PlanarAudio, into stems: inout [PlanarAudio],
            report: (Double) throws(AudioError) -> Void
        ) throws(AudioError) {
            let frames = transform.frames(of: mixture.frames)
            let values = frames * bins
            try analyse(mixture, values)
            try report(0.2)
            let estimated = channels * values * (stems.count - 1)
            let (spectra, magnitudes) = (spectra, magnitudes)
            try masks.withPart(0..<estimated) { masks throws(AudioError) in
                try estimator.estimate(
                    spectra: spectra.span.extracting(..<(2 * channels * values)),
                    magnitudes: magnitudes.span.extracting(..<(channels * values)), frames: frames, masks: &masks
                ) { (share: Double) throws(AudioError) in try report(0.2 + 0.5 * share) }
            }
            try synthesise(mixture, values, into: &stems, report: report)
        }

        private func analyse(_ mixture: PlanarAudio, _ values: Int) throws(AudioError) {
            let samples = mixture.samples
            for channel in 0..<channels {
                let own = channel * values..<(channel + 1) * values
                let twice = 2 * own.lowerBound..<2 * own.upperBound
                try spectra.withPart(twice) { spectra throws(AudioError) in
                    try transform.analyse(samples.span.extracting(mixture.range(of: channel)), into: &spectra)
                }
                let made = spectra
                try magnitudes.withPart(own) { magnitudes throws(AudioError) in
                    try busker_magnitude(made.span.extracting(twice), &magnitudes).check("Taking magnitudes")
                }
            }
        }

        /// Rebuilds every stem but the last, which is what the others leave of the mixture.
        private func synthesise(
            _ mixture: PlanarAudio, _ values: Int, into stems: inout [PlanarAudio],
            report: (Double) throws(AudioError) -> Void
        ) throws(AudioError) {
            let last = stems.count - 1
            let (spectra, masks) = (spectra, masks)
            var rest = mixture
            for stem in 0..<last {
                for channel in 0..<channels {
                    let first = (stem * channels + channel) * values
                    try stems[stem].samples.withPart(mixture.range(of: channel)) { samples throws(AudioError) in
                        try transform.synthesise(
                            spectra.span.extracting(2 * channel * values..<2 * (channel + 1) * values),
                            mask: masks.span.extracting(first..<first + values), into: &samples)
                    }
                }
                var span = rest.samples.mutableSpan
                let made = stems[stem].samples
                busker_subtract(made.span, &span)
                try report(0.7 + 0.3 * Double(stem + 1) / Double(last))
            }
            stems[last] = rest
        }
    }
}
