// The recent past of a sound, as far back as segments need it.

import CBuskerDSP

/// Interleaved samples from some frame of the sound to its present end.
struct SampleHistory {
    private let channels: Int
    private var samples: [Float] = []
    private var first = 0

    /// Makes room for so many frames; more are taken all the same.
    init(channels: Int, capacity: Int) {
        self.channels = channels
        samples.reserveCapacity(capacity * channels)
    }

    /// The frame after the last one that is known.
    var end: Int { first + samples.count / channels }

    mutating func append(_ block: Span<Float>) {
        unsafe block.withUnsafeBufferPointer { unsafe samples.append(contentsOf: $0) }
    }

    /// Lets go of what lies before a frame.
    mutating func forget(before frame: Int) {
        guard frame > first else { return }
        samples.removeFirst((frame - first) * channels)
        first = frame
    }

    /// A copy of `count` frames from `start` on, channel after channel.
    func planar(from start: Int, count: Int) throws(AudioError) -> PlanarAudio {
        var planar = PlanarAudio(channels: channels, frames: count)
        let offset = (start - first) * channels
        let source = samples.span.extracting(offset..<offset + count * channels)
        var target = planar.samples.mutableSpan
        try unsafe busker_deinterleave(source.base, target.base, source.count, channels).check("Cutting a segment")
        return planar
    }
}
