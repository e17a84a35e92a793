// Samples channel after channel, as the signal core takes them.

import CBuskerDSP

/// A stretch of sound, one channel after another.
///
/// Channel `c` is `samples[c * frames ..< (c + 1) * frames]`.
public struct PlanarAudio: Sendable, Equatable {
    /// How many channels there are.
    public let channels: Int
    /// How many samples each channel has.
    public let frames: Int
    /// `channels * frames` samples, full scale at -1...1.
    public var samples: [Float]

    /// Makes silence.
    public init(channels: Int, frames: Int) {
        self.channels = channels
        self.frames = frames
        samples = [Float](repeating: 0, count: channels * frames)
    }

    /// Puts a sound into memory that is already there, `channels * frames` samples long.
    init(channels: Int, frames: Int, samples: [Float]) {
        self.channels = channels
        self.frames = frames
        self.samples = samples
    }

    /// Where one channel lies in `samples`.
    public func range(of channel: Int) -> Range<Int> {
        channel * frames..<(channel + 1) * frames
    }

    /// Takes another sound of the same shape away, sample by sample; one of another shape is ignored.
    mutating func subtract(_ part: PlanarAudio) {
        var whole = samples.mutableSpan
        unsafe busker_subtract(part.samples.span.base, part.samples.count, whole.base, whole.count)
    }
}
