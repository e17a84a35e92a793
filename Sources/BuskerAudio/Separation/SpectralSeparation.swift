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
                window: Self.frames(seconds, sampleRate), margin: transform.fftSize,
                fade: Self.frames(fade, sampleRate), grid: transform.hop)
        }
    }

    /// The most seconds of a segment.
    private static let segmentSecondsMax = 3600.0

    /// A count that fits, whatever a model says.
    private static func frames(_ seconds: Double, _ sampleRate: Int) -> Int {
        seconds > 0 ? Int(min(seconds, segmentSecondsMax) * Double(sampleRate)) : 0
    }

    func makeWorker(sampleRate: Int, channels: Int) throws(AudioError) -> any SeparationWorker {
        try Self.makeWorker(
            model, sampleRate: sampleRate, channels: channels, plan: plan(sampleRate: sampleRate, channels: channels))
    }

    /// A worker for segments no longer than the plan's window.
    static func makeWorker(
        _ model: any SpectralModel, sampleRate: Int, channels: Int, plan: SegmentPlan
    ) throws(AudioError) -> any SeparationWorker {
        try Worker(model, sampleRate: sampleRate, channels: channels, plan: plan)
    }

    /// How much sound a local model takes at once: long enough that context is cheap, short enough to stay small.
    private static let localSeconds = 8

    private final class Worker: StockedWorker {
        var stock = SampleStock()

        private let transform: ShortTimeFourier
        private let model: any SpectralModel
        private let estimator: any MaskEstimator
        private let channels: Int
        private let bins: Int
        private var memory: Memory

        /// What a segment needs besides the model's own memory.
        private struct Memory {
            var spectra: [Float] = []
            var magnitudes: [Float] = []
            var masks: [Float] = []

            mutating func take() -> ([Float], [Float], [Float]) {
                defer { self = Memory() }
                return (spectra, magnitudes, masks)
            }
        }

        init(_ model: any SpectralModel, sampleRate: Int, channels: Int, plan: SegmentPlan) throws(AudioError) {
            let description = model.transform(sampleRate: sampleRate)
            let transform = try ShortTimeFourier(description)
            let framesMax = transform.frames(of: plan.window)
            bins = description.bins
            let values = channels * framesMax * bins
            memory = Memory(
                spectra: [Float](repeating: 0, count: 2 * values), magnitudes: [Float](repeating: 0, count: values),
                masks: [Float](repeating: 0, count: values * (model.stems.count - 1)))
            estimator = try model.makeEstimator(
                for: SpectralShape(
                    sampleRate: sampleRate, channels: channels, bins: bins, framesMax: framesMax,
                    transform: description))
            self.model = model
            self.transform = transform
            self.channels = channels
        }

        func separate(
            _ mixture: consuming PlanarAudio, report: (Double) throws(AudioError) -> Void
        ) throws(AudioError) -> [PlanarAudio] {
            let frames = transform.frames(of: mixture.frames)
            let values = frames * bins
            // Spans are lent by local variables only, so the memory moves here for the time of the call.
            var (spectra, magnitudes, masks) = memory.take()
            defer { memory = Memory(spectra: spectra, magnitudes: magnitudes, masks: masks) }
            try analyse(mixture, values, &spectra, &magnitudes)
            try report(0.2)
            var written = masks.part(0..<channels * values * (model.stems.count - 1))
            try estimator.estimate(
                spectra: spectra.span.extracting(..<(2 * channels * values)),
                magnitudes: magnitudes.span.extracting(..<(channels * values)), frames: frames, masks: &written
            ) { (share: Double) throws(AudioError) in try report(0.2 + 0.5 * share) }
            return try synthesise(mixture, values, spectra, masks, report: report)
        }

        private func analyse(
            _ mixture: PlanarAudio, _ values: Int, _ spectra: inout [Float], _ magnitudes: inout [Float]
        ) throws(AudioError) {
            for channel in 0..<channels {
                let own = channel * values..<(channel + 1) * values
                var spectrum = spectra.part(2 * own.lowerBound..<2 * own.upperBound)
                try transform.analyse(mixture.samples.span.extracting(mixture.range(of: channel)), into: &spectrum)
                var magnitude = magnitudes.part(own)
                try unsafe busker_magnitude(spectrum.base, spectrum.count, magnitude.base, magnitude.count)
                    .check("Taking magnitudes")
            }
        }

        /// Rebuilds every stem but the last, which is what the others leave of the mixture.
        private func synthesise(
            _ mixture: consuming PlanarAudio, _ values: Int, _ spectra: [Float], _ masks: [Float],
            report: (Double) throws(AudioError) -> Void
        ) throws(AudioError) -> [PlanarAudio] {
            var stems: [PlanarAudio] = []
            var rest = mixture
            let made = model.stems.count - 1
            for stem in 0..<made {
                var next = stock.take(channels: channels, frames: rest.frames)
                for channel in 0..<channels {
                    let first = (stem * channels + channel) * values
                    var samples = next.samples.part(next.range(of: channel))
                    try transform.synthesise(
                        spectra.span.extracting(2 * channel * values..<2 * (channel + 1) * values),
                        mask: masks.span.extracting(first..<first + values), into: &samples)
                }
                rest.subtract(next)
                stems.append(next)
                try report(0.7 + 0.3 * Double(stem + 1) / Double(made))
            }
            return stems + [rest]
        }
    }
}
