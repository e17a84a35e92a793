// Puts segments together again, fading one into the next.

import CBuskerDSP

/// Joins the stems of consecutive segments into one stream of blocks.
struct SegmentJoiner {
    private let plan: SegmentPlan
    private let channels: Int
    private var expected: [(end: Int, start: Int, isLast: Bool)] = []
    /// The end of what came before, not handed out because the next segment fades in over it.
    private var tail: [PlanarAudio] = []
    /// The first frame not handed out.
    private(set) var delivered = 0
    /// The largest absolute sample of each stem.
    private(set) var peaks: [Float]

    init(plan: SegmentPlan, stems: Int, channels: Int) {
        self.plan = plan
        self.channels = channels
        peaks = [Float](repeating: 0, count: stems)
    }

    /// Announces a segment: where it begins and the frame after the last it answers for.
    mutating func expect(start: Int, end: Int, isLast: Bool) {
        expected.append((end, start, isLast))
    }

    /// Takes the stems of the next announced segment; returns the frames that are final now.
    mutating func join(_ segment: [PlanarAudio]) throws(AudioError) -> StemBlock? {
        let (answered, start, isLast) = expected.removeFirst()
        let end = isLast ? answered : answered - plan.fade
        let frames = end - delivered
        var samples: [[Float]] = []
        var newTail: [PlanarAudio] = []
        for (at, stem) in segment.enumerated() {
            var joined = PlanarAudio(channels: channels, frames: frames)
            for channel in 0..<channels {
                copy(stem, channel, from: delivered - start, into: &joined, count: frames)
            }
            if !tail.isEmpty { fade(from: tail[at], into: &joined) }
            if !isLast { newTail.append(piece(of: stem, from: end - start, count: plan.fade)) }
            var interleaved = [Float](repeating: 0, count: frames * channels)
            var target = interleaved.mutableSpan
            try unsafe busker_interleave(joined.samples.span.base, target.base, target.count, channels)
                .check("Joining segments")
            peaks[at] = max(peaks[at], busker_peak(interleaved.span))
            samples.append(interleaved)
        }
        tail = newTail
        let block = StemBlock(firstFrame: delivered, frames: frames, samples: samples)
        delivered = end
        return frames > 0 ? block : nil
    }

    private func piece(of stem: PlanarAudio, from: Int, count: Int) -> PlanarAudio {
        var piece = PlanarAudio(channels: channels, frames: count)
        for channel in 0..<channels { copy(stem, channel, from: from, into: &piece, count: count) }
        return piece
    }

    private func copy(_ stem: PlanarAudio, _ channel: Int, from: Int, into target: inout PlanarAudio, count: Int) {
        let source = stem.range(of: channel).lowerBound + from
        let place = target.range(of: channel).lowerBound
        target.samples.replaceSubrange(place..<place + count, with: stem.samples[source..<source + count])
    }

    /// Fades the kept tail out and the new beginning in; both together weigh one at every frame.
    private func fade(from tail: PlanarAudio, into joined: inout PlanarAudio) {
        let count = min(tail.frames, joined.frames)
        guard count > 0 else { return }
        for channel in 0..<channels {
            let old = tail.range(of: channel).lowerBound
            let new = joined.range(of: channel).lowerBound
            var part = Array(joined.samples[new..<new + count])
            var target = part.mutableSpan
            unsafe busker_crossfade(tail.samples.span.extracting(old..<old + count).base, count, target.base, count)
            joined.samples.replaceSubrange(new..<new + count, with: part)
        }
    }
}
