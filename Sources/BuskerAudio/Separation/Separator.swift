// Takes a mixture apart into stems that sum to it.

/// Separates sounds into stems: from memory, block by block, or from file to file.
///
/// The stems of one sound sum to it, sample by sample, to within rounding (below -90 dB). Nothing is rescaled: where a stem
/// written to integers would clip, all stems are turned down by one common gain, which is reported. The same input gives the
/// same output whatever the number of threads and the size of the blocks.
public struct Separator: Sendable {
    /// The model that does the separating.
    public let model: any SeparationModel
    /// How many segments are separated at once.
    public let threads: Int

    /// Makes a separator around a model.
    ///
    /// - Parameters:
    ///   - model: any model; see the factories for the ones that need no weights.
    ///   - threads: segments separated at once, 1...64; by default one for each processor. Memory grows with it.
    public init(model: any SeparationModel, threads: Int? = nil) {
        self.model = model
        self.threads = min(max(1, threads ?? Threads.processors), 64)
    }

    /// The stems, in the order of the model.
    public var stems: [Stem] { model.stems }

    /// Starts a separation of a sound that comes in blocks.
    ///
    /// - Parameters:
    ///   - sampleRate: frames a second, 8000...192000 Hz.
    ///   - channels: 1...8.
    ///   - expectedFrames: the sound's length, where it is known; only progress depends on it.
    ///   - progress: told how far the work is, on the thread that pushes; `false` cancels.
    ///   - output: takes the stems, in order and without gaps, on the thread that pushes.
    /// - Throws: `bad_argument` for a rate or channel count out of range, `out_of_memory`.
    public func stream(
        sampleRate: Int, channels: Int, expectedFrames: Int? = nil,
        progress: @escaping (SeparationProgress) -> Bool = { _ in true },
        output: @escaping (StemBlock) throws(AudioError) -> Void
    ) throws(AudioError) -> SeparationStream {
        guard SeparationLimits.sampleRates.contains(sampleRate), SeparationLimits.channels.contains(channels) else {
            throw AudioError(
                .badArgument,
                "A sound of \(channels) channels at \(sampleRate) Hz cannot be separated: resample it to 8000...192000 Hz and at most 8 channels."
            )
        }
        return try SeparationStream(
            separator: self, sampleRate: sampleRate, channels: channels, expectedFrames: expectedFrames,
            progress: progress, output: output)
    }

    /// Separates a sound in memory; NaN counts as 0, and samples beyond 16 times full scale are clamped to it.
    ///
    /// - Returns: for each stem, in the model's order, as many frames as the mixture has.
    /// - Throws: `bad_argument`, `cancelled`, `out_of_memory`.
    public func separate(
        _ mixture: AudioBuffer, progress: @escaping (SeparationProgress) -> Bool = { _ in true }
    ) throws(AudioError) -> [AudioBuffer] {
        let collector = Collector(stems: stems.count, capacity: mixture.samples.count)
        let stream = try stream(
            sampleRate: mixture.sampleRate, channels: mixture.channels, expectedFrames: mixture.frames,
            progress: progress
        ) { block throws(AudioError) in collector.append(block) }
        try stream.push(mixture.samples.span)
        try stream.finish()
        var result: [AudioBuffer] = []
        for samples in collector.samples {
            result.append(
                try AudioBuffer(sampleRate: mixture.sampleRate, channels: mixture.channels, samples: samples))
        }
        return result
    }

    private final class Collector {
        var samples: [[Float]]

        init(stems: Int, capacity: Int) {
            samples = [[Float]](repeating: [], count: stems)
            for at in samples.indices { samples[at].reserveCapacity(capacity) }
        }

        func append(_ block: StemBlock) {
            for at in samples.indices { samples[at].append(contentsOf: block.samples[at]) }
        }
    }
}

/// What the separator takes.
public enum SeparationLimits {
    /// Sample rates, in Hz.
    public static let sampleRates = 8_000...192_000
    /// Channel counts.
    public static let channels = 1...8
}
