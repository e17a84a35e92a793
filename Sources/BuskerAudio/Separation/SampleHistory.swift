// The recent past of a sound, as far back as segments need it.

import CBuskerDSP

/// Interleaved samples from some frame of the sound to its present end.
struct SampleHistory {
    private let channels: Int
    private let meter: LevelMeter
    private var samples: [Float] = []
    private var first = 0

    /// Makes room for so many frames; more are taken all the same.
    init(channels: Int, capacity: Int) throws(AudioError) {
        self.channels = channels
        meter = try LevelMeter(channels: channels)
        samples.reserveCapacity(capacity * channels)
    }

    /// The frame after the last one that is known.
    var end: Int { first + samples.count / channels }

    /// Takes whole frames and repairs them: a single NaN would otherwise spread over a whole segment.
    mutating func append(_ block: Span<Float>) throws(AudioError) {
        let known = samples.count
        unsafe block.withUnsafeBufferPointer { unsafe samples.append(contentsOf: $0) }
        let meter = meter
        try unsafe samples.withUnsafeMutableBufferPointer { all throws(AudioError) in
            try unsafe meter.clean(UnsafeMutableBufferPointer(rebasing: all[known...]))
        }
    }

    /// Lets go of what lies before a frame.
    mutating func forget(before frame: Int) {
        guard frame > first else { return }
        samples.removeFirst((frame - first) * channels)
        first = frame
    }

    /// A copy of `count` frames from `start` on, channel after channel, in memory from the stock.
    private func planar(from start: Int, count: Int, in stock: SampleStock) throws(AudioError) -> PlanarAudio {
        var planar = stock.take(channels: channels, frames: count)
        let offset = (start - first) * channels
        let source = samples.span.extracting(offset..<offset + count * channels)
        var target = planar.samples.mutableSpan
        try unsafe busker_deinterleave(source.base, target.base, source.count, channels).check("Cutting a segment")
        return planar
    }

    /// A copy of `count` frames from `start` on, channel after channel, with zeros where there is no sound.
    func padded(from start: Int, count: Int, in stock: SampleStock) throws(AudioError) -> PlanarAudio {
        let begin = min(max(first, start), self.end)
        let sound = try planar(from: begin, count: max(0, min(self.end, start + count) - begin), in: stock)
        guard sound.frames < count else { return sound }
        var padded = PlanarAudio(channels: channels, frames: count)
        for channel in 0..<channels {
            let place = padded.range(of: channel).lowerBound + begin - start
            padded.samples.replaceSubrange(place..<place + sound.frames, with: sound.samples[sound.range(of: channel)])
        }
        return padded
    }
}
