// A whole sound in memory.

/// Interleaved samples with their rate and channel count.
public struct AudioBuffer: Sendable, Equatable {
    /// Frames a second, in Hz.
    public let sampleRate: Int
    /// How many channels are interleaved.
    public let channels: Int
    /// `frames * channels` samples, full scale at -1...1.
    public var samples: [Float]

    /// How many frames there are: samples of one channel.
    public var frames: Int { samples.count / channels }

    /// Makes a buffer from interleaved samples.
    ///
    /// Throws `bad_argument` for a rate or channel count below one, or samples that do not divide into frames.
    public init(sampleRate: Int, channels: Int, samples: [Float]) throws(AudioError) {
        guard sampleRate > 0, channels > 0 else {
            throw AudioError(.badArgument, "A sound needs a sample rate and at least one channel.")
        }
        guard samples.count % channels == 0 else {
            throw AudioError(.badArgument, "\(samples.count) samples do not divide into \(channels) channels.")
        }
        self.sampleRate = sampleRate
        self.channels = channels
        self.samples = samples
    }
}
