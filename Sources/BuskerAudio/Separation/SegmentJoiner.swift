// Puts segments together again, fading one into the next.

import CBuskerDSP

/// Joins the stems of consecutive segments into one stream of blocks.
struct SegmentJoiner {
    /// The most frames of a block.
    private static let blockFrames = 32768

    private let plan: SegmentPlan
    private let channels: Int
    private let stock: SampleStock
    private var expected: [(end: Int, start: Int, isLast: Bool)] = []
    /// The end of what came before, not handed out because the next segment fades in over it.
    private var tail: [PlanarAudio] = []
    /// How much of a new segment sounds in each frame of a fade.
    private var weights: [Float]
    /// The first frame not handed out.
    private(set) var delivered = 0

    init(plan: SegmentPlan, channels: Int, stock: SampleStock) {
        self.stock = stock
        self.plan = plan
        self.channels = channels
        weights = [Float](repeating: 0, count: plan.fade)
        var room = weights.mutableSpan
        switch plan.shape {
        case .smooth: busker_crossfade_weights(&room)
        case .linear: busker_crossfade_line(&room)
        }
    }

    /// Announces a segment: where it begins and the frame after the last it answers for.
    mutating func expect(start: Int, end: Int, isLast: Bool) {
        expected.append((end, start, isLast))
    }

    /// Takes the stems of the next announced segment and hands out the frames that are final now, in blocks.
    mutating func join(
        _ segment: consuming [PlanarAudio], output: (StemBlock) throws(AudioError) -> Void
    ) throws(AudioError) {
        let (answered, start, isLast) = expected.removeFirst()
        let end = isLast ? answered : answered - plan.fade
        let kept = min(plan.fade, start + (segment.first?.frames ?? 0) - end)
        var stems = segment
        for at in stems.indices where !tail.isEmpty { fade(tail[at], into: &stems[at], from: delivered - start) }
        tail = isLast ? [] : stems.map { piece(of: $0, from: end - start, count: kept) }
        while delivered < end {
            let frames = min(Self.blockFrames, end - delivered)
            let samples = stems.map { interleaved($0, from: delivered - start, count: frames) }
            let block = StemBlock(firstFrame: delivered, frames: frames, samples: samples)
            delivered += frames
            try output(block)
        }
        stock.give(stems)
    }

    private func piece(of stem: PlanarAudio, from: Int, count: Int) -> PlanarAudio {
        var piece = PlanarAudio(channels: channels, frames: count)
        for channel in 0..<channels {
            let source = stem.range(of: channel).lowerBound + from
            piece.samples.replaceSubrange(piece.range(of: channel), with: stem.samples[source..<source + count])
        }
        return piece
    }

    private func interleaved(_ stem: PlanarAudio, from: Int, count: Int) -> [Float] {
        var samples = [Float](repeating: 0, count: count * channels)
        var target = samples.mutableSpan
        unsafe busker_mix_interleave(
            stem.samples.span.base, stem.samples.count, channels, from, target.base, target.count)
        return samples
    }

    /// Fades the kept end of the segment before out and this one in; both together weigh one at every frame.
    private func fade(_ old: PlanarAudio, into stem: inout PlanarAudio, from first: Int) {
        let count = old.frames
        guard count <= weights.count, count <= stem.frames - first else { return }
        for channel in 0..<channels {
            let place = stem.range(of: channel).lowerBound + first
            var target = stem.samples.part(place..<place + count)
            let source = old.samples.span.extracting(
                old.range(of: channel).lowerBound..<old.range(of: channel).lowerBound + count)
            unsafe busker_crossfade(source.base, weights.span.base, count, target.base, count)
        }
    }
}
